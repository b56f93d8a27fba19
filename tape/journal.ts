// Writes a tape while it is recorded. During the recording turns are appended as they happen, conversations in turns of
// one another, each piece a document that ends with `...`: whoever kills the recorder finds every turn that was through.
// At the end the file is written once more, with one document for each conversation.

import { closeSync, existsSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { UsageError } from '../net/errors.ts'
import { atEndOfTurn } from '../net/turn.ts'
import { WindowReader } from './documents.ts'
import { formatService, formatVersion, type TapeHeader, type TapeService } from './tape.ts'
import { yamlAfterKey, yamlKey } from './yaml-text.ts'

/** A turn on its way into the file, and where it then stands. */
interface Piece {
  readonly conversation: JournalConversation
  /** Empty where another took its place before it was written. */
  text: string
  /** It takes the place of the turn before, which is in the file already. */
  redo: boolean
  offset: number
  length: number
  /** The number of the client's message that it is, or that it answers. */
  readonly group: number
  readonly fromClient: boolean
  /** It answers another than the client's last one, which has to be said while it stands behind that. */
  readonly isLate: boolean
}

export interface JournalConversation {
  readonly number: number
  readonly service: string
  readonly pieces: Piece[]
  /** The last turn, where it is not through and the next one takes its place. */
  provisional: Piece | undefined
  isBegun: boolean
}

export interface Placing {
  group: number
  fromClient: boolean
  /** It answers another than the client's last one. */
  isLate?: boolean
  /** The turn is not through yet: the next one given takes its place. */
  provisional?: boolean
  /** Nobody said anything: a link was opened, or came to its end. */
  isSilent?: boolean
}

/** Octets that are gathered in one turn of the event loop before they are written in its middle. */
const maxBatchBytes = 1024 * 1024

const about =
  '# What programs and services said to each other, recorded by backlot, whose docs/tapes.md says how to edit it.\n'

export class Journal {
  readonly path: string
  readonly #header: TapeHeader
  readonly #hosts = new Map<string, readonly string[]>()
  readonly #conversations: JournalConversation[] = []
  #newHosts: string[] = []
  #pending: Piece[] = []
  #pendingBytes = 0
  #isScheduled = false
  #isSilent = true
  #descriptor: number | undefined
  #written = 0
  #failure: UsageError | undefined

  /** Nothing is touched until there is a turn to write; a tape that is there stays until something has been said. */
  constructor(path: string, header: TapeHeader, hosts: ReadonlyMap<string, readonly string[]> = new Map()) {
    this.path = path
    this.#header = header
    for (const [name, addresses] of hosts) this.#hosts.set(name, addresses)
  }

  /** Conversations in which there was something to write. */
  get conversations(): number {
    return this.#conversations.filter(({ isBegun }) => isBegun).length
  }

  get turns(): number {
    return this.#conversations.reduce((sum, { pieces }) => sum + pieces.length, 0)
  }

  /** Why the file takes no more; from then on nothing is written. */
  get failure(): UsageError | undefined {
    return this.#failure
  }

  /** A name became known while it was recorded. */
  host(name: string, addresses: readonly string[]): void {
    if (this.#hosts.get(name)?.join() === addresses.join()) return
    this.#hosts.set(name, addresses)
    this.#newHosts.push(name)
    if (this.#descriptor !== undefined) this.#schedule()
  }

  begin(service: TapeService): JournalConversation {
    const number = this.#conversations.length + 1
    const text = formatService(service)
    const conversation = { number, service: text, pieces: [], provisional: undefined, isBegun: false }
    this.#conversations.push(conversation)
    return conversation
  }

  /** Takes a turn as lines of a list below `turns`; no lines only say that there was a conversation. */
  append(
    conversation: JournalConversation,
    text: string,
    { group, fromClient, isLate = false, provisional = false, isSilent = false }: Placing,
  ): void {
    if (this.#failure !== undefined) return
    if (!isSilent) this.#isSilent = false
    const piece: Piece = { conversation, text, redo: false, offset: 0, length: 0, group, fromClient, isLate }
    const before = conversation.provisional
    if (before !== undefined) {
      conversation.pieces.pop()
      if (before.offset > 0) piece.redo = true
      else {
        piece.redo = before.redo
        before.text = ''
      }
    }
    if (text !== '') conversation.pieces.push(piece)
    conversation.provisional = provisional ? piece : undefined
    conversation.isBegun = true
    this.#pending.push(piece)
    this.#pendingBytes += text.length
    if (this.#pendingBytes >= maxBatchBytes) this.flush()
    else this.#schedule()
  }

  /** Hands the system what there is. */
  flush(): void {
    this.#isScheduled = false
    if (this.#failure !== undefined || (this.#pending.length === 0 && this.#newHosts.length === 0)) return
    if (this.#descriptor === undefined && (this.#pending.length === 0 || this.#mustWait())) return
    try {
      this.#descriptor ??= this.#open()
      this.#write(this.#descriptor)
    } catch (error) {
      this.#fail(error)
    }
  }

  /**
   * Ends the recording: one document for each conversation, its turns in logical order. False where nothing was said that
   * a file which is there should give way to, or nothing happened at all: then it is as it was before.
   *
   * @throws {UsageError} where the file could not be written.
   */
  close(): boolean {
    this.flush()
    if (this.#failure !== undefined) throw this.#failure
    if (this.#descriptor === undefined) return false
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    const final = `${this.path}.unfinished`
    try {
      this.#compact(descriptor, final)
      renameSync(final, this.path)
    } catch (error) {
      // What was appended is a tape too.
      rmSync(final, { force: true })
      throw this.#unwritable(error)
    } finally {
      closeSync(descriptor)
    }
    return true
  }

  /** A tape that is there is not given up for links on which nothing was said, such as one whose handshake failed. */
  #mustWait(): boolean {
    return this.#isSilent && existsSync(this.path)
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    atEndOfTurn(() => this.flush())
  }

  #open(): number {
    // A file that is killed at its birth is none.
    const unfinished = `${this.path}.unfinished`
    const descriptor = openSync(unfinished, 'w+')
    // Names that came to be known before are in the header.
    this.#newHosts = []
    try {
      this.#put(descriptor, Buffer.from(this.#head()))
      renameSync(unfinished, this.path)
    } catch (error) {
      closeSync(descriptor)
      rmSync(unfinished, { force: true })
      throw error
    }
    return descriptor
  }

  #head(): string {
    const { recorded, by, from, epoch } = this.#header
    let text = `${about}tape: ${formatVersion}\n`
    if (recorded !== undefined) text += `recorded: ${recorded}\n`
    if (by !== undefined) text += `by:${yamlAfterKey(by, 2)}`
    if (from !== undefined) text += `from:${yamlAfterKey(from, 2)}`
    text += `epoch: ${new Date(epoch).toISOString()}\n`
    const hosts = [...this.#hosts].filter(([name]) => !this.#newHosts.includes(name))
    if (hosts.length > 0) text += 'hosts:\n'
    for (const [name, addresses] of hosts) text += `  ${yamlKey(name)}:${addressesAfterKey(addresses)}`
    return `${text}...\n`
  }

  #write(descriptor: number): void {
    let text = ''
    for (const name of this.#newHosts) text += `${hostDocument(name, this.#hosts.get(name)!)}...\n`
    const parts: Buffer[] = [Buffer.from(text)]
    let at = this.#written + parts[0]!.length
    const add = (octets: Buffer) => {
      parts.push(octets)
      at += octets.length
    }
    let current: JournalConversation | undefined
    for (const piece of this.#pending) {
      const { conversation, redo } = piece
      if (piece.text === '' && conversation.pieces.length > 0) continue
      if (conversation !== current || redo) {
        if (current !== undefined) add(endMark)
        current = conversation
        add(Buffer.from(documentHead(conversation, redo, piece.text === '')))
      }
      piece.offset = at
      const octets = Buffer.from(piece.text)
      piece.length = octets.length
      piece.text = ''
      add(octets)
      if (piece.isLate) add(Buffer.from(`    to: ${piece.group}\n`))
    }
    if (current !== undefined) add(endMark)
    this.#pending = []
    this.#pendingBytes = 0
    this.#newHosts = []
    this.#put(descriptor, Buffer.concat(parts))
  }

  #put(descriptor: number, octets: Buffer): void {
    for (let at = 0; at < octets.length; ) at += writeSync(descriptor, octets, at)
    this.#written += octets.length
  }

  #compact(descriptor: number, path: string): void {
    const reader = new WindowReader(descriptor)
    const target = openSync(path, 'w')
    try {
      let batch: Buffer[] = [Buffer.from(this.#head().replace(/\.\.\.\n$/, ''))]
      let size = 0
      const flush = () => {
        const octets = Buffer.concat(batch)
        for (let at = 0; at < octets.length; ) at += writeSync(target, octets, at)
        batch = []
        size = 0
      }
      let number = 0
      for (const conversation of this.#conversations) {
        if (!conversation.isBegun) continue
        const { service, pieces } = conversation
        batch.push(Buffer.from(documentHead({ number: ++number, service }, false, pieces.length === 0)))
        for (const { offset, length } of inOrder(pieces)) {
          batch.push(reader.read(offset, length))
          size += length
          if (size >= maxBatchBytes) flush()
        }
      }
      batch.push(endMark)
      flush()
    } finally {
      closeSync(target)
    }
  }

  #fail(error: unknown): void {
    this.#failure = this.#unwritable(error)
    this.#pending = []
    this.#newHosts = []
  }

  #unwritable(error: unknown): UsageError {
    const { code, message } = error as NodeJS.ErrnoException
    const why =
      code === 'ENOENT' ? `there is no folder ${dirname(this.path)}` : code === 'EISDIR' ? 'it is a folder' : message
    return new UsageError(`expected a tape that can be written, got ${this.path}: ${why}`, { cause: error })
  }
}

const endMark = Buffer.from('...\n')

function documentHead({ number, service }: { number: number; service: string }, redo: boolean, empty: boolean): string {
  return `---\nconversation: ${number}\nservice: ${service}\n${redo ? 'redo: 1\n' : ''}turns:${empty ? ' []' : ''}\n`
}

/** A name as a document of its own. */
export function hostDocument(name: string, addresses: readonly string[]): string {
  return `---\nhost:${yamlAfterKey(name, 2)}addresses:${addressesAfterKey(addresses)}`
}

function addressesAfterKey(addresses: readonly string[]): string {
  return ` [${addresses.map(address => (address.startsWith(':') ? JSON.stringify(address) : address)).join(', ')}]\n`
}

/** Each message of the client, and then what answers it. */
function inOrder(pieces: readonly Piece[]): readonly Piece[] {
  const sorted = pieces.every((piece, at) => at === 0 || precedes(pieces[at - 1]!, piece) <= 0)
  return sorted ? pieces : [...pieces].sort(precedes)
}

function precedes(one: Piece, other: Piece): number {
  return one.group - other.group || Number(other.fromClient) - Number(one.fromClient)
}
