// A maildrop (RFC 1939 §4): the messages of INBOX as they were at the login, locked against other sessions. What is marked
// as deleted is gone when `update` is called, and stays when it is not.

import type { Mailbox } from '../mail/mailbox.ts'
import type { MailMessage } from '../mail/message.ts'

export class Maildrop {
  readonly messages: readonly MailMessage[]
  readonly #mailbox: Mailbox
  readonly #lock: Disposable
  readonly #deleted = new Set<MailMessage>()
  readonly #read = new Set<MailMessage>()

  private constructor(mailbox: Mailbox, lock: Disposable) {
    this.#mailbox = mailbox
    this.#lock = lock
    this.messages = mailbox.messages.slice()
  }

  /** Undefined while another session has it. */
  static open(mailbox: Mailbox): Maildrop | undefined {
    const lock = mailbox.lock()
    return lock === undefined ? undefined : new Maildrop(mailbox, lock)
  }

  /** Messages that are not marked as deleted, and their octets. */
  count(): { messages: number; octets: number } {
    let octets = 0
    for (const message of this.messages) if (!this.#deleted.has(message)) octets += message.size
    return { messages: this.messages.length - this.#deleted.size, octets }
  }

  isDeleted(message: MailMessage): boolean {
    return this.#deleted.has(message)
  }

  delete(message: MailMessage): void {
    this.#deleted.add(message)
  }

  /** It was retrieved, whole or its top; other readers see so after {@link update}. */
  read(message: MailMessage): void {
    this.#read.add(message)
  }

  reset(): void {
    this.#deleted.clear()
    this.#read.clear()
  }

  /** A name that stays the same in every session (RFC 1939 §7). */
  uniqueId({ uid }: MailMessage): string {
    const hex = (number: number) => number.toString(16).padStart(8, '0')
    return hex(uid) + hex(this.#mailbox.uidValidity)
  }

  /** Carries out what was marked. */
  update(): void {
    const kept = [...this.#read].filter(message => !this.#deleted.has(message))
    if (kept.length > 0) this.#mailbox.change(kept, { how: 'add', flags: ['\\Seen'] })
    if (this.#deleted.size > 0) this.#mailbox.expunge(this.#deleted)
  }

  /** Gives up the lock. */
  close(): void {
    this.#lock[Symbol.dispose]()
  }
}
