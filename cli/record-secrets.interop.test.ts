// Secrets that programs say: in no file of a tape, and whoever replays it with the same or another secret is answered.
// What is in clear on a tape from elsewhere is told and taken out.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { afterAll, beforeAll, expect, describe as group, test } from 'vitest'
import { Authority } from '../net/authority.ts'
import { Random } from '../net/random.ts'
import { startPostfix } from '../scenarios/real/postfix.ts'
import { program } from '../scenarios/real/program.ts'
import { startRedis } from '../scenarios/real/redis.ts'
import { python, Studio, withEnd } from './studio-in-tests.ts'

let studio: Studio
const authority = new Authority(label => new Random(label))
beforeAll(() => {
  studio = new Studio()
  studio.write('authority.pem', authority.pem)
})
afterAll(() => studio?.[Symbol.dispose]())

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** None of the ways in which a secret may stand in a file is in a tape or beside it. */
function expectHidden(tape: string, ...secrets: string[]): void {
  const all = studio.all(tape)
  for (const secret of secrets) {
    // Base64 of what has other octets before it: without the group that is shared with them.
    const spellings = [
      secret,
      base64(secret),
      encodeURIComponent(secret),
      ...['\0', '\0\0'].map(before => base64(before + secret).slice(4, -4)),
    ]
    for (const each of new Set(spellings)) expect(all.includes(each), `${each} in\n${all}`).toBe(false)
  }
  expect(Buffer.from(all, 'latin1').toString()).toContain('‹secret:')
}

test('AUTH PLAIN, LOGIN and CRAM-MD5 hide what they say, and a client with another password is answered', async context => {
  if (userInfo().uid !== 0) context.skip('needs root: Postfix is started by root alone')
  for (const [name, debianPackage] of [
    ['swaks', 'swaks'],
    ['saslpasswd2', 'sasl2-bin'],
  ] as const) {
    await program(context, name, debianPackage)
  }
  const password = 'sesame & more'
  const server = await startPostfix(await program(context, 'postfix', 'postfix'), {
    name: 'mx.example.net',
    domain: 'example.net',
    mailboxes: ['ada@example.net'],
    certificate: authority.issue({ names: ['mx.example.net'] }),
    maxBytes: 100_000,
    users: { ann: password },
  })
  const { real, stop } = withEnd(server)
  const script = `for mechanism in PLAIN LOGIN CRAM-MD5; do
swaks --server mx.example.net:587 --tls --tls-verify -a $mechanism -au ann@mx.example.net -ap "$PASSWORD" \
--helo box --from ann@example.org --to ada@example.net --body hello -n
done | grep -o 'Authentication successful'`
  const options = `--real mx.example.net:587=${real} --real-ca authority.pem`
  const recorded = await studio.record('smtp.tape.yaml', options, script, { env: { PASSWORD: password } })
  const said = { status: 0, stdout: 'Authentication successful\n'.repeat(3) }
  expect(recorded, recorded.stderr).toMatchObject(said)
  await stop()
  expectHidden('smtp.tape.yaml', password, `\0ann@mx.example.net\0${password}`)
  expect(studio.read('smtp.tape.yaml').match(/^ {2}- client: (AUTH PLAIN )?‹secret:[a-z0-9-]+(:\d)?›$/gm)).toHaveLength(
    3,
  )
  expect((await studio.shell('$BACKLOT tape check smtp.tape.yaml')).stdout).toBe('')
  for (const PASSWORD of [password, 'another, longer than the first one was']) {
    const { status, stdout, stderr } = await studio.replay('smtp.tape.yaml', script, { env: { PASSWORD } })
    expect({ status, stdout }, stderr).toEqual(said)
  }
})

test('HTTP hides credentials, tokens and cookies, and a client with others is answered', async context => {
  await program(context, 'curl', 'curl')
  const server = createServer(({ headers: { authorization, cookie }, url }, response) => {
    if (authorization === undefined) response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end('who?\n')
    else if (url === '/login') {
      response.setHeader('Content-Type', 'application/json')
      response.setHeader('Set-Cookie', 'session=c00kie-of-ann-0815; Path=/; HttpOnly')
      response.end('{"access_token":"t0ken-of-ann-4711","expires_in":3600}\n')
    } else
      response.end(cookie === undefined && url === '/home' ? 'no cookie\n' : `home of ${authorization.split(' ')[0]}\n`)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const { real, stop } = withEnd({
    host: '127.0.0.1',
    port,
    [Symbol.asyncDispose]: async () => void (await new Promise(resolve => server.close(resolve).closeAllConnections())),
  })
  const script = `curl -sS http://www.test/login
token=$(curl -sS -c jar.txt -u "ann:$PASSWORD" http://www.test/login | grep -o '"access_token":"[^"]*"' | cut -d'"' -f4)
curl -sS -b jar.txt -u "ann:$PASSWORD" http://www.test/home
curl -sS -H "Authorization: Bearer $token" http://www.test/api?api_key=$PASSWORD
curl -sS -u "ann:$PASSWORD" -d "user=ann&password=$PASSWORD" http://www.test/form; rm jar.txt`
  const password = 'pa55word-of-ann'
  const options = `--real www.test:80=${real}`
  const recorded = await studio.record('http.tape.yaml', options, script, { env: { PASSWORD: password } })
  expect(recorded.stdout, recorded.stderr).toBe('who?\nhome of Basic\nhome of Bearer\nhome of Basic\n')
  await stop()
  expectHidden('http.tape.yaml', password, 'c00kie-of-ann-0815', 't0ken-of-ann-4711', `ann:${password}`)
  expect((await studio.shell('$BACKLOT tape check http.tape.yaml')).stdout).toBe('')
  for (const PASSWORD of [password, 'another']) {
    const { status, stdout, stderr } = await studio.replay('http.tape.yaml', script, { env: { PASSWORD } })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: recorded.stdout, stderr: '' })
  }
})

