import dns from 'node:dns'
import { lookup as importedLookup } from 'node:dns/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createNetwork, dns as dnsService } from '../../index.ts'

async function world() {
  const network = await createNetwork()
  await network.host('mx.example', {}, { addresses: ['203.0.113.25', '2001:db8::25', '203.0.113.26'] })
  await network.host('four.example', {}, { addresses: ['203.0.113.4'], names: ['*.wild.example'] })
  return network
}

const four = (address: string) => ({ address, family: 4 })
const six = (address: string) => ({ address, family: 6 })

test('dns.lookup gives the first address of a name, by callback, by promise and promisified', async () => {
  await using network = await world()
  using _inside = network.intercept()
  const called = await new Promise(resolve => dns.lookup('mx.example', (...answer) => resolve(answer)))
  expect(called).toEqual([null, '203.0.113.25', 4])
  expect(await dns.promises.lookup('MX.example.')).toEqual(four('203.0.113.25'))
  expect(await importedLookup('any.wild.example')).toEqual(four('203.0.113.4'))
  expect(await promisify(dns.lookup)('mx.example')).toEqual(four('203.0.113.25'))
})

test.each<[string, dns.LookupAllOptions, object[]]>([
  ['all', { all: true }, [four('203.0.113.25'), six('2001:db8::25'), four('203.0.113.26')]],
  ['all of IPv6', { all: true, family: 6 }, [six('2001:db8::25')]],
  ['all of IPv4 by name', { all: true, family: 'IPv4' }, [four('203.0.113.25'), four('203.0.113.26')]],
  ['IPv6 first', { all: true, order: 'ipv6first' }, [six('2001:db8::25'), four('203.0.113.25'), four('203.0.113.26')]],
  ['IPv4 first', { all: true, verbatim: false }, [four('203.0.113.25'), four('203.0.113.26'), six('2001:db8::25')]],
  [
    'IPv6 and mapped IPv4',
    { all: true, family: 6, hints: dns.V4MAPPED | dns.ALL },
    [six('2001:db8::25'), six('::ffff:203.0.113.25'), six('::ffff:203.0.113.26')],
  ],
])('dns.lookup gives %s', async (_what, options, expected) => {
  await using network = await world()
  using _inside = network.intercept()
  expect(await dns.promises.lookup('mx.example', options)).toEqual(expected)
  const called = await new Promise(resolve => dns.lookup('mx.example', options, (_error, found) => resolve(found)))
  expect(called).toEqual(expected)
})

test('a family that a name lacks is not found, and mapped where that was asked for', async () => {
  await using network = await world()
  using _inside = network.intercept()
  await expect(dns.promises.lookup('four.example', 6)).rejects.toMatchObject({ code: 'ENOTFOUND' })
  expect(await dns.promises.lookup('four.example', { family: 6, hints: dns.V4MAPPED })).toEqual(
    six('::ffff:203.0.113.4'),
  )
})

test('an unknown name is not found, as getaddrinfo says it, with the line that adds it', async () => {
  await using network = await world()
  using _inside = network.intercept()
  const error = await dns.promises.lookup('no.example').catch(error => error)
  expect(error).toMatchObject({ message: 'getaddrinfo ENOTFOUND no.example', code: 'ENOTFOUND', errno: -3008 })
  expect(String(error.cause)).toContain("await network.host('no.example', { … })")
  expect(network.unknownNames).toEqual(['no.example'])
})

test('addresses are themselves, and what Node refuses it still refuses', async () => {
  await using network = await world()
  using _inside = network.intercept()
  expect(await dns.promises.lookup('198.51.100.9', { all: true })).toEqual([four('198.51.100.9')])
  expect(await dns.promises.lookup('::1')).toEqual(six('::1'))
  expect(() => dns.lookup('mx.example', 5 as 4, () => {})).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
  )
  expect(() => dns.lookup('mx.example', undefined as never)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
  )
})

test('lookupService gives the name of an address and of a port', async () => {
  await using network = await world()
  using _inside = network.intercept()
  const called = await new Promise(resolve => dns.lookupService('203.0.113.25', 80, (...answer) => resolve(answer)))
  expect(called).toEqual([null, 'mx.example', 'http'])
  expect(await dns.promises.lookupService('2001:db8::25', 80)).toEqual({ hostname: 'mx.example', service: 'http' })
  await expect(dns.promises.lookupService('8.8.8.8', 80)).rejects.toMatchObject({ code: 'ENOTFOUND' })
})

