// What the connections of one IMAP fake share: its options with their defaults, the mail store, capabilities, faults.

import type { Clock } from '../../net/clock.ts'
import { durationMs } from '../../net/duration.ts'
import type { Site, TlsOptions } from '../../net/service.ts'
import type { ImapCommandLimits } from '../../wire/imap/command.ts'
import { ImapMessage } from '../../wire/imap/message.ts'
import { MailboxLogins } from '../mail/logins.ts'
import type { MailMessage } from '../mail/message.ts'
import { type MailStore, mailStoreOf } from '../mail/store.ts'
import { ImapFaults } from './faults.ts'
import type { ImapOptions, ImapPort } from './options.ts'

export interface PortRules {
  port: number
  tls: boolean
  startTls: 'none' | 'offered' | 'required'
}

/** Before a login, in this order; STARTTLS and AUTH= follow. */
const first = ['IMAP4rev1', 'LITERAL+', 'SASL-IR', 'ID', 'ENABLE', 'IDLE']
/** After one. */
const more = [
  'SORT',
  'SORT=DISPLAY',
  'THREAD=REFERENCES',
  'THREAD=REFS',
  'THREAD=ORDEREDSUBJECT',
  'MULTIAPPEND',
  'UNSELECT',
  'CHILDREN',
  'NAMESPACE',
  'UIDPLUS',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'SPECIAL-USE',
  'CREATE-SPECIAL-USE',
  'CONDSTORE',
  'ESEARCH',
  'ESORT',
  'WITHIN',
  'MOVE',
  'QUOTA',
  'QUOTA=RES-STORAGE',
  'QUOTA=RES-MESSAGE',
  'STATUS=SIZE',
  'UTF8=ACCEPT',
]

/** Octets of literals of one command before a login. */
const maxEarlyLiteral = 64 * 1024
/** Messages whose parsed form is kept for the next FETCH of them. */
const maxParsed = 200

export class ImapServer {
  readonly name: string
  readonly greeting: string
  readonly ports: readonly PortRules[]
  readonly mechanisms: readonly string[]
  readonly loginDisabled: boolean
  readonly maxBytes: number
  readonly maxLine: number
  readonly maxErrors: number
  readonly idleTimeoutMs: number
  readonly stillHereMs: number
  readonly tls: TlsOptions
  readonly faults: ImapFaults
  readonly logins: MailboxLogins
  readonly store: MailStore
  readonly clock: Clock
  readonly #without: ReadonlySet<string>
  readonly #first: readonly string[]
  readonly #after: string
  readonly #parsed = new Map<Buffer, ImapMessage>()

  constructor(options: ImapOptions, site: Site) {
    this.clock = site.clock
    this.name = options.name ?? site.host.name
    this.greeting = options.greeting ?? `${this.name} IMAP4rev1 ready`
    this.ports = (options.ports ?? [143, 993]).map(portRules)
    this.mechanisms = (options.mechanisms ?? ['PLAIN']).map(each => each.toUpperCase())
    this.loginDisabled = options.loginDisabled ?? false
    this.maxBytes = options.maxBytes ?? 64 * 1024 * 1024
    this.maxLine = options.maxLine ?? 256 * 1024
    this.maxErrors = options.maxErrors ?? 20
    this.idleTimeoutMs = durationMs(options.idleTimeout ?? '30m')
    this.stillHereMs = durationMs(options.stillHere ?? '2m')
    this.tls = options.tls ?? {}
    this.faults = new ImapFaults(options.faults, site.host.name)
    this.store = mailStoreOf(site, options)
    this.logins = new MailboxLogins(this.store, options.users)
    this.#without = new Set((options.without ?? []).map(each => each.toUpperCase()))
    this.#first = this.#kept(first.toSpliced(1, 0, ...(this.#without.has('LITERAL+') ? ['LITERAL-'] : [])))
    this.#after = [...this.#first, ...this.#kept([...more, `APPENDLIMIT=${this.maxBytes}`])].join(' ')
  }

  offers(capability: string): boolean {
    return !this.#without.has(capability)
  }

  /** Of commands. */
  limits({ loggedIn }: { loggedIn: boolean }): ImapCommandLimits {
    const maxLiteral = loggedIn ? this.maxBytes : Math.min(this.maxBytes, maxEarlyLiteral)
    // RFC 7888 §5: what a client may send without waiting.
    const maxUnasked = this.offers('LITERAL+') ? maxLiteral : this.offers('LITERAL-') ? 4096 : 0
    return { maxText: this.maxLine, maxLiteral, maxUnasked }
  }

  /** What CAPABILITY lists, on a port and at a moment. */
  capabilities({ port, secure, loggedIn }: { port: PortRules; secure: boolean; loggedIn: boolean }): string {
    if (loggedIn) return this.#after
    const list = [...this.#first]
    if (!secure && port.startTls !== 'none') list.push('STARTTLS')
    const mayLogIn = secure || port.startTls !== 'required'
    if (mayLogIn) list.push(...this.mechanisms.map(each => `AUTH=${each}`))
    if (!mayLogIn || this.loginDisabled) list.push('LOGINDISABLED')
    return list.join(' ')
  }

  /** A message as FETCH shows it. */
  parsed({ raw }: MailMessage): ImapMessage {
    const known = this.#parsed.get(raw)
    if (known !== undefined) return known
    const parsed = new ImapMessage(raw)
    if (this.#parsed.size >= maxParsed) this.#parsed.delete(this.#parsed.keys().next().value!)
    this.#parsed.set(raw, parsed)
    return parsed
  }

  /** Without THREAD there is no THREAD=REFS either. */
  #kept(list: readonly string[]): string[] {
    return list.filter(each => !this.#without.has(each) && !this.#without.has(each.replace(/=.*$/, '')))
  }
}

function portRules(given: number | ImapPort): PortRules {
  const port = typeof given === 'number' ? { port: given } : given
  const tls = port.tls ?? port.port === 993
  return { port: port.port, tls, startTls: tls ? 'none' : (port.startTls ?? 'offered') }
}
