// backlot trace: a program inside the network, with its conversations on stderr as they happen.

import { traceLinks } from '../capture/trace.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { runProgram } from './run.ts'
import { show, wantsColors } from './terminal.ts'

const help = `Runs a program inside the network and writes to stderr what it and its services say to each other, decrypted.

Usage: backlot trace [OPTIONS] -- PROGRAM [ARGUMENTS]

Options:
  --world FILE   the network of this file instead of the default one
  --filter F     only links that F lets through, such as 'tcp port 25 or host ftp.kernel.org' (as in pcap-filter(7):
                 host, net, port, portrange, src, dst, tcp, udp, ip, ip6, and, or, not, parentheses)
  --pcap FILE    writes what crosses the network to FILE (pcapng, with the secrets of TLS inside)

The exit status is as for backlot run.

Example:
  backlot trace --filter 'not port 53' -- curl -s https://www.python.org/`

async function run(args: string[]): Promise<number> {
  const parsed = parseArguments('trace', args, {
    world: { type: 'string' },
    filter: { type: 'string' },
    pcap: { type: 'string' },
  })
  const { filter } = parsed.values
  return await runProgram('trace', parsed, network =>
    traceLinks(network, { write: show, colors: wantsColors(2), ...(filter === undefined ? {} : { filter }) }),
  )
}

export const command: Command = {
  name: 'trace',
  summary: 'runs a program as run does and shows its conversations as they happen',
  help,
  run,
}
