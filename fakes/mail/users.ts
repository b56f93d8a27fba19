// Who has mail here: login names, passwords, and the local parts of addresses that are theirs.

import { UsageError } from '../../net/errors.ts'

export interface MailUser {
  password?: string
  /** What XOAUTH2 and OAUTHBEARER take. Default: the password. */
  token?: string
  /** Further local parts whose mail is theirs. */
  aliases?: readonly string[]
  /** Octets that their mailboxes hold; beyond them SMTP refuses mail by 452 4.2.2. Default: no limit. */
  quotaBytes?: number
  /** The reply of SMTP to a right password, for an account whose policy refuses: `534 5.7.9 application password required`. */
  policy?: string
}

/** What they prove themselves by. */
export function secretOf({ password = '', token = password }: MailUser): { password: string; token: string } {
  return { password, token }
}

/** By login name, with the password or more. */
export type MailUsersOption = Readonly<Record<string, string | MailUser>>

export class MailUsers {
  readonly #users = new Map<string, MailUser>()
  readonly #aliases = new Map<string, string>()

  constructor(given: MailUsersOption = {}) {
    for (const [login, user] of Object.entries(given)) {
      if (login === '') throw new UsageError('expected a login name of a mail user, got an empty one')
      this.add(login, typeof user === 'string' ? { password: user } : user)
    }
  }

  get size(): number {
    return this.#users.size
  }

  /** Adds a user; one that is there stays. */
  add(login: string, user: MailUser): void {
    if (this.#users.has(login)) return
    this.#users.set(login, user)
    for (const alias of [login, ...(user.aliases ?? [])]) {
      if (!this.#aliases.has(alias.toLowerCase())) this.#aliases.set(alias.toLowerCase(), login)
    }
  }

  get(login: string): MailUser | undefined {
    return this.#users.get(login)
  }

  [Symbol.iterator](): Iterator<[string, MailUser]> {
    return this.#users[Symbol.iterator]()
  }

  /** Whose mailbox a local part is, up to the first of `delimiters` in it, or undefined. */
  ownerOf(local: string, delimiters: string): string | undefined {
    const lower = local.toLowerCase()
    const whole = this.#aliases.get(lower)
    if (whole !== undefined) return whole
    for (let at = 1; at < lower.length; at++) {
      if (delimiters.includes(lower[at]!)) return this.#aliases.get(lower.slice(0, at))
    }
    return undefined
  }

  /** The user of a login name, which may have a domain behind it for which `isOwn` holds. */
  login(name: string, isOwn: (domain: string) => boolean): { user: string; account: MailUser } | undefined {
    const at = name.lastIndexOf('@')
    const short = at > 0 && isOwn(name.slice(at + 1).toLowerCase())
    for (const user of short ? [name, name.slice(0, at)] : [name]) {
      const account = this.#users.get(user)
      if (account !== undefined) return { user, account }
    }
    return undefined
  }
}
