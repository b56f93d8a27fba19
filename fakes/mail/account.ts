// One owner's mailboxes: a tree of names with INBOX in it, subscriptions, and what all of them may hold (RFC 9208).

import { Mailbox } from './mailbox.ts'
import { MailRefusal } from './refusal.ts'

/** What an account may hold; undefined: as much as comes. */
export interface MailQuota {
  octets?: number | undefined
  messages?: number | undefined
}

/** A name of the tree. */
export interface MailboxName {
  readonly name: string
  /** Undefined for a name that only has others below it (`\Noselect`). */
  readonly mailbox: Mailbox | undefined
  readonly hasChildren: boolean
}

const maxNames = 10_000
const maxNameLength = 1000
const maxDepth = 50

export class MailAccount {
  /** Whose it is: a login name, or an address where there are no users. */
  readonly owner: string
  /** Between the parts of a mailbox's name. */
  readonly separator: string
  readonly inbox: Mailbox
  /** A test may change it. */
  quota: MailQuota = {}
  /** Octets and messages of all mailboxes. */
  octets = 0
  messages = 0
  /** Names that IMAP's LSUB gives; there need not be a mailbox. */
  readonly subscriptions: Set<string> = new Set(['INBOX'])
  readonly now: () => number
  // No #names: see ReadableMail.
  private readonly names = new Map<string, Mailbox | undefined>()
  private lastValidity: number

  /** By a {@link MailStore}. */
  constructor(owner: string, { separator, now, epoch }: { separator: string; now: () => number; epoch: number }) {
    this.owner = owner
    this.separator = separator
    this.now = now
    this.lastValidity = Math.floor(epoch / 1000) - 1
    this.inbox = this.put('INBOX', undefined)
  }

  /** A mailbox by its name; INBOX in any case (RFC 3501 §5.1). */
  mailbox(name: string): Mailbox | undefined {
    return this.names.get(this.canonical(name))
  }

  /** Every name, superior ones before those below them. */
  list(): MailboxName[] {
    const parents = new Set<string>()
    for (const name of this.names.keys()) for (const above of this.above(name)) parents.add(above)
    return [...this.names].map(([name, mailbox]) => ({ name, mailbox, hasChildren: parents.has(name) }))
  }

  /**
   * Makes a mailbox, and those that its name lies below.
   *
   * @throws {MailRefusal} `ALREADYEXISTS`, `CANNOT` for a name that cannot be one, `LIMIT`.
   */
  create(name: string, { specialUse }: { specialUse?: string } = {}): Mailbox {
    const wanted = this.checked(name)
    if (this.names.get(wanted) !== undefined)
      throw new MailRefusal('ALREADYEXISTS', `${shown(wanted)} is there already`)
    this.putAbove(wanted)
    return this.put(wanted, specialUse)
  }

  /**
   * Removes a mailbox and its messages; a name with others below it stays and cannot be selected (RFC 3501 §6.3.4).
   *
   * @throws {MailRefusal} `NONEXISTENT`, `CANNOT` for INBOX and for a name that cannot be selected any more.
   */
  remove(name: string): void {
    const wanted = this.canonical(name)
    if (wanted === 'INBOX') throw new MailRefusal('CANNOT', 'INBOX cannot be removed')
    if (!this.names.has(wanted)) throw new MailRefusal('NONEXISTENT', `there is no ${shown(wanted)}`)
    const mailbox = this.names.get(wanted)
    const hasChildren = this.below(wanted).length > 0
    if (mailbox === undefined && hasChildren) throw new MailRefusal('CANNOT', `${shown(wanted)} has others below it`)
    if (hasChildren) this.names.set(wanted, undefined)
    else this.names.delete(wanted)
    mailbox?.removed()
  }

