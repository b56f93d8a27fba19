// The mail fakes beside the real servers, where Debian has them installed: dovecot-imapd, dovecot-pop3d, and as root postfix,
// which throws its mail away. The sides are driven in turn, and what counts is the ratio.
// node bench/mail-peers.ts [--rounds 3] [--seconds 2] [--flows 8]

import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createNetwork } from '../index.ts'
import { startDovecot } from '../scenarios/real/dovecot.ts'
import { startPostfix } from '../scenarios/real/postfix.ts'
import { drive, median, serve } from './programs.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    flows: { type: 'string', default: '8' },
  },
})

await using network = await createNetwork()
const certificate = network.authority.issue({ names: ['mail.example.test'] })
const names = Array.from({ length: 64 }, (_, at) => `u${at}`)
const content = `Subject: x\n\n${`${'x'.repeat(70)}\n`.repeat(13)}`
const users = Object.fromEntries(names.map(name => [name, 'x']))
const mail = Object.fromEntries(names.map(name => [name, [content]]))

interface Case {
  shape: string
  fake: string
  program: string
  peer: () => Promise<AsyncDisposable & { readonly port: number }>
  /** The least ratio. */
  target: number
}

const dovecot = (protocol: 'imap' | 'pop3') => () =>
  startDovecot('/usr/sbin/dovecot', { protocol, certificate, users, mail })
const postfix = () =>
  startPostfix('/usr/sbin/postfix', {
    name: 'mx.example.test',
    domain: 'example.test',
    mailboxes: ['b@example.test'],
    certificate,
    maxBytes: 10_000_000,
  })

const cases: Case[] = [
  { shape: 'imap-session', fake: 'serve-imap.ts', program: '/usr/sbin/dovecot', peer: dovecot('imap'), target: 15 },
  { shape: 'imap-fetch', fake: 'serve-imap.ts', program: '/usr/sbin/dovecot', peer: dovecot('imap'), target: 1.5 },
  { shape: 'pop3', fake: 'serve-pop3.ts', program: '/usr/sbin/dovecot', peer: dovecot('pop3'), target: 15 },
  { shape: 'smtp-kept', fake: 'serve-smtp.ts', program: '/usr/sbin/postfix', peer: postfix, target: 7 },
]

console.log('case | real server/s | fake/s | fake of real | target | errors')
for (const { shape, fake, program, peer, target } of cases) {
  if (!existsSync(program)) {
    console.log(`${shape} | ${program} is not installed`)
    continue
  }
  await using real = await peer()
  await using ours = await serve(fake)
  const results: { real: number; ours: number; errors: number }[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    const options = ['--shape', shape, '--flows', values.flows, '--seconds', values.seconds]
    const [theirs, own] = [await drive(real.port, ...options), await drive(ours.port, ...options)]
    results.push({ real: theirs.value, ours: own.value, errors: theirs.errors + own.errors })
  }
  const [theirs, own] = [median(results.map(({ real }) => real)), median(results.map(({ ours }) => ours))]
  const errors = results.reduce((sum, result) => sum + result.errors, 0)
  const ratio = own / theirs
  const row = [shape, Math.round(theirs), Math.round(own), ratio.toFixed(1), target, errors]
  console.log(row.join(' | ') + (ratio < target ? ' | below its target' : ''))
}
