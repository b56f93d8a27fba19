import { spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, describe as group, onTestFinished, test } from 'vitest'
import { type LookUpType, lookUp, lookUpAddress, query } from '../clients/dns.ts'
import { createNetwork, dns } from '../index.ts'
import { dnsQuery } from '../wire/dns/message.ts'
import { DnsTcpDecoder, encodeDnsTcpMessage } from '../wire/dns.ts'

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
@ TXT "v=spf1 -all" "and more"
@ CAA 0 issue "ca.example.net"
_sip._tcp SRV 1 2 5060 web
${Array.from({ length: 100 }, (_, i) => `many A 198.51.100.${i + 1}`).join('\n')}
`

/** A network with a name server for example.org and a resolver. */
async function open() {
  const network = await createNetwork()
  onTestFinished(() => network.close())
  const { dns: server } = await network.host('ns1.example.org', { dns: dns({ zones: { 'example.org': zone } }) })
  const { dns: resolver } = await network.host('resolver.example', { dns: dns() })
  return { network, server, resolver, at: { servers: [of(resolver)], tries: 1 } }
}

const of = ({ endpoint }: { endpoint: { host: string; port: number } }) => `${endpoint.host}:${endpoint.port}`

group('looking a name up', () => {
  test.each<[string, LookUpType, unknown]>([
    ['web.example.org', 'A', [{ type: 'A', address: '192.0.2.2' }]],
    ['www.example.org', 'AAAA', [{ type: 'AAAA', address: '2001:db8::2' }]],
    ['www.example.org', 'CNAME', [{ type: 'CNAME', target: 'web.example.org' }]],
    [
      'example.org',
      'MX',
      [
        { type: 'MX', preference: 20, exchange: 'b.example.org' },
        { type: 'MX', preference: 10, exchange: 'a.example.org' },
      ],
    ],
    ['example.org', 'TXT', [{ type: 'TXT', texts: ['v=spf1 -all', 'and more'] }]],
    ['example.org', 'NS', [{ type: 'NS', target: 'ns1.example.org' }]],
    [
      'example.org',
      'SOA',
      [
        {
          type: 'SOA',
          mname: 'ns1.example.org',
          rname: 'host.example.org',
          serial: 1,
          refresh: 7200,
          retry: 900,
          expire: 1209600,
          minimum: 300,
        },
      ],
    ],
    ['_sip._tcp.example.org', 'SRV', [{ type: 'SRV', priority: 1, weight: 2, port: 5060, target: 'web.example.org' }]],
    ['2.2.0.192.in-addr.arpa', 'PTR', [{ type: 'PTR', target: 'web.example.org' }]],
    ['example.org', 'CAA', [{ type: 'CAA', flags: 0, tag: 'issue', value: 'ca.example.net' }]],
  ])('%s %s gives its records, by c-ares and by our own query alike', async (name, type, records) => {
    const { at } = await open()
    expect(await lookUp(name, type, at)).toEqual(records)
    const { answers } = await query(name, type, at)
    expect(answers.filter(answer => answer.type === type)).toMatchObject(records as object[])
  })

  test('ANY gives records of every type', async () => {
    const { at } = await open()
    const types = (await lookUp('example.org', 'ANY', at)).map(({ type }) => type)
    expect(new Set(types)).toEqual(new Set(['SOA', 'NS', 'MX', 'TXT', 'CAA']))
  })

  test('an address leads back to its name', async () => {
    const { at } = await open()
    expect(await lookUpAddress('192.0.2.2', at)).toEqual(['web.example.org'])
    expect(await lookUpAddress('2001:DB8::2', at)).toEqual(['web.example.org'])
    await expect(lookUpAddress('192.0.2.256', at)).rejects.toThrow('expected an IPv4 or IPv6 address')
  })

  test('a hosts file comes first', async () => {
    const { at, resolver } = await open()
    const folder = await mkdtemp(join(tmpdir(), 'hosts-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const hostsFile = join(folder, 'hosts')
    await writeFile(hostsFile, '# mine\n192.0.2.99 other web.EXAMPLE.org # here\n::1 web.example.org\nrubbish x\n')
    expect(await lookUp('web.example.org', 'A', { ...at, hostsFile })).toEqual([{ type: 'A', address: '192.0.2.99' }])
    expect(await lookUp('web.example.org', 'AAAA', { ...at, hostsFile })).toEqual([{ type: 'AAAA', address: '::1' }])
    expect(await lookUpAddress('192.0.2.99', { ...at, hostsFile })).toEqual(['other', 'web.EXAMPLE.org'])
    expect(resolver.queries).toEqual([])
    expect(await lookUp('ns1.example.org', 'A', { ...at, hostsFile })).toEqual([{ type: 'A', address: '192.0.2.1' }])
  })
})

group('what goes wrong is a typed error', () => {
  test.each<[string, LookUpType, string, string]>([
    ['nowhere.example.org', 'A', 'NXDOMAIN', 'there is no such name'],
    ['web.example.org', 'MX', 'NODATA', 'the name has no records of this type'],
  ])('%s %s: %s', async (name, type, code, words) => {
    const { at } = await open()
    const message = `dns client: ${name} ${type}: ${code}, ${words}`
    await expect(lookUp(name, type, at)).rejects.toMatchObject({ name: 'DnsError', code, message })
  })

  test.each(['SERVFAIL', 'REFUSED', 'NOTIMP', 'FORMERR'] as const)('%s of a server', async code => {
    const { at, resolver } = await open()
    resolver.faults.push({ reply: code })
    await expect(lookUp('web.example.org', 'A', at)).rejects.toMatchObject({ name: 'DnsError', code })
    await expect(query('web.example.org', 'A', at)).rejects.toMatchObject({
      name: 'DnsError',
      code,
      answer: { rcode: code, recursionAvailable: true },
    })
  })

  test('a server that is silent', async () => {
    const { at, resolver } = await open()
    resolver.faults.push({ reply: 'drop' })
    const code = 'TIMED_OUT'
    await expect(lookUp('web.example.org', 'A', { ...at, timeoutMs: 20 })).rejects.toMatchObject({ code })
    await expect(query('web.example.org', 'A', { ...at, timeoutMs: 20 })).rejects.toMatchObject({
      name: 'DnsError',
      code,
      message: 'dns client: web.example.org A: TIMED_OUT, no server answered in time',
    })
  })

  test('a port where nobody listens', async () => {
    const { network } = await open()
    const { port } = await closedPort()
    await network.host('nobody.example', {})
    await expect(query('x.example', 'A', { servers: [`127.0.0.1:${port}`], tries: 1 })).rejects.toMatchObject({
      name: 'NetworkError',
      code: 'REFUSED',
      message: expect.stringMatching(/^dns client: udp: .*ECONNREFUSED.*\(111\)$/),
    })
  })

  test.each(['localhost', '192.0.2.1:0', '192.0.2.1:65536', '[::1', ''])('%j, which is no server', async server => {
    await expect(query('x.example', 'A', { servers: [server] })).rejects.toThrow('expected a name server such as')
  })
})

/** A UDP port that was free a moment ago. */
async function closedPort(): Promise<{ port: number }> {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  await new Promise<void>(resolve => socket.close(resolve))
  return { port }
}

group('a query', () => {
  test('asks the second server where the first one is silent, refuses or fails', async () => {
    const { network, resolver } = await open()
    for (const reply of ['drop', 'REFUSED', 'SERVFAIL'] as const) {
      const { dns: first } = await network.host(`${reply.toLowerCase()}.example`, { dns: dns({ faults: [{ reply }] }) })
      const servers = [of(first), of(resolver)]
      const { answers } = await query('web.example.org', 'A', { servers, tries: 1, timeoutMs: 200 })
      expect(answers).toMatchObject([{ address: '192.0.2.2' }])
      expect(first.queries).toHaveLength(1)
    }
    expect(resolver.queries).toHaveLength(3)
  })

  test('is answered about the root', async () => {
    const { at } = await open()
    expect(await query('.', 'NS', at)).toMatchObject({ rcode: 'NOERROR' })
  })

  test('believes a server that says that there is no such name', async () => {
    const { network, at } = await open()
    const { dns: second } = await network.host('second.example', { dns: dns() })
    const servers = [...at.servers, of(second)]
    await expect(query('nowhere.example', 'A', { servers })).rejects.toMatchObject({ code: 'NXDOMAIN' })
    expect(second.queries).toEqual([])
  })

  test('asks again as often as it is told', async () => {
    const { at, resolver } = await open()
    resolver.faults.push({ times: 2, reply: 'SERVFAIL' })
    const { answers } = await query('web.example.org', 'A', { ...at, tries: 3 })
    expect(answers).toHaveLength(1)
    expect(resolver.queries.map(({ rcode }) => rcode)).toEqual(['SERVFAIL', 'SERVFAIL', 'NOERROR'])
  })

  test('comes back by TCP for an answer that was cut', async () => {
    const { at, resolver } = await open()
    const { answers, truncated } = await query('many.example.org', 'A', at)
    expect(answers).toHaveLength(100)
    expect(truncated).toBe(false)
    expect(resolver.queries.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
    expect(await lookUp('many.example.org', 'A', at)).toHaveLength(100)
  })

  test('shows the sections, and what EDNS said', async () => {
    const { at, server } = await open()
    const answer = await query('web.example.org', 'A', { ...at, edns: { dnssecOk: true } })
    expect(answer).toMatchObject({
      recursionAvailable: true,
      authorities: [{ name: 'example.org', type: 'NS', target: 'ns1.example.org' }],
      additionals: [{ name: 'ns1.example.org', type: 'A', address: '192.0.2.1' }],
      edns: { udpBytes: 1232, dnssecOk: true },
    })
    const plain = await query('web.example.org', 'A', { servers: [of(server)], edns: false, recursionDesired: false })
    expect(plain).toMatchObject({ authoritative: true, recursionDesired: false })
    expect(plain).not.toHaveProperty('edns')
  })

  test('takes no answer to another question', async () => {
    const liar = dgram.createSocket('udp4').bind(0, '127.0.0.1')
    onTestFinished(() => void liar.close())
    await once(liar, 'listening')
    liar.on('message', (octets, { port, address }) => {
      const otherId = Buffer.from(octets)
      otherId[2] = 0x81
      otherId.writeUInt16BE(octets.readUInt16BE(0) ^ 1, 0)
      const otherName = Buffer.from(octets)
      otherName[2] = 0x81
      otherName[13] = 'y'.charCodeAt(0)
      const right = Buffer.from(octets)
      right[2] = 0x85
      for (const answer of [otherId, otherName, Buffer.from('rubbish'), octets, right]) liar.send(answer, port, address)
    })
    const servers = [`127.0.0.1:${liar.address().port}`]
    expect(await query('x.example', 'A', { servers, tries: 1 })).toMatchObject({ authoritative: true })
  })
})

group('time', () => {
  test('passes in what a resolver remembers', async () => {
    const { network, at } = await open()
    const ttl = async () => (await query('web.example.org', 'A', at)).answers[0]!.ttl
    expect(await ttl()).toBe(3600)
    await network.clock.advance('59m')
    expect(await ttl()).toBe(60)
    await network.clock.advance('1m')
    expect(await ttl()).toBe(3600)
  })

  test.each(['udp', 'tcp'] as const)('holds an answer back on the clock of the network, over %s', async transport => {
    const { network, at, resolver } = await open()
    resolver.faults.push({ delay: '2s' })
    let answered = false
    const waiting = query('web.example.org', 'A', { ...at, transport }).then(() => (answered = true))
    await until(() => resolver.queries.length > 0)
    await network.clock.advance('1999ms')
    expect(answered).toBe(false)
    await network.clock.advance('1ms')
    await waiting
  })

  test('ends a TCP connection that says nothing for 30 seconds', async () => {
    const { network, resolver } = await open()
    const opened = new Promise<void>(resolve => network.tap({ opened: () => resolve() }))
    const socket = net.connect(resolver.endpoint)
    await opened
    await network.clock.advance('20s')
    socket.write(encodeDnsTcpMessage(dnsQuery({ name: 'web.example.org', type: 'A' })))
    await once(socket, 'data')
    let ended = false
    socket.on('end', () => (ended = true))
    await network.clock.advance('29s')
    expect(ended).toBe(false)
    await network.clock.advance('1s')
    await until(() => ended)
  })
})

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise(resolve => setImmediate(resolve))
}

group('over TCP', () => {
  test('several queries in one piece are answered in their order, each whole', async () => {
    const { resolver } = await open()
    resolver.faults.push({ name: 'ns1.example.org', reply: 'drop' })
    const socket = net.connect(resolver.endpoint)
    const names = ['web', 'many', 'nowhere', 'ns1', 'www'].map(name => `${name}.example.org`)
    const queries = names.map((name, id) => encodeDnsTcpMessage(dnsQuery({ name, type: 'A' }, { id })))
    socket.end(Buffer.concat(queries))
    const decoder = new DnsTcpDecoder()
    for await (const chunk of socket) decoder.push(chunk)
    const answers = []
    for (let answer = decoder.next(); answer !== undefined; answer = decoder.next()) answers.push(answer)
    decoder.end()
    expect(answers.map(({ id, rcode }) => [id, rcode])).toEqual([
      [0, 'NOERROR'],
      [1, 'NOERROR'],
      [2, 'NXDOMAIN'],
      [4, 'NOERROR'],
    ])
    expect(answers[1]!.answers).toHaveLength(100)
  })

  test('an answer that is held back holds back those behind it', async () => {
    const { network, resolver } = await open()
    resolver.faults.push({ name: 'web.example.org', delay: '5s' })
    const socket = net.connect(resolver.endpoint)
    const names = ['web.example.org', 'ns1.example.org']
    socket.write(Buffer.concat(names.map((name, id) => encodeDnsTcpMessage(dnsQuery({ name, type: 'A' }, { id })))))
    await until(() => resolver.queries.length === 1)
    const decoder = new DnsTcpDecoder()
    socket.on('data', chunk => decoder.push(chunk))
    await network.clock.advance('5s')
    const read: number[] = []
    await until(() => {
      const answer = decoder.next()
      if (answer !== undefined) read.push(answer.id)
      return read.length === 2
    })
    expect(read).toEqual([0, 1])
    socket.destroy()
  })
})

group('bad input does not keep the next client from its answer:', () => {
  const header = Buffer.from('000101000001000000000000', 'hex')

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['noise', Buffer.alloc(500, 0xa5)],
    ['a header alone', header],
    ['a name that points at itself', Buffer.concat([header, Buffer.from('c00c00010001', 'hex')])],
    ['the largest datagram', Buffer.alloc(65507, 0x3f)],
  ])('a datagram of %s', async (_what, octets) => {
    const { at, resolver } = await open()
    const socket = dgram.createSocket('udp4')
    onTestFinished(() => void socket.close())
    await new Promise(resolve => socket.send(octets, resolver.endpoint.port, resolver.endpoint.host, resolve))
    expect(await lookUp('web.example.org', 'A', at)).toHaveLength(1)
  })

  test.each([
    ['half a length', Buffer.alloc(1)],
    ['half a message', Buffer.concat([Buffer.from([0, 200]), header])],
    ['a message of no octets', Buffer.alloc(2)],
    ['the largest message, of nothing', Buffer.alloc(65537, 0xff)],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n')],
  ])('%s over TCP', async (_what, octets) => {
    const { at, resolver } = await open()
    const rude = net.connect(resolver.endpoint)
    rude.on('error', () => {})
    await new Promise(resolve => rude.write(octets, resolve))
    const { answers } = await query('web.example.org', 'A', { ...at, transport: 'tcp' })
    expect(answers).toHaveLength(1)
    rude.destroy()
  })

  test('a client that resets in the middle', async () => {
    const { at, resolver } = await open()
    const rude = net.connect(resolver.endpoint)
    await once(rude, 'connect')
    rude.write(encodeDnsTcpMessage(dnsQuery({ name: 'many.example.org', type: 'A' })).subarray(0, 20))
    rude.resetAndDestroy()
    expect(await lookUp('web.example.org', 'A', at)).toHaveLength(1)
  })

  test('a flood of messages of 64 KiB', async () => {
    const { at, resolver } = await open()
    const rude = net.connect(resolver.endpoint)
    rude.on('error', () => {})
    rude.resume()
    // 24-bit noise behind a right header, so that each is looked at whole.
    const message = Buffer.alloc(65537, 0x01)
    message.writeUInt16BE(65535, 0)
    header.copy(message, 2)
    const flood = Buffer.concat(Array.from({ length: 64 }, () => message))
    const flooded = new Promise(resolve => rude.write(flood, resolve))
    const { answers } = await query('web.example.org', 'A', { ...at, transport: 'tcp' })
    expect(answers).toHaveLength(1)
    await flooded
    rude.destroy()
  })
})

group('the program that looks names up', () => {
  async function run(server: string, lines: string[]): Promise<{ output: string; status: number | null }> {
    const program = spawn(process.execPath, [join(import.meta.dirname, '../labs/chapter-6/look-up-names.ts'), server])
    program.stdin.end(lines.map(line => `${line}\n`).join(''))
    let output = ''
    program.stdout.on('data', text => (output += text))
    const [status] = (await once(program, 'close')) as [number | null]
    return { output, status }
  }

  test('asks, prints and asks again until n', async () => {
    const { resolver } = await open()
    const { output, status } = await run(of(resolver), [
      ...['www.example.org', 'a', 'y'],
      ...['2001:db8::2', 'PTR', ''],
      ...['web.example.org', 'MX', 'y'],
      ...['nowhere.example.org', 'A', 'y'],
      ...['example.org', 'loc', 'n'],
      ...['never.asked', 'A', 'n'],
    ])
    expect(status).toBe(0)
    expect(output).toContain(
      '  www.example.org. 3600 IN CNAME web.example.org.\n  web.example.org. 3600 IN A 192.0.2.2\n',
    )
    expect(output).toContain('authorities:\n  example.org. 3600 IN NS ns1.example.org.\n')
    expect(output).toMatch(/ip6\.arpa\. 3600 IN PTR web\.example\.org\.\n/)
    expect(output).toContain('No records of this type')
    expect(output).toContain('dns client: nowhere.example.org A: NXDOMAIN, there is no such name')
    expect(output).toContain('Record type: loc is not implemented')
    expect(resolver.queries.map(({ type }) => type)).toEqual(['A', 'PTR', 'MX', 'A'])
  })

  test('ends with its input, and with 2 where the server is none', async () => {
    expect((await run('127.0.0.1', [])).status).toBe(0)
    const { output, status } = await run('nowhere', ['a.example', 'A', 'n'])
    expect(output).toContain('expected a name server such as 192.0.2.1 or 192.0.2.1:5353, got "nowhere"')
    expect(status).toBe(2)
  })
})

test('a service has one real port for UDP and TCP', async () => {
  const { server } = await open()
  const [udp, tcp] = server.endpoints
  expect([udp!.transport, tcp!.transport]).toEqual(['udp', 'tcp'])
  expect(udp!.real).toEqual(tcp!.real)
})
