// backlot replay: any program runs again without the servers that it was recorded with.

import { UsageError } from '../net/errors.ts'
import { Network } from '../net/network.ts'
import { loopback, type Placement } from '../net/placement.ts'
import { loadForms } from '../tape/forms.ts'
import { describeMiss } from '../tape/miss.ts'
import { Replay } from '../tape/replay.ts'
import { ReplayNames } from '../tape/replay-names.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { type InNetwork, type Outcome, programOf, report as reportNetwork, runInNetwork } from './in-network.ts'
import { announce, endAsked } from './served.ts'
import { quoted, secretsOf } from './tape-arguments.ts'
import { say } from './terminal.ts'

const help = `Runs a program against tapes of backlot record: the servers need not be there, and nothing else is reached.

Usage: backlot replay TAPE… [OPTIONS] -- PROGRAM [ARGUMENTS]

Options:
  --strict                  a request or conversation more often than it was recorded is a miss, and turns that were not
                            used count as one
  --speed real              wait where the server took its time (default: none, pauses are skipped)
  --secret NAME=VARIABLE    the value of the environment's VARIABLE stands for ‹secret:NAME› in what servers say
  --pcap FILE               write what crosses to FILE (pcapng, with the secrets of TLS inside)
  --listen                  for programs that are started elsewhere: serve on free ports of 127.0.0.1 until Ctrl-C
  --json                    with --listen, one object on the first line of stdout, as backlot up --json

What the program asks that no tape has is a miss: it gets a refusal, and the nearest turns are shown at the end. What was
recorded several times is given in that order, the last again and again.

The exit status is the program's own; 1 if it ended with 0 and there was a miss, 2 for wrong usage or a tape that cannot be
read.

Example:
  backlot replay web.tape.yaml -- curl http://www.example.org/`

async function run(args: string[]): Promise<number> {
  const parsed = parseArguments('replay', args, {
    strict: { type: 'boolean' },
    speed: { type: 'string' },
    secret: { type: 'string', multiple: true },
    pcap: { type: 'string' },
    listen: { type: 'boolean' },
    json: { type: 'boolean' },
  })
  const { values, positionals: files, rest } = parsed
  if (files.length === 0) throw new UsageError('replay: expected a tape, got none; see backlot replay --help')
  const { speed = 'none', strict = false } = values
  if (speed !== 'none' && speed !== 'real') throw new UsageError(`replay: expected --speed none or real, got ${speed}`)
  if (values.json && !values.listen) throw new UsageError('replay: expected --json with --listen, got it alone')
  if (values.listen && rest !== undefined) {
    throw new UsageError('replay: expected a program after -- or --listen, got both')
  }
  const program = values.listen ? undefined : programOf('replay', { positionals: [], rest })
  const forms = await loadForms()
  using replay = new Replay(files, forms, { strict, speed, secrets: secretsOf('replay', values.secret) })
  const open: InNetwork['open'] = (placement, onBug) => openReplay(replay, placement, onBug)
  if (program === undefined) return await listen(replay, open, strict, values)
  const { command, args: own } = program
  const after: InNetwork['after'] = outcome => {
    const isWhole = report(replay, strict, `-- ${[command, ...own].map(quoted).join(' ')}`)
    reportBugs(outcome)
    return outcome.status === 0 && (!isWhole || outcome.bugs.length > 0) ? 1 : outcome.status
  }
  return await runInNetwork('replay', program, { open, pcap: values.pcap, after, elsewhere })
}

const elsewhere = 'use --listen, and point programs at the ports that it says'

async function openReplay(replay: Replay, placement: Placement, onBug: (error: unknown) => void): Promise<Network> {
  const network = new Network({ epoch: replay.epoch, clock: 'running', onBug }, placement)
  try {
    const names = new ReplayNames(replay, network)
    await replay.place(network, service => names.takes(service))
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

async function listen(
  replay: Replay,
  open: InNetwork['open'],
  strict: boolean,
  { pcap, json = false }: { pcap?: string | undefined; json?: boolean | undefined },
): Promise<number> {
  const ended = endAsked()
  const bugs: unknown[] = []
  process.on('uncaughtException', error => bugs.push(error))
  await using network = await open(loopback, error => bugs.push(error))
  const capture =
    pcap === undefined ? undefined : await (await import('../capture/pcapng.ts')).capturePcapng(network, { file: pcap })
  announce(network, json)
  await ended
  await capture?.close()
  const isWhole = report(replay, strict, '--listen')
  reportBugs({ network, notes: [], bugs })
  return isWhole && bugs.length === 0 ? 0 : 1
}

/**
 * Says what is a bug.
 *
 * @throws {UsageError} what is a mistake in a tape instead: conversations are read when somebody comes to them.
 */
function reportBugs({ network, notes, bugs }: Omit<Outcome, 'status'>): void {
  reportNetwork({ network, notes, bugs: bugs.filter(bug => !(bug instanceof UsageError)) }, nothing)
  const mistake = bugs.find(bug => bug instanceof UsageError)
  if (mistake !== undefined) throw mistake
}

/** Names that the tape does not have are misses, and told as such. */
const nothing = () => undefined

/** Says what was missed and what was not used. False where that counts as a failure. */
function report(replay: Replay, strict: boolean, again: string): boolean {
  for (const note of replay.notes) say(note)
  const { misses } = replay
  for (const miss of misses.list) for (const line of describeMiss(miss)) say(line)
  if (misses.count > misses.list.length) say(`… and ${misses.count - misses.list.length} misses more`)
  if (misses.count > 0) {
    const tape = replay.tapes.map(({ path }) => quoted(path)).join(' ')
    say(`to record it again: backlot record -o ${tape} ${replay.realOptions.map(each => `${each} `).join('')}${again}`)
  }
  const unused = replay.unused()
  if (unused.count > 0) {
    const { count, first } = unused
    say(`${count} of the client's turns on the tape ${count === 1 ? 'was' : 'were'} not used, the first at ${first}`)
  }
  return misses.count === 0 && !(strict && unused.count > 0)
}

export const command: Command = {
  name: 'replay',
  summary: 'runs a program again from a tape, without the servers',
  help,
  run,
}
