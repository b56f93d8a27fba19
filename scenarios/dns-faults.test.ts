// What a DNS fake does wrong on purpose, as clients hear of it: each gets its error or its answer, and the next is served.

import dns from 'node:dns'
import { expect, test } from 'vitest'
import { type QueryOptions, query } from '../clients/dns/query.ts'
import { createNetwork, type DnsFault, dns as dnsFake, refuse } from '../index.ts'

/** The address, or how it failed. */
type Outcome = string

async function ours(options: QueryOptions): Promise<Outcome> {
  try {
    const { answers } = await query('www.example.org', 'A', { servers: ['203.0.113.53'], ...options })
    return String((answers[0] as { address?: string } | undefined)?.address ?? 'nothing')
  } catch (error) {
    const { code, name } = error as { code?: string; name: string }
    return code ?? name
  }
}

/** Node's own, which is c-ares. */
async function nodes({ tries = 1, timeoutMs = 10_000 }: QueryOptions): Promise<Outcome> {
  const resolver = new dns.promises.Resolver({ timeout: timeoutMs, tries })
  resolver.setServers(['203.0.113.53'])
  try {
    return (await resolver.resolve4('www.example.org'))[0] ?? 'nothing'
  } catch (error) {
    return (error as { code: string }).code
  }
}

const right = '192.0.2.1'

/** What clients that ask once hear, and ones that ask twice. */
const cases: [string, DnsFault, ours: Outcome, nodes: Outcome, again: Outcome][] = [
  ['a failure', { reply: 'SERVFAIL' }, 'SERVFAIL', 'ESERVFAIL', right],
  ['a refusal', { reply: 'REFUSED' }, 'REFUSED', 'EREFUSED', right],
  ['a name that is not there', { reply: 'NXDOMAIN' }, 'NXDOMAIN', 'ENOTFOUND', 'NXDOMAIN'],
  ['an answer that is cut', { reply: 'truncate', transport: 'udp' }, right, right, right],
  ['silence', { drop: 'silence' }, 'TIMED_OUT', 'ETIMEOUT', right],
  ['another id', { reply: 'wrong id' }, 'TIMED_OUT', 'ETIMEOUT', right],
  ['another question', { reply: 'wrong question' }, 'TIMED_OUT', 'ETIMEOUT', right],
  ['garbage', { raw: 'garbage' }, 'TIMED_OUT', 'EBADRESP', right],
  ['the same answer twice', { copies: 2 }, right, right, right],
  ['a server that has not the zone', { reply: 'lame' }, 'nothing', 'ENODATA', 'nothing'],
]

test.each(cases)('clients hear of %s, and the next is served', async (_what, fault, our, node, again) => {
  for (const [client, outcome, tries] of [
    [ours, our, 1],
    [ours, again, 2],
    [nodes, node, 1],
  ] as const) {
    await using network = await createNetwork()
    const zones = { 'example.org': 'www A 192.0.2.1' }
    const server = dnsFake({ zones, faults: [{ times: 1, ...fault }] })
    await network.host('ns.example', { server }, { addresses: ['203.0.113.53'] })
    using _inside = network.intercept()
    const isLost = [our, node].includes('TIMED_OUT')
    expect(await client({ tries, ...(isLost ? { timeoutMs: 300 } : {}) }), `${client.name} ${tries}`).toBe(outcome)
    expect(await client({ tries: 1 }), client.name).toBe(right)
    expect(network.unreachedFaults).toEqual([])
  }
})

test.each([
  [{ drop: 'end' }, 'CONNECTION_CUT'],
  [{ drop: 'reset' }, 'RESET'],
  [{ raw: '\x00' }, 'ProtocolError'],
] as const)('over TCP %j is %s, and the next is served', async (fault, outcome) => {
  await using network = await createNetwork()
  const server = dnsFake({ zones: { 'example.org': 'www A 192.0.2.1' }, faults: [{ times: 1, ...fault }] })
  await network.host('ns.example', { server }, { addresses: ['203.0.113.53'] })
  using _inside = network.intercept()
  expect(await ours({ tries: 1, transport: 'tcp' })).toBe(outcome)
  expect(await ours({ tries: 1, transport: 'tcp' })).toBe(right)
})

test('an answer that comes late counts where the client still waits, and is lost on others', async () => {
  await using network = await createNetwork()
  const server = dnsFake({ zones: { 'example.org': 'www A 192.0.2.1' } })
  const { ns } = await network.host('ns.example', { ns: server }, { addresses: ['203.0.113.53'] })
  using _inside = network.intercept()
  using _late = ns.fault({ times: 2, delay: '10s' })
  expect(await ours({ tries: 1, timeoutMs: 30 })).toBe('TIMED_OUT')
  const asked = ours({ tries: 1 })
  await expect.poll(() => ns.queries.length).toBe(2)
  await network.clock.advance('10s')
  expect(await asked).toBe(right)
})

test('a fault of a name server whose zone a resolver knows, or a cache, says why nobody came', async () => {
  await using network = await createNetwork()
  await network.host('resolver.example.net', { dns: dnsFake() }, { addresses: ['203.0.113.1'] })
  const faults: DnsFault[] = [{ name: 'www.example.org', reply: 'SERVFAIL' }]
  const zones = { 'example.org': `www.example.org. 300 A ${right}` }
  await network.host('ns.example.org', { dns: dnsFake({ zones, faults }) })
  using _down = network.fault(refuse({ to: 'ns.example.org' }))
  using _elsewhere = network.fault(refuse({ to: 'mx.example.org' }))
  using _inside = network.intercept()
  expect(await ours({ servers: ['203.0.113.1'] })).toBe(right)
  const why = 'resolvers of the network know its zones without asking it, and who has an answer in a cache asks nobody'
  expect(network.unreachedFaults).toEqual([
    `the fault "refuse to ns.example.org" never happened: expected a link that comes to it, but no link fitted; ${why}`,
    'the fault "refuse to mx.example.org" never happened: expected a link that comes to it, but no link fitted',
    `the fault at www.example.org of dns on ns.example.org never happened: expected one that comes to it, but none did; ${why}`,
  ])
})