group('a protocol that is not known', () => {
  const password = 'sesame-open-4711'

  test('hides what is named, and matches what stands there instead', async context => {
    await program(context, 'redis-cli', 'redis-tools')
    const { real, stop } = withEnd(
      await startRedis(await program(context, 'redis-server', 'redis-server'), { password }),
    )
    const script = `redis-cli --no-auth-warning -h redis.test -a "$PASSWORD" <<END
SET a "my password is $PASSWORD"
GET a
END`
    const options = `--real redis.test:6379=${real} --secret redis=PASSWORD`
    const recorded = await studio.record('redis.tape.yaml', options, script, { env: { PASSWORD: password } })
    expect(recorded, recorded.stderr).toMatchObject({ status: 0, stdout: `OK\nmy password is ${password}\n` })
    await stop()
    expectHidden('redis.tape.yaml', password)
    expect((await studio.shell('$BACKLOT tape check redis.tape.yaml')).stdout).toBe('')
    // A stream without messages says how long each string is, so that another secret has to be as long.
    for (const PASSWORD of [password, 'another-one-0815'])
      expect(
        await studio.replay('redis.tape.yaml', script, { env: { PASSWORD }, options: '--secret redis=PASSWORD' }),
      ).toEqual({
        status: 0,
        stdout: `OK\nmy password is ${PASSWORD}\n`,
        stderr: '',
      })
  })
})

/** Tapes as they may come from elsewhere: with secrets in clear. */
const old = {
  smtp: `tape: 1
hosts:
  mail.test: 198.18.0.1
---
conversation: 1
service: smtp mail.test:25
turns:
  - server: 220 mail.test
  - client: EHLO box
  - server: |
      250-mail.test
      250 AUTH PLAIN LOGIN
  - client: AUTH PLAIN ${base64('\0ann\0sesame-4711')}
  - server: 235 2.7.0 welcome
  - client: QUIT
  - server: 221 bye
...
`,
  http: `tape: 1
hosts:
  www.test: 198.18.0.1
---
conversation: 1
service: http www.test:80
turns:
  - client: |
      GET / HTTP/1.1
      Host: www.test
      Authorization: Basic ${base64('ann:sesame-4711')}
      Cookie: session=0123456789abcdef
  - server:
      head: |
        HTTP/1.1 200 OK
        Set-Cookie: session=fedcba9876543210; Path=/
        Content-Length: 8
      body: |
        welcome
...
`,
}

const smtpClient = python(`import smtplib, os
mail = smtplib.SMTP('mail.test', 25, local_hostname='box')
print(mail.login('ann', os.environ['PASSWORD']))
mail.quit()`)

test.for([
  ['smtp', smtpClient, "(235, b'2.7.0 welcome')\n", /AUTH PLAIN ‹secret:password›/],
  ['http', 'curl -sS -u ann:$PASSWORD -b session=$PASSWORD http://www.test/', 'welcome\n', /Basic ‹secret:[a-z0-9-]+›/],
] as const)(
  'secrets in clear on an old tape of %s are told and taken out, and it replays before and after',
  async ([protocol, script, says, clean], context) => {
    await program(context, 'curl', 'curl')
    const tape = `old-${protocol}.tape.yaml`
    studio.write(tape, old[protocol])
    const isReplayed = async () => {
      for (const PASSWORD of ['sesame-4711', 'another']) {
        expect(await studio.replay(tape, script, { env: { PASSWORD } })).toEqual({
          status: 0,
          stdout: says,
          stderr: '',
        })
      }
    }
    await isReplayed()
    const checked = await studio.shell(`$BACKLOT tape check ${tape}`)
    expect(checked.status).toBe(1)
    expect(checked.stdout).toMatch(
      /^old-\w+\.tape\.yaml:\d+: a secret in clear \([a-z-]+\); backlot tape scrub takes it out$/m,
    )
    expect(await studio.shell(`$BACKLOT tape scrub ${tape}`)).toMatchObject({ status: 0 })
    expectHidden(tape, 'sesame-4711', '\0ann\0sesame-4711', 'ann:sesame-4711', '0123456789abcdef', 'fedcba9876543210')
    expect(studio.read(tape)).toMatch(clean)
    expect(await studio.shell(`$BACKLOT tape check ${tape}`)).toEqual({ status: 0, stdout: '', stderr: '' })
    await isReplayed()
  },
)
