// What a network serves and where on this machine, as a table for people or as an object for programs.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatEndpoint } from '../net/address.ts'
import type { Network } from '../net/network.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { paint, print } from './terminal.ts'

/** One service at one address and port, as `--json` lists it. */
export interface ServedPort {
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
export interface ServedReport {
  /** From the start of the process until every port was open. */
  ready_ms: number
  /** A PEM file with the authority that signs the world's certificates; gone when the world ends. */
  ca: string
  services: ServedPort[]
}

/** What a network serves, in the order of its hosts. */
export function listServices(network: Network): ServedPort[] {
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

function table(services: readonly ServedPort[]): string {
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

/** Says where everything is, and puts the authority into a file that is gone when this process ends. */
export function announce(network: Network, json: boolean): void {
  const folder = temporaryFolder('backlot-')
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, network.authority.pem)
  const services = listServices(network)
  const ready_ms = Math.round(performance.now() * 10) / 10
  if (json) print(JSON.stringify({ ready_ms, ca, services } satisfies ServedReport))
  else {
    print(table(services))
    print(`\n${services.length} ports, ready in ${ready_ms} ms. Authority: ${ca}. Ctrl-C ends it.`)
  }
}

/** Settles when the process is told to end, with the signal for that. Told once more by a signal, it ends at once. */
export function endAsked(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let asked = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(1)
        asked = true
        resolve(signal)
      })
    }
    // bin/backlot.js, where it had to look for another Node, tells of its signals and of its end by IPC. A terminal
    // sends the same signal here as well, so that being told ends nothing at once.
    if (process.env.BACKLOT_STARTER === String(process.ppid) && process.channel !== undefined) {
      process.on('message', ({ signal }: { signal: NodeJS.Signals }) => {
        if (signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGHUP') resolve(signal)
      })
      process.on('disconnect', () => resolve('SIGHUP'))
      process.channel.unref()
    }
  })
}
