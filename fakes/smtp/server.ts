// What the connections of one SMTP fake share: its options with their defaults, mailboxes, queue, faults.

import { parseRange } from '../../net/address.ts'
import type { Clock } from '../../net/clock.ts'
import { durationMs } from '../../net/duration.ts'
import { UsageError } from '../../net/errors.ts'
import type { Random } from '../../net/random.ts'
import type { Site, TlsOptions } from '../../net/service.ts'
import type { SmtpPath } from '../../wire/smtp/path.ts'
import { parseReply } from '../../wire/smtp/reply.ts'
import { LoginLog } from '../mail/logins.ts'
import { type MailStore, mailStoreOf } from '../mail/store.ts'
import { type MailUser, MailUsers } from '../mail/users.ts'
import type { DsnReport } from './dsn.ts'
import { SmtpFaults } from './faults.ts'
import type { SmtpMessage } from './message.ts'
import type { RecipientRule, SmtpExtension, SmtpOptions, SmtpPort } from './options.ts'
import { MailQueue } from './queue.ts'
import { RateLimits } from './rates.ts'
import { report } from './reports.ts'
import { namesOf } from './route.ts'
import { Greylist } from './rules.ts'
import { styles, type Texts } from './texts.ts'

export interface PortRules {
  port: number
  tls: boolean
  startTls: 'none' | 'offered' | 'required'
  auth: 'none' | 'offered' | 'required'
}

const allExtensions: readonly SmtpExtension[] = [
  'PIPELINING',
  'SIZE',
  'STARTTLS',
  'AUTH',
  'ENHANCEDSTATUSCODES',
  '8BITMIME',
  'DSN',
  'SMTPUTF8',
  'CHUNKING',
]

export class SmtpServer {
  readonly name: string
  readonly style: 'plain' | 'gsmtp'
  readonly texts: Texts
  readonly ports: readonly PortRules[]
  /** Undefined: nobody is asked who they are. */
  readonly users: MailUsers | undefined
  /** Undefined: every domain. */
  readonly domains: ReadonlySet<string> | undefined
  readonly extensions: readonly SmtpExtension[]
  readonly enhancedCodes: boolean
  readonly mechanisms: readonly string[]
  readonly maxBytes: number
  readonly maxRecipients: number
  readonly maxErrors: number
  readonly idleTimeoutMs: number
  readonly tls: TlsOptions
  readonly greylist: Greylist | undefined
  readonly rates: RateLimits
  /** What the header fields that it adds to a mail say of it. */
  readonly tracing: { readonly name: string; readonly envelopeHeaders: boolean }
  readonly vrfy: boolean
  readonly recipientRule: RecipientRule | undefined
  readonly relayFor: readonly ((address: string) => boolean)[]
  readonly faults: SmtpFaults
  readonly delivered: SmtpMessage[] = []
  readonly logins: LoginLog = new LoginLog()
  readonly store: MailStore
  readonly queue: MailQueue
  readonly clock: Clock
  readonly #keep: number
  readonly #random: Random
  readonly #delimiters: string

  constructor(options: SmtpOptions, site: Site) {
    const { network, host, clock } = site
    this.clock = clock
    this.name = options.name ?? host.name
    this.style = options.style ?? 'plain'
    this.texts = styles[this.style]
    this.users = options.users === undefined ? undefined : new MailUsers(options.users)
    const domains = options.domains ?? (this.users === undefined ? undefined : host.names.flatMap(domainsAbove))
    this.domains = domains === undefined ? undefined : new Set(domains.map(domain => domain.toLowerCase()))
    this.ports = (options.ports ?? [25, 587, 465]).map(port => portRules(port, this.users !== undefined))
    this.extensions = options.extensions ?? allExtensions
    this.enhancedCodes = this.extensions.includes('ENHANCEDSTATUSCODES')
    this.mechanisms = options.mechanisms ?? ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2']
    this.maxBytes = options.maxBytes ?? 35882577
    this.maxRecipients = options.maxRecipients ?? 1000
    this.maxErrors = options.maxErrors ?? 20
    this.idleTimeoutMs = durationMs(options.idleTimeout ?? '5m')
    this.tls = options.tls ?? {}
    this.greylist = options.greylist === undefined ? undefined : new Greylist(durationMs(options.greylist))
    this.rates = new RateLimits(options.rateLimits)
    this.tracing = { name: this.name, envelopeHeaders: options.envelopeHeaders ?? false }
    this.vrfy = options.vrfy ?? false
    this.recipientRule = recipientRule(options.recipient)
    this.relayFor = (options.relayFor ?? []).map(parseRange)
    this.faults = new SmtpFaults(options.faults, host.name)
    this.#keep = options.keep ?? 10_000
    this.#random = site.random
    this.#delimiters = options.recipientDelimiter ?? '+'
    this.store = mailStoreOf(site, options)
    const names = namesOf(network)
    const exchangers = options.resolveMx ?? names.exchangers
    const isRelay = this.ports.some(({ port }) => port === 25)
    this.queue = new MailQueue({
      network,
      host,
      name: this.name,
      names: { ...names, exchangers },
      keep: this.#keep,
      isOwn: where => isRelay && (host.addresses.includes(where) || host.names.includes(where.toLowerCase())),
      report: (message, reports) => this.report(message, reports),
    })
  }

