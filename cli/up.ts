// backlot up: the world on free loopback ports of this machine, until it is told to end.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatEndpoint } from '../net/address.ts'
import type { Link } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import { openWorld } from '../worlds/open.ts'
import { expectNoMore, parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { paint, print, say } from './terminal.ts'

/** One service at one address and port, as `--json` lists it. */
export interface UpService {
  name: string
  protocol: string
  transport: 'tcp' | 'udp'
  /** In the world. */
  address: string
  port: number
  /** On this machine. */
  real_host: string
  real_port: number
  /** From the first octet on. */
  tls: boolean
}

/** The first line of stdout with `--json`. */
export interface UpReport {
  /** From the start of the process until every port was open. */
  ready_ms: number
  /** A PEM file with the authority that signs the world's certificates; gone when the world ends. */
  ca: string
  services: UpService[]
}

const help = `Brings the world up on free ports of 127.0.0.1 until Ctrl-C.

Usage: backlot up [--world FILE] [--json] [--pcap FILE]

  --world FILE  the world: YAML, or TypeScript or JavaScript with a default export (default: the default world)
  --json        one object on the first line of stdout: when it was ready, the authority's file, and the services
  --pcap FILE   what crosses, as a file for Wireshark

A program of this machine reaches a service at its real port; the names of the world are not known outside of it. To have a
program live in the world, with its names and ports, use backlot run.

Example:
  backlot up --json | head -1`

/** What a network serves, in the order of its hosts. */
export function listServices(network: Network): UpService[] {
  const order = new Map(network.hosts.map((host, index) => [host, index]))
  return [...network.services]
    .sort((a, b) => order.get(a.host)! - order.get(b.host)!)
    .flatMap(({ host, protocol, endpoints }) =>
      endpoints.map(({ transport, address, port, real, tls }) => ({
        name: host.name,
        protocol,
        transport,
        address,
        port,
        real_host: real.host,
        real_port: real.port,
        tls,
      })),
    )
}

function table(services: readonly UpService[]): string {
  const rows = services.map(({ name, protocol, transport, address, port, real_host, real_port, tls }) => [
    name,
    `${protocol}${transport === 'udp' ? ' over UDP' : tls ? ' over TLS' : ''}`,
    formatEndpoint({ address, port }),
    formatEndpoint({ address: real_host, port: real_port }),
  ])
  const titles = ['NAME', 'SERVICE', 'IN THE WORLD', 'ON THIS MACHINE']
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()
  return [paint('bold', line(titles)), ...rows.map(line)].join('\n')
}

function reportBug(error: unknown, link?: Link): void {
  const where = link === undefined ? '' : ` in ${link.protocol} of ${link.host}`
  say(`a bug${where}, the world goes on: ${error instanceof Error ? error.stack : String(error)}`)
}

/** Settles when the process is told to end. Told once more by a signal, it ends at once. */
function endAsked(): Promise<void> {
  return new Promise(resolve => {
    let asked = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(1)
        asked = true
        resolve()
      })
    }
    // bin/backlot.js, where it had to look for another Node, tells of its signals and of its end by IPC. A terminal
    // sends the same signal here as well, so that being told ends nothing at once.
    if (process.env.BACKLOT_STARTER === String(process.ppid) && process.channel !== undefined) {
      process.on('message', ({ signal }: { signal: NodeJS.Signals }) => {
        if (signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGHUP') resolve()
      })
      process.on('disconnect', () => resolve())
      process.channel.unref()
    }
  })
}

async function run(args: string[]): Promise<number> {
  const parsed = parseArguments('up', args, {
    world: { type: 'string' },
    json: { type: 'boolean' },
    pcap: { type: 'string' },
  })
  expectNoMore('up', parsed)
  const ended = endAsked()
  process.on('uncaughtException', error => reportBug(error))
  const { world: file, json = false, pcap } = parsed.values
  await using network = await openWorld({ clock: 'running', onBug: reportBug, ...(file === undefined ? {} : { file }) })
  const capture =
    pcap === undefined ? undefined : await (await import('../capture/pcapng.ts')).capturePcapng(network, { file: pcap })
  const folder = temporaryFolder('backlot-')
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, network.authority.pem)
  const services = listServices(network)
  const ready_ms = Math.round(performance.now() * 10) / 10
  if (json) print(JSON.stringify({ ready_ms, ca, services } satisfies UpReport))
  else {
    print(table(services))
    print(`\n${services.length} ports, ready in ${ready_ms} ms. Authority: ${ca}. Ctrl-C ends it.`)
  }
  await ended
  if (capture !== undefined) {
    await capture.close()
    say(`${capture.packets} packets in ${pcap}`)
  }
  return 0
}

export const command: Command = { name: 'up', summary: 'brings the world up on loopback ports', help, run }
