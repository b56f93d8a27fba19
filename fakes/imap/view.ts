// One session's view of the mailbox that it has selected: sequence numbers stay as the session was told of them while others
// add and expunge (RFC 3501 §7.4.1). It shares the mailbox's own list; what is gone from there and was not told yet is kept
// beside, by UID, so that an event costs what it changes and not what the mailbox holds.

import { resolveSequenceSet, type SequenceSet } from '../../wire/imap/sequence-set.ts'
import type { Mailbox, MailboxEvent } from '../mail/mailbox.ts'
import type { MailMessage } from '../mail/message.ts'

/** Runs of UIDs that are `\Recent` here; the oldest are forgotten. */
const maxRecentRuns = 1000

/** How a session's own changes are told to itself: with flags, with the mod-sequence alone, or not at all. */
export type Telling = 'flags' | 'modseq' | 'nothing'

export interface SyncOptions {
  /** Whether messages may be told to be gone: not in answer to FETCH, STORE and SEARCH by sequence numbers. */
  expunges: boolean
  /** Of messages that are told of, their UIDs too. */
  uids: boolean
  condstore: boolean
}

export class View {
  readonly mailbox: Mailbox
  readonly readOnly: boolean
  /** The mailbox was removed, by whomever. */
  isGone = false
  /** For the changes that the session makes itself, while it makes them. */
  telling: Telling = 'flags'
  /** Gone from the mailbox and not told; by UID once they are looked at. */
  #gone: MailMessage[] = []
  #isSorted = true
  /** Changed and not told; true where flags are told too. */
  readonly #changed = new Map<MailMessage, boolean>()
  /** UIDs from here on were not told. */
  #end: number
  #keywords: number
  #recent: { from: number; to: number }[] = []
  readonly #watching: Disposable

