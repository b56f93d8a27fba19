// Chunks of a body (RFC 9112 §7.1) as a tape keeps them: their sizes, so that what was sent in pieces is so again.
// Left out: sizes beyond 64 runs of equal ones. Such a body is chunked anew.

import { ProtocolError } from '../decoder.ts'
import type { Outgoing, TapeBody, TapeValue } from '../tape.ts'

/** Chunks in a row whose size is written alike. */
export interface ChunkRun {
  /** As it was sent, as latin1: hexadecimal, with what stands behind it. */
  readonly line: string
  readonly count: number
}

const maxRuns = 64
/** What makes a list of parts in memory when it is sent. */
const maxChunks = 100_000
const evenSize = 65_536

const plainLine = /^(?:0|[1-9a-f][0-9a-f]*)$/

/** Notes the lines before chunks while a body passes. */
export class ChunkNotes {
  #runs: { line: string; count: number }[] = []
  #isTooMuch = false

  /** With the line ends that stand around it. */
  add(framing: string): void {
    this.#add(framing.slice(framing.startsWith('\r\n') ? 2 : 0, -2))
  }

  /** What follows the last chunk's octets; gives what is in it beside the size of 0: trailers and their empty line. */
  finish(framing: string): string {
    const start = framing.startsWith('\r\n') ? 2 : 0
    const end = framing.indexOf('\r\n', start)
    const line = framing.slice(start, end)
    if (line !== '0') this.#add(line)
    return framing.slice(end + 2)
  }

  /** Undefined where it is one chunk as anybody would write it, or too much. */
  runs(isCut: boolean): readonly ChunkRun[] | undefined {
    const [first, second] = this.#runs
    if (this.#isTooMuch || first === undefined) return undefined
    return second === undefined && first.count === 1 && plainLine.test(first.line) && !isCut ? undefined : this.#runs
  }

  #add(line: string): void {
    if (this.#isTooMuch) return
    const last = this.#runs.at(-1)
    if (last?.line === line) last.count++
    else if (this.#runs.length < maxRuns) this.#runs.push({ line, count: 1 })
    else this.#isTooMuch = true
  }
}

const sizeOf = ({ line }: ChunkRun): number => Number.parseInt(line, 16)

/** `5 7 12*3`: sizes in decimal, one that is spelled in another way as `0x1F`; a list where one has blanks in it. */
export function formatChunks(runs: readonly ChunkRun[]): TapeValue {
  const words = runs.flatMap(run => {
    const { line, count } = run
    if (/[\s;]/.test(line)) return Array.from({ length: Math.min(count, maxRuns) }, () => `0x${line}`)
    const size = plainLine.test(line) && line !== '0' ? String(sizeOf(run)) : `0x${line}`
    return count === 1 ? size : `${size}*${count}`
  })
  return words.some(word => /\s/.test(word)) ? words : words.join(' ')
}

const spelled = /^0x([0-9a-f]{1,13})(?:\*(\d{1,9}))?$/i
const extended = /^0x([0-9a-f]{1,13}[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?)$/i
const decimal = /^(\d{1,15})(?:\*(\d{1,9}))?$/

export function parseChunks(value: TapeValue): readonly ChunkRun[] {
  const words = typeof value === 'string' ? value.trim().split(/\s+/) : Array.isArray(value) ? value : [value]
  return words.map((word: TapeValue): ChunkRun => {
    const text = typeof word === 'string' ? word : JSON.stringify(word)
    const plain = decimal.exec(text)
    if (plain !== null) return { line: Number(plain[1]).toString(16), count: Number(plain[2] ?? 1) }
    const match = spelled.exec(text) ?? extended.exec(text)
    if (match === null) throw new ProtocolError('http', `expected sizes of chunks such as "5 7 12*3", got "${text}"`)
    return { line: match[1]!, count: Number(match[2] ?? 1) }
  })
}

interface Chunked {
  readonly chunks?: readonly ChunkRun[] | undefined
  /** With their empty line, as latin1. */
  readonly trailers?: string | undefined
  /** The body ended early, and these octets of what stands between chunks came after it. */
  readonly cut?: Buffer | undefined
}

/** A body in chunks: in those that it came in, or where they do not add up to it any more in even ones. */
export function encodeChunked(head: Buffer, body: TapeBody, { chunks, trailers = '\r\n', cut }: Chunked): Outgoing {
  const parts = new Parts(body)
  parts.add(head)
  const fitting = fits(chunks ?? [], body.size, cut !== undefined)
  const runs = fitting ? (chunks ?? []) : evenRuns(cut === undefined ? body.size : body.size + 1)
  let at = 0
  let last = '0'
  for (const run of runs) {
    const size = sizeOf(run)
    if (size === 0) last = run.line
    else {
      const line = Buffer.from(`${run.line}\r\n`, 'latin1')
      for (let count = run.count; count > 0 && at < body.size; count--) {
        if (at > 0) parts.add(crlf)
        parts.add(line)
        parts.addBody(at, Math.min(size, body.size - at))
        at += size
      }
    }
  }
  if (cut !== undefined) parts.add(fitting ? cut : nothing)
  else parts.add(Buffer.from(`${at > 0 ? '\r\n' : ''}${last}\r\n${trailers}`, 'latin1'))
  return parts.done()
}

const crlf = Buffer.from('\r\n')
const nothing = Buffer.alloc(0)

function fits(runs: readonly ChunkRun[], size: number, isCut: boolean): boolean {
  let sum = 0
  let chunks = 0
  let last = 0
  for (const run of runs) {
    chunks += run.count
    sum += sizeOf(run) * run.count
    if (run.count > 0) last = sizeOf(run)
  }
  return chunks <= maxChunks && (sum === size || (isCut && sum > size && sum - last < size))
}

function evenRuns(size: number): ChunkRun[] {
  if (size === 0) return []
  // A file of gigabytes is sent in at most some thousand parts.
  const each = Math.max(evenSize, Math.ceil(size / 1024 / evenSize) * evenSize)
  const rest = size % each
  return [
    { line: each.toString(16), count: Math.floor(size / each) },
    { line: rest.toString(16), count: rest === 0 ? 0 : 1 },
  ].filter(({ count }) => count > 0)
}

/** Octets and parts of a file in their order, neighbouring octets in one. */
export class Parts {
  readonly #body: TapeBody
  readonly #parts: Outgoing[number][] = []
  #octets: Buffer[] = []

  constructor(body: TapeBody) {
    this.#body = body
  }

  add(octets: Buffer): void {
    if (octets.length > 0) this.#octets.push(octets)
  }

  addBody(start: number, size: number): void {
    const { octets, file } = this.#body
    if (octets !== undefined) this.add(octets.subarray(start, start + size))
    else if (size > 0) {
      this.#join()
      this.#parts.push({ file: file!, start, size })
    }
  }

  done(): Outgoing {
    this.#join()
    return this.#parts
  }

  #join(): void {
    if (this.#octets.length > 0)
      this.#parts.push(this.#octets.length === 1 ? this.#octets[0]! : Buffer.concat(this.#octets))
    this.#octets = []
  }
}
