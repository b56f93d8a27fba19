// A program in a network that is made for it: what run, record and replay have in common.

import { isIP } from 'node:net'
import { constants } from 'node:os'
import { UsageError } from '../net/errors.ts'
import { NamespacePlacement } from '../net/namespace/placement.ts'
import { SignalRelay } from '../net/namespace/signals.ts'
import type { Network } from '../net/network.ts'
import type { Placement } from '../net/placement.ts'
import { leave, progress, say } from './terminal.ts'
import { findProgram } from './which.ts'

export interface ProgramArguments {
  readonly positionals: readonly string[]
  readonly rest: string[] | undefined
}

/** What makes the network that a program is to live in. */
export type OpenNetwork = (placement: Placement, onBug: (error: unknown) => void) => Promise<Network>

export interface InNetwork {
  readonly open: OpenNetwork
  /** Where packets are captured. */
  readonly pcap?: string | undefined
  /** What looks at the network while the program runs. */
  readonly watch?: ((network: Network) => Disposable) | undefined
}

export interface ProgramEnd {
  /** As a shell has it: 128 + n where signal n ended it. */
  readonly status: number
  readonly network: Network
  /** What could not be had and what that costs. */
  readonly notes: readonly string[]
  /** Errors of fakes and of users' code. */
  readonly bugs: readonly unknown[]
}

/**
 * The program after `--`, or the exit status where there is none that could be started; why has been said.
 *
 * @throws {UsageError} where the arguments name none.
 */
export function programOf(name: string, { positionals, rest }: ProgramArguments): [string, ...string[]] | number {
  const [command, ...args] = rest ?? []
  if (positionals[0] !== undefined) {
    throw new UsageError(
      `${name}: expected -- before the program, got ${positionals[0]}; write backlot ${name} -- PROGRAM`,
    )
  }
  if (command === undefined) {
    throw new UsageError(`${name}: expected a program after --, got none; see backlot ${name} --help`)
  }
  const missing = findProgram(command, process.env.PATH)
  if (missing === undefined) return [command, ...args]
  say(missing.reason)
  return missing.status
}

/**
 * Runs a program in a network to its end, and closes the network.
 *
 * @throws {UsageError} where this is not Linux, or the network cannot be made.
 */
export async function runInNetwork(
  name: string,
  [command, ...args]: readonly [string, ...string[]],
  { open, pcap, watch }: InNetwork,
): Promise<ProgramEnd> {
  if (process.platform !== 'linux') {
    throw new UsageError(`${name}: expected Linux, got ${process.platform}; see backlot ${name} --help for other ways`)
  }
  const placement = new NamespacePlacement()
  relaySignals(placement)
  const bugs: unknown[] = []
  // What code of a world throws outside of any answer must not take the program's network away.
  process.on('uncaughtException', error => bugs.push(error))
  try {
    const opening = progress('opening the network …')
    const network = await open(placement, error => bugs.push(error))
    const capture = pcap === undefined ? undefined : await startCapture(network, pcap)
    using _watched = watch?.(network)
    opening.done()
    const { code, signal } = await placement.run(command, args, process.env, await shownCertificates(network))
    // What the program said last may have come in together with its end.
    await new Promise(resolve => setImmediate(resolve))
    await capture?.[Symbol.asyncDispose]()
    await network.close()
    const status = signal === null ? (code ?? 1) : 128 + constants.signals[signal]
    return { status, network, notes: placement.notes, bugs }
  } finally {
    await placement.close()
  }
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

/** What somebody wants to know of the network itself once the program is through. */
export function reportNetwork(notes: readonly string[], bugs: readonly unknown[]): void {
  for (const note of notes) say(`note: ${note}`)
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
