import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, describe as group, test } from 'vitest'
import type { SmtpOptions } from '../../fakes/smtp.ts'
import { createNetwork, smtp } from '../../index.ts'
import { Random } from '../../net/random.ts'

async function run(program: string, args: readonly string[], input = '', env: Record<string, string> = {}) {
  const file = join(import.meta.dirname, '..', program)
  const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  child.stdin.end(input)
  const [status] = await once(child, 'close')
  return { status, stdout, stderr }
}

/** A server that a child process can reach, and a folder with its authority. */
async function server(options: SmtpOptions = {}) {
  const network = await createNetwork()
  const { mail } = await network.host('localhost', { mail: smtp(options) }, { addresses: ['127.0.0.1'] })
  const folder = await mkdtemp(join(tmpdir(), 'backlot-'))
  await writeFile(join(folder, 'ca.pem'), network.authority.pem)
  const at = (port: number) => String(mail.endpoints.find(each => each.port === port)!.real.port)
  const trusting = { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') }
  const dispose = async () => {
    await network.close()
    await rm(folder, { recursive: true })
  }
  return { mail, folder, at, trusting, [Symbol.asyncDispose]: dispose }
}

group('send-mail', () => {
  test('asks for what it is not told, sends both texts and shows the dialogue', async () => {
    await using world = await server()
    const args = ['--host', '127.0.0.1', '--port', world.at(25), '--from', 'ann@example.org', '--show']
    const input = 'bob@example.net, eve@example.net\nGrüße\n1 < 2\n'
    const { status, stdout } = await run('chapter-4/send-mail.ts', args, input, world.trusting)
    expect(world.mail.delivered).toMatchObject([
      { to: ['bob@example.net', 'eve@example.net'], subject: 'Grüße', text: '1 < 2', html: '<p>1 &#60; 2</p>' },
    ])
    expect(stdout).toContain('S: 220 localhost ESMTP\n')
    expect(stdout).toContain('C: MAIL FROM:<ann@example.org>')
    expect(stdout).toContain('Sent to bob@example.net, eve@example.net\n')
    expect(status).toBe(0)
  })

  test('ends with 1 and the reply where it is refused, with 2 where it is called wrongly', async () => {
    await using world = await server({ users: { ada: 'x' } })
    const args = ['--host', '127.0.0.1', '--from', 'a@b', '--to', 'nobody@localhost', '--subject', 's', '--text', 't']
    const refused = await run('chapter-4/send-mail.ts', [...args, '--port', world.at(25)], '', world.trusting)
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringMatching(/RCPT was answered "550 5\.1\.1 /) })
    const wrong = await run('chapter-4/send-mail.ts', ['--what'])
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining("'--what'") })
  })
})

group('send-mail-securely', () => {
  test.each([587, 465])('logs in under TLS on port %i with a password from its input', async port => {
    await using world = await server({ users: { ada: 'lovelace' } })
    const args = ['--host', '127.0.0.1', '--port', world.at(port), '--user', 'ada@localhost', '--to', 'ada@localhost']
    if (port === 465) args.push('--implicit')
    const input = 'lovelace\nsubject\ntext\n'
    const { status, stdout, stderr } = await run('chapter-4/send-mail-securely.ts', args, input, world.trusting)
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('Sent: 250 accepted as ') })
    expect(stderr).not.toContain('lovelace')
    expect(world.mail.delivered).toMatchObject([{ subject: 'subject', text: 'text', secure: true, user: 'ada' }])
    expect(world.mail.mailbox('ada').messages).toMatchObject([{ subject: 'subject' }])
  })

  test('says so where the password is wrong or nobody vouches for the server', async () => {
    await using world = await server({ users: { ada: 'lovelace' } })
    const args = ['--host', '127.0.0.1', '--port', world.at(587), '--user', 'ada', '--from', 'a@b', '--to', 'c@d']
    const rest = ['--subject', 's', '--text', 't']
    const wrong = await run('chapter-4/send-mail-securely.ts', [...args, ...rest], 'byron\n', world.trusting)
    expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining('AUTH was answered "535 5.7.8 ') })
    const untrusted = await run('chapter-4/send-mail-securely.ts', [...args, ...rest], 'lovelace\n')
    expect(untrusted).toMatchObject({ status: 1, stderr: expect.stringMatching(/smtp client: tls: unable to verify/) })
    expect(world.mail.logins).toHaveLength(1)
  })
})

