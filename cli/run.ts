// backlot run: any program, unmodified, inside the network.

import { openWorld } from '../worlds/open.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { programOf, runInNetwork, type Watch } from './in-network.ts'

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

interface RunArguments {
  values: { world?: string | undefined; pcap?: string | undefined; proxy?: boolean | undefined }
  positionals: readonly string[]
  rest: string[] | undefined
}

/** Runs the program after `--` in a world, for the command `name`. */
export async function runProgram(name: string, parsed: RunArguments, watch?: Watch): Promise<number> {
  const program = programOf(name, parsed)
  const { world, pcap, proxy } = parsed.values
  if (proxy) return await (await import('./run-by-proxy.ts')).runByProxy(program, parsed.values)
  return await runInNetwork(name, program, {
    open: (placement, onBug) =>
      openWorld({ ...(world === undefined ? {} : { file: world }), placement, clock: 'running', onBug }),
    pcap,
    watch,
    elsewhere: 'use backlot run --proxy for programs that heed proxy variables',
  })
}

export const command: Command = {
  name: 'run',
  summary: 'runs any program, unmodified, inside the network',
  help,
  run,
}
