// What dig and named say to each other, on a tape and from it: the same octets, the same words as dig's own.

import dgram from 'node:dgram'
import net, { type AddressInfo } from 'node:net'
import { afterAll, expect, describe as group, type TestContext, test } from 'vitest'
import { loopback } from '../net/placement.ts'
import type { Side } from '../wire/decoder.ts'
import { form } from '../wire/dns/tape.ts'
import type { DnsTapeMessage } from '../wire/dns/tape-follower.ts'
import type { Follower, TapeMapping, TapeReading, TapeValue, TapeWriting } from '../wire/tape.ts'
import { type RealNamed, startNamed } from './real/named.ts'
import { program, run } from './real/program.ts'

const zones = {
  'example.org': `$TTL 3600
@ IN SOA ns1 hostmaster ( 2015031500 2h 15m 2w 5m )
@ NS ns1
@ NS ns2.example.net.
@ MX 10 mail.far.away.down
@ MX 20 mail2.far.away.down
@ CAA 0 issue "ca.example.net"
ns1 A 192.0.2.1
mail.far.away.down A 192.0.2.25
www CNAME web
web A 192.0.2.81
web AAAA 2001:db8::81
_sip._tcp SRV 10 5 5060 web
*.wild TXT "wild" "\\195\\188 \\"quoted\\""
sub NS ns.sub
ns.sub A 192.0.2.53
unknown TYPE65280 \\# 4 0a000001
https HTTPS 1 web alpn="h2,h3" port=8443 ipv6hint=2001:db8::1
naptr NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.org!" .
hinfo HINFO "RFC8482" ""
_443._tcp TLSA 3 1 1 0C72AC70B745AC19998811B131D662C9AC69DBDBE7CB23E5B514B56664C5D3D6
host SSHFP 4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF12345678A
key DNSKEY 257 3 13 AlfeWIDH7xzdnVUhEIVNdVoSOCllKL8Lam+hGGb/RyFJO0AeYJEPg12aYzY2YSMNq7k05FhIJCMJblk/P2+9iQ==
low 5 A 192.0.2.99
${Array.from({ length: 60 }, (_, i) => `big A 198.51.100.${i + 1}`).join('\n')}
`,
}

const writing: TapeWriting = {
  hide: () => expect.unreachable(),
  sweep: text => text,
  body: ({ octets }) => ({ hex: octets!.toString('hex') }),
}
const reading: TapeReading = { body: () => expect.unreachable() }

interface Turn {
  transport: 'tcp' | 'udp'
  from: Side
  value: TapeValue
  /** Of an answer: the query's place. */
  answers?: number
}

interface Relay extends AsyncDisposable {
  readonly host: string
  readonly port: number
}

/** Answers datagrams and connections by `open`, which is called for each connection and once for all datagrams. */
async function serve(open: (transport: 'tcp' | 'udp', send: (octets: Buffer) => void) => (octets: Buffer) => void) {
  const { tcp, udp } = await loopback.both!({ address: '127.0.0.1', port: 53 })
  const sockets = new Set<net.Socket>()
  tcp.on('connection', socket => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {}))
    const push = open('tcp', octets => socket.write(octets))
    socket.on('data', octets => push(octets))
  })
  let client: dgram.RemoteInfo | undefined
  const push = open('udp', octets => udp.send(octets, client!.port, client!.address))
  udp.on('message', (octets, from) => {
    client = from
    push(octets)
  })
  return {
    host: '127.0.0.1',
    port: (tcp.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(closed => tcp.close(closed))
      await new Promise<void>(closed => udp.close(closed))
    },
  }
}

/** Hands on what crosses, and writes it as turns. */
async function record(to: { host: string; port: number }, turns: Turn[]): Promise<Relay> {
  const ends: (() => void)[] = []
  const relay = await serve((transport, send) => {
    const follower = form.follow(transport)
    const first = turns.length
    const hear = (from: Side, octets: Buffer) => {
      follower.push(from, octets)
      for (let heard = follower.next(); heard !== undefined; heard = follower.next()) {
        if (heard.kind !== 'whole') throw new Error(`dns: expected a message, got ${octets.toString('hex')}`)
        const queries = turns.slice(first).flatMap((turn, at) => (turn.from === 'client' ? first + at : []))
        const answers = heard.answers === undefined ? {} : { answers: queries[heard.answers - 1]! }
        turns.push({ transport, from, value: form.write(heard.message, undefined, writing), ...answers })
      }
    }
    if (transport === 'tcp') {
      const upstream = net.connect(to.port, to.host).on('error', () => {})
      ends.push(() => upstream.destroy())
      upstream.on('data', octets => {
        hear('server', octets)
        send(octets)
      })
      return octets => {
        hear('client', octets)
        upstream.write(octets)
      }
    }
    const upstream = dgram.createSocket('udp4')
    ends.push(() => upstream.close())
    upstream.on('message', octets => {
      hear('server', octets)
      send(octets)
    })
    return octets => {
      hear('client', octets)
      upstream.send(octets, to.port, to.host)
    }
  })
  return {
    ...relay,
    async [Symbol.asyncDispose]() {
      for (const end of ends) end()
      await relay[Symbol.asyncDispose]()
    },
  }
}

