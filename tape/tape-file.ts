// A tape as a file: which conversations it has is found at once, each is parsed when somebody wants it, so that a large
// tape is as quick as a small one and takes hardly more memory.

import { closeSync, openSync } from 'node:fs'
import { UsageError } from '../net/errors.ts'
import type { TapeReading } from '../wire/tape.ts'
import { blobFolder } from './blobs.ts'
import { readBody } from './body-value.ts'
import { Column } from './column.ts'
import { DocumentHead } from './document-head.ts'
import { endMarkAt, findDocuments, LineCount, type Place, type Places, readPlace, WindowReader } from './documents.ts'
import { type ConversationDocument, type HeaderDocument, readDocument } from './read.ts'
import {
  formatService,
  parseService,
  type TapeConversation,
  type TapeHeader,
  type TapeService,
  type TapeTurn,
} from './tape.ts'
import type { Problem } from './yaml-read.ts'

/** What of a document is looked at for its first lines. */
const headBytes = 320

/** What is known while the conversations of a file are being found. */
interface Found {
  /** Places among conversations, by their numbers; there once the numbers do not rise. */
  byNumber: Map<number, number> | undefined
  highest: number
  readonly hosts: Map<string, readonly string[]>
}

export class TapeFile implements Disposable {
  readonly path: string
  readonly header: TapeHeader
  /** Addresses by name, in lower case; none for a name that was asked for and was not there. */
  readonly hosts: ReadonlyMap<string, readonly string[]>
  /** What should be known of it before it is used: that its end is missing. */
  readonly notes: readonly string[]
  readonly reading: TapeReading
  /** Where the files of large bodies are. */
  readonly folder: string
  readonly #descriptor: number
  readonly #lines: LineCount
  readonly #places: Places
  // Of each conversation: a number a thing, as a large tape has many.
  readonly #numbers = new Column()
  readonly #documents = new Column()
  readonly #serviceAt = new Column()
  /** Further documents of conversations whose recorder was killed. */
  readonly #further = new Map<number, number[]>()
  readonly #services = new Map<string, number>()
  readonly #serviceList: TapeService[] = []
  readonly #report: (problem: Problem) => void
  /** The last document of a file that was cut. */
  readonly #cut: number | undefined

