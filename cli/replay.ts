// backlot replay: any program runs again without the servers that it was recorded with.

import { UsageError } from '../net/errors.ts'
import { Network } from '../net/network.ts'
import { loopback, type Placement } from '../net/placement.ts'
import { loadForms } from '../tape/forms.ts'
import type { RealHandOver } from '../tape/hand-over.ts'
import { describeMiss } from '../tape/miss.ts'
import { Replay } from '../tape/replay.ts'
import { ReplayNames } from '../tape/replay-names.ts'
import { expectNoOther, parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { type InNetwork, type Outcome, programOf, report as reportNetwork, runInNetwork } from './in-network.ts'
import type { OnMissValues } from './on-miss.ts'
import { announce, endAsked } from './served.ts'
import { quoted, secretsOf } from './tape-arguments.ts'
import { say } from './terminal.ts'

const help = `Runs a program against tapes of backlot record: the servers need not be there, and nothing else is reached.

Usage: backlot replay TAPE… [OPTIONS] -- PROGRAM [ARGUMENTS]

Options:
  --strict                  a request or conversation more often than it was recorded is a miss, and turns that were not
                            used count as one
  --speed real              wait where the server took its time (default: none, pauses are skipped)
  --secret NAME=VARIABLE    the value of the environment's VARIABLE stands for ‹secret:NAME› in what servers say, and is
                            hidden in what is recorded
  --on-miss WAY             what becomes of what no tape has:
                            fail         it is refused, and the replay has failed (default)
                            passthrough  the client goes on with the real server
                            record       the same, and what they say is added to the first tape that has the service, or
                                         to the first one; everything on the tape stays as it is
  --real, --real-ca, --real-insecure, --port
                            with --on-miss, which real servers there are and whom they are believed by, as for backlot
                            record; names without --real are looked up outside
  --pcap FILE               write what crosses to FILE (pcapng, with the secrets of TLS inside)
  --listen                  for programs that are started elsewhere: serve on free ports of 127.0.0.1 until Ctrl-C
  --json                    with --listen, one object on the first line of stdout, as backlot up --json
  --check-determinism       runs the program twice, so that its output appears twice, and shows where it said something
                            else the second time, as for backlot run

What the program asks that no tape has is a miss: it gets a refusal, and the nearest turns are shown at the end. What was
recorded several times is given in that order, the last again and again.

A connection that goes on with a real server does so from its miss to its end. Of a dialogue, such as SMTP, the server is
first told all that the client has said, in step with its answers; of single requests, such as HTTP's, it is told none that
the tape has answered. A server that cannot be reached, or answers otherwise than the tape so that a client cannot go on,
is a miss.

The exit status is the program's own; 1 if it ended with 0 and there was a miss, or with --check-determinism a difference; 2
for wrong usage or a tape that cannot be read.

Examples:
  backlot replay web.tape.yaml -- curl http://www.example.org/
  backlot replay web.tape.yaml --on-miss record -- curl http://www.example.org/new.html`

async function run(args: string[]): Promise<number> {
  const parsed = parseArguments('replay', args, {
    strict: { type: 'boolean' },
    speed: { type: 'string' },
    secret: { type: 'string', multiple: true },
    'on-miss': { type: 'string' },
    real: { type: 'string', multiple: true },
    'real-ca': { type: 'string', multiple: true },
    'real-insecure': { type: 'boolean' },
    port: { type: 'string', multiple: true },
    pcap: { type: 'string' },
    listen: { type: 'boolean' },
    json: { type: 'boolean' },
    'check-determinism': { type: 'boolean' },
  })
  const { values, positionals: files, rest } = parsed
  if (files.length === 0) throw new UsageError('replay: expected a tape, got none; see backlot replay --help')
  const { speed = 'none', strict = false } = values
  if (speed !== 'none' && speed !== 'real') throw new UsageError(`replay: expected --speed none or real, got ${speed}`)
  if (values.json && !values.listen) throw new UsageError('replay: expected --json with --listen, got it alone')
  if (values.listen && rest !== undefined) {
    throw new UsageError('replay: expected a program after -- or --listen, got both')
  }
  const onMiss = onMissOf(values)
  const checks = values['check-determinism'] ?? false
  if (checks) expectNoOther('replay', 'check-determinism', values, ['listen', 'pcap', 'on-miss'])
  const program = values.listen ? undefined : programOf('replay', { positionals: [], rest })
  const forms = await loadForms()
  const secrets = secretsOf('replay', values.secret)
  const open = () => new Replay(files, forms, { strict, speed, secrets })
  using replay = open()
  const handOver =
    onMiss === 'fail'
      ? undefined
      : (await import('./on-miss.ts')).handOverOf(onMiss, replay, values, { forms, secrets })
  for (const note of replay.notes) say(note)
  const first = new Playing(replay, { strict, clock: checks ? 'standing' : 'running', handOver })
  if (program === undefined) return await listen(first, values)
  const inNetwork = (playing: Playing): InNetwork => ({
    open: (placement, onBug) => playing.open(placement, onBug),
    pcap: values.pcap,
    elsewhere,
    after(outcome) {
      const { command, args: own } = program
      const isWhole = playing.report(`-- ${[command, ...own].map(quoted).join(' ')}`)
      if (outcome.refused > 0) say(refusedText(outcome.refused))
      reportBugs(outcome, playing)
      return outcome.status === 0 && (!isWhole || outcome.bugs.length > 0) ? 1 : outcome.status
    },
  })
  if (!checks) return await runInNetwork('replay', program, inNetwork(first))
  const { checkDeterminism } = await import('./determinism.ts')
  using again = open()
  const second = new Playing(again, { strict, clock: 'standing', handOver: undefined })
  return await checkDeterminism('replay', program, isFirst => {
    if (isFirst) return inNetwork(first)
    // What there is to say of it is how it differs.
    const after: InNetwork['after'] = ({ status, bugs }) =>
      status === 0 && (again.misses.count > 0 || bugs.length > 0) ? 1 : status
    return { ...inNetwork(second), after }
  })
}

const ways = ['fail', 'record', 'passthrough'] as const

function onMissOf(values: OnMissValues & { 'on-miss'?: string | undefined }): (typeof ways)[number] {
  const given = values['on-miss'] ?? 'fail'
  const way = ways.find(each => each === given)
  if (way === undefined) throw new UsageError(`replay: expected --on-miss ${ways.join(', ')}, got ${given}`)
  const needless = (['real', 'real-ca', 'real-insecure', 'port'] as const).find(name => values[name] !== undefined)
  if (way === 'fail' && needless !== undefined) {
    throw new UsageError(
      `replay: expected --on-miss record or passthrough with --${needless}, got none; nothing else dials`,
    )
  }
  return way
}

const elsewhere = 'use --listen, and point programs at the ports that it says'

/** As when it was recorded, maybe: so it is told, and is no miss. */
function refusedText(count: number): string {
  const what = count === 1 ? '1 connection was refused' : `${count} connections were refused`
  return `${what}: no tape has anything at the port that the program wanted`
}

interface PlayingOptions {
  readonly strict: boolean
  readonly clock: 'running' | 'standing'
  /** Makes what takes misses over. */
  readonly handOver: ((network: Network) => RealHandOver) | undefined
}

/** A replay in its network, and what there is to say of it. */
class Playing {
  readonly clock: 'running' | 'standing'
  readonly #replay: Replay
  readonly #strict: boolean
  readonly #makeHandOver: ((network: Network) => RealHandOver) | undefined
  #handOver: RealHandOver | undefined

  constructor(replay: Replay, { strict, clock, handOver }: PlayingOptions) {
    this.clock = clock
    this.#replay = replay
    this.#strict = strict
    this.#makeHandOver = handOver
  }

  async open(placement: Placement, onBug: (error: unknown) => void): Promise<Network> {
    const replay = this.#replay
    const network = new Network({ epoch: replay.epoch, clock: this.clock, onBug }, placement)
    try {
      this.#handOver = this.#makeHandOver?.(network)
      replay.handOver = this.#handOver
      const names = new ReplayNames(replay, network)
      await replay.place(network, service => names.takes(service))
      await this.#handOver?.begin()
      network.provideResolver(
        names.asking({ protocol: 'dns', load: async () => (await import('../fakes/dns.ts')).createDns() }),
      )
      await network.resolver()
      return network
    } catch (error) {
      await network.close()
      throw error
    }
  }

  /** What to say of a name that was asked for and is not there: names that a tape does not have are misses. */
  missing(name: string): string | undefined {
    if (this.#handOver === undefined || this.#replay.absentNames.has(name)) return undefined
    return `${name} was asked for and is neither on a tape, in --real nor known outside`
  }

  /** Says what was missed and what was not used. False where that counts as a failure. */
  report(again: string): boolean {
    const replay = this.#replay
    const { misses } = replay
    for (const miss of misses.list) for (const line of describeMiss(miss)) say(line)
    if (misses.count > misses.list.length) say(`… and ${misses.count - misses.list.length} misses more`)
    if (misses.count > 0) {
      const tape = replay.tapes.map(({ path }) => quoted(path)).join(' ')
      say(
        `to record it again: backlot record -o ${tape} ${replay.realOptions.map(each => `${each} `).join('')}${again}`,
      )
    }
    const { count, first } = replay.unused()
    if (count > 0) {
      say(`${count} of the client's turns on the tape ${count === 1 ? 'was' : 'were'} not used, the first at ${first}`)
    }
    const { lines = [], isWhole = true } = this.#handOver?.finish() ?? {}
    for (const line of lines) say(line)
    return misses.count === 0 && isWhole && !(this.#strict && count > 0)
  }
}

async function listen(
  playing: Playing,
  { pcap, json = false }: { pcap?: string | undefined; json?: boolean | undefined },
): Promise<number> {
  const ended = endAsked()
  const bugs: unknown[] = []
  process.on('uncaughtException', error => bugs.push(error))
  await using network = await playing.open(loopback, error => bugs.push(error))
  const capture =
    pcap === undefined ? undefined : await (await import('../capture/pcapng.ts')).capturePcapng(network, { file: pcap })
  announce(network, json)
  await ended
  await capture?.close()
  await network.close()
  const isWhole = playing.report('--listen')
  reportBugs({ network, notes: [], bugs }, playing)
  return isWhole && bugs.length === 0 ? 0 : 1
}

/**
 * Says what is a bug.
 *
 * @throws {UsageError} what is a mistake in a tape instead: conversations are read when somebody comes to them.
 */
function reportBugs({ network, notes, bugs }: Omit<Outcome, 'status' | 'refused'>, playing: Playing): void {
  const own = bugs.filter(bug => !(bug instanceof UsageError))
  reportNetwork({ network, notes, bugs: own }, name => playing.missing(name))
  const mistake = bugs.find(bug => bug instanceof UsageError)
  if (mistake !== undefined) throw mistake
}

export const command: Command = {
  name: 'replay',
  summary: 'runs a program again from a tape, without the servers',
  help,
  run,
}
