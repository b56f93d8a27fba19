// A mailbox: messages in the order of their UIDs, and who is told when they change. Everything happens at once and in order:
// when a call returns, those who watch know. Left out: what QRESYNC (RFC 7162 §3.2) needs of messages that are gone.

import { formatMbox } from '../../wire/mime/mbox.ts'
import type { MailAccount } from './account.ts'
import { type FlagSet, FlagTable } from './flags.ts'
import { MailMessage, type NewMessage, octetsOf } from './message.ts'
import { MailRefusal } from './refusal.ts'

/** UIDs and UIDVALIDITY are 32 bits (RFC 3501 §2.3.1.1). */
const maxUid = 2 ** 32 - 1

/** What happened to a mailbox. The messages are as they are after it; those that are gone can still be read. */
export type MailboxEvent =
  | { readonly kind: 'added' | 'flags' | 'expunged'; readonly messages: readonly MailMessage[] }
  /** The mailbox itself is gone, and its messages with it. */
  | { readonly kind: 'removed' }

export interface FlagChange {
  how: 'add' | 'remove' | 'replace'
  flags: readonly string[]
}

export class Mailbox {
  readonly account: MailAccount
  /** In any characters, its parts between the account's separator; changed by {@link MailAccount.rename} alone. */
  name: string
  readonly uidValidity: number
  /** For example `\Sent` (RFC 6154). */
  readonly specialUse: string | undefined
  /** The UID of the next message. */
  uidNext = 1
  highestModSeq = 1
  /** Octets of all messages. */
  octets = 0
  /** Messages without `\Seen`. */
  unseen = 0
  // No #names: see ReadableMail.
  private readonly list: MailMessage[] = []
  private readonly table = new FlagTable()
  private readonly watchers = new Set<(event: MailboxEvent) => void>()
  /** UIDs of what {@link deliver} brought. */
  private readonly delivered: number[] = []
  private isLocked = false
  private recentFrom = 1

  /** By a {@link MailAccount}. */
  constructor(account: MailAccount, name: string, uidValidity: number, specialUse: string | undefined) {
    this.account = account
    this.name = name
    this.uidValidity = uidValidity
    this.specialUse = specialUse
  }

  /** By UID, the oldest first: the message with sequence number N is at N - 1. */
  get messages(): readonly MailMessage[] {
    return this.list
  }

  /** The system flags, and keywords that were ever given to a message, as they were first spelled. */
  get flags(): readonly string[] {
    return this.table.all
  }

