import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createNetwork, pop3 } from '../../index.ts'

const mail = {
  ada: [
    'Subject: old\n\nold\n',
    'From: =?utf-8?Q?J=C3=BCrgen?= <j@example.org>\nSubject: new\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\ngr=FC=DFe\n',
  ],
}

async function fetchMail(args: readonly string[], port: number, input: string) {
  const network = await createNetwork()
  onTestFinished(() => network.close())
  const service = pop3({ users: { ada: 'lovelace' }, mail })
  const { pop } = await network.host('localhost', { pop: service }, { addresses: ['127.0.0.1'] })
  const folder = await mkdtemp(join(tmpdir(), 'backlot-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'ca.pem'), network.authority.pem)
  const real = pop.endpoints.find(each => each.port === port)!.real.port
  const file = join(import.meta.dirname, 'fetch-mail.ts')
  const all = [file, '--host', '127.0.0.1', '--port', String(real), '--user', 'ada', ...args]
  const child = spawn(process.execPath, all, { env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') } })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  child.stdin.end(input)
  const [status] = await once(child, 'close')
  return { status, stdout, stderr, pop }
}

test('the last mail is shown decoded, and no mail is deleted', async () => {
  const { status, stdout, stderr, pop } = await fetchMail(['--show'], 110, 'lovelace\n')
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'Password: \n' })
  expect(stdout).toContain('2 messages, 186 octets\n')
  expect(stdout).toContain('From: Jürgen <j@example.org>\nTo: \nDate: \nSubject: new\n\ngrüße\n')
  expect(stdout).toContain('C: AUTH PLAIN …\n')
  expect(stdout).not.toContain('lovelace')
  expect(pop.mailbox('ada').messages.map(({ flags }) => flags.seen)).toEqual([false, true])
})

test('a wrong password ends with 1 and the words of the server', async () => {
  const { status, stderr } = await fetchMail([], 110, 'byron\n')
  expect(status).toBe(1)
  expect(stderr).toContain('pop3 client: AUTH was answered "-ERR [AUTH] authentication failed"')
})