  /** `changed` is called when there is something to tell. */
  constructor(mailbox: Mailbox, readOnly: boolean, changed: () => void) {
    this.mailbox = mailbox
    this.readOnly = readOnly
    this.#end = mailbox.uidNext
    this.#keywords = mailbox.flags.length
    this.#claimRecent(1)
    this.#watching = mailbox.watch(event => {
      this.#take(event)
      changed()
    })
  }

  close(): void {
    this.#watching[Symbol.dispose]()
  }

  /** How many messages there are, as far as the session knows. */
  get exists(): number {
    return this.#live + this.#gone.length
  }

  get recent(): number {
    let count = 0
    for (const { from, to } of this.#recent) count += this.placeOf(to) - this.placeOf(from)
    return count
  }

  isRecent({ uid }: MailMessage): boolean {
    for (let at = this.#recent.length - 1; at >= 0; at--) {
      const { from, to } = this.#recent[at]!
      if (uid >= from) return uid < to
    }
    return false
  }

  /** The message of a sequence number, which has to be one. */
  at(sequence: number): MailMessage {
    const ghosts = this.#ghosts
    if (ghosts.length === 0) return this.mailbox.messages[sequence - 1]!
    let [low, high] = [0, ghosts.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#sequenceOfGhost(middle) < sequence) low = middle + 1
      else high = middle
    }
    if (low < ghosts.length && this.#sequenceOfGhost(low) === sequence) return ghosts[low]!
    return this.mailbox.messages[sequence - 1 - low]!
  }

  /** How many messages have a lower UID. */
  placeOf(uid: number): number {
    return Math.min(this.mailbox.position(uid), this.#live) + this.#ghostsBelow(uid)
  }

  sequenceOf({ uid }: MailMessage): number {
    return this.placeOf(uid) + 1
  }

  /**
   * The sequence numbers of a set, in ascending ranges that do not touch; undefined where it has a sequence number that is
   * none. Of UIDs those that are none are passed over.
   */
  ranges(set: SequenceSet, byUid: boolean): SequenceSet | undefined {
    const { exists } = this
    if (!byUid) {
      const resolved = resolveSequenceSet(set, exists)
      return resolved.length === 0 || resolved.at(-1)!.last > exists ? undefined : resolved
    }
    if (exists === 0) return []
    return resolveSequenceSet(set, this.at(exists).uid).flatMap(({ first, last }) => {
      const range = { first: this.placeOf(first) + 1, last: this.placeOf(last + 1) }
      return range.first <= range.last ? [range] : []
    })
  }

  /** Each message of some ranges with its sequence number. */
  *each(ranges: SequenceSet): Generator<[number, MailMessage]> {
    for (const { first, last } of ranges) {
      // A mailbox that is removed meanwhile has no messages.
      for (let sequence = first; sequence <= last && !this.isGone; sequence++) yield [sequence, this.at(sequence)]
    }
  }

  /** All messages by sequence number; the mailbox's own list where that is the same. */
  get messages(): readonly MailMessage[] {
    if (this.#gone.length === 0 && this.#live === this.mailbox.messages.length) return this.mailbox.messages
    return Array.from({ length: this.exists }, (_, index) => this.at(index + 1))
  }

  /** Whether a message is there that others have expunged. */
  get hasExpunged(): boolean {
    return this.#gone.length > 0
  }

  /** Whether there is something to tell. */
  get hasNews(): boolean {
    const { mailbox, isGone } = this
    const isMore = mailbox.messages.length > this.#live
    return isGone || isMore || this.hasExpunged || this.#changed.size > 0 || mailbox.flags.length > this.#keywords
  }

  /** What the session is told of what has happened, in responses. */
  sync({ expunges, uids, condstore }: SyncOptions): string {
    let said = this.#tellKeywords()
    const changed = this.#changed.size > 1 ? [...this.#changed].sort(([a], [b]) => a.uid - b.uid) : this.#changed
    for (const [message, withFlags] of changed) {
      if (!withFlags && !condstore) continue
      const items = [
        ...(uids ? [`UID ${message.uid}`] : []),
        ...(condstore ? [`MODSEQ (${message.modSeq})`] : []),
        ...(withFlags ? [`FLAGS (${this.flagsOf(message)})`] : []),
      ]
      said += `* ${this.sequenceOf(message)} FETCH (${items.join(' ')})\r\n`
    }
    this.#changed.clear()
    const { recent } = this
    if (expunges && this.#gone.length > 0) {
      for (let at = this.#ghosts.length - 1; at >= 0; at--) said += `* ${this.#sequenceOfGhost(at)} EXPUNGE\r\n`
      this.#gone = []
    }
    const isMore = this.mailbox.position(this.#end) < this.mailbox.messages.length
    const from = this.#end
    this.#end = this.mailbox.uidNext
    this.#claimRecent(from)
    if (isMore) said += `* ${this.exists} EXISTS\r\n`
    return this.recent === recent ? said : `${said}* ${this.recent} RECENT\r\n`
  }

  /** System flags, `\Recent`, keywords. */
  flagsOf(message: MailMessage): string {
    const { list } = message.flags
    if (!this.isRecent(message)) return list.join(' ')
    const keywords = list.findIndex(flag => !flag.startsWith('\\'))
    const at = keywords < 0 ? list.length : keywords
    return [...list.slice(0, at), '\\Recent', ...list.slice(at)].join(' ')
  }

  /** FLAGS and PERMANENTFLAGS, as SELECT has them and as they are said again when a keyword is new. */
  get flagResponses(): string {
    const flags = this.mailbox.flags.join(' ')
    const permanent = this.readOnly
      ? '[PERMANENTFLAGS ()] Read-only mailbox.'
      : `[PERMANENTFLAGS (${flags} \\*)] Flags permitted.`
    return `* FLAGS (${flags})\r\n* OK ${permanent}\r\n`
  }

  #tellKeywords(): string {
    const { length } = this.mailbox.flags
    if (length === this.#keywords) return ''
    this.#keywords = length
    return this.flagResponses
  }

  /** How many messages of the mailbox the session was told of. */
  get #live(): number {
    const { mailbox } = this
    // Nearly always nothing came since.
    return this.#end === mailbox.uidNext ? mailbox.messages.length : mailbox.position(this.#end)
  }

  get #ghosts(): readonly MailMessage[] {
    if (!this.#isSorted) this.#gone.sort((a, b) => a.uid - b.uid)
    this.#isSorted = true
    return this.#gone
  }

  #sequenceOfGhost(at: number): number {
    return this.mailbox.position(this.#ghosts[at]!.uid) + at + 1
  }

  #ghostsBelow(uid: number): number {
    const ghosts = this.#ghosts
    let [low, high] = [0, ghosts.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (ghosts[middle]!.uid < uid) low = middle + 1
      else high = middle
    }
    return low
  }

  #take(event: MailboxEvent): void {
    switch (event.kind) {
      case 'removed':
        this.isGone = true
        this.#gone = []
        this.#changed.clear()
        break
      case 'flags':
        if (this.telling === 'nothing') break
        for (const message of event.messages) {
          if (message.uid < this.#end) {
            this.#changed.set(message, this.telling === 'flags' || this.#changed.get(message) === true)
          }
        }
        break
      case 'expunged':
        for (const message of event.messages) {
          if (message.uid >= this.#end) continue
          this.#changed.delete(message)
          if (message.uid < (this.#gone.at(-1)?.uid ?? 0)) this.#isSorted = false
          this.#gone.push(message)
        }
    }
  }

  #claimRecent(from: number): void {
    const { mailbox, readOnly } = this
    const first = Math.max(from, readOnly ? mailbox.firstRecent : mailbox.claimRecent())
    if (first >= mailbox.uidNext) return
    const last = this.#recent.at(-1)
    if (last?.to === first) last.to = mailbox.uidNext
    else this.#recent.push({ from: first, to: mailbox.uidNext })
    if (this.#recent.length > maxRecentRuns) this.#recent.shift()
  }
}
