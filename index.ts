// The public API of backlot; nothing else is public.

import type { DaytimeOptions, DaytimeState } from './fakes/daytime.ts'
import type { HttpBehaviour, HttpOptions, HttpState } from './fakes/http.ts'
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
 * A web site (HTTP/1.1), ports 80 and 443. Sites on one address are told apart by Host.
 *
 * @example
 * await network.host('prices.example', { http: http(request => Response.json({ path: new URL(request.url).pathname })) })
 */
export function http(behaviour: HttpBehaviour, options: HttpOptions = {}): ServiceDescription<HttpState> {
  return { protocol: 'http', load: async () => (await import('./fakes/http.ts')).createHttp(behaviour, options) }
}