  isLocal(domain: string): boolean {
    return domain === '' || this.domains === undefined || this.domains.has(domain)
  }

  /** Whose mailbox a local part is, or undefined; without users by those of the store's other services. */
  ownerOf(local: string): string | undefined {
    return (this.users ?? this.store.users).ownerOf(local, this.#delimiters)
  }

  /** Whose mailbox an address of its own domains is, or undefined. */
  mailboxOf({ address, local, domain }: SmtpPath): string | undefined {
    const owner = this.ownerOf(local)
    if (owner !== undefined) return owner
    if (this.users === undefined) return address.toLowerCase()
    // RFC 5321 §4.5.1: there is always somebody to write to.
    return domain === '' ? local.toLowerCase() : undefined
  }

  /** The user of a login name, which may have one of the server's domains behind it. */
  login(name: string): { user: string; account: MailUser } | undefined {
    const { domains } = this
    return this.users?.login(name, domain => domains === undefined || domains.size === 0 || domains.has(domain))
  }

  /** Puts a mail into an owner's INBOX, where the oldest that came by SMTP make room. */
  deliver(owner: string, message: SmtpMessage): void {
    this.store.account(owner).inbox.deliver({ content: message.raw, date: message.receivedMs }, this.#keep)
  }

  /** Tells the sender what became of a mail, where they want to know. */
  report(message: SmtpMessage, reports: readonly DsnReport[]): void {
    report(this, this.#random, message, reports)
  }

  keep(message: SmtpMessage): void {
    this.delivered.push(message)
    if (this.delivered.length > this.#keep) this.delivered.shift()
  }

  /** As Google's look; other manners show none. */
  newSessionId(random: Random): string {
    if (this.style !== 'gsmtp') return ''
    const letters = 'abcdefghijklmnopqrstuvwxyz'
    const number = 1_000_000 + random.below(89_000_000)
    return `${random.text(1, letters)}${1 + random.below(30)}si${number}${random.text(3, letters)}.${1 + random.below(300)}`
  }

  newQueueId(random: Random): string {
    return random.text(11, '0123456789ABCDEF')
  }
}

function portRules(given: number | SmtpPort, users: boolean): PortRules {
  const port = typeof given === 'number' ? { port: given } : given
  const tls = port.tls ?? port.port === 465
  return {
    port: port.port,
    tls,
    startTls: tls ? 'none' : (port.startTls ?? (port.port === 587 && users ? 'required' : 'offered')),
    auth: port.auth ?? (port.port === 25 ? 'none' : users ? 'required' : 'offered'),
  }
}

function recipientRule(given: SmtpOptions['recipient']): RecipientRule | undefined {
  if (given === undefined || typeof given === 'function') return given
  const replies = new Map(Object.entries(given).map(([address, reply]) => [address.toLowerCase(), reply]))
  for (const [address, reply] of replies) {
    if (parseReply(reply).code >= 400) continue
    throw new UsageError(`smtp: expected a reply that refuses ${address}, got ${JSON.stringify(reply)}`)
  }
  return ({ to }) => replies.get(to.toLowerCase())
}

/** `mx.example.org` keeps mail for itself and for `example.org`. */
function domainsAbove(name: string): string[] {
  const own = name.replace(/^\*\./, '')
  const above = own.slice(own.indexOf('.') + 1)
  return above.includes('.') ? [own, above] : [own]
}
