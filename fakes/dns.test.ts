import { afterEach, beforeEach, expect, describe as group, test } from 'vitest'
import type { Host } from '../net/host.ts'
import { Network } from '../net/network.ts'
import { Random } from '../net/random.ts'
import { type DnsMessage, decodeDnsMessage, dnsQuery, encodeDnsMessage } from '../wire/dns/message.ts'
import type { RecordType } from '../wire/dns/record.ts'
import { describe as told } from '../wire/dns.ts'
import { DnsServer } from './dns/server.ts'
import type { DnsOptions } from './dns.ts'

let network: Network

beforeEach(() => {
  network = new Network()
})

afterEach(() => network.close())

const link = { transport: 'udp' as const, client: { address: '10.0.2.15', port: 1025 }, seenAs: '77.233.155.107' }

function serve(options: DnsOptions, name = 'ns1.example.org'): DnsServer {
  const host: Host = { name, names: [name], addresses: ['192.0.2.1'], alsoAt: [] }
  return new DnsServer(options, { network, host, clock: network.clock, random: network.random('dns') })
}

function send(server: DnsServer, query: DnsMessage, transport: 'udp' | 'tcp' = 'udp'): DnsMessage | undefined {
  const answer = server.answer(encodeDnsMessage(query), { ...link, transport })
  return answer === undefined ? undefined : decodeDnsMessage(answer.octets)
}

/** The answer to a question such as `www.example.org A`, as a person reads it, without the first word and the id. */
function ask(server: DnsServer, question: string, options: Partial<DnsMessage> = {}): string[] {
  const [name, type] = question.split(' ') as [string, RecordType]
  const answer = send(server, dnsQuery({ name, type }, options))
  return answer === undefined
    ? ['nothing']
    : told(answer)
        .replace('answer 0 ', '')
        .split('\n')
        .map(line => line.trim())
}

