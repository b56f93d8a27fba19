import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UsageError } from '../net/errors.ts'
import { Network } from '../net/network.ts'
import type { ServiceDescription } from '../net/service.ts'
import type { Heard, TapeForm } from '../wire/tape.ts'
import { talk, temporaryFolder } from './in-tests.ts'
import { Recorder, recordedNetwork } from './recorder.ts'
import { Replay } from './replay.ts'

/** Each chunk is a message; its octets are shifted, which stands for a session under keys. */
function shiftedBy(by: number): TapeForm<Buffer> {
  return {
    kind: () => 'dialogue',
    follow() {
      const heard: Heard<Buffer>[] = []
      return {
        push: (from, octets) =>
          heard.push({ kind: 'whole', from, message: Buffer.from(octets.map(each => each - by)) }),
        next: () => heard.shift(),
        end: () => {},
        said: () => {},
        secured: () => {},
        held: 0,
      }
    },
    write: message => message.toString(),
    reader: () => ({ read: (_, value) => ({ message: Buffer.from(value as string) }) }),
    encode: ({ message }) => [Buffer.from(message.map(each => each + by))],
    identity: message => message.toString(),
    refuse: () => ({ link: 'reset' }),
  }
}

const shifted: TapeForm<Buffer> = {
  ...shiftedBy(0),
  keyed: {
    needs: { key: 'what each octet is shifted by', seed: 'where it begins' },
    with: given => shiftedBy(Number(given.get('key'))),
  },
}

const forms = new Map([['raw', shifted as TapeForm]])
const secrets = new Map([
  ['key', '1'],
  ['seed', '0'],
])
const echo: ServiceDescription = {
  protocol: 'raw',
  load: async () => () => ({
    state: {},
    ports: [{ port: 7, transport: 'tcp' }],
    accept: connection => {
      connection.onData = octets => connection.write(Buffer.from(octets))
    },
  }),
}

async function record(
  given?: ReadonlyMap<string, string>,
): Promise<{ recorder: Recorder; file: string; answer: string }> {
  const file = join(temporaryFolder(), 'keyed.tape.yaml')
  const network = new Network()
  await network.host('a.example', { echo })
  const recorder = new Recorder(recordedNetwork(network), forms, {
    file,
    ...(given === undefined ? {} : { secrets: given }),
  })
  network.tap(recorder)
  const answer = await exchangeWith(network)
  await network.close()
  recorder.finish()
  return { recorder, file, answer }
}

async function exchangeWith(network: Network): Promise<string> {
  using _inside = network.intercept()
  return (await talk(7, heard => (heard === '' ? 'ifmmp' : 'end'))).heard
}

test('what is under keys stands on the tape as it was meant, and is said again under them', async () => {
  const { file, answer } = await record(secrets)
  expect(answer).toBe('ifmmp')
  expect(readFileSync(file, 'utf8')).toContain('client: hello')
  using replay = new Replay([file], forms, { secrets })
  const network = new Network({ epoch: replay.epoch })
  await replay.place(network)
  expect(await exchangeWith(network)).toBe('ifmmp')
  expect(replay.misses.list).toEqual([])
  await network.close()
})

test('without its secrets a session is not recorded, and one line names what is missing', async () => {
  const { recorder } = await record(new Map([['seed', '0']]))
  expect(recorder.tape.refusals).toEqual([
    'raw a.example:7 is not on the tape: its sessions are under keys: expected the secret key (what each octet is shifted ' +
      'by), got none; give it with --secret key=VARIABLE',
  ])
})

test('a tape of such a session is refused without them before anything is served', async () => {
  const { file } = await record(secrets)
  expect(() => new Replay([file], forms)).toThrow(
    new UsageError(
      `${file}: raw a.example:7: its sessions are under keys: expected the secret key (what each octet is shifted by) and ` +
        'seed (where it begins), got none; give it with --secret key=VARIABLE --secret seed=VARIABLE',
    ),
  )
})
