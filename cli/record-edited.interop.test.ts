// A tape of real servers that somebody has changed by hand: it replays as it is now.

import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Authority } from '../net/authority.ts'
import { Random } from '../net/random.ts'
import { startNamed } from '../scenarios/real/named.ts'
import { startNginx } from '../scenarios/real/nginx.ts'
import { startPostfix } from '../scenarios/real/postfix.ts'
import { program } from '../scenarios/real/program.ts'
import { startRedis } from '../scenarios/real/redis.ts'
import { python, Studio } from './studio-in-tests.ts'

let studio: Studio
beforeAll(() => {
  studio = new Studio()
})
afterAll(() => studio?.[Symbol.dispose]())

const zone = '$TTL 3600\n@ IN SOA ns1 hostmaster ( 1 2h 15m 2w 5m )\n@ NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.80\n'

/** What stands on the tape, and what it is changed to. */
const edits: [before: string | RegExp, after: string][] = [
  [/250 2\.1\.5 Ok/, '550 5.1.1 no such user any more'],
  [/(HTTP\/1\.1 )200 OK/, '$1503 Out to Lunch'],
  [/( +)good day\n/, '$1good day\n$1and a second line\n'],
  [/192\.0\.2\.80/, '203.0.113.99'],
  [/(- server:\n +lines: \|\n +)\$5\n( +)hello\n/, '$1$$7\n$2goodbye\n'],
]

test('replies, statuses, pages, addresses and octets are what somebody has made of them', async context => {
  if (userInfo().uid !== 0) context.skip('needs root: Postfix is started by root alone')
  for (const [name, debianPackage] of [
    ['redis-cli', 'redis-tools'],
    ['dig', 'bind9-dnsutils'],
    ['curl', 'curl'],
  ] as const) {
    await program(context, name, debianPackage)
  }
  mkdirSync(studio.path('site'))
  writeFileSync(join(studio.path('site'), 'page.txt'), 'good day\n')
  await using nginx = await startNginx(await program(context, 'nginx', 'nginx-light'), { folder: studio.path('site') })
  await using named = await startNamed(await program(context, 'named', 'bind9'), { zones: { 'example.net': zone } })
  await using redis = await startRedis(await program(context, 'redis-server', 'redis-server'))
  await using postfix = await startPostfix(await program(context, 'postfix', 'postfix'), {
    name: 'mx.example.net',
    domain: 'example.net',
    mailboxes: ['ada@example.net'],
    certificate: new Authority(label => new Random(label)).issue({ names: ['mx.example.net'] }),
    maxBytes: 100_000,
  })
  const reals = {
    'mx.example.net:25': postfix,
    'www.example.net:80': nginx.endpoint,
    'ns.example.net:53': named,
    'redis.example.net:6379': redis,
  }
  const options = Object.entries(reals).map(([name, { host, port }]) => `--real ${name}=${host}:${port}`)
  const script = `${python(`import smtplib
mail = smtplib.SMTP('mx.example.net', 25, local_hostname='box')
mail.ehlo()
print(mail.mail('ann@example.org'), mail.rcpt('ada@example.net'))
mail.quit()`)}
curl -sS -w '%{http_code}\\n' http://www.example.net/page.txt
dig +short @ns.example.net www.example.net
redis-cli -h redis.example.net SET a hello; redis-cli -h redis.example.net GET a`
  const recorded = await studio.record('a.tape.yaml', options.join(' '), script)
  expect(recorded.stdout, recorded.stderr).toBe(
    "(250, b'2.1.0 Ok') (250, b'2.1.5 Ok')\ngood day\n200\n192.0.2.80\nOK\nhello\n",
  )
  let tape = studio.read('a.tape.yaml')
  for (const [before, after] of edits) {
    expect(tape).toMatch(before)
    tape = tape.replace(before, after)
  }
  studio.write('a.tape.yaml', tape)
  expect(await studio.shell('$BACKLOT tape check a.tape.yaml')).toEqual({ status: 0, stdout: '', stderr: '' })
  expect(await studio.replay('a.tape.yaml', script)).toEqual({
    status: 0,
    stdout:
      "(250, b'2.1.0 Ok') (550, b'5.1.1 no such user any more')\ngood day\nand a second line\n503\n203.0.113.99\nOK\ngoodbye\n",
    stderr: '',
  })
})