const zone = `
$TTL 3600
@ SOA ns1 host 1 7200 900 1209600 300
@ NS ns1
ns1 A 192.0.2.1
www CNAME web
web A 192.0.2.2
web AAAA 2001:db8::2
@ MX 20 b
@ MX 10 a
a A 192.0.2.3
out CNAME www.example.net.
gone CNAME nowhere
loop CNAME pool
pool CNAME loop
*.wild TXT "any"
here.wild A 192.0.2.4
x.empty A 192.0.2.5
sub NS ns.sub
ns.sub A 192.0.2.6
`
const servers = [
  'authority example.org. 3600 IN NS ns1.example.org.',
  'additional ns1.example.org. 3600 IN A 192.0.2.1',
]
const soa = 'authority example.org. 300 IN SOA ns1.example.org. host.example.org. 1 7200 900 1209600 300'

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
    ['example.org AXFR', 'FORMERR example.org. AXFR (recursion desired)'],
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

  test('answers in the case of the question', () => {
    const [first, second] = ask(serve({ zones: { 'example.org': zone } }), 'wEb.eXample.oRg A')
    expect(first).toContain('wEb.eXample.oRg. A')
    expect(second).toBe('answer wEb.eXample.oRg. 3600 IN A 192.0.2.2')
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

group('a resolver', () => {
  const zones = {
    'python.org': 'pypi 83469 CNAME python.map.fastly.net.',
    'fastly.net': '@ 86400 NS ns1.p04.dynect.net.\n@ 86400 NS ns2.p04.dynect.net.\npython.map 20 A 185.31.19.223',
    'dynect.net': 'ns1.p04 A 208.78.70.4\nns2.p04 A 204.13.250.4',
  }
  const resolved = '(recursion desired, recursion available)'

  test('follows aliases through zones of other servers, and adds the last one with its servers', () => {
    serve({ zones })
    expect(ask(serve({}), 'pypi.python.org A')).toEqual([
      `NOERROR pypi.python.org. A ${resolved}`,
      'answer pypi.python.org. 83469 IN CNAME python.map.fastly.net.',
      'answer python.map.fastly.net. 20 IN A 185.31.19.223',
      'authority fastly.net. 86400 IN NS ns1.p04.dynect.net.',
      'authority fastly.net. 86400 IN NS ns2.p04.dynect.net.',
      'additional ns1.p04.dynect.net. 3600 IN A 208.78.70.4',
      'additional ns2.p04.dynect.net. 3600 IN A 204.13.250.4',
    ])
  })

  test('counts TTLs down on the clock of the network, and asks anew when one is over', async () => {
    const other = serve({ zones })
    const resolver = serve({})
    const answers = () => ask(resolver, 'pypi.python.org A').filter(line => line.startsWith('answer'))
    answers()
    await network.clock.advance('15s')
    other.state.remove('python.map.fastly.net', 'A')
    other.state.add({ name: 'python.map.fastly.net', type: 'A', address: '192.0.2.1', ttl: 20 })
    expect(answers()).toEqual([
      'answer pypi.python.org. 83454 IN CNAME python.map.fastly.net.',
      'answer python.map.fastly.net. 5 IN A 185.31.19.223',
    ])
    await network.clock.advance('5s')
    expect(answers()).toEqual([
      'answer pypi.python.org. 83449 IN CNAME python.map.fastly.net.',
      'answer python.map.fastly.net. 20 IN A 192.0.2.1',
    ])
    other.state.remove('python.map.fastly.net', 'A')
    resolver.state.forget()
    expect(answers()).toEqual(['answer pypi.python.org. 83469 IN CNAME python.map.fastly.net.'])
  })

  test('remembers an alias for every type, and as an answer to its own', async () => {
    serve({ zones })
    const resolver = serve({})
    ask(resolver, 'pypi.python.org CNAME')
    await network.clock.advance('9s')
    const alias = 'answer pypi.python.org. 83460 IN CNAME python.map.fastly.net.'
    expect(ask(resolver, 'pypi.python.org A')[1]).toBe(alias)
    expect(ask(resolver, 'pypi.python.org CNAME').filter(line => line.startsWith('answer'))).toEqual([alias])
  })

  test('remembers that there is nothing for as long as the SOA says', async () => {
    const other = serve({ zones: { 'example.org': zone } })
    const resolver = serve({})
    const line = () => ask(resolver, 'late.example.org A').slice(0, 2)
    expect(line()).toEqual([`NXDOMAIN late.example.org. A ${resolved}`, soa])
    other.state.add({ name: 'late.example.org', type: 'A', address: '192.0.2.77' })
    await network.clock.advance('299s')
    expect(line()).toEqual([`NXDOMAIN late.example.org. A ${resolved}`, soa.replace(' 300 IN', ' 1 IN')])
    await network.clock.advance('1s')
    expect(line()[1]).toBe('answer late.example.org. 3600 IN A 192.0.2.77')
  })

  test('knows hosts at once, by name, wildcard and address', async () => {
    const resolver = serve({})
    expect(ask(resolver, 'www.ietf.org A')[0]).toContain('NXDOMAIN')
    const addresses = ['104.20.1.85', '104.20.0.85', '2001:db8::1']
    await network.host('www.ietf.org', {}, { addresses, names: ['*.s3.example', 'ietf.example'] })
    await network.host('192.168.56.101', {}, { addresses: ['192.168.56.101'] })
    expect(ask(resolver, 'www.ietf.org A')).toEqual([
      `NOERROR www.ietf.org. A ${resolved}`,
      'answer www.ietf.org. 3600 IN A 104.20.1.85',
      'answer www.ietf.org. 3600 IN A 104.20.0.85',
    ])
    expect(ask(resolver, 'www.ietf.org AAAA')[1]).toBe('answer www.ietf.org. 3600 IN AAAA 2001:db8::1')
    expect(ask(resolver, 'a.b.s3.example A')[1]).toBe('answer a.b.s3.example. 3600 IN A 104.20.1.85')
    expect(ask(resolver, '85.1.20.104.in-addr.arpa PTR').slice(1)).toEqual([
      'answer 85.1.20.104.in-addr.arpa. 3600 IN PTR www.ietf.org.',
    ])
    expect(ask(resolver, `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa PTR`)[1]).toContain(' IN PTR www.ietf.org.')
    expect(ask(resolver, '101.56.168.192.in-addr.arpa PTR')[0]).toContain('NXDOMAIN')
    expect(ask(resolver, '1.0.0.127.in-addr.arpa PTR')[1]).toContain(' IN PTR localhost.')
    expect(ask(resolver, 'localhost A')[1]).toBe('answer localhost. 3600 IN A 127.0.0.1')
  })

  test('knows by address the names that zones give one', () => {
    serve({ zones })
    expect(ask(serve({}), '4.70.78.208.in-addr.arpa PTR')[1]).toBe(
      'answer 4.70.78.208.in-addr.arpa. 3600 IN PTR ns1.p04.dynect.net.',
    )
  })

  test('tells a name without such records from no name', async () => {
    await network.host('www.ietf.org', {}, { addresses: ['104.20.1.85'] })
    const resolver = serve({})
    for (const question of ['www.ietf.org AAAA', 'www.ietf.org MX', 'ietf.org A']) {
      expect(ask(resolver, question)).toEqual([
        expect.stringContaining('NOERROR'),
        expect.stringMatching(/^authority \. 86400 IN SOA /),
      ])
    }
    expect(ask(resolver, 'etf.org A')[0]).toContain('NXDOMAIN')
    expect(network.unknownNames).toEqual(['etf.org'])
  })

  test('fails where a delegation leads nowhere, and not where another server has the zone', () => {
    serve({ zones: { 'example.org': zone } })
    const resolver = serve({})
    expect(ask(resolver, 'www.sub.example.org A')).toEqual([`SERVFAIL www.sub.example.org. A ${resolved}`])
    expect(ask(resolver, 'loop.example.org A')).toEqual([`SERVFAIL loop.example.org. A ${resolved}`])
    serve({ zones: { 'sub.example.org': 'www A 192.0.2.60' } })
    expect(ask(resolver, 'www.sub.example.org A')[1]).toBe('answer www.sub.example.org. 3600 IN A 192.0.2.60')
  })

  test('answers without recursion from its memory alone', () => {
    serve({ zones })
    const resolver = serve({})
    const question = 'python.map.fastly.net A'
    expect(ask(resolver, question, { recursionDesired: false })[0]).toContain('REFUSED')
    ask(resolver, question)
    expect(ask(resolver, question, { recursionDesired: false })[1]).toContain('185.31.19.223')
  })

  test('may have zones of its own, for which it is authoritative', () => {
    const server = serve({ zones: { 'example.org': zone }, recursion: true })
    expect(ask(server, 'web.example.org A')[0]).toContain('(authoritative, recursion desired, recursion available)')
    expect(ask(server, 'web.example.com A')[0]).toBe(`NXDOMAIN web.example.com. A ${resolved}`)
  })
})

group('EDNS', () => {
  const edns = { udpBytes: 4096, version: 0, dnssecOk: true, options: [{ code: 10, data: Buffer.alloc(8) }] }

  test('is answered by EDNS, with DO as it was', () => {
    const server = serve({ zones: { 'example.org': zone } })
    const answer = send(server, dnsQuery({ name: 'example.org', type: 'NS' }, { edns }))
    expect(answer!.edns).toEqual({ udpBytes: 1232, version: 0, dnssecOk: true, options: [] })
  })

  test('of another version is BADVERS', () => {
    const query = dnsQuery({ name: 'example.org', type: 'NS' }, { edns: { ...edns, version: 1 } })
    expect(send(serve({}), query)).toMatchObject({ rcode: 'BADVERS', edns: { version: 0 } })
  })

  // Header and question have 33 octets, EDNS 11, each address 16.
  test.each([
    ['without it', 512, undefined, 29],
    ['of less than 512', 512, 100, 29],
    ['of 800', 800, 800, 47],
    ['of 4096', 1232, 4096, 74],
  ])('%s lets a datagram have %i octets', (_how, limit, udpBytes, fitting) => {
    const options = udpBytes === undefined ? {} : { edns: { ...edns, udpBytes } }
    const query = dnsQuery({ name: 'big.example.org', type: 'A' }, options)
    for (const [count, truncated] of [
      [fitting, false],
      [fitting + 1, true],
    ] as const) {
      const answers = Array.from({ length: count }, (_, i) => ({
        ...{ name: 'big.example.org', type: 'A' as const, address: `192.0.2.${i + 1}` },
      }))
      const server = serve({ answer: () => ({ answers }) })
      expect(send(server, query)).toMatchObject({ truncated })
      expect(send(server, query, 'tcp')).toMatchObject({ truncated: false })
      expect(server.answer(encodeDnsMessage(query), link)!.octets.length).toBeLessThanOrEqual(limit)
    }
  })

  test('that says 512 octets or less gets the answer alone', () => {
    const server = serve({ zones: { 'example.org': zone } })
    const query = (udpBytes: number) => dnsQuery({ name: 'example.org', type: 'MX' }, { edns: { ...edns, udpBytes } })
    expect(send(server, query(512))).toMatchObject({ authorities: [], additionals: [] })
    expect(send(server, query(513))).toMatchObject({ authorities: [{ type: 'NS' }], additionals: [{}, {}] })
  })
})

// Flags and codes as bind 9.18 has them for the same octets.
group('a query that is none', () => {
  const question = '076578616d706c65036f726700 0001 0001'
  test.each([
    ['without a question', '0001 0100 0000 0000 0000 0000', '0001 8101 0000 0000 0000 0000'],
    ['with two questions', `0002 0100 0002 0000 0000 0000 ${question} c00c 000f 0001`, '0002 8101 0002 0000 0000 0000'],
    ['cut in its question', '0004 0100 0001 0000 0000 0000 0765', '0004 8101 0000 0000 0000 0000'],
    ['whose name points at itself', '0007 0100 0001 0000 0000 0000 c00c 0001 0001', '0007 8101 0000 0000 0000 0000'],
    [
      'with two OPT records',
      `0008 0100 0001 0000 0000 0002 ${question} 0000290200000000000000 0000290200000000000000`,
      '0008 8101 0001 0000 0000 0000',
    ],
    ['of an unknown kind', `0009 7900 0001 0000 0000 0000 ${question}`, '0009 f804 0000 0000 0000 0000'],
    ['of an unknown kind and broken', '000a 7900 0001 0000 0000 0000 ff', '000a f801 0000 0000 0000 0000'],
  ])('%s is answered by its code', (_what, octets, header) => {
    const answer = serve({ zones: { 'example.org': zone } }).answer(Buffer.from(octets.replace(/ /g, ''), 'hex'), link)
    expect(answer!.octets.toString('hex', 0, 12)).toBe(header.replace(/ /g, ''))
  })

  test.each([
    ['shorter than a header', '0003 0100 0001'],
    ['an answer', `0006 8100 0001 0000 0000 0000 ${question}`],
    ['a broken answer', '0006 8100 0001 0000 0000 0000 07'],
  ])('%s is not answered', (_what, octets) => {
    expect(serve({}).answer(Buffer.from(octets.replace(/ /g, ''), 'hex'), link)).toBeUndefined()
  })

  test('has octets behind it that are ignored', () => {
    const octets = Buffer.from(`0005 0100 0001 0000 0000 0000 ${question} ffff`.replace(/ /g, ''), 'hex')
    const answer = serve({ zones: { 'example.org': zone } }).answer(octets, link)
    expect(answer!.octets.toString('hex', 2, 4)).toBe('8500')
  })

  test('of any octets brings a message or nothing', () => {
    const server = serve({ zones: { 'example.org': zone } })
    const random = new Random('dns server fuzz')
    const query = encodeDnsMessage(dnsQuery({ name: 'www.example.org', type: 'A' }))
    for (let round = 0; round < 5000; round++) {
      const octets = round % 2 === 0 ? random.bytes(random.below(64)) : Buffer.from(query)
      if (round % 2 === 1) octets[random.below(octets.length)] = random.below(256)
      const answer = server.answer(octets, link)
      if (answer !== undefined) expect(decodeDnsMessage(answer.octets).response).toBe(true)
    }
  })
})

group('a fault', () => {
  const zones = { 'example.org': zone }
  const codes = (server: DnsServer, questions: string[]) =>
    questions.map(question => ask(server, question)[0]!.split(' ')[0])

  test('meets the name and type that it is for', () => {
    const faults = [{ name: 'WEB.example.org', type: 'A' as const, reply: 'SERVFAIL' as const }]
    const server = serve({ zones, faults })
    const questions = ['web.example.org A', 'web.example.org AAAA', 'a.example.org A']
    expect(codes(server, questions)).toEqual(['SERVFAIL', 'NOERROR', 'NOERROR'])
  })

  test('meets every name below one', () => {
    const server = serve({ zones, faults: [{ name: '*.wild.example.org', reply: 'REFUSED' }] })
    expect(codes(server, ['x.wild.example.org TXT', 'wild.example.org TXT'])).toEqual(['REFUSED', 'NOERROR'])
  })

  test('meets the Nth question, or the first ones', () => {
    const server = serve({
      zones,
      faults: [
        { nth: 2, reply: 'drop' },
        { times: 1, reply: 'NXDOMAIN' },
      ],
    })
    const question = 'web.example.org A'
    expect(codes(server, [question, question, question])).toEqual(['NXDOMAIN', 'nothing', 'NOERROR'])
  })

  test('may come and go', () => {
    const server = serve({ zones })
    server.state.faults.push({ reply: 'NOTIMP' })
    expect(codes(server, ['web.example.org A'])).toEqual(['NOTIMP'])
    server.state.faults.pop()
    expect(codes(server, ['web.example.org A'])).toEqual(['NOERROR'])
  })

  test('cuts an answer to nothing over UDP alone', () => {
    const server = serve({ zones, faults: [{ transport: 'udp', reply: 'truncate' }] })
    const query = dnsQuery({ name: 'web.example.org', type: 'A' })
    expect(send(server, query)).toMatchObject({ truncated: true, answers: [] })
    expect(send(server, query, 'tcp')).toMatchObject({ truncated: false, answers: [{ address: '192.0.2.2' }] })
  })
})

test('code may answer instead of zones, be silent, or leave it to them', () => {
  const server = serve({
    zones: { 'example.org': zone },
    answer({ name, type }) {
      if (name === 'silent.example.org') return 'drop'
      if (type === 'TXT') return { answers: [{ name, type, texts: ['by code'] }], authoritative: false }
      return undefined
    },
  })
  expect(ask(server, 'silent.example.org A')).toEqual(['nothing'])
  expect(ask(server, 'x.example.com TXT')).toEqual([
    'NOERROR x.example.com. TXT (recursion desired)',
    'answer x.example.com. 3600 IN TXT "by code"',
  ])
  expect(ask(server, 'web.example.org A')[1]).toBe('answer web.example.org. 3600 IN A 192.0.2.2')
  expect(server.state.queries).toEqual([
    { name: 'silent.example.org', type: 'A', transport: 'udp', client: '77.233.155.107', rcode: 'dropped' },
    { name: 'x.example.com', type: 'TXT', transport: 'udp', client: '77.233.155.107', rcode: 'NOERROR' },
    { name: 'web.example.org', type: 'A', transport: 'udp', client: '77.233.155.107', rcode: 'NOERROR' },
  ])
})

test('the questions that are kept are the last thousand', () => {
  const server = serve({})
  for (let i = 0; i < 1005; i++) ask(server, `n${i}.example A`)
  expect(server.state.queries).toHaveLength(1000)
  expect(server.state.queries[0]).toMatchObject({ name: 'n5.example' })
})