  /**
   * Opens a tape. What is wrong with its conversations is found when they are read.
   *
   * @throws {UsageError} where there is no such file, or no tape in it; `report` takes what is wrong with single documents
   * instead.
   */
  constructor(path: string, report?: (problem: Problem) => void) {
    this.path = path
    const folder = blobFolder(path)
    this.folder = folder
    this.reading = { body: value => readBody(value, folder) }
    this.#descriptor = openTape(path)
    this.#lines = new LineCount(this.#descriptor)
    this.#report = report ?? (problem => this.#fail(problem))
    try {
      this.#places = findDocuments(this.#descriptor)
      const isWhole = endMarkAt(this.#descriptor) !== undefined
      if (!isWhole) this.#cut = this.#places.length - 1
      const header = this.#header(this.#places.at(0))
      const hosts = new Map(header.hosts)
      this.#index(hosts)
      this.header = header.header
      this.hosts = hosts
      this.notes = isWhole ? [] : [this.#cutNote()]
    } catch (error) {
      closeSync(this.#descriptor)
      throw error
    }
  }

  /** Conversations that it has. */
  get length(): number {
    return this.#numbers.length
  }

  /** The highest number that a conversation has. */
  get lastNumber(): number {
    let highest = 0
    for (let at = 0; at < this.length; at++) highest = Math.max(highest, this.#numbers.at(at)!)
    return highest
  }

  serviceOf(at: number): TapeService {
    return this.#serviceList[this.#serviceAt.at(at)!]!
  }

  /**
   * The conversation at a place, counted from 0.
   *
   * @throws {UsageError} `FILE:LINE: expected …, got …`
   */
  conversation(at: number): TapeConversation {
    return this.read(at, problem => this.#fail(problem))!
  }

  /** Octets that a conversation takes in the file. */
  bytesOf(at: number): number {
    return this.#documentsOf(at).reduce((sum, document) => sum + lengthOf(this.#places.at(document)), 0)
  }

  /** The same, with everything that is wrong told one by one, and what can be read all the same. */
  read(at: number, report: (problem: Problem) => void): TapeConversation | undefined {
    const documents = this.#documentsOf(at)
    const turns: TapeTurn[] = []
    for (const each of documents) {
      const document = this.#document(each, report)
      if (document === undefined) continue
      if (document.redo) turns.pop()
      turns.push(...document.conversation.turns)
    }
    // What was cut may have been an answer: nobody shall wait for it.
    if (documents.at(-1) === this.#cut) while (isClients(turns.at(-1))) turns.pop()
    const line = this.#lines.at(this.#places.at(documents[0]!).start)
    return { number: this.#numbers.at(at)!, service: this.serviceOf(at), turns: inLogicalOrder(turns), line }
  }

  /** The line of a problem's place, as messages begin with it. */
  where(line: number): string {
    return `${this.path}:${line}`
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #fail({ line, message }: Problem): never {
    throw new UsageError(`${this.where(line)}: ${message}`)
  }

  #header(place: Place): HeaderDocument {
    const text = this.#text(place)
    if (text.trim() === '') throw new UsageError(`${this.path}: expected a tape, got an empty file`)
    if (!/^\s*(#.*\n\s*)*(---\s+)?(#.*\n\s*)*tape:/.test(text)) {
      throw new UsageError(`${this.path}:1: expected a tape, which begins with tape: 1, got another file`)
    }
    const header = readDocument(text, 1, problem => this.#fail(problem))
    if (header?.kind === 'header') return header
    throw new UsageError(`${this.path}:1: expected the header of a tape, got another document`)
  }

  #documentsOf(at: number): number[] {
    return [this.#documents.at(at)!, ...(this.#further.get(at) ?? [])]
  }

  /** Takes in documents by their first lines. */
  #index(hosts: Map<string, readonly string[]>): void {
    const found: Found = { byNumber: undefined, highest: -1, hosts }
    const reader = new WindowReader(this.#descriptor)
    const head = new DocumentHead()
    for (let document = 1; document < this.#places.length; document++) {
      const place = this.#places.at(document)
      const length = Math.min(lengthOf(place), headBytes)
      const service = head.find(reader.window, reader.seek(place.start, length), length)
        ? this.#service(head.service)
        : undefined
      if (service !== undefined) this.#store(found, head.number, service, document)
      else this.#indexWhole(found, document)
    }
  }

  /** A document that somebody wrote in another order has to be read. */
  #indexWhole(found: Found, at: number): void {
    // What was cut in its first lines has said nothing yet.
    if (at === this.#cut) return
    const place = this.#places.at(at)
    const text = readPlace(this.#descriptor, place)
    if (text.replace(/^---|\.\.\.\s*$/g, '').trim() === '') return
    const document = readDocument(text, this.#lines.at(place.start), this.#report)
    if (document?.kind === 'host') found.hosts.set(document.name, document.addresses)
    else if (document?.kind === 'conversation') {
      const { number, service } = document.conversation
      this.#store(found, number, this.#service(formatService(service))!, at)
    } else if (document !== undefined) {
      this.#report({ line: this.#lines.at(place.start), message: 'expected a conversation, got a second header' })
    }
  }

  #store(found: Found, number: number, service: number, document: number): void {
    const known = number > found.highest ? undefined : this.#byNumber(found).get(number)
    if (known !== undefined && this.#serviceAt.at(known) === service) {
      const further = this.#further.get(known)
      if (further === undefined) this.#further.set(known, [document])
      else further.push(document)
      return
    }
    found.byNumber?.set(number, this.length)
    found.highest = Math.max(found.highest, number)
    this.#numbers.push(number)
    this.#serviceAt.push(service)
    this.#documents.push(document)
  }

  #byNumber(found: Found): Map<number, number> {
    if (found.byNumber === undefined) {
      found.byNumber = new Map()
      for (let at = 0; at < this.length; at++) found.byNumber.set(this.#numbers.at(at)!, at)
    }
    return found.byNumber
  }

  /** The place of a service among those of the tape: it has few, and many conversations. */
  #service(text: string): number | undefined {
    const known = this.#services.get(text)
    if (known !== undefined) return known
    const own = Buffer.from(text).toString() // a piece of a longer text would keep all of it in memory
    const service = parseService(own)
    if (service === undefined) return undefined
    this.#services.set(own, this.#serviceList.length)
    return this.#serviceList.push(service) - 1
  }

  #document(at: number, report: (problem: Problem) => void): ConversationDocument | undefined {
    const place = this.#places.at(at)
    const text = this.#text(place)
    const whole = at === this.#cut ? withoutLastTurn(text) : text
    if (whole === undefined) return undefined
    const document = readDocument(whole, this.#lines.at(place.start), report)
    return document?.kind === 'conversation' ? document : undefined
  }

  #text(place: Place): string {
    const text = readPlace(this.#descriptor, place)
    // Of a file that was cut inside one of its marks, the beginning of the mark is nothing.
    return text.replace(/\n(-{1,2}|\.{1,2})$/, '\n')
  }

  #cutNote(): string {
    const { start } = this.#places.at(this.#cut!)
    return (
      `${this.where(this.#lines.at(start))}: expected a last line ... (three dots) in the file, got none: it was cut while ` +
      'it was written, and its last turn is left out, with what the client said before it; add the line if it is whole'
    )
  }
}

function isClients(turn: TapeTurn | undefined): boolean {
  return turn?.kind === 'said' && turn.from === 'client'
}

function lengthOf({ start, end }: Place): number {
  return end - start
}

function openTape(path: string): number {
  try {
    const descriptor = openSync(path, 'r')
    readPlace(descriptor, { start: 0, end: 1 }) // a folder can be opened, but not read
    return descriptor
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const got = code === 'ENOENT' ? 'none' : code === 'EISDIR' ? 'a folder' : message
    throw new UsageError(`${path}: expected a tape, got ${got}`, { cause })
  }
}

/** The whole turns of a document whose last one is cut; undefined where it has no others. */
function withoutLastTurn(text: string): string | undefined {
  const last = text.lastIndexOf('\n  - ')
  const whole = text.slice(0, last + 1)
  return whole.includes('\n  - ') ? whole : undefined
}

/** After each of the client's turns what answers it, wherever it was heard. */
function inLogicalOrder(turns: TapeTurn[]): readonly TapeTurn[] {
  if (turns.every(turn => turn.kind !== 'said' || turn.to === undefined)) return turns
  let asked = 0
  const groups = turns.map(turn => {
    if (turn.kind === 'said' && turn.from === 'client') asked++
    return turn.kind === 'said' ? (turn.to ?? asked) : asked
  })
  const isClient = (turn: TapeTurn) => Number(isClients(turn))
  return turns
    .map((turn, at) => ({ turn, group: groups[at]! }))
    .sort((one, other) => one.group - other.group || isClient(other.turn) - isClient(one.turn))
    .map(({ turn }) => turn)
}
