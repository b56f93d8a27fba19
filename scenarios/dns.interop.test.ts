// The DNS fake before other people's clients, and beside bind with the same zones.

import dgram from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, describe as group, type TestContext, test } from 'vitest'
import { lookUp, query } from '../clients/dns.ts'
import { createNetwork, dns } from '../index.ts'
import type { Network } from '../net/network.ts'
import { type RealNamed, startNamed } from './real/named.ts'
import { program, run } from './real/program.ts'

const text = (count: number) => Array.from({ length: count }, (_, i) => `mid TXT "text number ${i} of some length"`)
const addresses = (count: number) => Array.from({ length: count }, (_, i) => `big A 198.51.100.${i + 1}`)

const zones = {
  'example.org': `$TTL 3600
@ IN SOA ns1 hostmaster ( 2015031500 2h 15m 2w 5m )
  IN NS ns1
  IN NS ns2.example.net.
  IN MX 20 mail2
  IN MX 10 mail1
  IN TXT "v=spf1 mx -all" "second"
  IN CAA 0 issue "ca.example.net"
  IN A 192.0.2.80
ns1 A 192.0.2.1
ns1 AAAA 2001:db8::1
mail1 A 192.0.2.25
mail2 A 192.0.2.26
www CNAME web
web A 192.0.2.81
web AAAA 2001:db8::81
out CNAME www.example.com.
chain CNAME www
dangling CNAME nothere
loop1 CNAME loop2
loop2 CNAME loop1
self CNAME self
_sip._tcp SRV 10 5 5060 web
_sip._tcp SRV 20 5 5060 mail1
*.wild A 192.0.2.90
*.wild TXT "wild"
host.wild A 192.0.2.91
a.b.c.ent A 192.0.2.92
*.cw CNAME web
sub NS ns.sub
sub NS ns2.example.net.
ns.sub A 192.0.2.53
lame NS ns.elsewhere.test.
low 5 A 192.0.2.99
tosub CNAME www.sub
unknown TYPE65280 \\# 4 0a000001
quoted TXT "a;b" "say \\"hi\\"" "\\195\\188"
esc\\.aped A 192.0.2.93
${[...addresses(40), ...text(20)].join('\n')}
`,
  '2.0.192.in-addr.arpa': '$TTL 3600\n@ SOA ns1 host 1 2 3 4 5\n@ NS ns2.example.net.\n81 PTR web.example.org.\n',
  '8.b.d.0.1.0.0.2.ip6.arpa': `$TTL 3600
@ SOA ns1 host 1 2 3 4 5
@ NS ns2.example.net.
1.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR web.example.org.
`,
}

let network: Network
let fake: { host: string; port: number }

beforeAll(async () => {
  network = await createNetwork()
  // A host by its address alone, so that it adds no name to the zones.
  const hosted = await network.host('192.0.2.1', { dns: dns({ zones }) })
  fake = hosted.dns.endpoint
})

afterAll(() => network.close())

interface Dug {
  status: string | undefined
  flags: string | undefined
  edns: string | undefined
  question: string[]
  answer: string[]
  authority: string[]
  additional: string[]
}

/** What dig shows of an answer; sections sorted, since bind turns them round. */
function readDig(output: string): Dug {
  const section = (name: string) => {
    const lines = new RegExp(`;; ${name} SECTION:\n([^]*?)\n\n`).exec(output)?.[1]?.split('\n') ?? []
    return lines.map(line => line.replace(/\s+/g, ' ')).sort()
  }
  return {
    status: /status: (\w+)/.exec(output)?.[1],
    flags: /flags: ([a-z ]*);/.exec(output)?.[1],
    edns: /; EDNS: (.*)/.exec(output)?.[1],
    question: section('QUESTION'),
    answer: section('ANSWER'),
    authority: section('AUTHORITY'),
    additional: section('ADDITIONAL'),
  }
}

async function dig(
  context: TestContext,
  { host, port }: { host: string; port: number },
  args: string,
): Promise<string> {
  const path = await program(context, 'dig', 'bind9-dnsutils')
  // The cookie is bind's own, and the AD that it echoes comes and goes with it.
  const options = ['+nocookie', '+noadflag', '+tries=1', '+timeout=3']
  return (await run(path, [`@${host}`, '-p', String(port), ...options, ...args.split(' ')])).stdout
}

