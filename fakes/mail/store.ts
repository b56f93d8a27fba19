// The mail of a network behind SMTP, POP3 and IMAP: accounts by owner, shared by the services of a host or by name.
//
//   store    accounts                 account(owner)
//   account  a tree of mailboxes      mailbox(name), list(), create, remove, rename, subscriptions, quota
//   mailbox  messages by UID          messages, byUid, add, change, copy, move, expunge, watch, lock
//   message  octets, flags, date      raw, flags, internalDate, uid, modSeq

import { UsageError } from '../../net/errors.ts'
import type { Network } from '../../net/network.ts'
import type { Site } from '../../net/service.ts'
import { MailAccount } from './account.ts'
import { readMailFiles } from './files.ts'
import type { Mailbox } from './mailbox.ts'
import { dateOf, type NewMessage, octetsOf } from './message.ts'
import { MailUsers, type MailUsersOption } from './users.ts'

/** A mail that is there at the start. */
export interface SeedMail extends NewMessage {
  /** Default: INBOX. It is made where it is not there. */
  mailbox?: string
}

/**
 * What is in mailboxes at the start, by owner: mails as texts, octets or with more; or the path of an `.eml`, an mbox, a
 * Maildir or a folder of `.eml` files. What several services of one store say alike is there once.
 */
export type MailSeeds = Readonly<Record<string, string | readonly (string | Uint8Array | SeedMail)[]>>

/** What services are told of the store that they have. */
export interface MailStoreOptions {
  users?: MailUsersOption
  mail?: MailSeeds
  /** Services of a network that give the same name here share their mailboxes. Default: those of one host share them. */
  mailboxes?: string
}

/** Owners that are remembered where every address has a mailbox; the oldest make room. */
const maxAccounts = 100_000

export class MailStore {
  /** Everybody whom a service of the store named. */
  readonly users: MailUsers = new MailUsers()
  readonly separator: string
  readonly #now: () => number
  readonly #epoch: number
  readonly #accounts = new Map<string, MailAccount>()
  /** What was given to each owner. */
  readonly #seeded = new Map<string, Set<unknown>>()

  /** @param options where the clock is now, and where it began, in milliseconds of Unix time */
  constructor({ now, epoch, separator = '/' }: { now: () => number; epoch: number; separator?: string }) {
    this.#now = now
    this.#epoch = epoch
    this.separator = separator
  }

  /** An owner's account, which is made when it is asked for first. */
  account(owner: string): MailAccount {
    const known = this.#accounts.get(owner)
    if (known !== undefined) return known
    if (this.#accounts.size >= maxAccounts) this.#forget()
    const account = new MailAccount(owner, { separator: this.separator, now: this.#now, epoch: this.#epoch })
    const quota = this.users.get(owner)?.quotaBytes
    if (quota !== undefined) account.quota = { octets: quota }
    this.#accounts.set(owner, account)
    return account
  }

  /**
   * Whose account is meant where nobody has a password: one of that name, or of an address with that local part, or what
   * the name says.
   */
  ownerOf(name: string): string {
    const lower = name.toLowerCase()
    if (this.#accounts.has(name)) return name
    if (lower.includes('@') || this.#accounts.has(lower)) return lower
    for (const owner of this.#accounts.keys()) if (owner.startsWith(`${lower}@`)) return owner
    return lower
  }

  /**
   * A mailbox, for tests.
   *
   * @throws {UsageError} where the owner has none of that name.
   */
  mailbox(user: string, name = 'INBOX'): Mailbox {
    const account = this.account(this.users.get(user) === undefined ? this.ownerOf(user) : user)
    const found = account.mailbox(name)
    if (found !== undefined) return found
    const names = account.list().map(each => each.name)
    throw new UsageError(`expected a mailbox of ${user}, which has ${names.join(', ')}, got ${JSON.stringify(name)}`)
  }

  /** What one service says of users and of mail at the start. */
  take({ users = {}, mail = {} }: MailStoreOptions): void {
    for (const [login, user] of new MailUsers(users)) this.users.add(login, user)
    for (const [owner, seeds] of Object.entries(mail)) {
      const seeded = this.#seeded.get(owner) ?? new Set()
      this.#seeded.set(owner, seeded)
      if (seeded.has(seeds)) continue
      seeded.add(seeds)
      this.#seed(this.account(owner), typeof seeds === 'string' ? readMailFiles(seeds, this.separator) : seeds)
    }
  }

  /** The oldest account that nobody logs in to by a name of their own. */
  #forget(): void {
    for (const owner of this.#accounts.keys()) {
      if (this.users.get(owner) !== undefined) continue
      this.#accounts.delete(owner)
      return
    }
  }

  #seed(account: MailAccount, seeds: readonly (string | Uint8Array | SeedMail)[]): void {
    const byMailbox = new Map<string, NewMessage[]>()
    for (const seed of seeds) {
      const { mailbox = 'INBOX', ...mail } = isMail(seed) ? seed : { content: seed }
      const content = octetsOf(mail.content)
      const list = byMailbox.get(mailbox) ?? []
      byMailbox.set(mailbox, list)
      list.push({ ...mail, content, date: mail.date ?? dateOf(content) ?? this.#now() })
    }
    for (const [name, mails] of byMailbox) (account.mailbox(name) ?? account.create(name)).addAll(mails)
  }
}

function isMail(seed: string | Uint8Array | SeedMail): seed is SeedMail {
  return typeof seed !== 'string' && !(seed instanceof Uint8Array)
}

const stores = new WeakMap<Network, Map<string, MailStore>>()

/** The store of a service, with what the service says of it. */
export function mailStoreOf({ network, host, clock }: Site, options: MailStoreOptions): MailStore {
  const named = stores.get(network) ?? new Map<string, MailStore>()
  stores.set(network, named)
  const key = options.mailboxes === undefined ? `host ${host.name}` : `name ${options.mailboxes}`
  const store = named.get(key) ?? new MailStore({ now: () => clock.now(), epoch: clock.epoch })
  named.set(key, store)
  store.take(options)
  return store
}