  /**
   * Renames a mailbox and those below it. Of INBOX the messages go, and INBOX stays (RFC 3501 §6.3.5).
   *
   * @throws {MailRefusal} `NONEXISTENT`, `ALREADYEXISTS`, `CANNOT`, `LIMIT`.
   */
  rename(from: string, to: string): void {
    const [old, wanted] = [this.canonical(from), this.checked(to)]
    if (!this.names.has(old)) throw new MailRefusal('NONEXISTENT', `there is no ${shown(old)}`)
    if (this.names.has(wanted)) throw new MailRefusal('ALREADYEXISTS', `${shown(wanted)} is there already`)
    if (wanted.startsWith(old + this.separator))
      throw new MailRefusal('CANNOT', `${shown(wanted)} lies below ${shown(old)}`)
    if (old === 'INBOX') {
      this.inbox.move(this.inbox.messages.slice(), this.create(wanted))
      return
    }
    const moved = [old, ...this.below(old)].map(name => {
      const renamed = wanted + name.slice(old.length)
      this.checked(renamed)
      return { name, renamed, mailbox: this.names.get(name) }
    })
    this.putAbove(wanted)
    for (const { name } of moved) this.names.delete(name)
    for (const { renamed, mailbox } of moved) {
      if (mailbox !== undefined) mailbox.name = renamed
      this.names.set(renamed, mailbox)
    }
  }

  /** @throws {MailRefusal} `OVERQUOTA` where so much more does not fit. */
  checkQuota(octets: number, messages: number): void {
    const { octets: most = Number.POSITIVE_INFINITY, messages: mostMessages = Number.POSITIVE_INFINITY } = this.quota
    if (this.octets + octets <= most && this.messages + messages <= mostMessages) return
    const limit = this.octets + octets > most ? `${most} octets` : `${mostMessages} messages`
    throw new MailRefusal('OVERQUOTA', `expected ${this.owner} to stay within ${limit}, got more`)
  }

  /** For {@link Mailbox}: so much more, or less, is there. */
  count(octets: number, messages: number): void {
    this.octets += octets
    this.messages += messages
  }

  private canonical(name: string): string {
    const end = name.indexOf(this.separator)
    const first = end < 0 ? name : name.slice(0, end)
    return first.toUpperCase() === 'INBOX' ? `INBOX${name.slice(first.length)}` : name
  }

  private checked(name: string): string {
    // RFC 3501 §6.3.3: a separator at the end says that names will follow below.
    const wanted = this.canonical(name.endsWith(this.separator) ? name.slice(0, -this.separator.length) : name)
    const parts = wanted.split(this.separator)
    if (parts.some(part => part === '') || /[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(wanted) || !wanted.isWellFormed()) {
      throw new MailRefusal('CANNOT', `expected a name such as Work${this.separator}2015, got ${shown(name)}`)
    }
    if (wanted.length > maxNameLength || parts.length > maxDepth) {
      throw new MailRefusal('LIMIT', `expected a name of at most ${maxNameLength} characters and ${maxDepth} levels`)
    }
    return wanted
  }

  private put(name: string, specialUse: string | undefined): Mailbox {
    if (this.names.size >= maxNames)
      throw new MailRefusal('LIMIT', `expected at most ${maxNames} mailboxes, got another`)
    // Higher than any before, so that a mailbox that is made again is another one (RFC 3501 §2.3.1.1); and not by the
    // time, so that it is the same in every run.
    const mailbox = new Mailbox(this, name, ++this.lastValidity, specialUse)
    this.names.set(name, mailbox)
    return mailbox
  }

  private putAbove(name: string): void {
    for (const above of this.above(name)) if (!this.names.has(above)) this.put(above, undefined)
  }

  private above(name: string): string[] {
    const names: string[] = []
    for (let at = name.indexOf(this.separator); at >= 0; at = name.indexOf(this.separator, at + 1)) {
      names.push(name.slice(0, at))
    }
    return names
  }

  private below(name: string): string[] {
    return [...this.names.keys()].filter(each => each.startsWith(name + this.separator))
  }
}

const shown = (name: string) => JSON.stringify(name.slice(0, 60))