test('c-ares asks a resolver that is placed when it is first asked', async () => {
  await using network = await world()
  using _inside = network.intercept()
  expect(await dns.promises.resolve4('mx.example')).toEqual(['203.0.113.25', '203.0.113.26'])
  expect(await promisify(dns.resolve6)('mx.example')).toEqual(['2001:db8::25'])
  expect(await new dns.promises.Resolver().reverse('203.0.113.4')).toEqual(['four.example'])
  const resolver = new dns.Resolver()
  expect(await new Promise(resolve => resolver.resolve('mx.example', 'AAAA', (_e, found) => resolve(found)))).toEqual([
    '2001:db8::25',
  ])
  await expect(dns.promises.resolveMx('no.example')).rejects.toMatchObject({ code: 'ENOTFOUND', syscall: 'queryMx' })
  expect(dns.getServers()).toEqual(['192.168.1.1'])
  expect(() => dns.resolve4('mx.example', undefined as never)).toThrow()
})

test('c-ares asks the resolver of the network, or the servers that it is told', async () => {
  await using network = await world()
  const zones = (text: string) => ({ dns: dnsService({ zones: { 'zone.example': `@ TXT ${text}` } }) })
  await network.host('ns.example', zones('default'), { addresses: ['192.168.1.1'] })
  await network.host('other.example', zones('other'), { addresses: ['203.0.113.53'] })
  using _inside = network.intercept()
  expect(await dns.promises.resolveTxt('zone.example')).toEqual([['default']])
  const resolver = new dns.promises.Resolver()
  resolver.setServers(['203.0.113.53'])
  expect(resolver.getServers()).toEqual(['203.0.113.53'])
  expect(await resolver.resolveTxt('zone.example')).toEqual([['other']])
  expect(resolver.getServers()).toEqual(['203.0.113.53'])
  resolver.setServers(['203.0.113.53:5353'])
  await expect(resolver.resolveTxt('zone.example')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  resolver.setServers(['8.8.8.8'])
  await expect(resolver.resolveTxt('zone.example')).rejects.toThrow("{ addresses: ['8.8.8.8'] }")
})

test('answers that do not fit a datagram come by TCP', async () => {
  await using network = await world()
  const many = Array.from({ length: 200 }, (_, i) => `many A 203.0.113.${i}`).join('\n')
  await network.host(
    'ns.example',
    { dns: dnsService({ zones: { 'zone.example': many } }) },
    { addresses: ['192.168.1.1'] },
  )
  using _inside = network.intercept()
  expect(await dns.promises.resolve4('many.zone.example')).toHaveLength(200)
})

test.each<[string, (resolver: dns.Resolver, name: string, done: (error: unknown) => void) => unknown]>([
  ['callbacks', (resolver, name, done) => resolver.resolve4(name, done)],
  [
    'promises',
    (resolver, name, done) => (resolver as unknown as dns.promises.Resolver).resolve4(name).then(done, done),
  ],
])('a question that is cancelled at once fails as one that waits, by %s', async (how, ask) => {
  await using network = await world()
  using _inside = network.intercept()
  const resolver = (how === 'promises' ? new dns.promises.Resolver() : new dns.Resolver()) as dns.Resolver
  const failed = new Promise(resolve => ask(resolver, 'mx.example', resolve))
  resolver.cancel()
  expect(await failed).toMatchObject({ code: 'ECANCELLED', syscall: 'queryA', hostname: 'mx.example' })
  expect(await new Promise(resolve => ask(resolver, 'mx.example', resolve))).not.toMatchObject({ code: 'ECANCELLED' })
})

test('a resolver that two networks use at once asks each for its own', async () => {
  const resolver = new dns.promises.Resolver()
  const live = async (text: string) => {
    await using network = await createNetwork()
    const zones = { 'zone.example': `@ TXT ${text}` }
    await network.host('ns.example', { dns: dnsService({ zones }) }, { addresses: ['192.168.1.1'] })
    using _inside = network.intercept()
    return await Promise.all(Array.from({ length: 3 }, () => resolver.resolveTxt('zone.example')))
  }
  const texts = Array.from({ length: 10 }, (_, i) => `text${i}`)
  expect(await Promise.all(texts.map(live))).toEqual(texts.map(text => [[[text]], [[text]], [[text]]]))
})

test('afterwards the resolvers ask whom they asked before', async () => {
  const before = dns.getServers()
  const resolver = new dns.Resolver()
  const own = resolver.getServers()
  await using network = await world()
  {
    using _inside = network.intercept()
    await new Promise(resolve => resolver.resolve4('mx.example', resolve))
    await dns.promises.resolve4('mx.example')
  }
  expect(resolver.getServers()).toEqual(own)
  expect(dns.getServers()).toEqual(before)
})
