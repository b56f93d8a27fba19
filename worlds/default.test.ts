import dgram from 'node:dgram'
import { once } from 'node:events'
import { afterAll, describe, expect, test } from 'vitest'
import type { Network } from '../net/network.ts'
import { type DnsMessage, decodeDnsMessage, dnsQuery, encodeDnsMessage } from '../wire/dns/message.ts'
import type { RecordType } from '../wire/dns/record.ts'
import { formatRecord } from '../wire/dns/text.ts'
import { openWorld } from './open.ts'

const network: Network = await openWorld()
afterAll(() => network.close())

/** Asks the world's resolver. */
async function ask(name: string, type: RecordType): Promise<DnsMessage> {
  const resolver = network.reach({ address: network.client.resolver, port: 53 }, 'udp')
  if (resolver.outcome !== 'served') throw new Error('the world has no resolver')
  const socket = dgram.createSocket('udp4')
  try {
    const edns = { udpBytes: 4096, version: 0, dnssecOk: false, options: [] }
    const query = encodeDnsMessage(dnsQuery({ name, type }, { id: 7, edns }))
    socket.send(query, resolver.port, resolver.host)
    const [message] = (await once(socket, 'message')) as [Buffer]
    return decodeDnsMessage(message)
  } finally {
    socket.close()
  }
}

const text = (records: DnsMessage['answers']) => records.map(formatRecord)

const addresses: Record<string, string[]> = {
  'www.ietf.org': ['104.20.1.85', '104.20.0.85'],
  'www.debian.org': ['149.20.20.22'],
  'search.debian.org': ['149.20.20.22'],
  'www.debian.com': ['149.20.20.22'],
  'python.org': ['104.130.43.121'],
  'www.python.org': ['185.31.18.223'],
  'docs.python.org': ['185.31.18.223'],
  'pypi.python.org': ['185.31.19.223'],
  'github.com': ['192.30.252.130'],
  'www.github.com': ['192.30.252.130'],
  'www.gmail.com': ['216.58.210.37'],
  'gmail.com': ['216.58.210.37'],
  'mail.google.com': ['216.58.210.37'],
  'accounts.google.com': ['216.58.210.37'],
  'google.com': ['216.58.210.68', '216.58.210.36'],
  'www.google.com': ['216.58.210.68', '216.58.210.36'],
  'aspmx.l.google.com': ['74.125.71.26'],
  'alt1.aspmx.l.google.com': ['74.125.71.27'],
  'alt2.aspmx.l.google.com': ['74.125.71.28'],
  'alt3.aspmx.l.google.com': ['74.125.71.29'],
  'alt4.aspmx.l.google.com': ['74.125.71.30'],
  'smtp.gmail.com': ['74.125.71.108'],
  'pop.googlemail.com': ['74.125.71.16'],
  'imap.googlemail.com': ['74.125.71.16'],
  'amazon.co.uk': ['178.236.6.251'],
  'www.amazon.co.uk': ['178.236.6.251'],
  'www.linux.org': ['107.170.40.56'],
  's3.amazonaws.com': ['54.231.130.1'],
  's3-eu-west-1.amazonaws.com': ['54.231.130.1'],
  's3.eu-west-1.amazonaws.com': ['54.231.130.1'],
  'mybucket.example.com.s3.amazonaws.com': ['54.231.130.1'],
  'mybucket.example.com.s3-eu-west-1.amazonaws.com': ['54.231.130.1'],
  'api.twitter.com': ['199.16.156.199'],
  'stream.twitter.com': ['199.16.156.199'],
  'apps.twitter.com': ['199.16.156.199'],
  'ftp.kernel.org': ['199.204.44.194'],
  'pool.ntp.org': ['217.174.253.139', '217.174.253.140'],
  'debian6box.localdomain.loc': ['10.0.2.15'],
  debian6box: ['10.0.2.15'],
  localhost: ['127.0.0.1'],
  'tincan.localdomain.loc': ['192.168.0.7'],
  faruquesarker: ['10.0.2.2'],
  'ipv6.example.org': ['2001:db8:85a3::b81a:63d6:135b'],
  'resolver.localdomain.loc': ['192.168.1.1'],
  'ns1.google.com': ['216.239.32.10'],
  'ns1.p04.dynect.net': ['208.78.70.4'],
  'ns2.p04.dynect.net': ['204.13.250.4'],
  'ns3.p04.dynect.net': ['208.78.71.4'],
  'ns4.p04.dynect.net': ['204.13.251.4'],
}

