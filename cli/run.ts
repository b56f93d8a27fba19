// backlot run: any program, unmodified, inside the network.

import { isIP } from 'node:net'
import { constants } from 'node:os'
import { UsageError } from '../net/errors.ts'
import { NamespacePlacement } from '../net/namespace/placement.ts'
import { SignalRelay } from '../net/namespace/signals.ts'
import type { Network } from '../net/network.ts'
import { openWorld } from '../worlds/open.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { leave, progress, say } from './terminal.ts'
import { findProgram } from './which.ts'

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

/** What looks at the network while the program runs, until it is disposed. */
export type Watch = (network: Network) => Disposable

/** Runs the program after `--` for the command `name`. */
export async function runProgram(
  name: string,
  { values, positionals, rest }: RunArguments,
  watch?: Watch,
): Promise<number> {
  const [command, ...own] = rest ?? []
  if (positionals[0] !== undefined) {
    throw new UsageError(
      `${name}: expected -- before the program, got ${positionals[0]}; write backlot ${name} -- PROGRAM`,
    )
  }
  if (command === undefined) {
    throw new UsageError(`${name}: expected a program after --, got none; see backlot ${name} --help`)
  }
  const missing = findProgram(command, process.env.PATH)
  if (missing !== undefined) {
    say(missing.reason)
    return missing.status
  }
  if (values.proxy) return await (await import('./run-by-proxy.ts')).runByProxy(command, own, values)
  if (process.platform !== 'linux') {
    throw new UsageError(
      `run: expected Linux, got ${process.platform}; use --proxy for programs that heed proxy variables`,
    )
  }
  const placement = new NamespacePlacement()
  relaySignals(placement)
  try {
    return await runInside(placement, command, own, values, watch)
  } finally {
    await placement.close()
  }
}

async function runInside(
  placement: NamespacePlacement,
  command: string,
  args: readonly string[],
  { world, pcap }: { world?: string | undefined; pcap?: string | undefined },
  watch: Watch | undefined,
): Promise<number> {
  const bugs: unknown[] = []
  // What code of a world throws outside of any answer must not take the program's network away.
  process.on('uncaughtException', error => bugs.push(error))
  const opening = progress('opening the network …')
  const network = await openWorld({
    ...(world === undefined ? {} : { file: world }),
    placement,
    clock: 'running',
    onBug: error => bugs.push(error),
  })
  const capture = pcap === undefined ? undefined : await startCapture(network, pcap)
  using _watched = watch?.(network)
  opening.done()
  const { code, signal } = await placement.run(command, args, process.env, await shownCertificates(network))
  // What the program said last may have come in together with its end.
  await new Promise(resolve => setImmediate(resolve))
  await capture?.[Symbol.asyncDispose]()
  await network.close()
  report(network, placement.notes, bugs)
  return signal === null ? (code ?? 1) : 128 + constants.signals[signal]
}

/** What programs are shown of services' certificates, by variable. */
async function shownCertificates(network: Network): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const [variable, place] of Object.entries(network.client.certificates ?? {})) {
    const [, name, port] = /^\[?(.+?)\]?:(\d+)$/.exec(place) ?? []
    const address = name === undefined ? undefined : isIP(name) === 0 ? network.lookup(name)[0] : name
    const certificate = address && (await network.certificateAt({ address, port: Number(port) }))
    if (!certificate) throw new UsageError(`expected a service with TLS for ${variable} of the client, got ${place}`)
    files[variable] = certificate
  }
  return files
}

async function startCapture(network: Network, file: string): Promise<AsyncDisposable> {
  const { capturePcapng } = await import('../capture/pcapng.ts')
  return await capturePcapng(network, { file })
}

/** What somebody wants to know once the program is through. */
export function report(network: Network, notes: readonly string[], bugs: readonly unknown[]): void {
  for (const note of notes) say(`note: ${note}`)
  for (const name of network.unknownNames) {
    say(`${name} was asked for and is not in the network; add it to the hosts of a world: ${name}: { services: { … } }`)
  }
  for (const bug of bugs) say(`a bug in a fake: ${bug instanceof Error ? bug.stack : String(bug)}`)
}

/** Hands on what this process is sent, by the system or by the process that started it. */
function relaySignals(placement: NamespacePlacement): void {
  const relay = new SignalRelay(signal => placement.signal(signal))
  // bin/backlot.js, where it had to look for another Node, tells of its signals and of its end by IPC.
  const started = process.env.BACKLOT_STARTER === String(process.ppid) && process.connected
  delete process.env.BACKLOT_STARTER
  if (!started) return
  process.on('message', ({ signal }: { signal: NodeJS.Signals }) =>
    relay.told(signal, (_signal, own) => own || placement.signal(signal)),
  )
  process.on('disconnect', () => leave(128 + constants.signals.SIGKILL))
  process.channel!.unref()
}

export const command: Command = {
  name: 'run',
  summary: 'runs any program, unmodified, inside the network',
  help,
  run,
}
