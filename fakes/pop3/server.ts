// What the connections of one POP3 fake share: its options with their defaults, the mail store, faults.

import type { Clock } from '../../net/clock.ts'
import { durationMs } from '../../net/duration.ts'
import type { Site, TlsOptions } from '../../net/service.ts'
import { MailboxLogins } from '../mail/logins.ts'
import { type MailStore, mailStoreOf } from '../mail/store.ts'
import { Pop3Faults } from './faults.ts'
import type { Pop3Options, Pop3Port } from './options.ts'

export interface PortRules {
  port: number
  tls: boolean
  stls: 'none' | 'offered' | 'required'
}

const allCapabilities = [
  'TOP',
  'UIDL',
  'RESP-CODES',
  'AUTH-RESP-CODE',
  'PIPELINING',
  'STLS',
  'USER',
  'SASL',
  'EXPIRE NEVER',
]

export class Pop3Server {
  readonly name: string
  readonly ports: readonly PortRules[]
  readonly capabilities: readonly string[]
  readonly mechanisms: readonly string[]
  readonly apop: boolean
  readonly maxErrors: number
  readonly idleTimeoutMs: number
  readonly tls: TlsOptions
  readonly faults: Pop3Faults
  readonly logins: MailboxLogins
  readonly store: MailStore
  readonly clock: Clock

  constructor(options: Pop3Options, site: Site) {
    this.clock = site.clock
    this.name = options.name ?? site.host.name
    this.ports = (options.ports ?? [110, 995]).map(portRules)
    this.capabilities = options.capabilities ?? allCapabilities
    this.mechanisms = (options.mechanisms ?? ['PLAIN']).map(each => each.toUpperCase())
    this.apop = options.apop ?? true
    this.maxErrors = options.maxErrors ?? 20
    this.idleTimeoutMs = durationMs(options.idleTimeout ?? '10m')
    this.tls = options.tls ?? {}
    this.faults = new Pop3Faults(options.faults, site.host.name)
    this.store = mailStoreOf(site, options)
    this.logins = new MailboxLogins(this.store, options.users)
  }

  offers(capability: string): boolean {
    return this.capabilities.includes(capability)
  }
}

function portRules(given: number | Pop3Port): PortRules {
  const port = typeof given === 'number' ? { port: given } : given
  const tls = port.tls ?? port.port === 995
  return { port: port.port, tls, stls: tls ? 'none' : (port.stls ?? 'offered') }
}