group('send-attachment', () => {
  test('files arrive byte for byte with name and type', async () => {
    await using world = await server()
    const gif = Buffer.concat([Buffer.from('GIF89a'), new Random('gif').bytes(3000)])
    await writeFile(join(world.folder, 'tiny picture.gif'), gif)
    await writeFile(join(world.folder, 'data.xyz'), gif)
    const args = ['--host', '127.0.0.1', '--port', world.at(25), '--from', 'a@b.org', '--to', 'c@d.org']
    const files = ['tiny picture.gif', 'data.xyz'].map(name => join(world.folder, name))
    const { status } = await run('chapter-4/send-attachment.ts', [...args, ...files], '', world.trusting)
    expect(status).toBe(0)
    expect(world.mail.delivered[0]!.attachments).toMatchObject([
      { name: 'tiny picture.gif', type: 'image/gif' },
      { name: 'data.xyz' },
    ])
    for (const { content } of world.mail.delivered[0]!.attachments) expect(content).toEqual(gif)
  })

  test('a file that is missing is an error before anything is said', async () => {
    await using world = await server()
    const args = ['--host', '127.0.0.1', '--port', world.at(25), '--from', 'a@b', '--to', 'c@d', '/nonexistent.gif']
    const { status, stderr } = await run('chapter-4/send-attachment.ts', args)
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'expected a file that can be read, got "/nonexistent.gif"\n',
    })
  })
})

group('mail-log', () => {
  const input = (count: number) => Array.from({ length: count }, (_, at) => `Line ${at + 1} of log\n`).join('')
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}`
  const lines = (from: number, to: number) =>
    new RegExp(
      `^${Array.from({ length: to - from + 1 }, (_, at) => `${time} INFO {2}Line ${from + at} of log`).join('\n')}$`,
    )

  test('mails ten lines at a time, and the rest at the end', async () => {
    await using world = await server()
    const args = ['--port', world.at(25), '--to', 'ops@example.net, dev@example.net', '--subject', 'What it did']
    const answers = `127.0.0.1\napp@example.org\n${input(12)}`
    const { status, stdout } = await run('chapter-4/mail-log.ts', args, answers, world.trusting)
    expect(stdout).toBe('Mailed: 10\nMailed: 2\n')
    expect(world.mail.delivered).toMatchObject([
      { from: 'app@example.org', subject: 'What it did', text: expect.stringMatching(lines(1, 10)) },
      { to: ['ops@example.net', 'dev@example.net'], text: expect.stringMatching(lines(11, 12)) },
    ])
    expect(status).toBe(0)
  })

  test('mails as many as it is told, with their levels', async () => {
    await using world = await server()
    const args = ['--host', '127.0.0.1', '--port', world.at(25), '--from', 'a@b', '--to', 'c@d', '--records', '1']
    await run('chapter-4/mail-log.ts', args, 'WARN the disk is full\nERROR: no more\nWARNINGS are none', world.trusting)
    expect(world.mail.delivered.map(({ text }) => text!.slice(24))).toEqual([
      'WARN  the disk is full',
      'ERROR no more',
      'INFO  WARNINGS are none',
    ])
  })

  test('shows what it could not mail, and ends with 1', async () => {
    await using world = await server({ faults: [{ at: 'MAIL', reply: '451 4.3.2 busy' }] })
    const args = ['--host', '127.0.0.1', '--port', world.at(25), '--from', 'a@b', '--to', 'c@d']
    const { status, stderr } = await run('chapter-4/mail-log.ts', args, input(2), world.trusting)
    expect(stderr).toMatch(
      new RegExp(`\n${lines(1, 2).source.slice(1, -1)}\n.*2 records could not be mailed: .*451 4.3.2 busy`),
    )
    expect(status).toBe(1)
  })

  test('has its log read by mail from the mbox of who got it', async () => {
    await using world = await server({ users: { ops: 'x' } })
    const args = ['--host', '127.0.0.1', '--port', world.at(25), '--from', 'a@b', '--to', 'ops@localhost']
    await run('chapter-4/mail-log.ts', args, 'First line of log\n', world.trusting)
    expect(world.mail.mailbox('ops').toMbox().toString()).toMatch(
      new RegExp(`\r?\n${time} INFO {2}First line of log\r?\n`),
    )
  })
})

test('connect-to-closed-port names the layers of each error', async () => {
  const free = net.createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as net.AddressInfo
  free.close()
  await once(free, 'close')
  const { status, stdout } = await run('chapter-1/connect-to-closed-port.ts', ['127.0.0.1', '66000', String(port)])
  expect(stdout.split('\n')).toEqual([
    '127.0.0.1:66000: smtp client: expected a port from 1 to 65535, got 66000',
    `127.0.0.1:${port}: smtp client: tcp connection: connect ECONNREFUSED 127.0.0.1:${port} (111)`,
    '',
  ])
  expect(status).toBe(1)
})
