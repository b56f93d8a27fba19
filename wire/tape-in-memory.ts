// A tape without files, for the tests of what each protocol has to say to one: it gathers what a follower hears, and
// writes, reads and sends as recorder and player do.

import { createHash } from 'node:crypto'
import { ProtocolError, type Side } from './decoder.ts'
import {
  type Follower,
  formatPlaceholder,
  type Heard,
  type Marks,
  type Outgoing,
  octetsOfLines,
  printable,
  printableLines,
  type Reveal,
  type TapeBody,
  type TapeReading,
  type TapeValue,
  type TapeWriting,
} from './tape.ts'

/** A whole message, its body gathered. */
export interface Told<Message> extends Marks {
  readonly from: Side
  readonly message: Message
  readonly body?: TapeBody
}

export class TapeInMemory implements TapeReading {
  readonly files: Map<string, Buffer> = new Map()
  readonly writing: TapeWriting
  readonly reveal: Reveal
  /** Octets of the longest body that is not put into a file. */
  readonly #inline: number
  readonly #secrets = new Map<string, string[]>()

  constructor(inline: number = 16 * 1024) {
    this.#inline = inline
    this.writing = {
      hide: (kind, secret) => this.#hide(kind, secret),
      sweep: text => text,
      body: (body, type) => this.#write(body, type),
    }
    this.reveal = (kind, number) => this.#secrets.get(kind)?.[number - 1] ?? `no ${kind} ${number}`
  }

  body(value: TapeValue): TapeBody {
    if (typeof value === 'string') return text(Buffer.from(value), value)
    if (Array.isArray(value) || Object.keys(value).length !== 1) throw new ProtocolError('tape', 'expected one key')
    const [[kind, held]] = Object.entries(value) as [[string, string]]
    if (kind === 'lines') return text(octetsOfLines(held), held)
    if (kind === 'hex' || kind === 'base64') return whole(Buffer.from(held, kind))
    const file = kind === 'file' ? this.files.get(held) : undefined
    if (file === undefined) throw new ProtocolError('tape', `expected octets, got ${kind}`)
    return { size: file.length, file: held }
  }

  /** What a follower hears is told message by message; a body above `memory` octets goes into a file. */
  listen<Message>(follower: Follower<Message>, memory: number = Number.POSITIVE_INFINITY): Listener<Message> {
    return new Listener(follower, pieces => {
      const octets = Buffer.concat(pieces)
      return octets.length > memory ? this.#file(octets, '') : whole(octets)
    })
  }

  /** What is sent, as octets. */
  octets(outgoing: Outgoing): Buffer {
    const parts = outgoing.map(part =>
      Buffer.isBuffer(part) ? part : this.files.get(part.file)!.subarray(part.start, part.start + part.size),
    )
    return Buffer.concat(parts)
  }

  #hide(kind: string, secret: string): string {
    const known = this.#secrets.get(kind) ?? []
    this.#secrets.set(kind, known)
    if (!known.includes(secret)) known.push(secret)
    return formatPlaceholder(kind, known.indexOf(secret) + 1)
  }

  #write(body: TapeBody, type: string | undefined): TapeValue {
    const { octets, file, secrets } = body
    if (octets === undefined) return { file: file! }
    const lines = printableLines(octets)
    // Text with placeholders is escaped already.
    if (secrets) return lines === undefined ? octets.toString() : { lines: lines.replaceAll('‹‹secret:', '‹secret:') }
    if (octets.length > this.#inline) return { file: this.#file(octets, type ?? '').file! }
    return lines === undefined ? (printable(octets) ?? { base64: octets.toString('base64') }) : { lines }
  }

  #file(octets: Buffer, type: string): TapeBody {
    const hash = createHash('sha256').update(octets).digest('hex').slice(0, 12)
    const name = type === '' ? hash : `${hash}.${type.split('/')[1]}`
    this.files.set(name, octets)
    return { size: octets.length, file: name }
  }
}

export class Listener<Message> {
  readonly told: Told<Message>[] = []
  readonly #follower: Follower<Message>
  readonly #gather: (pieces: Buffer[]) => TapeBody
  readonly #open: Record<Side, Buffer[]> = { client: [], server: [] }

  constructor(follower: Follower<Message>, gather: (pieces: Buffer[]) => TapeBody) {
    this.#follower = follower
    this.#gather = gather
  }

  push(from: Side, octets: string | Buffer): void {
    this.#follower.push(from, typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
    this.hear()
  }

  end(from: Side): void {
    this.#follower.end(from)
    this.hear()
  }

  hear(): void {
    for (let heard = this.#follower.next(); heard !== undefined; heard = this.#follower.next()) this.#take(heard)
  }

  /** In the order of a tape: each of the server's messages after the one that it answers. */
  get turns(): Told<Message>[] {
    let count = 0
    const places = this.told.map(told => (told.from === 'client' ? ++count : (told.answers ?? count) + 0.5))
    return [...this.told.keys()].sort((a, b) => places[a]! - places[b]! || a - b).map(index => this.told[index]!)
  }

  #take(heard: Heard<Message>): void {
    if (heard.kind === 'begin') this.#open[heard.from] = []
    else if (heard.kind === 'piece') this.#open[heard.from].push(heard.octets)
    else {
      const { kind, ...told } = heard
      this.told.push(kind === 'finish' ? { ...told, body: this.#gather(this.#open[heard.from]) } : told)
    }
  }
}

function text(octets: Buffer, written: string): TapeBody {
  return written.includes('‹secret:') ? { size: octets.length, octets, secrets: true } : whole(octets)
}

function whole(octets: Buffer): TapeBody {
  return { size: octets.length, octets }
}
