import { afterEach, beforeEach, expect, describe as group, test } from 'vitest'
import { Network } from '../../net/network.ts'
import type { DnsOptions } from '../dns.ts'
import { ask, serve as serveIn, soa, zone } from './asking.ts'

let network: Network

beforeEach(() => {
  network = new Network()
})

afterEach(() => network.close())

const serve = (options: DnsOptions) => serveIn(network, options)

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

  test.for(['__proto__', 'constructor', 'hasownproperty'])('knows no name %s', name => {
    expect(ask(serve({}), `${name} A`)[0]).toMatch(/^NXDOMAIN/)
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