group('dig', () => {
  test.for<[string, string[]]>([
    ['web.example.org A', ['192.0.2.81']],
    ['web.example.org AAAA +tcp', ['2001:db8::81']],
    ['example.org MX', ['20 mail2.example.org.', '10 mail1.example.org.']],
    ['www.example.org A', ['web.example.org.', '192.0.2.81']],
    ['_sip._tcp.example.org SRV', ['10 5 5060 web.example.org.', '20 5 5060 mail1.example.org.']],
    ['example.org CAA', ['0 issue "ca.example.net"']],
    ['quoted.example.org TXT', ['"a;b" "say \\"hi\\"" "\\195\\188"']],
    ['unknown.example.org TYPE65280', ['\\# 4 0A000001']],
    ['-x 192.0.2.81', ['web.example.org.']],
    ['-x 2001:db8::81', ['web.example.org.']],
    ['web.example.org A +dnssec', ['192.0.2.81']],
    ['web.example.org A +noedns +bufsize=512', ['192.0.2.81']],
  ])('+short %s shows the records in their order', async ([args, lines], context) => {
    const output = await dig(context, fake, `${args} +short`)
    expect(output.trimEnd().split('\n')).toEqual(lines)
  })

  test('comes back by TCP for what was cut', async context => {
    const output = await dig(context, fake, 'big.example.org A +noedns')
    expect(output).toContain(';; Truncated, retrying in TCP mode.')
    expect(readDig(output).answer).toHaveLength(40)
    expect(readDig(await dig(context, fake, 'big.example.org A +noedns +ignore')).flags).toBe('qr aa tc rd')
  })

  test('gets everything by ANY', async context => {
    const types = readDig(await dig(context, fake, 'example.org ANY')).answer.map(line => line.split(' ')[3])
    expect(new Set(types)).toEqual(new Set(['SOA', 'NS', 'MX', 'TXT', 'CAA', 'A']))
  })
})

group("Debian's other clients", () => {
  const where = () => [`-port=${fake.port}`, fake.host]

  test('nslookup finds addresses, exchangers and names of addresses', async context => {
    const path = await program(context, 'nslookup', 'bind9-dnsutils')
    const ask = async (...args: string[]) => {
      const [port, host] = where()
      return (await run(path, [port!, ...args, host!])).stdout
    }
    expect(await ask('www.example.org')).toMatch(/www\.example\.org\tcanonical name = web\.example\.org\.\n.*\n?Name:/)
    expect(await ask('www.example.org')).toContain('Address: 2001:db8::81')
    expect(await ask('-type=mx', 'example.org')).toContain('mail exchanger = 10 mail1.example.org.')
    expect(await ask('192.0.2.81')).toContain('name = web.example.org.')
    expect(await ask('nothere.example.org')).toContain("** server can't find nothere.example.org: NXDOMAIN")
  })

  test('host finds addresses and exchangers', async context => {
    const path = await program(context, 'host', 'bind9-host')
    const ask = async (name: string) => (await run(path, ['-p', String(fake.port), name, fake.host])).stdout
    expect(await ask('example.org')).toMatch(/has address 192\.0\.2\.80\nexample\.org mail is handled by 20 mail2/)
    expect(await ask('192.0.2.81')).toContain('81.2.0.192.in-addr.arpa domain name pointer web.example.org.')
    expect(await ask('nothere.example.org')).toContain('not found: 3(NXDOMAIN)')
  })

  test('dnspython reads every section, and its errors are the right ones', async context => {
    const python = await program(context, 'python3', 'python3-dnspython')
    const script = `
import sys
try:
    import dns.resolver, dns.message, dns.query, dns.flags, dns.reversename
except ImportError:
    print('missing'); sys.exit()
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ['${fake.host}'], ${fake.port}
for name, kind in [('www.example.org', 'A'), ('example.org', 'MX'), ('_sip._tcp.example.org', 'SRV'), ('example.org', 'SOA'),
                   ('big.example.org', 'A'), ('nothere.example.org', 'A'), ('web.example.org', 'MX')]:
    try:
        answer = resolver.resolve(name, kind)
        print(kind, len(answer), answer[0], '|', answer.canonical_name)
    except Exception as error:
        print(type(error).__name__)
print(resolver.resolve(dns.reversename.from_address('2001:db8::81'), 'PTR')[0])
message = dns.query.udp(dns.message.make_query('www.sub.example.org', 'A', want_dnssec=True), '${fake.host}', port=${fake.port})
print(dns.flags.to_text(message.flags), len(message.authority), len(message.additional), message.payload)
`
    const { stdout, stderr } = await run(python, ['-c', script])
    if (stdout.startsWith('missing')) context.skip('needs dnspython: apt install python3-dnspython')
    expect(stderr).toBe('')
    expect(stdout.trimEnd().split('\n')).toEqual([
      'A 1 192.0.2.81 | web.example.org.',
      'MX 2 20 mail2.example.org. | example.org.',
      'SRV 2 10 5 5060 web.example.org. | _sip._tcp.example.org.',
      'SOA 1 ns1.example.org. hostmaster.example.org. 2015031500 7200 900 1209600 300 | example.org.',
      'A 40 198.51.100.1 | big.example.org.',
      'NXDOMAIN',
      'NoAnswer',
      'web.example.org.',
      'QR RD 1 1 1232',
    ])
  })
})

