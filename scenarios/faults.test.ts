import { readFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createNetwork, daytime, dns, http, imap, type Network, pop3, smtp, tcp, udp } from '../index.ts'
import type { Services } from '../net/service.ts'
import { recorded, replayed } from '../tape/in-tests.ts'
import { faultOfWorld } from '../worlds/faults.ts'
import echo from './fault-echo.ts'
import lines from './fault-lines.ts'
import {
  faultFor,
  hostAddress,
  hostName,
  outcomeOf,
  type Sample,
  type Subject,
  samples,
  subjects,
  type Where,
} from './fault-subjects.ts'

/** For a client that waits in vain, and for one that does not. */
const patience = { short: 150, busy: 3000, long: 10_000 }

const services = (): Services => ({
  daytime: daytime(),
  dns: dns({ zones: { example: 'www A 192.0.2.7' } }),
  http: http(() => ({
    status: 302,
    headers: [
      ['Location', 'http://b.example/'],
      ['Content-Length', '0'],
    ],
  })),
  imap: imap({ users: { ada: 'lovelace' } }),
  pop3: pop3({ users: { ada: 'lovelace' } }),
  smtp: smtp(),
  tcp: tcp(lines(), { port: 4000 }),
  udp: udp(echo(), { port: 4000 }),
})

const named: Where = { at: port => ({ host: hostName, port }), ca: undefined, timeoutMs: patience.long }

/** Each way to reach a network with the services, ready to be asked. */
const places: Record<string, (subject: Subject) => Promise<{ network: Network; where: Where }>> = {
  async intercept() {
    const network = await createNetwork()
    onTestFinished(() => network.close())
    await network.host(hostName, services(), { addresses: [hostAddress] })
    const inside = network.intercept()
    onTestFinished(() => inside[Symbol.dispose]())
    return { network, where: named }
  },
  async endpoint() {
    const network = await createNetwork()
    onTestFinished(() => network.close())
    // Clients of a plain endpoint hold the certificate against its address.
    await network.host(hostName, services(), { addresses: [hostAddress, '127.0.0.1'] })
    const places = network.services.flatMap(({ endpoints }) => endpoints)
    const at: Where['at'] = (port, transport) =>
      places.find(each => each.port === port && each.transport === transport)!.real
    return { network, where: { at, ca: network.authority.pem, timeoutMs: patience.long } }
  },
  async replay(subject) {
    const file = await recorded(services(), () => subject.ask(named))
    const { network } = await replayed(file)
    return { network, where: named }
  },
}

const run = JSON.parse(readFileSync(new URL('../fixtures/faults/run.json', import.meta.url), 'utf8')) as Record<
  string,
  Record<string, string>
>

/** What the client hears of each fault, by fault, protocol and place. */
const table = new Map<string, string>()
const key = (sample: Sample, subject: Subject, place: string) => `${sample.title} ${subject.name} ${place}`

const cells = samples.flatMap(sample =>
  subjects.filter(sample.fits).flatMap(subject => Object.keys(places).map(place => ({ sample, subject, place }))),
)

