// backlot up: the world on free loopback ports of this machine, until it is told to end.

import type { Link } from '../net/link.ts'
import { openWorld } from '../worlds/open.ts'
import { expectNoMore, parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { announce, endAsked } from './served.ts'
import { say } from './terminal.ts'

const help = `Brings the world up on free ports of 127.0.0.1 until Ctrl-C.

Usage: backlot up [--world FILE] [--json] [--pcap FILE]

  --world FILE  the world: YAML, or TypeScript or JavaScript with a default export (default: the default world)
  --json        one object on the first line of stdout: when it was ready, the authority's file, and the services
  --pcap FILE   what crosses, as a file for Wireshark

A program of this machine reaches a service at its real port; the names of the world are not known outside of it. To have a
program live in the world, with its names and ports, use backlot run.

Example:
  backlot up --json | head -1`

function reportBug(error: unknown, link?: Link): void {
  const where = link === undefined ? '' : ` in ${link.protocol} of ${link.host}`
  say(`a bug${where}, the world goes on: ${error instanceof Error ? error.stack : String(error)}`)
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
  announce(network, json)
  await ended
  for (const fault of network.unreachedFaults) say(fault)
  if (capture !== undefined) {
    await capture.close()
    say(`${capture.packets} packets in ${pcap}`)
  }
  return 0
}

export const command: Command = { name: 'up', summary: 'brings the world up on loopback ports', help, run }
