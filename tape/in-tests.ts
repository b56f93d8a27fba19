// For the tests of this folder: tapes in temporary folders, networks that are recorded and replayed.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Network, type NetworkOptions } from '../net/network.ts'
import type { Services } from '../net/service.ts'
import { loadForms } from './forms.ts'
import { type HandOverOptions, RealHandOver } from './hand-over.ts'
import type { Misses } from './miss.ts'
import { Outside } from './outside.ts'
import { Recorder, type RecordOptions, recordedNetwork } from './recorder.ts'
import { Trust } from './relay.ts'
import { Replay, type ReplayOptions } from './replay.ts'

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backlot-tape-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A tape with the conversations that are given as documents without their `---`. */
export function tapeOf(...documents: string[]): string {
  const file = join(temporaryFolder(), 'test.tape.yaml')
  const header = 'tape: 1\nepoch: 2020-02-02T02:02:02.000Z\nhosts:\n  a.example: [198.18.0.1]\n'
  writeFileSync(file, `${[header, ...documents].map(each => `${each.trimEnd()}\n`).join('---\n')}...\n`)
  return file
}

/** Records what `work` does in a network with the services of one host, and gives the file. */
export async function recorded(
  services: Services,
  work: (network: Network) => Promise<unknown>,
  options: Partial<RecordOptions> & { network?: NetworkOptions } = {},
): Promise<string> {
  const { file = join(temporaryFolder(), 'test.tape.yaml') } = options
  const network = new Network(options.network)
  await network.host('a.example', services)
  const recorder = new Recorder(recordedNetwork(network), await loadForms(), { ...options, file })
  network.tap(recorder)
  try {
    using _inside = network.intercept()
    await work(network)
  } finally {
    await network.close()
    recorder.finish()
  }
  return file
}

export interface Replayed {
  replay: Replay
  network: Network
  misses: Misses
  bugs: unknown[]
}

/** A network in which tapes are replayed; its misses are kept. */
export async function replayed(
  files: string | readonly string[],
  options: ReplayOptions = {},
  handOver?: (network: Network, replay: Replay) => RealHandOver,
): Promise<Replayed> {
  const replay = new Replay([files].flat(), await loadForms(), options)
  onTestFinished(() => replay.close())
  const bugs: unknown[] = []
  const network = new Network({ epoch: replay.epoch, onBug: error => bugs.push(error) })
  onTestFinished(() => network.close())
  const real = handOver?.(network, replay)
  replay.handOver = real
  await replay.place(network)
  await real?.begin()
  const guard = network.intercept()
  onTestFinished(() => guard[Symbol.dispose]())
  return { replay, network, misses: replay.misses, bugs }
}

export type Way = 'record' | 'passthrough'

export interface HandedOver extends Replayed {
  /** Closes the network and gives the lines that are said then. */
  finish(): Promise<readonly string[]>
}

/** The same, and what the tapes do not have goes on with real servers. */
export async function handedOver(
  way: Way,
  files: string | readonly string[],
  options: Partial<HandOverOptions> & { replay?: ReplayOptions } = {},
): Promise<HandedOver> {
  const { replay: replayOptions = {}, ...given } = options
  const forms = await loadForms()
  let handOver: RealHandOver | undefined
  const playing = await replayed(files, replayOptions, (network, replay) => {
    const outside = new Outside({ servers: [], lookup: async () => [] })
    const base = { isRecorded: way === 'record', forms, reals: [], trust: new Trust(), outside }
    return (handOver = new RealHandOver(network, replay, { ...base, ...given }))
  })
  return {
    ...playing,
    async finish() {
      await playing.network.close()
      return handOver!.finish().lines
    },
  }
}

export interface Talk {
  /** All that the server said. */
  heard: string
  /** How it ended. */
  end: 'end' | string
}

/** A client of lines: `says` is asked for what to say whenever something new has come, at first with nothing. */
export async function talk(
  port: number,
  says: (heard: string) => string | 'end' | undefined,
  { host = 'a.example', byOctet = false }: { host?: string; byOctet?: boolean } = {},
): Promise<Talk> {
  const socket = net.connect(port, host)
  let heard = ''
  const step = async () => {
    const text = says(heard)
    if (text === 'end') socket.end()
    else if (text !== undefined && !byOctet) socket.write(text)
    else if (text !== undefined) {
      for (const octet of Buffer.from(text)) {
        await new Promise<void>(resolve => socket.write(Uint8Array.of(octet), () => resolve()))
        await new Promise(resolve => setImmediate(resolve))
      }
    }
  }
  return await new Promise(resolve => {
    socket.on('connect', () => void step())
    socket.on('data', chunk => {
      heard += chunk.toString('latin1')
      void step()
    })
    socket.on('end', () => socket.end())
    socket.on('error', error => resolve({ heard, end: (error as NodeJS.ErrnoException).code ?? 'error' }))
    socket.on('close', () => resolve({ heard, end: 'end' }))
  })
}
