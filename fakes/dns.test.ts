import { afterEach, beforeEach, expect, describe as group, test } from 'vitest'
import { Network } from '../net/network.ts'
import { decodeDnsMessage, dnsQuery, encodeDnsMessage } from '../wire/dns/message.ts'
import { ask, link, send, serve as serveIn, servers, soa, zone } from './dns/asking.ts'
import type { DnsOptions } from './dns.ts'

let network: Network

beforeEach(() => {
  network = new Network()
})

afterEach(() => network.close())

const serve = (options: DnsOptions) => serveIn(network, options)

group('a server with a zone', () => {
  const found = '(authoritative, recursion desired)'

  test.each([
    [
      'web.example.org A',
      `NOERROR web.example.org. A ${found}`,
      'answer web.example.org. 3600 IN A 192.0.2.2',
      ...servers,
    ],
    ['web.example.org MX', `NOERROR web.example.org. MX ${found}`, soa],
    ['nowhere.example.org A', `NXDOMAIN nowhere.example.org. A ${found}`, soa],
    [
      'www.example.org AAAA',
      `NOERROR www.example.org. AAAA ${found}`,
      'answer www.example.org. 3600 IN CNAME web.example.org.',
      'answer web.example.org. 3600 IN AAAA 2001:db8::2',
      ...servers,
    ],
    [
      'www.example.org CNAME',
      `NOERROR www.example.org. CNAME ${found}`,
      'answer www.example.org. 3600 IN CNAME web.example.org.',
      ...servers,
    ],
    [
      'out.example.org A',
      `NOERROR out.example.org. A ${found}`,
      'answer out.example.org. 3600 IN CNAME www.example.net.',
    ],
    [
      'gone.example.org A',
      `NXDOMAIN gone.example.org. A ${found}`,
      'answer gone.example.org. 3600 IN CNAME nowhere.example.org.',
      soa,
    ],
    [
      'loop.example.org A',
      `SERVFAIL loop.example.org. A ${found}`,
      'answer loop.example.org. 3600 IN CNAME pool.example.org.',
      'answer pool.example.org. 3600 IN CNAME loop.example.org.',
    ],
    [
      'example.org MX',
      `NOERROR example.org. MX ${found}`,
      'answer example.org. 3600 IN MX 20 b.example.org.',
      'answer example.org. 3600 IN MX 10 a.example.org.',
      servers[0],
      'additional a.example.org. 3600 IN A 192.0.2.3',
      servers[1],
    ],
    [
      'example.org NS',
      `NOERROR example.org. NS ${found}`,
      'answer example.org. 3600 IN NS ns1.example.org.',
      servers[1],
    ],
    [
      'x.y.wild.example.org TXT',
      `NOERROR x.y.wild.example.org. TXT ${found}`,
      'answer x.y.wild.example.org. 3600 IN TXT "any"',
      ...servers,
    ],
    ['x.wild.example.org A', `NOERROR x.wild.example.org. A ${found}`, soa],
    ['here.wild.example.org TXT', `NOERROR here.wild.example.org. TXT ${found}`, soa],
    ['x.here.wild.example.org TXT', `NXDOMAIN x.here.wild.example.org. TXT ${found}`, soa],
    ['empty.example.org A', `NOERROR empty.example.org. A ${found}`, soa],
    [
      'www.sub.example.org A',
      'NOERROR www.sub.example.org. A (recursion desired)',
      'authority sub.example.org. 3600 IN NS ns.sub.example.org.',
      'additional ns.sub.example.org. 3600 IN A 192.0.2.6',
    ],
    ['sub.example.org DS', `NOERROR sub.example.org. DS ${found}`, soa],
    ['www.example.net A', 'REFUSED www.example.net. A (recursion desired)'],
    ['example.org AXFR', 'REFUSED example.org. AXFR (recursion desired)'],
    ['example.org MAILB', 'NOTIMP example.org. MAILB (recursion desired)'],
  ])('says to %s what an authoritative server says', (question, ...lines) => {
    expect(ask(serve({ zones: { 'example.org': zone } }), question)).toEqual(lines)
  })

  test('answers ANY with every record of the name and nothing more', () => {
    const lines = ask(serve({ zones: { 'example.org': zone } }), 'example.org ANY')
    expect(lines.slice(1).map(line => line.split(' ').slice(0, 5).join(' '))).toEqual([
      'answer example.org. 3600 IN SOA',
      'answer example.org. 3600 IN NS',
      'answer example.org. 3600 IN MX',
      'answer example.org. 3600 IN MX',
    ])
  })

  test('answers in the case of the zone, under the question in its own', () => {
    const [first, second] = ask(serve({ zones: { 'example.org': zone } }), 'wEb.eXample.oRg A')
    expect(first).toContain('wEb.eXample.oRg. A')
    expect(second).toBe('answer web.example.org. 3600 IN A 192.0.2.2')
  })

  test('answers for names below a DNAME by those below its target', () => {
    const server = serve({
      zones: {
        'example.org': `${zone}\nold DNAME new\na.new A 192.0.2.9\nfar DNAME a-name-that-is-longer.example.net.\n`,
      },
    })
    expect(ask(server, 'a.old.example.org A').slice(1, 4)).toEqual([
      'answer old.example.org. 3600 IN DNAME new.example.org.',
      'answer a.old.example.org. 3600 IN CNAME a.new.example.org.',
      'answer a.new.example.org. 3600 IN A 192.0.2.9',
    ])
    expect(ask(server, `${'b.'.repeat(118)}far.example.org A`)[0]).toContain('YXDOMAIN')
    expect(ask(server, 'old.example.org A')[0]).toContain('NOERROR')
  })

  test('takes a notice of its zone and refuses an update of it', () => {
    const server = serve({ zones: { 'example.org': zone } })
    const about = (name: string, opcode: 'NOTIFY' | 'UPDATE') =>
      send(server, dnsQuery({ name, type: 'SOA' }, { opcode }))
    expect(about('example.org', 'NOTIFY')).toMatchObject({ rcode: 'NOERROR', authoritative: true })
    expect(about('example.org', 'UPDATE')).toMatchObject({ rcode: 'REFUSED' })
    expect(about('example.net', 'NOTIFY')).toMatchObject({ rcode: 'NOTAUTH' })
  })

  test('gives each client a cookie, and the same one the same', () => {
    const server = serve({ zones: { 'example.org': zone } })
    const cookieOf = (own: string, address = '10.0.2.15') => {
      const options = [{ code: 10, data: Buffer.from(own, 'hex') }]
      const edns = { udpBytes: 1232, version: 0, dnssecOk: false, options }
      const query = encodeDnsMessage(dnsQuery({ name: 'example.org', type: 'NS' }, { edns }))
      const octets = server.answer(query, { ...link, client: { address, port: 1025 } })!.octets
      return decodeDnsMessage(octets)
    }
    const given = cookieOf('0123456789abcdef').edns!.options[0]!.data
    expect(given).toHaveLength(24)
    expect(given.subarray(0, 8)).toEqual(Buffer.from('0123456789abcdef', 'hex'))
    expect(cookieOf('0123456789abcdef').edns!.options[0]!.data).toEqual(given)
    expect(cookieOf('0123456789abcdef', '10.0.2.16').edns!.options[0]!.data).not.toEqual(given)
    expect(cookieOf('0123').rcode).toBe('FORMERR')
  })

  test('refuses to transfer it', () => {
    const server = serve({ zones: { 'example.org': zone } })
    expect(send(server, dnsQuery({ name: 'example.org', type: 'AXFR' }), 'tcp')).toMatchObject({ rcode: 'REFUSED' })
  })

  test('has the addresses of hosts in it, unless it has others of its own', async () => {
    await network.host('new.example.org', {}, { addresses: ['192.0.2.50', '2001:db8::50'] })
    await network.host('web.example.org', {}, { addresses: ['192.0.2.51'] })
    await network.host('example.org', {}, { addresses: ['192.0.2.52'] })
    const server = serve({ zones: { 'example.org': zone } })
    expect(ask(server, 'new.example.org A')).toContain('answer new.example.org. 3600 IN A 192.0.2.50')
    expect(ask(server, 'new.example.org MX')).toEqual([`NOERROR new.example.org. MX ${found}`, soa])
    expect(ask(server, 'web.example.org A')[1]).toBe('answer web.example.org. 3600 IN A 192.0.2.2')
    expect(ask(server, 'example.org A')[1]).toBe('answer example.org. 3600 IN A 192.0.2.52')
    expect(ask(server, 'example.org ANY')[1]).toBe('answer example.org. 3600 IN A 192.0.2.52')
  })

  test('is completed where it lacks a SOA and a name server', () => {
    const server = serve({ zones: { 'example.net': 'www A 192.0.2.9' }, ttl: 60 })
    expect(ask(server, 'example.net NS')[1]).toBe('answer example.net. 60 IN NS ns1.example.org.')
    expect(ask(server, 'nowhere.example.net A')[1]).toBe(
      'authority example.net. 60 IN SOA ns1.example.org. hostmaster.example.net. 1 7200 900 1209600 300',
    )
  })

  test('may come from code, and change', () => {
    const server = serve({ zones: { 'example.net': [{ name: 'a.example.net', type: 'A', address: '192.0.2.1' }] } })
    expect(ask(server, 'a.example.net A')[1]).toBe('answer a.example.net. 3600 IN A 192.0.2.1')
    server.state.add({ name: 'a.example.net', type: 'A', address: '192.0.2.2', ttl: 3600 })
    server.state.add({ name: 'x.y.example.net', type: 'TXT', texts: ['new'] })
    expect(ask(server, 'a.example.net A').filter(line => line.startsWith('answer'))).toHaveLength(2)
    expect(ask(server, 'y.example.net A')[0]).toContain('NOERROR')
    expect(server.state.remove('x.y.example.net')).toBe(1)
    expect(ask(server, 'y.example.net A')[0]).toContain('NXDOMAIN')
    expect(server.state.remove('a.example.net', 'AAAA')).toBe(0)
    expect(server.state.remove('A.Example.NET', 'A')).toBe(2)
    expect(ask(server, 'a.example.net A')[0]).toContain('NXDOMAIN')
  })

  test.each([
    [
      'a name outside',
      'www.example.com. A 192.0.2.1',
      'expected a name within example.net, got "www.example.com. 3600',
    ],
    ['an alias beside an address', 'a A 192.0.2.1\na CNAME b', 'expected no other records beside a CNAME'],
    ['an address beside an alias', 'a CNAME b\na A 192.0.2.1', 'expected no other records beside a CNAME'],
    ['two aliases', 'a CNAME b\na CNAME c', 'expected one CNAME at a name'],
    ['a broken line', 'a A\nb', 'zone example.net: dns zone: line 1: expected an IPv4 address'],
  ])('is refused with %s', (_what, text, message) => {
    expect(() => serve({ zones: { 'example.net': text } })).toThrow(message)
  })

  test('takes no record that cannot be sent', () => {
    const { state } = serve({ zones: { 'example.net': '' } })
    expect(() => state.add({ name: 'a.example.net', type: 'A', address: 'here' })).toThrow('expected an IPv4 address')
    expect(() => state.add({ name: 'a.example.com', type: 'A', address: '192.0.2.1' })).toThrow(
      'expected a name within a zone of ns1.example.org (example.net), got a.example.com',
    )
  })
})
