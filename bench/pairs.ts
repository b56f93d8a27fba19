// How fast the fakes answer, beside bare Node servers of the same shape: the sides are driven in turn, and what counts is
// the ratio. node bench/pairs.ts [--only dns,http] [--rounds 3] [--seconds 2]

import { parseArgs } from 'node:util'
import { drive, median, type Result, serve } from './programs.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
  },
})

interface Side {
  name: string
  /** A script of this folder, or another program with `{port}` and `{target}` to be filled in. */
  server: [script: string, ...options: string[]]
  /** The least of the first side's answers a second. */
  target?: number
}

interface Case {
  name: string
  /** For the driver. */
  options: string[]
  /** What a side that hands on has behind it. */
  behind?: [script: string, ...options: string[]]
  sides: [Side, ...Side[]]
}

const bare = (kind: string): Side => ({ name: `bare ${kind}`, server: ['bare.ts', '--kind', kind] })
const site = (behaviour: string, target: number): Side => ({
  name: `http ${behaviour}`,
  server: ['serve-http.ts', '--behaviour', behaviour],
  target,
})
const dns: Side = { name: 'dns', server: ['serve-dns.ts'], target: 0.5 }
const smtp: Side = { name: 'smtp', server: ['serve-smtp.ts'], target: 0.5 }
const pop3: Side = { name: 'pop3', server: ['serve-pop3.ts'], target: 0.5 }
const imap: Side = { name: 'imap', server: ['serve-imap.ts'], target: 0.5 }
const sites = [site('function', 0.7), site('folder', 0.7), site('msw', 0.15)]
const relay = (kind: string): Side => ({
  name: `bare ${kind}`,
  server: ['bare.ts', '--kind', kind, '--target', '{target}'],
})
const record = (protocol: string, target: number): Side => ({
  name: `recorder ${protocol}`,
  server: ['serve-record.ts', '--protocol', protocol, '--target', '{target}'],
  target,
})
const player = (tape: string): Side => ({
  name: `player ${tape}`,
  server: ['serve-replay.ts', '--tape', tape],
  target: 0.8,
})
/** Debian's, where it is installed; the recorder is to be six times as fast, so this is its limit. */
const mitmdump: Side = {
  name: 'mitmdump, recording',
  server: ['mitmdump', '-q', '-p', '{port}', '-m', 'reverse:http://127.0.0.1:{target}', '-w', '/dev/null'],
}
const many = ['--flows', '32', '--seconds', values.seconds]
const one = ['--flows', '1', '--count', '10000']
/** A mail is several answers; that many of them take long enough. */
const oneMail = ['--flows', '1', '--count', '3000']

const cases: Case[] = [
  { name: 'dns-32', options: ['--shape', 'dns', ...many], sides: [bare('dns'), dns] },
  { name: 'http-32', options: ['--shape', 'http', ...many], sides: [bare('http'), ...sites] },
  { name: 'smtp-new-32', options: ['--shape', 'smtp-new', ...many], sides: [bare('smtp'), smtp] },
  { name: 'smtp-kept-32', options: ['--shape', 'smtp-kept', ...many], sides: [bare('smtp'), smtp] },
  { name: 'pop3-32', options: ['--shape', 'pop3', ...many], sides: [bare('pop3'), pop3] },
  { name: 'imap-session-32', options: ['--shape', 'imap-session', ...many], sides: [bare('imap'), imap] },
  { name: 'imap-fetch-32', options: ['--shape', 'imap-fetch', ...many], sides: [bare('imap'), imap] },
  {
    name: 'record-tcp-32',
    options: ['--shape', 'echo', ...many],
    behind: ['bare.ts', '--kind', 'echo'],
    sides: [relay('relay'), record('tcp', 0.6)],
  },
  {
    name: 'record-down',
    options: ['--shape', 'down', ...many],
    behind: ['bare.ts', '--kind', 'source'],
    sides: [relay('relay'), record('tcp', 0.35)],
  },
  {
    name: 'record-up',
    options: ['--shape', 'up', ...many],
    behind: ['bare.ts', '--kind', 'sink'],
    sides: [relay('relay'), record('tcp', 0.35)],
  },
  {
    name: 'record-udp-32',
    options: ['--shape', 'udp', ...many],
    behind: ['bare.ts', '--kind', 'udp-echo'],
    sides: [relay('udp-relay'), record('udp', 0.6)],
  },
  {
    name: 'record-http-32',
    options: ['--shape', 'http', ...many],
    behind: ['bare.ts', '--kind', 'http'],
    sides: [mitmdump, record('http', 6)],
  },
  { name: 'replay-dns-32', options: ['--shape', 'dns', ...many], sides: [dns, player('dns')] },
  { name: 'replay-http-32', options: ['--shape', 'http', ...many], sides: [site('function', 0), player('http')] },
  { name: 'replay-smtp-32', options: ['--shape', 'smtp-new', ...many], sides: [smtp, player('smtp')] },
  { name: 'dns-1', options: ['--shape', 'dns', ...one], sides: [bare('dns'), dns] },
  { name: 'http-1', options: ['--shape', 'http', ...one], sides: [bare('http'), ...sites] },
  { name: 'smtp-kept-1', options: ['--shape', 'smtp-kept', ...oneMail], sides: [bare('smtp'), smtp] },
]

function filled(server: Side['server'], target: number | undefined): Side['server'] {
  return server.map(each => each.replace('{target}', String(target))) as Side['server']
}

const wanted = values.only?.split(',')
console.log('case | side | answers/s | of bare | p50 µs | 99.9 % µs | errors')
for (const { name, options, behind, sides } of cases) {
  if (wanted !== undefined && !wanted.some(each => name.startsWith(each))) continue
  await using stack = new AsyncDisposableStack()
  const ports: number[] = []
  const target = behind === undefined ? undefined : stack.use(await serve(...behind)).port
  for (const side of sides) ports.push(stack.use(await serve(...filled(side.server, target))).port)
  const results = sides.map((): Result[] => [])
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [index, port] of ports.entries()) results[index]!.push(await drive(port, ...options))
  }
  const of = (index: number, key: keyof Result) => median(results[index]!.map(result => result[key]))
  const single = name.endsWith('-1')
  for (const [index, side] of sides.entries()) {
    const ratio = of(index, 'value') / of(0, 'value')
    const slow = single && (of(index, 'p50us') > 2 * of(0, 'p50us') || of(index, 'p999us') > 20_000)
    const missed = index > 0 && (single ? slow : ratio < (side.target ?? 0))
    const errors = results[index]!.reduce((sum, result) => sum + result.errors, 0)
    const row = [
      name,
      side.name,
      Math.round(of(index, 'value')),
      ratio.toFixed(2),
      of(index, 'p50us'),
      of(index, 'p999us'),
      errors,
    ]
    console.log(row.join(' | ') + (missed ? ` | below its target${single ? '' : ` of ${side.target}`}` : ''))
  }
}
