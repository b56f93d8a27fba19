import { expect, onTestFinished, test } from 'vitest'
import { query } from '../clients/dns.ts'
import { createNetwork, dns } from '../index.ts'
import type { ServiceDescription } from '../net/service.ts'
import { encodeDnsMessage } from '../wire/dns/message.ts'
import type { DnsRecord } from '../wire/dns/record.ts'
import { printZone } from '../wire/dns/zone-file.ts'
import { loadForms } from './forms.ts'
import { tapeOf } from './in-tests.ts'
import { askingFirst } from './names.ts'
import { Replay } from './replay.ts'
import { ReplayNames } from './replay-names.ts'

const forms = await loadForms()

const many = Array.from({ length: 100 }, (_, at): DnsRecord => {
  return { name: 'many.example', ttl: 60, type: 'TXT', texts: [`text ${at}`] }
})

/** The network's name server under a name of its own, so that it can be asked from here. */
async function hosted(names: (network: Awaited<ReturnType<typeof createNetwork>>) => ServiceDescription) {
  const network = await createNetwork()
  onTestFinished(() => network.close())
  const { names: server } = await network.host('ns.example', { names: names(network) })
  const { host, port } = server.endpoint
  return { network, at: { servers: [`${host}:${port}`], tries: 1 } }
}

/** What a client takes by UDP, by UDP with EDNS, and by TCP. */
async function lengths(at: { servers: string[] }): Promise<[string, number, boolean][]> {
  const ways = { plain: { edns: false }, edns: { edns: { udpBytes: 1232 } }, tcp: { transport: 'tcp' } } as const
  const found: [string, number, boolean][] = []
  for (const [way, options] of Object.entries(ways)) {
    const { answers, truncated } = await query('many.example', 'TXT', { ...at, ...options })
    found.push([way, answers.length, truncated])
  }
  return found
}

test('a long answer from outside is cut for datagrams, and whole over TCP', async () => {
  const transports: string[] = []
  const { at } = await hosted(() =>
    askingFirst(dns(), () => ({ message, link }) => {
      transports.push(link.transport)
      return encodeDnsMessage({ ...message, response: true, answers: many })
    }),
  )
  expect(await lengths(at)).toEqual([
    ['plain', 100, false],
    ['edns', 100, false],
    ['tcp', 100, false],
  ])
  // What was cut came by TCP.
  expect(transports).toEqual(['udp', 'tcp', 'udp', 'tcp', 'tcp'])
})

test('a long answer of a tape is cut for datagrams, and whole over TCP', async () => {
  const indented = printZone(many).replace(/^(?=.)/gm, '        ')
  const turns = `  - client:\n      question: many.example. TXT\n  - server:\n      flags: qr\n      question: many.example. TXT\n      answer: |\n${indented}`
  const { at } = await hosted(network => {
    const { resolver } = network.client
    const tape = tapeOf(`conversation: 1\nservice: dns/udp ${resolver}:53\nturns:\n${turns}`)
    const replay = new Replay([tape], forms)
    onTestFinished(() => replay[Symbol.dispose]())
    return new ReplayNames(replay, network).asking(dns())
  })
  expect(await lengths(at)).toEqual([
    ['plain', 100, false],
    ['edns', 100, false],
    ['tcp', 100, false],
  ])
})
