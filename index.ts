// The public API of backlot; nothing else is public.

import type { DaytimeOptions, DaytimeState } from './fakes/daytime.ts'
import type { SmtpOptions, SmtpState } from './fakes/smtp.ts'
import type { Network, NetworkOptions } from './net/network.ts'
import type { ServiceDescription } from './net/service.ts'

/**
 * Opens a network: one isolated fake Internet with its own names, addresses, clock, chance and authority.
 *
 * @example
 * await using network = await createNetwork({ seed: 7 })
 * const time = await network.host('time.example', { daytime: daytime() })
 */
export async function createNetwork(options: NetworkOptions = {}): Promise<Network> {
  const { Network } = await import('./net/network.ts')
  return new Network(options)
}

/** A daytime server (RFC 867), ports 13 over TCP and UDP. */
export function daytime(options: DaytimeOptions = {}): ServiceDescription<DaytimeState> {
  return { protocol: 'daytime', load: async () => (await import('./fakes/daytime.ts')).createDaytime(options) }
}

/**
 * An SMTP server (RFC 5321) with mailboxes and a queue that relays: ports 25, 587 and 465. Without options it takes every
 * mail from everybody.
 *
 * @example
 * const { mail } = await network.host('mx.example.net', { mail: smtp({ users: { ada: 'lovelace' } }) })
 * mail.delivered[0]?.subject
 */
export function smtp(options: SmtpOptions = {}): ServiceDescription<SmtpState> {
  return { protocol: 'smtp', load: async () => (await import('./fakes/smtp.ts')).createSmtp(options) }
}
