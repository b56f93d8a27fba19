// For the tests beside this file: a DNS fake without sockets, and what it answers as a person reads it.

import type { Host } from '../../net/host.ts'
import type { Network } from '../../net/network.ts'
import { type DnsMessage, decodeDnsMessage, dnsQuery, encodeDnsMessage } from '../../wire/dns/message.ts'
import type { RecordType } from '../../wire/dns/record.ts'
import { describe } from '../../wire/dns.ts'
import type { DnsOptions } from '../dns.ts'
import { DnsServer } from './server.ts'

export const link = {
  transport: 'udp' as const,
  client: { address: '10.0.2.15', port: 1025 },
  seenAs: '77.233.155.107',
}

export function serve(network: Network, options: DnsOptions): DnsServer {
  const name = 'ns1.example.org'
  const host: Host = { name, names: [name], addresses: ['192.0.2.1'], alsoAt: [] }
  return new DnsServer(options, { network, host, clock: network.clock, random: network.random('dns') })
}

export function send(server: DnsServer, query: DnsMessage, transport: 'udp' | 'tcp' = 'udp'): DnsMessage | undefined {
  const answer = server.answer(encodeDnsMessage(query), { ...link, transport })
  return answer === undefined ? undefined : decodeDnsMessage(answer.octets)
}

/** The answer to a question such as `www.example.org A`, as a person reads it, without the first word and the id. */
export function ask(server: DnsServer, question: string, options: Partial<DnsMessage> = {}): string[] {
  const [name, type] = question.split(' ') as [string, RecordType]
  const answer = send(server, dnsQuery({ name, type }, options))
  if (answer === undefined) return ['nothing']
  const lines = describe(answer).replace('answer 0 ', '').split('\n')
  return lines.map(line => line.trim())
}

export const zone = `
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
export const servers: readonly [string, string] = [
  'authority example.org. 3600 IN NS ns1.example.org.',
  'additional ns1.example.org. 3600 IN A 192.0.2.1',
]
export const soa = 'authority example.org. 300 IN SOA ns1.example.org. host.example.org. 1 7200 900 1209600 300'
