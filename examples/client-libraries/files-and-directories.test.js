// Files, directories, shells and counters: basic-ftp, ldapts, ssh2 and net-snmp.

import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { createNetwork, tcp, udp } from 'backlot'
import { Client as FtpClient } from 'basic-ftp'
import { Client as LdapClient } from 'ldapts'
import snmp from 'net-snmp'
import ssh2 from 'ssh2'
import { relay, started } from './relay.js'

/** The least of FTP: one file, by passive connections to port 40000. */
function ftp(dataConnections) {
  return tcp(
    async connection => {
      const say = line => connection.write(`${line}\r\n`)
      await say('220 ready')
      for (;;) {
        const line = await connection.readUntil('\r\n')
        if (line === undefined) return
        const [verb] = String(line).trim().split(' ')
        if (verb === 'AUTH') {
          await say('234 go on')
          await connection.startTls()
        } else if (verb === 'USER') await say('331 password?')
        else if (verb === 'PASS') await say('230 in')
        else if (verb === 'EPSV') await say('229 Entering Extended Passive Mode (|||40000|)')
        else if (verb === 'FEAT') await say('211-Features\r\n EPSV\r\n UTF8\r\n211 End')
        else if (verb === 'RETR') {
          await say('150 here it comes')
          dataConnections.write('what the file holds')
          await dataConnections.done
          await say('226 that was it')
        } else if (verb === 'QUIT') return void (await say('221 bye'))
        else await say('200 ok')
      }
    },
    { port: 21 },
  )
}

for (const secure of [false, true]) {
  test(`basic-ftp gets a file by a passive connection${secure ? ' under TLS' : ''}`, async () => {
    await using network = await createNetwork()
    const sent = Promise.withResolvers()
    const content = new PassThrough()
    const data = tcp(
      async connection => {
        for await (const chunk of content) {
          await connection.write(chunk)
          break
        }
        connection.end()
        sent.resolve()
      },
      { port: 40000, tls: secure },
    )
    await network.host('ftp.example', {
      control: ftp({ write: text => content.write(text), done: sent.promise }),
      data,
    })
    using _inside = network.intercept()
    const client = new FtpClient()
    await client.access({ host: 'ftp.example', user: 'ada', password: 'lovelace', secure })
    const file = new PassThrough()
    await client.downloadTo(file, 'file.txt')
    file.end()
    assert.equal(String(Buffer.concat(await file.toArray())), 'what the file holds')
    client.close()
  })
}

/** BER: a tag, a short length and what it holds. */
const ber = (tag, ...parts) => {
  const content = Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))
  return Buffer.concat([Buffer.from([tag, content.length]), content])
}

/** LDAP's answers to bind, StartTLS and a search that finds one entry. */
function ldap({ port, tls = false }) {
  return tcp(
    async connection => {
      const result = (id, tag) =>
        connection.write(ber(0x30, ber(0x02, [id]), ber(tag, ber(0x0a, [0]), ber(0x04), ber(0x04))))
      for (;;) {
        const head = await connection.readExactly(2)
        if (head === undefined) return
        const body = await connection.readExactly(head[1] & 0x7f)
        const message = head[1] & 0x80 ? await connection.readExactly(body.readUIntBE(0, body.length)) : body
        const id = message[2]
        const operation = message[3]
        if (operation === 0x60) await result(id, 0x61)
        else if (operation === 0x77) {
          await result(id, 0x78)
          await connection.startTls()
        } else if (operation === 0x63) {
          const attribute = ber(0x30, ber(0x04, 'mail'), ber(0x31, ber(0x04, 'ada@example.org')))
          const entry = ber(0x64, ber(0x04, 'uid=ada,dc=example,dc=org'), ber(0x30, attribute))
          await connection.write(ber(0x30, ber(0x02, [id]), entry))
          await result(id, 0x65)
        } else if (operation === 0x42) return
      }
    },
    { port, tls },
  )
}

for (const [how, url, startTls] of [
  ['in the clear', 'ldap://ldap.example.org', false],
  ['by StartTLS', 'ldap://ldap.example.org', true],
  ['with TLS from the start', 'ldaps://ldap.example.org', false],
]) {
  test(`ldapts searches ${how}`, async () => {
    await using network = await createNetwork()
    await network.host('ldap.example.org', { clear: ldap({ port: 389 }), secure: ldap({ port: 636, tls: true }) })
    using _inside = network.intercept()
    const client = new LdapClient({ url })
    if (startTls) await client.startTLS()
    await client.bind('uid=ada,dc=example,dc=org', 'lovelace')
    const { searchEntries } = await client.search('dc=example,dc=org', { filter: '(uid=ada)' })
    assert.equal(searchEntries[0].mail, 'ada@example.org')
    await client.unbind()
  })
}

test('ssh2 runs a command and forwards a port', async context => {
  const keys = ssh2.utils.generateKeyPairSync('ed25519')
  const server = new ssh2.Server({ hostKeys: [keys.private] }, client => {
    client.on('authentication', attempt => attempt.accept())
    client.on('ready', () =>
      client.on('session', accept =>
        accept().on('exec', (acceptExec, _reject, { command }) => {
          const stream = acceptExec()
          stream.write(`ran ${command}`)
          stream.exit(0)
          stream.end()
        }),
      ),
    )
    client.on('error', () => {})
  })
  await using network = await createNetwork()
  await network.host('shell.example', { ssh: relay(22, await started(context, server)) })
  using _inside = network.intercept()
  const client = new ssh2.Client()
  await new Promise((resolve, reject) =>
    client.on('ready', resolve).on('error', reject).connect({ host: 'shell.example', username: 'ada', password: 'x' }),
  )
  const stream = await new Promise((resolve, reject) =>
    client.exec('uptime', (error, stream) => (error ? reject(error) : resolve(stream))),
  )
  let said = ''
  for await (const chunk of stream) said += chunk
  assert.equal(said, 'ran uptime')
  client.end()
})

test('net-snmp gets a value', async () => {
  await using network = await createNetwork()
  // The question as it came, but a response: its value is still NULL.
  const echo = message => {
    const reply = Buffer.from(message)
    reply[reply.indexOf(0xa0, 7)] = 0xa2
    return reply
  }
  await network.host('router.example', { agent: udp(echo, { port: 161 }) })
  using _inside = network.intercept()
  const session = snmp.createSession('router.example', 'public', { timeout: 2000, retries: 0 })
  const oid = '1.3.6.1.2.1.1.5.0'
  const values = await new Promise((resolve, reject) =>
    session.get([oid], (error, values) => (error ? reject(error) : resolve(values))),
  )
  assert.equal(values[0].oid, oid)
  session.close()
})
