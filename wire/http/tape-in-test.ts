// What a tape's core gives to a form, in memory, for tests.

import type { Side } from '../decoder.ts'
import {
  type Follower,
  formatPlaceholder,
  type Heard,
  type Marks,
  type Outgoing,
  printable,
  printableLines,
  type Scripted,
  type TapeBody,
  type TapeForm,
  type TapeMapping,
  type TapeReading,
  type TapeValue,
  type TapeWriting,
} from '../tape.ts'

/** A message that was heard, its body gathered. */
export interface Gathered<Message> extends Marks {
  readonly from: Side
  readonly message: Message
  readonly body?: TapeBody | undefined
}

/** Pushes in order what sides say; `end` tells that a side has ended. */
export function hear<Message>(
  follower: Follower<Message>,
  said: readonly (readonly [from: Side, octets: Buffer | 'end'])[],
): Gathered<Message>[] {
  const gathered: Gathered<Message>[] = []
  const open: Open = {}
  for (const [from, octets] of said) {
    if (octets === 'end') follower.end(from)
    else follower.push(from, octets)
    for (let heard = follower.next(); heard !== undefined; heard = follower.next()) take(heard, open, gathered)
  }
  return gathered
}

type Open = Partial<Record<Side, Buffer[] | undefined>>

function take<Message>(heard: Heard<Message>, open: Open, gathered: Gathered<Message>[]): void {
  const { kind, from } = heard
  const pieces = open[from]
  if (kind === 'begin' || kind === 'whole') {
    if (pieces !== undefined) throw new Error(`${from} begins a message inside another`)
    if (kind === 'begin') open[from] = []
    else gathered.push(withoutKind(heard))
  } else if (pieces === undefined) throw new Error(`${from} goes on with a message that has not begun`)
  else if (kind === 'piece') pieces.push(heard.octets)
  else {
    open[from] = undefined
    const octets = Buffer.concat(pieces)
    gathered.push({ ...withoutKind(heard), body: { size: octets.length, octets } })
  }
}

function withoutKind<Message>(heard: Exclude<Heard<Message>, { kind: 'piece' }>): Gathered<Message> {
  const { kind: _, ...rest } = heard
  return rest
}

export type Said = readonly [from: Side, octets: Buffer | string]

export const octetsOf = (said: Buffer | string): Buffer =>
  typeof said === 'string' ? Buffer.from(said, 'latin1') : said

export type Values = readonly (readonly [from: Side, value: TapeValue])[]

/** What a tape has of a conversation that ends: a server's message stands after what it answers, or after the latest. */
export function record<Message>(form: TapeForm<Message>, said: readonly Said[], tape: TapeInTest): Values {
  const pushes: [Side, Buffer | 'end'][] = said.map(([from, octets]) => [from, octetsOf(octets)])
  const heard = hear(form.follow('tcp'), [...pushes, ['client', 'end'], ['server', 'end']])
  const turns: (typeof heard)[] = Array.from({ length: heard.length + 1 }, () => [])
  let count = 0
  for (const turn of heard) {
    const place = turn.from === 'client' ? ++count : (turn.answers ?? count)
    turns[place]![turn.from === 'client' ? 'unshift' : 'push'](turn)
  }
  return turns.flat().map(({ from, message, body }) => {
    // A file has nothing but text in it.
    return [from, JSON.parse(JSON.stringify(form.write(message, body, tape.writing)))]
  })
}

export function readAll<Message>(form: TapeForm<Message>, values: Values, tape: TapeInTest): Scripted<Message>[] {
  const reader = form.reader(tape.reading, 'tcp')
  return values.map(([from, value]) => reader.read(from, value))
}

/** A request as it comes over a link. */
export function heardOnce<Message>(form: TapeForm<Message>, octets: string): Gathered<Message> {
  return hear(form.follow('tcp'), [
    ['client', octetsOf(octets)],
    ['client', 'end'],
  ])[0]!
}

/** A request as it is read from a tape. */
export function readOnce<Message>(form: TapeForm<Message>, value: TapeValue): Gathered<Message> {
  const [scripted] = readAll(form, [['client', value]], new TapeInTest())
  return { from: 'client', message: scripted!.message, body: scripted!.body }
}

/** All that a side says, from the tape. */
export function say<Message>(form: TapeForm<Message>, values: Values, side: Side, tape: TapeInTest): string {
  const scripted = readAll(form, values, tape).filter((_, index) => values[index]![0] === side)
  return scripted.map(each => tape.octetsOf(form.encode(each, tape.reveal)).toString('latin1')).join('')
}

/** A tape's writing and reading: secrets are numbered by their kind, large bodies are files. */
export class TapeInTest {
  /** By their placeholders. */
  readonly secrets: Map<string, string> = new Map()
  readonly files: Map<string, Buffer> = new Map()

  readonly writing: TapeWriting = {
    hide: (kind, secret) => this.#hide(kind, secret),
    sweep: text => text.replaceAll('named-secret', '‹secret:named›'),
    body: (body, type) => this.#write(body, type),
  }

  readonly reading: TapeReading = { body: value => this.#read(value) }

  reveal = (kind: string, number: number): string =>
    this.secrets.get(formatPlaceholder(kind, number)) ?? `${kind}-${number}`

  /** All that is sent as one. */
  octetsOf(outgoing: Outgoing): Buffer {
    return Buffer.concat(
      outgoing.map(part =>
        Buffer.isBuffer(part) ? part : this.files.get(part.file)!.subarray(part.start, part.start + part.size),
      ),
    )
  }

  #hide(kind: string, secret: string): string {
    for (const [placeholder, each] of this.secrets) if (each === secret) return placeholder
    const number = [...this.secrets.keys()].filter(
      each => each.replace(/:\d+/, '') === formatPlaceholder(kind, 1),
    ).length
    const placeholder = formatPlaceholder(kind, number + 1)
    this.secrets.set(placeholder, secret)
    return placeholder
  }

  #write({ octets, file, secrets }: TapeBody, type = 'application/octet-stream'): TapeValue {
    if (octets === undefined) return { file: file! }
    const lines = secrets ? undefined : printableLines(octets)
    const text = secrets ? octets.toString() : printable(octets)
    const isText = (lines ?? text) !== undefined
    if (octets.length > (isText ? 16_384 : 512) && !secrets) {
      const name = `${this.files.size + 1}.${type.replace(/\W+/g, '-')}`
      this.files.set(name, octets)
      return { file: name }
    }
    return lines !== undefined ? { lines } : (text ?? { base64: octets.toString('base64') })
  }

  #read(value: TapeValue): TapeBody {
    if (typeof value === 'string') return textBody(value)
    const [[key, written]] = Object.entries(value as TapeMapping) as [[string, string]]
    if (key === 'lines') return textBody(written.replaceAll('\n', '\r\n'))
    const octets = key === 'file' ? this.files.get(written)! : Buffer.from(written, key as 'base64')
    const isLarge = key === 'file' && octets.length > 1024 * 1024
    return isLarge ? { size: octets.length, file: written } : { size: octets.length, octets }
  }
}

function textBody(text: string): TapeBody {
  const octets = Buffer.from(text)
  return { size: octets.length, octets, secrets: text.includes('‹secret:') || undefined }
}
