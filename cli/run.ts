// backlot run: any program, unmodified, inside the network.

import type { Network } from '../net/network.ts'
import type { Placement } from '../net/placement.ts'
import { openWorld } from '../worlds/open.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { type InNetwork, type ProgramArguments, programOf, reportNetwork, runInNetwork } from './program.ts'
import { say } from './terminal.ts'

const help = `Runs a program inside the network: every name, address and service that it meets is the network's.

Usage: backlot run [OPTIONS] -- PROGRAM [ARGUMENTS]

Options:
  --world FILE   the network of this file instead of the default one
  --pcap FILE    writes what crosses the network to FILE (pcapng, with the secrets of TLS inside)
  --proxy        where namespaces cannot be had: proxy variables instead, for programs that heed them

The exit status is the program's own, 128 + n where signal n ended it, 127 or 126 where it cannot be found or
started, 2 for wrong usage or where the network cannot be made. See backlot doctor for what is needed.

Example:
  backlot run --pcap mail.pcapng -- swaks --to ada@gmail.com --server aspmx.l.google.com`

async function run(args: string[]): Promise<number> {
  return await runProgram(
    'run',
    parseArguments('run', args, { world: { type: 'string' }, pcap: { type: 'string' }, proxy: { type: 'boolean' } }),
  )
}

interface RunArguments extends ProgramArguments {
  values: { world?: string | undefined; pcap?: string | undefined; proxy?: boolean | undefined }
}

/** Runs the program after `--` for the command `name`. */
export async function runProgram(name: string, parsed: RunArguments, watch?: InNetwork['watch']): Promise<number> {
  const { world, pcap, proxy } = parsed.values
  const program = programOf(name, parsed)
  if (typeof program === 'number') return program
  const [command, ...args] = program
  if (proxy) return await (await import('./run-by-proxy.ts')).runByProxy(command, args, parsed.values)
  const open = (placement: Placement, onBug: (error: unknown) => void) =>
    openWorld({ ...(world === undefined ? {} : { file: world }), placement, clock: 'running', onBug })
  const { status, network, notes, bugs } = await runInNetwork(name, program, { open, pcap, watch })
  report(network, notes, bugs)
  return status
}

/** What somebody wants to know once the program is through. */
export function report(network: Network, notes: readonly string[], bugs: readonly unknown[]): void {
  for (const name of network.unknownNames) {
    say(`${name} was asked for and is not in the network; add it to the hosts of a world: ${name}: { services: { … } }`)
  }
  reportNetwork(notes, bugs)
}

export const command: Command = {
  name: 'run',
  summary: 'runs any program, unmodified, inside the network',
  help,
  run,
}