/** A table of Markdown as formatters lay it out; the first row has the titles. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`
  const [titles, ...others] = rows
  return [line(titles!), line(widths.map(width => '-'.repeat(width))), ...others.map(line)].join('\n')
}

// What the document says is gathered by the tests before.
describe('faults', { shuffle: false }, () => {
  describe('the client has its answer or its error, and the next one is served', () => {
    test.each(cells.map(cell => [cell.sample.title, cell.subject.name, cell.place, cell] as const))(
      '%s: %s, %s',
      async (_title, _name, _place, { sample, subject, place }) => {
        const { network, where } = await places[place]!(subject)
        const fault = network.fault(faultOfWorld(faultFor(sample, subject, sample.bySystem ? undefined : 1)))
        // Nobody tells a client of a plain endpoint that its datagrams are refused.
        const isLost = sample.name === 'refuse' && subject.transport === 'udp' && place === 'endpoint'
        const timeoutMs = sample.isSilent || isLost ? patience.short : patience.long
        let outcome = await outcomeOf(subject, { ...where, timeoutMs })
        // On a machine that is busy the client may have given up before it came to the fault.
        if (fault.hits === 0) outcome = await outcomeOf(subject, { ...where, timeoutMs: patience.busy })
        expect(fault.hits).toBeGreaterThan(0)
        expect(network.unreachedFaults).toEqual([])
        if (sample.bySystem) fault[Symbol.dispose]()
        expect(await outcomeOf(subject, where)).toBe('answered')
        table.set(key(sample, subject, place), sample.byChance ? 'by chance' : outcome)
      },
    )
  })

  test('docs/faults.md says so', async () => {
    const columns = [...Object.keys(places), 'run']
    const rows = samples.flatMap(sample =>
      subjects.filter(sample.fits).map(subject => {
        const outcomes = columns.map(place =>
          place === 'run'
            ? (run[sample.title]?.[subject.name] ?? 'not tried')
            : table.get(key(sample, subject, place))!,
        )
        return [`\`${sample.title}\``, subject.name, ...outcomes]
      }),
    )
    const text = `# Faults

\`\`\`ts
import { createNetwork, latency, reset, smtp } from 'backlot'

await using network = await createNetwork({ seed: 7 })
await network.host('mx.example.org', { mail: smtp() })
using cut = network.fault(reset({ to: 'mx.example.org:25', at: /^RCPT/, times: 1 })) // the first link, at its first RCPT
using slow = network.fault(latency({ to: 'mx.example.org', delayMs: 200, jitterMs: 50 }))
// … and at the end: how often they happened, and what never did
console.log(cut.hits, slow.hits, network.unreachedFaults)
\`\`\`

A fault is undone by \`using\`, comes also to links that are open unless it is about their opening (\`refuse\`, certificates), and follows the network's seed where it has chance. It acts on what a protocol says: under TLS on the decrypted octets. \`to\` is a name, an address, a range, \`host:port\`, a port or \`{ host, port, service }\`; \`transport\`, \`nth\` and \`times\` choose among the links that fit; \`from\` is the side that is meant, by default the server, at a message by its number the client, and at one by what it says both; \`afterBytes\` and \`at\` say when, \`at\` by a message's number or by what it says as \`backlot trace\` shows it. Of what is on its way when a fault comes to an open link, a mail of SMTP and the lines of a POP3 response are one message; the rest of a body of HTTP is none, up to a line that begins a head, nor is that of a literal of IMAP, up to the status of its command. The rest of a chunk of BDAT, and of a literal that a client of IMAP sends without waiting, is taken for commands. Delays take no time while the network's clock stands, unless \`time\` is \`'clock'\` or \`'real'\` ([why](decisions/delays-take-no-time.md)). \`firewall()\` has rules instead. What a server does wrong in its protocol is an option of its fake.

## Of the fakes

\`\`\`ts
import { dns, http, imap, pop3, smtp } from 'backlot'

smtp({ faults: [{ at: 'RCPT', nth: 2, reply: '451 4.3.0 later' }] })
imap({ faults: [{ at: 'FETCH', reply: 'NO [UNAVAILABLE] later' }] })
pop3({ faults: [{ at: 'RETR', times: 1, drop: 'reset' }] })
http(() => new Response('42'), { faults: [{ path: '/price', times: 3, reply: 503 }] })
dns({ faults: [{ name: 'www.example.org', reply: 'SERVFAIL' }] })
\`\`\`

They say which commands, requests or questions are meant, \`nth\` and \`times\` which of those over all connections, and what comes of it:

- \`reply\` is said instead of the answer: any reply of SMTP, POP3 or IMAP (there \`NO …\` with the tag of the command, \`* BYE …\` as it stands), a status or a whole reply of HTTP, a code of DNS, or there \`truncate\`, \`wrong id\`, \`wrong question\`, \`lame\`.
- \`raw\` is said instead: octets that need be nothing of the protocol.
- \`drop\` ends the link, by \`end\` or \`reset\`, without a word or after the others; \`silence\` says nothing.
- \`delay\` holds the answer back, on the network's clock. SMTP does what it has been told also where the client leaves in the meantime: a mail whose end has come is delivered. POP3 and IMAP do nothing then.
- SMTP has the moments of its commands, \`connect\` for the banner, \`content\` for a whole mail, and \`accepted\` for one that has been taken, whose sender is not to know. POP3 and IMAP have their commands and \`connect\` for the greeting, IMAP \`push\` for what is told during IDLE, and \`cut\` for a response that ends in the middle of its literal.
- HTTP has \`interim\` statuses before the answer, another \`contentLength\`, a body that is cut \`afterBytes\`, and a \`slow\` one in pieces.
- DNS has \`copies\`. Resolvers of the network know its zones without asking their servers: only who asks a server itself meets the faults of it.

A test adds one by \`using _fault = mx.fault({ … })\`, or changes the list \`mx.faults\`. \`network.unreachedFaults\` has those that never happened too.

## In worlds

A world has all of them for \`run\` and \`up\`:

\`\`\`yaml
faults:
  - reset: { to: mx.example.org, at: /^RCPT/ }
  - firewall: { otherwise: drop, rules: [{ action: allow, port: 53 }, { action: allow, to: mx.example.org }] }
hosts:
  mx.example.org:
    services:
      smtp: { faults: [{ at: RCPT, nth: 2, reply: 451 4.3.0 later }] }
\`\`\`

## Where they work

What a client hears of each fault, by protocol and by where it is: under \`network.intercept()\`, at a service's plain \`endpoint\` on loopback, with a tape's player instead of the fake (\`replay\`), and as a program in \`backlot run\` with the fault in its world. Every cell is tried by \`scenarios/faults.test.ts\` and \`scenarios/faults.interop.test.ts\`, which write this file; after each the next client is served.

The clients are those of this package: \`answered\` means that they had what they asked for, other words are the code or name of their error. \`TIMED_OUT\` is the client's own patience. What \`corrupt\` does is chance.

At a plain endpoint the system has accepted a connection before it can be refused or lost: it is reset, or silent. Its UDP port takes every datagram.

${aligned([['fault', 'protocol', ...columns], ...rows])}
`
    await expect(text).toMatchFileSnapshot('../docs/faults.md')
  })
})
