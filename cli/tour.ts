// backlot tour: brings the default world up in this process, calls on what it serves through our own clients, and shows
// what came. Nothing outside of this process is touched.

import { rmSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { capturePcapng } from '../capture/pcapng.ts'
import { lookUp, lookUpAddress } from '../clients/dns.ts'
import { request } from '../clients/http.ts'
import { connectSmtp, SmtpReplyError } from '../clients/smtp.ts'
import { connectTcp } from '../clients/tcp.ts'
import { askUdp } from '../clients/udp.ts'
import { formatEndpoint } from '../net/address.ts'
import type { Network } from '../net/network.ts'
import { openWorld } from '../worlds/open.ts'
import { expectNoMore, parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { endAsked } from './served.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { paint, print } from './terminal.ts'

const help = `Brings the default world up in one process, calls on its services, and shows what came.

Usage: backlot tour [--pcap FILE]

  --pcap FILE  where the packets go (default: a new folder for temporary files)

Ends by itself: with 0, or with 1 if something was not as it should be. No network outside is touched.

Example:
  backlot tour --pcap tour.pcapng`

/** One call: who was asked what, and what came. It throws where that is not what should have come. */
interface Stop {
  readonly service: string
  readonly asked: string
  visit(network: Network): Promise<string>
}

function expect(holds: boolean, expected: string, got: unknown): void {
  if (!holds) throw new Error(`expected ${expected}, got ${JSON.stringify(got)}`)
}

/** The world's resolver on this machine: Node's resolver goes past what routes this process into a network. */
function resolver(network: Network): { servers: string[] } {
  const service = network.services.find(({ protocol, host }) => {
    return protocol === 'dns' && host.addresses.includes(network.client.resolver)
  })
  const { host, port } = service!.endpoints[0]!.real
  return { servers: [formatEndpoint({ address: host, port })] }
}

const mail = { from: 'ada@gmail.com', to: 'faruq@gmail.com', subject: 'From the yard', text: 'The gate is open.\n' }

const stops: readonly Stop[] = [
  {
    service: 'dns',
    asked: 'pypi.python.org',
    async visit(network) {
      const [alias] = await lookUp('pypi.python.org', 'CNAME', resolver(network))
      const [address] = await lookUp('pypi.python.org', 'A', resolver(network))
      const found = [alias?.type === 'CNAME' && alias.target, address?.type === 'A' && address.address]
      expect(found.join() === 'python.map.fastly.net,185.31.19.223', 'an alias and an address', found)
      return found.join(', ')
    },
  },
  {
    service: 'dns',
    asked: 'who takes mail for gmail.com',
    async visit(network) {
      const found = await lookUp('gmail.com', 'MX', resolver(network))
      const best = found
        .flatMap(record => (record.type === 'MX' ? record : []))
        .sort((a, b) => a.preference - b.preference)[0]
      expect(found.length === 5 && best?.exchange === 'aspmx.l.google.com', 'five exchangers', found)
      return `${best!.exchange} before ${found.length - 1} others`
    },
  },
  {
    service: 'dns',
    asked: 'who is 107.170.40.56',
    async visit(network) {
      const names = await lookUpAddress('107.170.40.56', resolver(network))
      expect(names.join() === 'www.linux.org', 'www.linux.org', names)
      return names.join()
    },
  },
  {
    service: 'http',
    asked: 'http://www.ietf.org/rfc/rfc2324.txt',
    async visit() {
      await using page = await request('http://www.ietf.org/rfc/rfc2324.txt')
      const text = await page.text()
      expect(page.status === 200 && text.length === 19610, '19610 octets', text.length)
      return `${page.status}, ${text.length} octets of ${page.header('content-type')}`
    },
  },
  {
    service: 'http',
    asked: 'http://www.debian.org/ in Swedish',
    async visit() {
      await using page = await request('http://www.debian.org/', { headers: { 'Accept-Language': 'sv' } })
      const text = await page.text()
      expect(text.includes('<html lang="sv">'), 'a page in Swedish', text.slice(0, 200))
      return `${page.header('content-language')}, ${page.header('content-encoding') ?? 'not compressed'}`
    },
  },
  {
    service: 'https',
    asked: 'http://www.gmail.com/',
    async visit() {
      await using page = await request('http://www.gmail.com/')
      const { host } = new URL(page.url)
      expect(host === 'accounts.google.com', 'accounts.google.com', page.url)
      return `${page.history.length} redirects to ${host}, its certificate trusted`
    },
  },
  {
    service: 'http',
    asked: 'http://ipv6.example.org/index.html',
    async visit(network) {
      await using page = await request('http://ipv6.example.org/index.html')
      expect(page.status === 200, 'a page', page.status)
      return `${page.status}, from ${network.lookup('ipv6.example.org').join()}`
    },
  },
  {
    service: 'smtp',
    asked: 'smtp.gmail.com:587, to send a mail as ada',
    async visit(network) {
      const auth = { user: 'ada', password: 'lovelace' }
      await using client = await connectSmtp({ host: 'smtp.gmail.com', port: 587, tls: 'required', auth })
      const { reply } = await client.send(mail)
      const service = network.services.find(({ host }) => host.name === 'smtp.gmail.com')
      const { mailbox } = (await service!.state()) as unknown as {
        mailbox(user: string): { messages: readonly { subject?: string }[] }
      }
      const subject = mailbox('faruq').messages.at(-1)?.subject
      expect(subject === mail.subject, 'the mail in faruq’s mailbox', subject)
      return `${reply.code}, and faruq has “${subject}”`
    },
  },
  {
    service: 'smtp',
    asked: 'the same with a wrong password',
    async visit() {
      const auth = { user: 'ada', password: 'byron' }
      try {
        await using _client = await connectSmtp({ host: 'smtp.gmail.com', port: 465, auth })
      } catch (error) {
        if (error instanceof SmtpReplyError && error.reply.code === 535) return `${error.reply.code}, refused`
        throw error
      }
      throw new Error('expected a refusal, got none')
    },
  },
  {
    service: 'tcp',
    asked: 'tincan.localdomain.loc:12345, what time it is',
    async visit() {
      await using client = await connectTcp({ host: 'tincan.localdomain.loc', port: 12345 })
      await client.write('please')
      const said = (await client.read())?.toString() ?? ''
      expect(said === 'Sun Mar 15 12:09:16 2015', 'the time of the world', said)
      return said
    },
  },
  {
    service: 'udp',
    asked: 'tincan.localdomain.loc:12345',
    async visit() {
      const said = (await askUdp({ host: 'tincan.localdomain.loc', port: 12345, message: 'hello' })).toString()
      expect(said === 'UDP server sending data', 'UDP server sending data', said)
      return said
    },
  },
  {
    service: 'tcp',
    asked: 'www.example.com:80, which is not in the world',
    async visit(network) {
      try {
        await using _client = await connectTcp({ host: 'www.example.com', port: 80 })
      } catch (error) {
        expect(network.unknownNames.includes('www.example.com'), 'the name to be noted', network.unknownNames)
        return `refused: ${(error as Error).name}`
      }
      throw new Error('expected a refusal, got a connection')
    },
  },
]

/** A folder that is gone with this process, however that ends, unless `keep` was called before. */
function folderToKeep(): { folder: string; keep(): void } {
  const folder = temporaryFolder('backlot-tour-')
  let isKept = false
  process.on('exit', () => {
    if (!isKept) rmSync(folder, { recursive: true, force: true })
  })
  void endAsked().then(signal => process.exit(128 + constants.signals[signal]))
  return { folder, keep: () => void (isKept = true) }
}

async function run(args: string[]): Promise<number> {
  const parsed = parseArguments('tour', args, { pcap: { type: 'string' } })
  expectNoMore('tour', parsed)
  const own = parsed.values.pcap === undefined ? folderToKeep() : undefined
  const file = parsed.values.pcap ?? join(own!.folder, 'tour.pcapng')
  const bugs: unknown[] = []
  await using network = await openWorld({ onBug: error => bugs.push(error) })
  const time = network.clock.date().toISOString().slice(0, 19).replace('T', ' ')
  print(`${network.hosts.length} hosts with ${network.services.length} services are up. There it is ${time} UTC.\n`)
  const capture = await capturePcapng(network, { file })
  let failed = 0
  {
    using _inside = network.intercept()
    for (const { service, asked, visit } of stops) {
      try {
        const came = await visit(network)
        print(`${paint('green', '✓')} ${service.padEnd(5)} ${asked}\n        ${paint('dim', came)}`)
      } catch (error) {
        failed++
        print(`${paint('red', '✗')} ${service.padEnd(5)} ${asked}\n        ${(error as Error).message}`)
      }
    }
  }
  for (const bug of bugs) print(`${paint('red', '✗')} a bug: ${bug instanceof Error ? bug.stack : String(bug)}`)
  await capture.close()
  own?.keep()
  print(`
${capture.packets} packets are in ${file}, with what decrypts them: wireshark ${file}

Next:
  npx backlot run -- curl https://www.python.org/   any program, in this world
  npx backlot up                                    this world, on ports of this machine
  npx backlot --help                                everything else`)
  return failed === 0 && bugs.length === 0 ? 0 : 1
}

export const command: Command = { name: 'tour', summary: 'shows the default world at work', help, run }
