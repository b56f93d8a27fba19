// For tests: a world whose hosts come when somebody asks for their names, before the answer; each has a service on port 7.

import { type Network, tcp, udp } from '../index.ts'
import { decodeDnsMessage, encodeDnsMessage } from '../wire/dns/message.ts'
import type { DnsRecord } from '../wire/dns/record.ts'

/** The addresses of `KIND-NUMBER.example`. */
const addresses: Record<string, (number: number) => string[]> = {
  world: number => [`203.0.113.${number}`, `2001:db8::${number}`],
  hole: number => [`192.0.2.${number}`],
  loopback: number => [`127.0.1.${number}`],
  client: number => (number === 1 ? ['10.0.2.15', 'fd00:2::15'] : ['192.168.56.102']),
}

export default async function world(network: Network): Promise<void> {
  const hosts = new Map<string, Promise<string[]>>()
  const open = async (name: string): Promise<string[]> => {
    const [, kind, number] = /^(\w+)-(\d+)\.example\.?$/.exec(name.toLowerCase())!
    const own = addresses[kind!]!(Number(number))
    const answer = (message: Buffer) => `${name} heard ${message}`
    const services = { tcp: tcp({ answer }, { port: 7 }), udp: udp(answer, { port: 7 }) }
    await network.host(name, services, { addresses: own })
    return own
  }
  const server = udp(
    async octets => {
      const query = decodeDnsMessage(octets)
      const { name, type: asked } = query.questions[0]!
      const type = asked === 'AAAA' ? 'AAAA' : 'A'
      if (!hosts.has(name)) hosts.set(name, open(name))
      try {
        const found = (await hosts.get(name)!).filter(address => address.includes(':') === (type === 'AAAA'))
        const answers = found.map((address): DnsRecord => ({ name, type, ttl: 0, address }))
        return encodeDnsMessage({ ...query, response: true, answers, additionals: [] })
      } catch (error) {
        network.reportBug(error)
        return encodeDnsMessage({ ...query, response: true, rcode: 'REFUSED', additionals: [] })
      }
    },
    { port: 53 },
  )
  await network.host('resolver.example', { udp: server }, { addresses: [network.client.resolver] })
}