/** Says what the turns have for each query. */
function replay(turns: readonly Turn[]): Promise<Relay> {
  const read = turns.map(({ transport, from, value }) => form.reader(reading, transport).read(from, value))
  return serve((transport, send) => {
    const follower: Follower<DnsTapeMessage> = form.follow(transport)
    return octets => {
      follower.push('client', octets)
      for (let heard = follower.next(); heard !== undefined; heard = follower.next()) {
        if (heard.kind === 'piece') continue
        const { message } = heard
        const isAsked = (at: number) =>
          turns[at]!.transport === transport && form.identity(read[at]!.message) === form.identity(message)
        const asked = turns.findIndex((turn, at) => turn.from === 'client' && isAsked(at))
        for (const [at, { answers }] of turns.entries()) {
          if (answers !== asked || asked < 0) continue
          const said = form.encode(read[at]!, () => expect.unreachable())
          send(form.fit!(Buffer.concat(said.map(part => part as Buffer)), message))
        }
      }
    }
  })
}

let named: Promise<RealNamed> | undefined

const bind = async (context: TestContext) => {
  const path = await program(context, 'named', 'bind9')
  named ??= startNamed(path, { zones })
  return named
}

afterAll(async () => (await named)?.[Symbol.asyncDispose]())

let digPath = ''
const dig = async ({ host, port }: { host: string; port: number }, args: string) =>
  (await run(digPath, [`@${host}`, '-p', String(port), '+tries=1', '+timeout=3', '+nosplit', ...args.split(' ')]))
    .stdout

/** What dig shows without what is new each time. */
const lasting = (output: string) =>
  output
    .replace(/;; (Query time|WHEN|SERVER): .*/g, '')
    .replace(/id: \d+/, '')
    .replace(/COOKIE: \w{16}/, 'COOKIE: client')
    .replace(/^; <<>>.*$/gm, '')

/** The lines of a section as dig shows it, spaces aside. */
const section = (output: string, name: string) =>
  (new RegExp(`;; ${name} SECTION:\n([^]*?)\n\n`).exec(output)?.[1]?.split('\n') ?? []).map(line =>
    line.replace(/^;/, '').replace(/\s+/g, ' ').trim(),
  )

const lines = (value: TapeValue | undefined) => (typeof value === 'string' ? value.trimEnd().split('\n') : [])

group("dig's dialogues with named", () => {
  const queries = [
    'www.example.org A',
    'web.example.org AAAA +tcp',
    'example.org MX',
    'example.org SOA +norecurse',
    'example.org NS +noedns',
    'example.org CAA',
    'example.org ANY',
    'WeB.eXample.ORG A',
    '_sip._tcp.example.org SRV +dnssec',
    'a.wild.example.org TXT',
    'nothere.example.org A',
    'www.sub.example.org A',
    'unknown.example.org TYPE65280',
    'https.example.org HTTPS',
    'naptr.example.org NAPTR',
    'hinfo.example.org HINFO',
    '_443._tcp.example.org TLSA',
    'host.example.org SSHFP',
    'key.example.org DNSKEY',
    'big.example.org A',
    'big.example.org A +ignore +noedns',
    'low.example.org A +subnet=192.0.2.0/24 +nsid',
    'example.org AXFR',
    'example.com A',
    'example.org A +opcode=STATUS',
    'example.org A +edns=1 +noednsnegotiation',
    'version.bind CH TXT',
  ]

  test.for(queries)('dig %s is a tape in its words, and is told the same from it', async (args, context) => {
    digPath = await program(context, 'dig', 'bind9-dnsutils')
    const turns: Turn[] = []
    await using recorder = await record(await bind(context), turns)
    const live = await dig(recorder, args)
    const values = turns.map(({ value }) => value as TapeMapping)
    expect(values.filter(value => 'octets' in value)).toEqual([])

    const last = values.at(-1)!
    if (!args.includes('AXFR')) {
      expect(/status: (\w+)/.exec(live)?.[1]).toBe(last.rcode ?? 'NOERROR')
      expect(/;; flags: ([a-z ]*);/.exec(live)?.[1]).toBe(last.flags)
      const shown = section(live, 'QUESTION').map(line => line.replace(' IN ', ' '))
      expect(shown).toEqual(last.question === undefined ? [] : [last.question])
      expect(section(live, 'ANSWER').map(hexInLower)).toEqual(lines(last.answer))
      expect(section(live, 'AUTHORITY')).toEqual(lines(last.authority))
      expect(section(live, 'ADDITIONAL')).toEqual(lines(last.additional))
    }

    const again: Turn[] = []
    await using player = await replay(turns)
    await using checker = await record(player, again)
    expect(lasting(await dig(checker, args))).toBe(lasting(live))
    expect(again.map(({ from, value }) => form.steady!(from, value))).toEqual(
      turns.map(({ from, value }) => form.steady!(from, value)),
    )
  })
})

/** The digits of unknown data, which dig has in capitals and bind's tools take in both. */
function hexInLower(line: string): string {
  return line.replace(/\\# \d+ [0-9A-F]+$/, unknown => unknown.toLowerCase())
}