  /** Where the first message stands whose UID is `uid` or higher; as many as there are messages where there is none. */
  position(uid: number): number {
    let from = 0
    let to = this.list.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.list[middle]!.uid < uid) from = middle + 1
      else to = middle
    }
    return from
  }

  byUid(uid: number): MailMessage | undefined {
    const message = this.list[this.position(uid)]
    return message?.uid === uid ? message : undefined
  }

  /**
   * Appends messages and gives them back; one list is one change.
   *
   * @throws {MailRefusal} `OVERQUOTA`, `LIMIT`, or `CANNOT` for a flag that is none; then nothing is added.
   */
  add(...added: readonly NewMessage[]): MailMessage[] {
    return this.addAll(added)
  }

  /** {@link add} for very many. */
  addAll(added: readonly NewMessage[]): MailMessage[] {
    const now = this.account.now()
    return this.append(
      added.map(({ content, flags, date = now }) => ({
        raw: octetsOf(content),
        internalMs: typeof date === 'number' ? date : new Date(date).getTime(),
        flags: flags === undefined || flags.length === 0 ? this.table.set([]) : this.table.set(flags),
      })),
    )
  }

  /** Appends a mail that came from outside; of those only the last `keep` stay. What was put here otherwise stays. */
  deliver(message: NewMessage, keep: number): void {
    const [added] = this.addAll([message])
    this.delivered.push(added!.uid)
    while (this.delivered.length > keep) {
      const oldest = this.byUid(this.delivered.shift()!)
      if (oldest !== undefined) this.expunge([oldest])
    }
  }

  /** Changes flags, and gives the messages whose flags are others now. */
  change(messages: Iterable<MailMessage>, { how, flags }: FlagChange): MailMessage[] {
    const given = this.table.set(flags)
    // Messages with the same flags come to the same ones.
    const outcome = new Map<FlagSet, FlagSet>()
    const changed: MailMessage[] = []
    const modSeq = this.highestModSeq + 1
    for (const message of messages) {
      const before = message.flags
      let after = outcome.get(before)
      if (after === undefined) outcome.set(before, (after = this.changed(before, how, given)))
      if (after === before || this.byUid(message.uid) !== message) continue
      this.unseen += Number(before.seen) - Number(after.seen)
      message.flags = after
      message.modSeq = modSeq
      changed.push(message)
    }
    if (changed.length > 0) {
      this.highestModSeq = modSeq
      this.tell({ kind: 'flags', messages: changed })
    }
    return changed
  }

  /** Removes messages for good, and gives those that were there. */
  expunge(messages: Iterable<MailMessage>): MailMessage[] {
    const wanted = new Set(messages)
    const gone: MailMessage[] = []
    if (wanted.size === 1) {
      const [message] = wanted as Set<MailMessage> & [MailMessage]
      const at = this.position(message!.uid)
      if (this.list[at] === message) {
        gone.push(message!)
        // Room is made at the front, mail by mail, where shift() moves nothing.
        if (at === 0) this.list.shift()
        else this.list.splice(at, 1)
      }
    } else if (wanted.size > 1) {
      let kept = 0
      for (const message of this.list) {
        if (wanted.has(message)) gone.push(message)
        else this.list[kept++] = message
      }
      this.list.length = kept
    }
    if (gone.length === 0) return gone
    let octets = 0
    for (const message of gone) {
      octets += message.size
      if (!message.flags.seen) this.unseen--
    }
    this.octets -= octets
    this.account.count(-octets, -gone.length)
    this.highestModSeq++
    this.tell({ kind: 'expunged', messages: gone })
    return gone
  }

  /**
   * Copies messages with their flags and dates into another mailbox of any account, and gives the copies in their order.
   *
   * @throws {MailRefusal} as {@link add} does; then nothing is copied.
   */
  copy(messages: readonly MailMessage[], to: Mailbox): MailMessage[] {
    return to.append(
      messages.map(({ raw, internalMs, flags }) => ({ raw, internalMs, flags: to.table.set(flags.list) })),
    )
  }

  /** {@link copy}, after which the messages are gone from here; within an account no quota is in the way. */
  move(messages: readonly MailMessage[], to: Mailbox): MailMessage[] {
    const here = messages.filter(message => this.byUid(message.uid) === message)
    const isOwn = to.account === this.account
    const moved = to.append(
      here.map(({ raw, internalMs, flags }) => ({ raw, internalMs, flags: to.table.set(flags.list) })),
      isOwn,
    )
    this.expunge(here)
    return moved
  }

  /** Calls `watcher` after each change, before the call that made it returns. Disposing ends it. */
  watch(watcher: (event: MailboxEvent) => void): Disposable {
    this.watchers.add(watcher)
    return { [Symbol.dispose]: () => this.watchers.delete(watcher) }
  }

  /** POP3's exclusive lock (RFC 1939 §4); undefined while another has it. Disposing gives it up. IMAP does not ask for it. */
  lock(): Disposable | undefined {
    if (this.isLocked) return undefined
    this.isLocked = true
    return {
      [Symbol.dispose]: () => {
        this.isLocked = false
      },
    }
  }

  get locked(): boolean {
    return this.isLocked
  }

  /** The lowest UID that no session was told of as `\Recent` (RFC 3501 §2.3.2). */
  get firstRecent(): number {
    return this.recentFrom
  }

  /** The same, for a session that is told now and that may write; the next gets later ones. */
  claimRecent(): number {
    const first = this.recentFrom
    this.recentFrom = this.uidNext
    return first
  }

  /** All messages as an mbox file (mboxrd), flags in Status and X-Status. */
  toMbox(): Buffer {
    return formatMbox(
      this.list.map(({ raw, internalDate, flags }) => ({ content: raw, date: internalDate, flags: flags.list })),
    )
  }

  /** For {@link MailAccount.remove}. */
  removed(): void {
    this.account.count(-this.octets, -this.list.length)
    this.list.length = 0
    this.octets = 0
    this.unseen = 0
    this.tell({ kind: 'removed' })
    this.watchers.clear()
  }

  private changed(before: FlagSet, how: FlagChange['how'], given: FlagSet): FlagSet {
    if (how === 'replace') return given
    if (how === 'add') return this.table.set([...before.list, ...given.list])
    return this.table.set(before.list.filter(flag => !given.has(flag)))
  }

  private append(
    added: readonly { raw: Buffer; internalMs: number; flags: FlagSet }[],
    beyondQuota = false,
  ): MailMessage[] {
    if (added.length === 0) return []
    if (this.uidNext + added.length > maxUid) throw new MailRefusal('LIMIT', 'expected UIDs below 2^32, got no more')
    let octets = 0
    for (const { raw } of added) octets += raw.length
    if (!beyondQuota) this.account.checkQuota(octets, added.length)
    const modSeq = ++this.highestModSeq
    const messages = added.map(({ raw, internalMs, flags }) => {
      const message = new MailMessage(this.uidNext++, raw, internalMs, flags, modSeq)
      if (!flags.seen) this.unseen++
      this.list.push(message)
      return message
    })
    this.octets += octets
    this.account.count(octets, messages.length)
    this.tell({ kind: 'added', messages })
    return messages
  }

  private tell(event: MailboxEvent): void {
    for (const watcher of [...this.watchers]) watcher(event)
  }
}
