// All that tapes hold of one service: its conversations in recorded order, found by what a client says, and how often
// each was given. They are read one after the other, and only as far as somebody's question needs.

import { createHash } from 'node:crypto'
import type { TapeForm } from '../wire/tape.ts'
import { Column } from './column.ts'
import { beginningsOfStep, type ClientStep, endOfHearing, keysOfStep, readScript, type Script } from './script.ts'
import type { TapeService } from './tape.ts'
import type { TapeFile } from './tape-file.ts'

/** Octets of conversations that are kept ready to be played. */
const maxKeptBytes = 8 * 1024 * 1024

/** One conversation. */
export interface Entry {
  readonly tape: TapeFile
  /** Its place in the tape. */
  readonly at: number
  /** The keys of what the client says, in order, each as a number: see {@link Repertoire.keyNumber}. */
  readonly keys: readonly number[]
  /** How many of them the server has heard: those before its end. */
  readonly heard: number
  /** Links that follow it or have followed it. */
  taken: number
  /** Of those, links that are open. */
  followed: number
  /** Messages of the client that were answered, by their place among its keys. */
  used: Set<number> | undefined
}

/** A message of the client that is looked up by itself, and its place among the client's of its conversation. */
export interface Exchange {
  readonly entry: Entry
  readonly asked: number
  readonly preference: string
}

/** The number of the key of TLS, which begins or goes on where a client could speak. */
export const tlsKey = 0

export class Repertoire {
  readonly service: TapeService
  readonly form: TapeForm
  readonly kind: 'dialogue' | 'exchanges' | 'stream'
  readonly entries: Entry[] = []
  // Where the conversations are: no object for each, as a large tape has many.
  readonly #tapes: { tape: TapeFile; from: number }[] = []
  readonly #ats = new Column()
  readonly #numbers = new Map<string, number>()
  /** Keys with placeholders where no field says that a secret stands: each matches many. */
  readonly #patterns: { pattern: RegExp; key: number }[] = []
  readonly #exchanges = new Map<number, Exchange[]>()
  readonly #kept = new Map<Entry, { script: Script; bytes: number }>()
  #keptBytes = 0

  constructor(service: TapeService, form: TapeForm) {
    this.service = service
    this.form = form
    this.kind = form.kind(service.transport)
  }

  add(tape: TapeFile, at: number): void {
    if (this.#tapes.at(-1)?.tape !== tape) this.#tapes.push({ tape, from: this.length })
    this.#ats.push(at)
  }

  /** Conversations that nobody has looked at yet. */
  get unread(): number {
    return this.#ats.length - this.entries.length
  }

  get length(): number {
    return this.#ats.length
  }

  source(index: number): { tape: TapeFile; at: number } {
    return { tape: this.#tapes.findLast(({ from }) => from <= index)!.tape, at: this.#ats.at(index)! }
  }

  /** Looks at the next conversation; undefined where there is none. */
  next(): Entry | undefined {
    if (this.unread === 0) return undefined
    const source = this.source(this.entries.length)
    const script = readScript(source.tape, source.at, this.form)
    const found = script.steps.flatMap(step => {
      if (step.kind === 'tls') return [{ numbers: [tlsKey], beginnings: [], preference: '' }]
      if (step.kind !== 'client') return []
      const preference = this.form.preference?.(step.scripted.message) ?? ''
      return [{ numbers: this.#numbersOf(step, source.tape), beginnings: this.#beginningsOf(step), preference }]
    })
    const keys = found.map(({ numbers }) => numbers[0]!)
    const end = endOfHearing(script.steps)
    const heard = script.steps.slice(0, end).filter(({ kind }) => kind === 'client' || kind === 'tls').length
    const entry: Entry = { ...source, keys, heard, taken: 0, followed: 0, used: undefined }
    this.entries.push(entry)
    this.#keep(entry, script)
    if (this.kind === 'exchanges') {
      for (const [asked, { numbers, beginnings, preference }] of found.slice(0, heard).entries()) {
        for (const number of [...numbers, ...beginnings])
          if (number !== tlsKey) this.#index(number, { entry, asked, preference })
      }
    }
    return entry
  }

  /** Ready to be played. */
  script(entry: Entry): Script {
    const kept = this.#kept.get(entry)
    if (kept !== undefined) return kept.script
    const script = readScript(entry.tape, entry.at, this.form)
    this.#keep(entry, script)
    return script
  }

  /** The number of a key that a live client has; undefined where no conversation read so far has it. */
  keyNumber(key: string): number | undefined {
    const known = this.#numbers.get(shortened(key))
    if (known !== undefined) return known
    return this.#patterns.find(({ pattern }) => pattern.test(key))?.key
  }

  /** What was recorded for a key, in recorded order, as far as it is read. */
  exchanges(key: number | undefined): readonly Exchange[] {
    return key === undefined ? [] : (this.#exchanges.get(key) ?? [])
  }

  #index(number: number, exchange: Exchange): void {
    const known = this.#exchanges.get(number)
    if (known === undefined) this.#exchanges.set(number, [exchange])
    else known.push(exchange)
  }

  #numbersOf(step: ClientStep, tape: TapeFile): number[] {
    if (this.kind === 'stream') return [-1] // streams are compared octet by octet
    return keysOfStep(step, this.form, tape.folder).map(key => this.#numberOf(key))
  }

  #beginningsOf(step: ClientStep): number[] {
    return this.kind === 'exchanges' ? beginningsOfStep(step, this.form).map(key => this.#numberOf(key)) : []
  }

  #numberOf(key: string): number {
    const short = shortened(key)
    const known = this.#numbers.get(short)
    if (known !== undefined) return known
    const number = this.#numbers.size + 1
    this.#numbers.set(short, number)
    if (key.includes('‹secret:')) this.#patterns.push({ pattern: patternOf(key), key: number })
    return number
  }

  #keep(entry: Entry, script: Script): void {
    const bytes = entry.tape.bytesOf(entry.at)
    this.#kept.set(entry, { script, bytes })
    this.#keptBytes += bytes
    for (const [oldest, { bytes: freed }] of this.#kept) {
      if (this.#keptBytes <= maxKeptBytes || oldest === entry) break
      this.#kept.delete(oldest)
      this.#keptBytes -= freed
    }
  }
}

/** Keys of a large tape stay in memory: long ones do not as they are, nor do short pieces of longer texts. */
function shortened(key: string): string {
  return key.length <= 12 ? key : createHash('sha1').update(key).digest('base64')
}

function patternOf(key: string): RegExp {
  const literal = key.split(/‹secret:[^›]*›/).map(each => each.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${literal.join('.*?')}$`, 's')
}
