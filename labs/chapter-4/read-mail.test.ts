import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createNetwork, imap } from '../../index.ts'

const mail = {
  ada: [
    'Subject: old\n\nold\n',
    'From: =?utf-8?Q?J=C3=BCrgen?= <j@example.org>\nSubject: new\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\ngr=FC=DFe\n',
  ],
}

async function readMail(args: readonly string[], port: number, input: string) {
  const network = await createNetwork()
  onTestFinished(() => network.close())
  const service = imap({ users: { ada: 'lovelace' }, mail })
  const { reading } = await network.host('localhost', { reading: service }, { addresses: ['127.0.0.1'] })
  const folder = await mkdtemp(join(tmpdir(), 'backlot-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'ca.pem'), network.authority.pem)
  const real = reading.endpoints.find(each => each.port === port)!.real.port
  const file = join(import.meta.dirname, 'read-mail.ts')
  const all = [file, '--host', '127.0.0.1', '--port', String(real), '--user', 'ada', ...args]
  const child = spawn(process.execPath, all, { env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') } })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  child.stdin.end(input)
  const [status] = await once(child, 'close')
  return { status, stdout, stderr, reading }
}

test('what is found is counted, the last of it is shown decoded, and none is marked', async () => {
  const { status, stdout, stderr, reading } = await readMail(['--show', '--search', 'SUBJECT new'], 143, 'lovelace\n')
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'Password: \n' })
  expect(stdout).toContain('INBOX: 2 messages, 2 unread\n')
  expect(stdout).toContain('1 found by SUBJECT new\n')
  expect(stdout).toContain('From: Jürgen <j@example.org>\nTo: \nDate: \nSubject: new\n\ngrüße\n')
  expect(stdout).toMatch(/^C: \S+ AUTHENTICATE PLAIN/m)
  expect(stdout).not.toContain('lovelace')
  expect(reading.mailbox('ada').unseen).toBe(2)
})

test('a wrong password ends with 1 and the words of the server', async () => {
  const { status, stderr } = await readMail([], 143, 'byron\n')
  expect(status).toBe(1)
  expect(stderr).toContain('[AUTHENTICATIONFAILED] Authentication failed.')
})