group('beside bind with the same zones', () => {
  let named: Promise<RealNamed> | undefined

  const bind = async (context: TestContext) => {
    const path = await program(context, 'named', 'bind9')
    named ??= startNamed(path, { zones })
    return named
  }

  afterAll(async () => (await named)?.[Symbol.asyncDispose]())

  const queries = `example.org A
example.org AAAA
example.org MX
example.org NS
example.org SOA
example.org TXT
example.org CAA
example.org ANY
example.org ANY +notcp
example.org DS
example.org HTTPS
example.org NSEC
www.example.org A
www.example.org CNAME
www.example.org ANY
www.example.org MX
chain.example.org AAAA
out.example.org A
dangling.example.org A
loop1.example.org A
self.example.org A
_sip._tcp.example.org SRV
x.wild.example.org A
x.y.wild.example.org A
x.wild.example.org MX
x.wild.example.org ANY
wild.example.org A
host.wild.example.org A
host.wild.example.org TXT
z.host.wild.example.org A
*.wild.example.org A
b.c.ent.example.org A
q.cw.example.org A
nothere.example.org A
sub.example.org A
sub.example.org NS
sub.example.org DS
www.sub.example.org A
ns.sub.example.org A
tosub.example.org A
x.lame.example.org A
low.example.org A
unknown.example.org TYPE65280
quoted.example.org TXT
esc\\.aped.example.org A
big.example.org A
big.example.org A +ignore
big.example.org A +ignore +noedns
big.example.org A +ignore +bufsize=600
big.example.org A +tcp
mid.example.org TXT +ignore
mid.example.org TXT +ignore +bufsize=512
example.org MX +bufsize=512
example.org MX +bufsize=513
example.org MX +bufsize=0
example.org MX +bufsize=512 +tcp
www.sub.example.org A +bufsize=512
nothere.example.org A +bufsize=512 +ignore
mid.example.org TXT +ignore +noedns
mid.example.org TXT +tcp
www.example.com A
. NS
-x 192.0.2.81
-x 192.0.2.82
-x 2001:db8::81
example.org A +dnssec
example.org A +norecurse
example.org A +cdflag +adflag
example.org A +edns=1 +noednsnegotiation
example.org A +opcode=STATUS
example.org A +opcode=3
example.org A +opcode=9
example.org MAILB
example.org MAILA
example.org TKEY
example.org TSIG
example.org TYPE41
-c CH example.org A
-c HS example.org A
-c ANY example.org A
-c NONE example.org A
example.org A +header-only
example.org A +nsid`.split('\n')

  test.for(queries)('dig %s shows the same', async (args, context) => {
    const real = readDig(await dig(context, await bind(context), args))
    expect(real.status).toBeDefined()
    expect(readDig(await dig(context, fake, args))).toEqual(real)
  })

  test.for(['', ' +notcp'])('neither lets dig transfer a zone%s', async (how, context) => {
    for (const server of [await bind(context), fake]) {
      expect(await dig(context, server, `example.org AXFR${how}`)).toContain('; Transfer failed.')
    }
  })

  const question = '076578616d706c65036f726700 0001 0001'
  test.for<[string, string]>([
    ['no question', '0001 0100 0000 0000 0000 0000'],
    ['two questions', `0002 0100 0002 0000 0000 0000 ${question} c00c 000f 0001`],
    ['a question that is cut', '0004 0100 0001 0000 0000 0000 0765'],
    ['octets behind it', `0005 0100 0001 0000 0000 0000 ${question} ffffff`],
    ['a name that points at itself', '0007 0100 0001 0000 0000 0000 c00c 0001 0001'],
    ['two OPT records', `0008 0100 0001 0000 0000 0002 ${question} 0000290200000000000000 0000290200000000000000`],
    ['an OPT record of a name', `0009 0100 0001 0000 0000 0001 ${question} 0161 00002902000000000000 00`],
    ['an unknown opcode and rubbish', '000a 7900 0001 0000 0000 0000 ff'],
    ['an answer in it', `000b 0100 0001 0001 0000 0000 ${question} c00c 0001 0001 00000001 0004 01020304`],
    ['all flags set', `000c 07ff 0001 0000 0000 0000 ${question}`],
  ])('a query with %s gets the same header', async ([, octets], context) => {
    const head = async ({ host, port }: { host: string; port: number }) => {
      const socket = dgram.createSocket('udp4')
      socket.send(Buffer.from(octets.replace(/ /g, ''), 'hex'), port, host)
      const [answer] = (await once(socket, 'message')) as [Buffer]
      socket.close()
      return answer.toString('hex', 0, 12)
    }
    expect(await head(fake)).toBe(await head(await bind(context)))
  })

  test("our own clients read bind's answers as they read the fake's", async context => {
    const { host, port } = await bind(context)
    const real = { servers: [`${host}:${port}`] }
    const ours = { servers: [`${fake.host}:${fake.port}`] }
    for (const type of ['A', 'AAAA', 'TXT', 'SOA', 'CAA'] as const) {
      const name = type === 'AAAA' ? 'web.example.org' : 'example.org'
      expect(await lookUp(name, type, ours)).toEqual(await lookUp(name, type, real))
    }
    const sorted = async (options: { servers: string[] }) =>
      (await query('big.example.org', 'A', options)).answers.map(record => JSON.stringify(record)).sort()
    expect(await sorted(ours)).toEqual(await sorted(real))
  })
})
