// Who may log in where mail is read, and who has tried to.

import type { Claim, SaslUser } from './claim.ts'
import type { MailStore } from './store.ts'
import { type MailUser, MailUsers, type MailUsersOption, secretOf } from './users.ts'

const maxLogins = 1000

/** The last logins of a server. */
export class LoginLog {
  readonly list: { user: string; mechanism: string; ok: boolean }[] = []

  note(user: string, mechanism: string, ok: boolean): void {
    this.list.push({ user, mechanism, ok })
    if (this.list.length > maxLogins) this.list.shift()
  }
}

/** Logins to the mailboxes of a store: of a server's own users, else of the store's; without any of whoever comes. */
export class MailboxLogins {
  readonly log: LoginLog = new LoginLog()
  readonly #store: MailStore
  readonly #own: MailUsers | undefined

  constructor(store: MailStore, own: MailUsersOption | undefined) {
    this.#store = store
    this.#own = own === undefined ? undefined : new MailUsers(own)
  }

  /** What SASL asks of a login name. */
  find(name: string): SaslUser | undefined {
    const found = this.#whose(name)
    return found && { user: found.owner, secret: found.account && secretOf(found.account) }
  }

  /**
   * Notes a claim, and gives whose mailboxes it opens, undefined where it is wrong; and the account's policy where that is
   * against it, without the codes of SMTP.
   */
  judge({ user, ok }: Claim, mechanism: string): { owner: string | undefined; policy: string | undefined } {
    const found = ok ? this.#whose(user) : undefined
    const policy = found?.account?.policy
    this.log.note(user, mechanism, found !== undefined && policy === undefined)
    return { owner: found?.owner, policy: policy?.replace(/^\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3} )?/, '') }
  }

  #whose(name: string): { owner: string; account: MailUser | undefined } | undefined {
    const { users } = this.#store
    const known = this.#own ?? (users.size > 0 ? users : undefined)
    if (known === undefined) return { owner: this.#store.ownerOf(name), account: undefined }
    const found = known.login(name, () => true)
    return found && { owner: found.user, account: found.account }
  }
}
