// A program inside a network of its command's making: arguments, signals, capture, exit status and what is said at the end.

import { isIP } from 'node:net'
import { constants } from 'node:os'
import { UsageError } from '../net/errors.ts'
import { NamespacePlacement } from '../net/namespace/placement.ts'
import { SignalRelay } from '../net/namespace/signals.ts'
import type { Network } from '../net/network.ts'
import type { Placement } from '../net/placement.ts'
import { leave, progress, say } from './terminal.ts'
import { findProgram } from './which.ts'

export interface Program {
  readonly command: string
  readonly args: readonly string[]
}

/** What looks at the network while the program runs, until it is disposed. */
export type Watch = (network: Network) => Disposable

/** How it went, once the program has ended and its network is closed. */
export interface Outcome {
  /** The program's own, or 128 + n where signal n ended it. */
  readonly status: number
  readonly network: Network
  /** What the network could not have, and what that costs. */
  readonly notes: readonly string[]
  /** What the program sent to ports that nobody listens on, as far as that is known. */
  readonly refused: number
  /** What code of fakes or worlds threw outside of any answer. */
  readonly bugs: readonly unknown[]
}

export interface InNetwork {
  /** Makes the network; it is closed when the program has ended. */
  open(placement: Placement, onBug: (error: unknown) => void): Promise<Network>
  /** A file for a capture. */
  readonly pcap?: string | undefined
  readonly watch?: Watch | undefined
  /** Says what there is to say, and gives the exit status. Default: {@link report}, and the program's own. */
  after?(outcome: Outcome): number | Promise<number>
  /** What to do on systems other than Linux, for the message. */
  readonly elsewhere?: string
}

/** Turns of the event loop: a link under TLS needs about four to end, and ten take no time. */
const lastTurns = 10

/**
 * The program after `--`.
 *
 * @throws {UsageError} where there is none, or something before it.
 */
export function programOf(
  name: string,
  { positionals, rest }: { readonly positionals: readonly string[]; readonly rest: readonly string[] | undefined },
): Program {
  const [command, ...args] = rest ?? []
  if (positionals[0] !== undefined) {
    throw new UsageError(
      `${name}: expected -- before the program, got ${positionals[0]}; write backlot ${name} -- PROGRAM`,
    )
  }
  if (command === undefined) {
    throw new UsageError(`${name}: expected a program after --, got none; see backlot ${name} --help`)
  }
  return { command, args }
}

/** Says why a program cannot be started, and gives the status for it; undefined where it can. */
export function sayIfMissing(command: string): number | undefined {
  const missing = findProgram(command, process.env.PATH)
  if (missing !== undefined) say(missing.reason)
  return missing?.status
}

/**
 * Runs a program in a network for the command `name`, and gives the exit status.
 *
 * @throws {UsageError} on another system than Linux.
 * @throws {NetworkError} where the namespaces cannot be made.
 */
export async function runInNetwork(name: string, program: Program, options: InNetwork): Promise<number> {
  const missing = sayIfMissing(program.command)
  if (missing !== undefined) return missing
  if (process.platform !== 'linux') {
    const elsewhere = options.elsewhere === undefined ? '' : `; ${options.elsewhere}`
    throw new UsageError(`${name}: expected Linux, got ${process.platform}${elsewhere}`)
  }
  const placement = new NamespacePlacement()
  relaySignals(placement)
  try {
    const outcome = await runInside(placement, program, options)
    if (options.after !== undefined) return await options.after(outcome)
    report(outcome)
    return outcome.status
  } finally {
    await placement.close()
  }
}

async function runInside(
  placement: NamespacePlacement,
  { command, args }: Program,
  { open, pcap, watch }: InNetwork,
): Promise<Outcome> {
  const bugs: unknown[] = []
  // What code of a world throws outside of any answer must not take the program's network away.
  process.on('uncaughtException', error => bugs.push(error))
  const opening = progress('opening the network …')
  const network = await open(placement, error => bugs.push(error))
  const capture = pcap === undefined ? undefined : await startCapture(network, pcap)
  using _watched = watch?.(network)
  opening.done()
  const { code, signal, refused } = await placement.run(command, args, process.env, await shownCertificates(network))
  // What the program said last may have come in together with its end, and its links end by turns of both sides.
  for (let turn = 0; turn < lastTurns; turn++) await new Promise(resolve => setImmediate(resolve))
  await capture?.[Symbol.asyncDispose]()
  await network.close()
  const status = signal === null ? (code ?? 1) : 128 + constants.signals[signal]
  return { status, network, notes: placement.notes, refused, bugs }
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

/**
 * What somebody wants to know once the program is through; `missing` says what to do about a name that was asked for, or
 * nothing.
 */
export function report(
  { network, notes, bugs }: Omit<Outcome, 'status' | 'refused'>,
  missing: (name: string) => string | undefined = addToWorld,
): void {
  for (const note of notes) say(`note: ${note}`)
  for (const name of network.unknownNames) {
    const text = missing(name)
    if (text !== undefined) say(text)
  }
  for (const fault of network.unreachedFaults) say(fault)
  for (const bug of bugs) say(`a bug in a fake: ${bug instanceof Error ? bug.stack : String(bug)}`)
}

function addToWorld(name: string): string {
  return `${name} was asked for and is not in the network; add it to the hosts of a world: ${name}: { services: { … } }`
}

/** Where the program runs that is told of signals; undefined before the first. */
let placed: NamespacePlacement | undefined

/** Hands on what this process is sent, by the system or by the process that started it. */
function relaySignals(placement: NamespacePlacement): void {
  const isFirst = placed === undefined
  placed = placement
  if (!isFirst) return
  const relay = new SignalRelay(signal => placed!.signal(signal))
  // bin/backlot.js, where it had to look for another Node, tells of its signals and of its end by IPC.
  const started = process.env.BACKLOT_STARTER === String(process.ppid) && process.connected
  delete process.env.BACKLOT_STARTER
  if (!started) return
  process.on('message', ({ signal }: { signal: NodeJS.Signals }) =>
    relay.told(signal, (_signal, own) => own || placed!.signal(signal)),
  )
  process.on('disconnect', () => leave(128 + constants.signals.SIGKILL))
  process.channel!.unref()
}
