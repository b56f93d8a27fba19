// What a client says on a stream as a tape has it, compared with what a live one says, however that is cut.

import { join } from 'node:path'
import type { TapeBody } from '../wire/tape.ts'
import { octetsOfFile } from './script.ts'

/** Octets with placeholders that are gathered until they match. */
const maxGathered = 1024 * 1024

export class Expectation {
  readonly #body: TapeBody
  readonly #folder: string
  readonly #pattern: RegExp | undefined
  #matched = 0
  #gathered: Buffer[] = []

  constructor(body: TapeBody, folder: string) {
    this.#body = body
    this.#folder = folder
    this.#pattern = body.secrets ? patternOf(body.octets!.toString()) : undefined
  }

  /** How many of the octets are part of it; 'no' where they, with all before, are not what is expected. */
  take(octets: Buffer): number | 'no' {
    return this.#pattern === undefined ? this.#literally(octets) : this.#byPattern(octets, this.#pattern)
  }

  /** Octets that were part of it; those with placeholders are known once all are there. */
  get size(): number {
    return this.#matched
  }

  get isDone(): boolean {
    return this.#pattern === undefined ? this.#matched === this.#body.size : this.#matched > 0
  }

  #literally(octets: Buffer): number | 'no' {
    const count = Math.min(octets.length, this.#body.size - this.#matched)
    if (this.#body.octets !== undefined) {
      const expected = this.#body.octets.subarray(this.#matched, this.#matched + count)
      if (expected.compare(octets, 0, count) !== 0) return 'no'
    } else {
      let at = 0
      for (const expected of octetsOfFile(join(this.#folder, this.#body.file!), this.#matched, count)) {
        if (expected.compare(octets, at, at + expected.length) !== 0) return 'no'
        at += expected.length
      }
    }
    this.#matched += count
    return count
  }

  /** The text is matched whole: what stands for a secret ends where the text after it begins. */
  #byPattern(octets: Buffer, pattern: RegExp): number | 'no' {
    const before = this.#gathered.reduce((sum, each) => sum + each.length, 0)
    const all = Buffer.concat([...this.#gathered, octets])
    const text = all.toString('latin1')
    const found = pattern.exec(text)
    if (found !== null) {
      this.#matched = found[0].length
      return Math.max(0, found[0].length - before)
    }
    if (all.length > maxGathered || !mayBecome(this.#body.octets!.toString(), text)) return 'no'
    this.#gathered.push(octets)
    return octets.length
  }
}

/** Of a turn with a body. */
export function expectationOf(body: TapeBody | undefined, folder: string): Expectation | undefined {
  return body === undefined ? undefined : new Expectation(body, folder)
}

/** Whether two turns say the same: as a tape has it, without a look into files. */
export function areAlike(one: TapeBody | undefined, other: TapeBody | undefined): boolean {
  if (one?.size !== other?.size || one?.file !== other?.file) return false
  return one?.octets === undefined || one.octets.equals(other?.octets ?? Buffer.alloc(0))
}

const placeholder = /‹secret:[^›]*›/

/** Of text in which `‹‹secret:` is what looks like a placeholder and is none. */
function literals(text: string): string[] {
  return text
    .replaceAll('‹‹secret:', '\0')
    .split(placeholder)
    .map(each => Buffer.from(each.replaceAll('\0', '‹secret:')).toString('latin1'))
}

function patternOf(text: string): RegExp {
  const escaped = literals(text).map(each => each.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  const last = escaped.pop()!
  // A secret at the very end goes on to the end of what has come.
  return new RegExp(`^${escaped.map(each => `${each}[\\s\\S]+?`).join('')}${last === '' ? '$' : last}`)
}

function mayBecome(expected: string, live: string): boolean {
  const [first = ''] = literals(expected)
  const length = Math.min(first.length, live.length)
  return first.slice(0, length) === live.slice(0, length)
}