describe('names', () => {
  test.for(Object.entries(addresses))('%s leads to %s', async ([name, expected]) => {
    const type = expected[0]!.includes(':') ? 'AAAA' : 'A'
    const { answers } = await ask(name, type)
    expect(answers.flatMap(record => (record.type === type ? [(record as { address: string }).address] : []))).toEqual(
      expected,
    )
    expect(network.lookup(name)).toEqual(expected)
  })

  test('every address of a name has a reverse name that leads back to it', async () => {
    const named = network.hosts.filter(({ names, addresses }) => names.some(name => !addresses.includes(name)))
    for (const address of new Set(named.flatMap(host => host.addresses))) {
      const { answers } = await ask(reverse(address), 'PTR')
      const [first] = answers
      expect(first, address).toMatchObject({ type: 'PTR' })
      expect(network.lookup((first as { target: string }).target), address).toContain(address)
    }
  })

  test.for([
    ['10.0.2.15', 'debian6box.localdomain.loc'],
    ['127.0.0.1', 'localhost'],
    ['149.20.20.22', 'www.debian.org'],
    ['10.0.2.2', 'faruquesarker'],
  ])('%s is called %s', async ([address, name]) => {
    const { answers } = await ask(reverse(address!), 'PTR')
    expect(answers).toMatchObject([{ target: name }])
  })

  test('192.168.56.101 has no name', async () => {
    expect((await ask(reverse('192.168.56.101'), 'PTR')).rcode).toBe('NXDOMAIN')
    expect(network.hostsAt('192.168.56.101')).toHaveLength(1)
  })

  test('pypi.python.org is an alias at fastly with four name servers and their addresses', async () => {
    const { answers, authorities, additionals } = await ask('pypi.python.org', 'A')
    expect(text(answers)).toEqual([
      'pypi.python.org. 83469 IN CNAME python.map.fastly.net.',
      'python.map.fastly.net. 20 IN A 185.31.19.223',
    ])
    expect(authorities).toMatchObject(
      [1, 2, 3, 4].map(number => ({ name: 'fastly.net', type: 'NS', target: `ns${number}.p04.dynect.net` })),
    )
    expect(additionals).toMatchObject(
      ['208.78.70.4', '204.13.250.4', '208.78.71.4', '204.13.251.4'].map(address => ({ type: 'A', address })),
    )
  })

  test('pypi.python.org has no IPv6', async () => {
    const { rcode, answers } = await ask('pypi.python.org', 'AAAA')
    expect([rcode, answers.map(({ type }) => type)]).toEqual(['NOERROR', ['CNAME']])
  })

  test.for(['google.com', 'gmail.com'])('%s has five mail exchangers in this order', async name => {
    const { answers } = await ask(name, 'MX')
    expect(answers.map(record => record.type === 'MX' && [record.preference, record.exchange])).toEqual([
      [50, 'alt4.aspmx.l.google.com'],
      [30, 'alt2.aspmx.l.google.com'],
      [40, 'alt3.aspmx.l.google.com'],
      [10, 'aspmx.l.google.com'],
      [20, 'alt1.aspmx.l.google.com'],
    ])
  })

  test('google.com has a SOA, four name servers and a sender policy', async () => {
    expect((await ask('google.com', 'SOA')).answers).toMatchObject([{ mname: 'ns1.google.com' }])
    expect((await ask('google.com', 'NS')).answers).toMatchObject(
      [1, 2, 3, 4].map(number => ({ target: `ns${number}.google.com` })),
    )
    expect(text((await ask('google.com', 'TXT')).answers)).toEqual([expect.stringContaining('"v=spf1 ')])
  })

  test('www.linux.org takes no mail', async () => {
    const { rcode, answers } = await ask('www.linux.org', 'MX')
    expect([rcode, answers]).toEqual(['NOERROR', []])
  })

  test('a name that is not in the world does not exist', async () => {
    expect((await ask('www.example.com', 'A')).rcode).toBe('NXDOMAIN')
    expect(network.unknownNames).toContain('www.example.com')
  })
})

describe('the client', () => {
  test('the clock starts at 2015-03-15 12:09:16 UTC', () => {
    expect(network.clock.epoch).toBe(Date.UTC(2015, 2, 15, 12, 9, 16))
  })

  test('it is debian6box behind 10.0.2.2', () => {
    expect(network.client).toMatchObject({
      name: 'debian6box.localdomain.loc',
      addresses: expect.arrayContaining(['10.0.2.15', '192.168.56.102']),
      mac: '08:00:27:1d:1e:db',
      gateway: '10.0.2.2',
      gatewayMac: '52:54:00:12:35:02',
      resolver: '192.168.1.1',
      publicAddress: '77.233.155.107',
    })
  })
})

describe('what is closed', () => {
  test.for([
    ['127.0.0.1', 464],
    ['54.231.130.1', 80],
    ['199.16.156.199', 443],
    ['192.168.56.101', 22],
    ['107.170.40.56', 443],
    ['192.168.0.7', 5000],
  ] as const)('%s refuses at port %i', ([address, port]) => {
    expect(network.reach({ address, port }, 'tcp')).toEqual({ outcome: 'refused' })
  })

  test('192.0.2.0/24 is a black hole', () => {
    expect(network.reach({ address: '192.0.2.77', port: 80 }, 'tcp')).toEqual({ outcome: 'black hole' })
  })

  test('an address that is not in the world is not in it', () => {
    expect(network.reach({ address: '8.8.8.8', port: 53 }, 'udp')).toEqual({ outcome: 'not in the network' })
  })
})

function reverse(address: string): string {
  if (!address.includes(':')) return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  const [left = '', right = ''] = address.split('::')
  const groups = (half: string) => (half === '' ? [] : half.split(':'))
  const missing = 8 - groups(left).length - groups(right).length
  const all = [...groups(left), ...new Array<string>(missing).fill('0'), ...groups(right)]
  return `${[...all.map(group => group.padStart(4, '0')).join('')].reverse().join('.')}.ip6.arpa`
}
