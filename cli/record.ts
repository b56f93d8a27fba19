// backlot record: any program talks to real servers, and what was said is kept on a tape.

import { existsSync } from 'node:fs'
import { UsageError } from '../net/errors.ts'
import { Network } from '../net/network.ts'
import { loopback, type Placement } from '../net/placement.ts'
import type { ServiceDescription } from '../net/service.ts'
import { loadForms } from '../tape/forms.ts'
import { machineNames } from '../tape/outside.ts'
import { parseReals } from '../tape/reals.ts'
import { Recording, type RecordingOptions } from '../tape/recording.ts'
import { Trust } from '../tape/relay.ts'
import { expectNoMore, parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { counted } from './counted.ts'
import { type InNetwork, programOf, report, runInNetwork, sayIfMissing } from './in-network.ts'
import { announce, endAsked } from './served.ts'
import { authoritiesOf, mustBeWritable, portsOf, secretsOf } from './tape-arguments.ts'
import { say } from './terminal.ts'
import { version } from './version.ts'

const help = `Runs a program and keeps what it and real servers say to each other on a tape, for backlot replay.

Usage: backlot record -o TAPE [OPTIONS] -- PROGRAM [ARGUMENTS]

Options:
  -o, --output TAPE                the file, such as mail.tape.yaml; large bodies lie in a folder beside it
  --real NAME:PORT[/PROTO]=HOST:PORT
                                   who connects to NAME:PORT reaches HOST:PORT; may be given several times. PROTO (http,
                                   smtp, dns, daytime, tcp, udp) follows from PORT where it is well known, else both tcp
                                   and udp are recorded as octets
  --real-ca FILE                   certificates (PEM) of authorities that real servers are believed by, beside the machine's
  --real-insecure                  believe real servers whatever certificate they show
  --secret NAME=VARIABLE           hide the value of the environment's VARIABLE wherever it stands in text
  --port N                         record this port, too, of names that are looked up outside
  --world FILE                     a world that answers beside the real servers, and is recorded like them
  --pcap FILE                      also write what crosses to FILE (pcapng)
  --listen                         for programs that are started elsewhere: serve the names of --real on free ports of
                                   127.0.0.1 until Ctrl-C, and say which
  --json                           with --listen, one object on the first line of stdout, as backlot up --json

Names without --real are looked up outside and reached on the ports of known protocols. An address that no name led to needs
--real, localhost as 127.0.0.1:PORT. TLS is ended by the recorder, so that tapes are in the clear; passwords, cookies and
tokens are replaced by placeholders before anything is written.

The exit status is the program's own; 1 if it ended with 0 and something could not be recorded, 2 for wrong usage.

Example:
  backlot record -o web.tape.yaml --real www.example.org:80=127.0.0.1:8080 -- curl http://www.example.org/`

async function run(args: string[]): Promise<number> {
  const parsed = parseArguments('record', args, {
    output: { type: 'string', short: 'o' },
    real: { type: 'string', multiple: true },
    'real-ca': { type: 'string', multiple: true },
    'real-insecure': { type: 'boolean' },
    secret: { type: 'string', multiple: true },
    port: { type: 'string', multiple: true },
    world: { type: 'string' },
    pcap: { type: 'string' },
    listen: { type: 'boolean' },
    json: { type: 'boolean' },
  })
  const { values } = parsed
  const { output } = values
  if (!output) throw new UsageError('record: expected -o TAPE, got none; see backlot record --help')
  if (values.json && !values.listen) throw new UsageError('record: expected --json with --listen, got it alone')
  const reals = parseReals('record', values.real)
  const options: RecordingOptions = {
    file: output,
    header: { recorded: `${new Date().toISOString().slice(0, 19)}Z`, by: `backlot ${version()}` },
    reals,
    trust: new Trust(authoritiesOf('record', values['real-ca']), values['real-insecure']),
    secrets: secretsOf('record', values.secret),
    ports: portsOf('record', values.port),
    outside: machineNames(),
  }
  if (values.listen) {
    expectNoMore('record', parsed)
    if (reals.length === 0 && values.world === undefined) {
      throw new UsageError('record: expected --real NAME:PORT=HOST:PORT with --listen, got none')
    }
    mustBeWritable('record', output)
    return await listen(options, values)
  }
  const program = programOf('record', parsed)
  const missing = sayIfMissing(program.command)
  if (missing !== undefined) return missing
  mustBeWritable('record', output)
  let recording: Recording | undefined
  const open: InNetwork['open'] = async (placement, onBug) => {
    recording = await openRecording(options, values.world, placement, onBug)
    return recording.network
  }
  const after: InNetwork['after'] = outcome => {
    const isWhole = finish(recording!)
    report(outcome, notThere)
    return outcome.status === 0 && (!isWhole || outcome.bugs.length > 0) ? 1 : outcome.status
  }
  return await runInNetwork('record', program, { open, pcap: values.pcap, after, elsewhere })
}

const elsewhere = 'use --listen, and point programs at the ports that it says'

const notThere = (name: string) => `${name} was asked for, and neither --real nor --world nor the world outside has it`

async function listen(
  options: RecordingOptions,
  { world, pcap, json = false }: { world?: string | undefined; pcap?: string | undefined; json?: boolean | undefined },
): Promise<number> {
  const ended = endAsked()
  const bugs: unknown[] = []
  process.on('uncaughtException', error => bugs.push(error))
  const recording = await openRecording(options, world, loopback, error => bugs.push(error))
  const capture =
    pcap === undefined
      ? undefined
      : await (await import('../capture/pcapng.ts')).capturePcapng(recording.network, { file: pcap })
  announce(recording.network, json)
  await ended
  await capture?.close()
  await recording.network.close()
  const isWhole = finish(recording)
  report({ network: recording.network, notes: [], bugs }, notThere)
  return isWhole && bugs.length === 0 ? 0 : 1
}

/** A network with the real servers in it, being recorded. */
async function openRecording(
  options: RecordingOptions,
  world: string | undefined,
  placement: Placement,
  onBug: (error: unknown) => void,
): Promise<Recording> {
  const forms = await loadForms()
  const names: ServiceDescription = {
    protocol: 'dns',
    load: async () => (await import('../fakes/dns.ts')).createDns(),
  }
  if (world === undefined) {
    const network = new Network({ epoch: Date.now(), clock: 'running', onBug }, placement)
    const recording = new Recording(network, forms, options)
    await closingOnError(network, () => recording.begin(names))
    return recording
  }
  const { openWorld } = await import('../worlds/open.ts')
  let recording: Recording | undefined
  const network = await openWorld({
    file: world,
    placement,
    clock: 'running',
    onBug,
    nameServer: own => Recording.asking(own, () => recording!),
  })
  recording = new Recording(network, forms, options)
  await closingOnError(network, () => recording.begin())
  return recording
}

async function closingOnError(network: Network, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await network.close()
    throw error
  }
}

/** Writes the tape and says what is on it. False where something could not be recorded. */
function finish({ recorder, troubles, isWhole }: Recording): boolean {
  const { journal, refusals } = recorder.tape
  const isWritten = recorder.finish()
  for (const trouble of troubles) say(trouble)
  for (const refusal of refusals) say(refusal)
  const { turns, conversations } = journal
  if (isWritten) say(`${counted(turns, 'turn')} in ${counted(conversations, 'conversation')} on ${journal.path}`)
  else {
    const kept = existsSync(journal.path) ? 'is kept as it was' : 'was not written'
    say(`nothing was said on the network, and ${journal.path} ${kept}`)
  }
  return isWhole && refusals.length === 0
}

export const command: Command = {
  name: 'record',
  summary: 'runs a program against real servers and keeps what is said on a tape',
  help,
  run,
}
