import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { connectSmtp } from '../clients/smtp.ts'
import { connectTcp } from '../clients/tcp.ts'
import { askUdp } from '../clients/udp.ts'
import type { SmtpState } from '../fakes/smtp.ts'
import type { Network } from '../net/network.ts'
import { openWorld } from './open.ts'

const network: Network = await openWorld()
const inside = network.intercept()
afterAll(async () => {
  inside[Symbol.dispose]()
  await network.close()
})

/** Says lines one after another, each when the last was answered, and gives what came. */
async function talk(host: string, port: number, lines: readonly string[]): Promise<string[]> {
  const socket = net.connect({ host, port })
  const replies: string[] = []
  let heard = ''
  const left = [...lines]
  for await (const chunk of socket) {
    heard += chunk.toString('latin1')
    for (
      let reply = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(heard);
      reply !== null;
      reply = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(heard)
    ) {
      replies.push(reply[0].trimEnd())
      heard = heard.slice(reply[0].length)
      const next = left.shift()
      if (next === undefined) socket.end()
      else socket.write(`${next}\r\n`)
    }
  }
  return replies
}

async function smtpState(host: string): Promise<SmtpState> {
  const service = network.services.find(each => each.host.name === host && each.protocol === 'smtp')
  return (await service!.state()) as unknown as SmtpState
}

const id = '[^ ]+'

describe.for(['aspmx.l', 'alt1.aspmx.l', 'alt2.aspmx.l', 'alt3.aspmx.l', 'alt4.aspmx.l'])('%s.google.com', name => {
  const host = `${name}.google.com`

  test('takes a mail with these words', async () => {
    const replies = await talk(host, 25, [
      'EHLO me',
      'MAIL FROM:<ann@example.org>',
      'RCPT TO:<ada@gmail.com>',
      'DATA',
      'Subject: hello\r\n\r\nhello\r\n.',
      'QUIT',
    ])
    expect(replies[1]!.split('\r\n')).toEqual([
      '250-mx.google.com at your service, [77.233.155.107]',
      '250-SIZE 35882577',
      '250-8BITMIME',
      '250-STARTTLS',
      '250-ENHANCEDSTATUSCODES',
      '250-PIPELINING',
      '250-CHUNKING',
      '250 SMTPUTF8',
    ])
    const patterns = [
      `220 mx\\.google\\.com ESMTP ${id} - gsmtp`,
      '250-[^]*',
      `250 2\\.1\\.0 OK ${id} - gsmtp`,
      `250 2\\.1\\.5 OK ${id} - gsmtp`,
      `354 Go ahead ${id} - gsmtp`,
      `250 2\\.0\\.0 OK 1426421356 ${id} - gsmtp`,
      `221 2\\.0\\.0 closing connection ${id} - gsmtp`,
    ]
    expect(replies).toHaveLength(patterns.length)
    for (const [index, pattern] of patterns.entries()) expect(replies[index]).toMatch(new RegExp(`^${pattern}$`))
  })
})

describe('mail for gmail.com', () => {
  test.for([
    ['ada@gmail.com', '250 2.1.5'],
    ['faruq@google.com', '250 2.1.5'],
    ['nobody@gmail.com', '550-?[ -]?5.1.1'],
    ['ada@example.org', '550-?[ -]?5.7.1'],
  ])('a recipient %s is answered %s', async ([recipient, reply]) => {
    const replies = await talk('aspmx.l.google.com', 25, ['EHLO me', 'MAIL FROM:<>', `RCPT TO:<${recipient}>`, 'QUIT'])
    expect(replies[3]).toMatch(new RegExp(`^${reply}`))
  })

  test('is in one mailbox whichever server took it, before it is said to be', async () => {
    const before = (await smtpState('smtp.gmail.com')).mailbox('ada').messages.length
    await using client = await connectSmtp({ host: 'alt3.aspmx.l.google.com', tls: 'none' })
    await client.send({ from: 'ann@example.org', to: 'ada@gmail.com', subject: 'once', text: 'once' })
    expect((await smtpState('smtp.gmail.com')).mailbox('ada').messages).toHaveLength(before + 1)
    expect((await smtpState('aspmx.l.google.com')).mailbox('ada').messages).toHaveLength(before + 1)
  })
})

describe('smtp.gmail.com', () => {
  const host = 'smtp.gmail.com'

  test('wants STARTTLS before MAIL on 587', async () => {
    const replies = await talk(host, 587, ['EHLO me', 'MAIL FROM:<ada@gmail.com>', 'STARTTLS'])
    expect(replies[1]).not.toContain('AUTH')
    expect(replies[2]).toMatch(/^530 5\.7\.0 /)
    expect(replies[3]).toBe('220 2.0.0 Ready to start TLS')
  })

  test.for([587, 465])('lists its mechanisms under TLS on %i, and wants a login before MAIL', async port => {
    const lines: string[] = []
    await using client = await connectSmtp({
      host,
      port,
      dialogue: line => lines.push(line),
      tls: port === 465 ? 'implicit' : 'required',
    })
    expect(lines.join('\n')).toContain('AUTH LOGIN PLAIN XOAUTH XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER')
    const sent = client.send({ from: 'ada@gmail.com', to: 'faruq@gmail.com', text: 'x' })
    await expect(sent).rejects.toMatchObject({ reply: { code: 530 }, message: expect.stringContaining('5.5.1') })
  })

  test.for(['ada', 'ada@gmail.com'])('knows %s by her password', async user => {
    const lines: string[] = []
    await using _client = await connectSmtp({
      host,
      port: 465,
      auth: { user, password: 'lovelace' },
      dialogue: line => lines.push(line),
    })
    expect(lines.join('\n')).toContain('235 2.7.0 Accepted')
  })

  test('refuses a wrong password by 535 5.7.8', async () => {
    const wrong = connectSmtp({ host, port: 465, auth: { user: 'ada', password: 'byron' } })
    await expect(wrong).rejects.toMatchObject({ reply: { code: 535 }, message: expect.stringContaining('5.7.8') })
  })

  test.for([
    ['localdomain.loc', 'debian6box.localdomain.loc'],
    ['debian6box.localdomain.loc', 'debian6box.localdomain.loc'],
  ])('brings mail for %s to %s', async ([domain, goal]) => {
    const { delivered } = await smtpState(goal!)
    const before = delivered.length
    await using client = await connectSmtp({ host, port: 465, auth: { user: 'ada', password: 'lovelace' } })
    await client.send({ from: 'ada@gmail.com', to: `faruq@${domain}`, subject: 'over there', text: 'x' })
    await (await smtpState(host)).queueSettled()
    expect(delivered.slice(before)).toMatchObject([{ subject: 'over there' }])
  })
})

describe('debian6box', () => {
  test.for(['debian6box.localdomain.loc', 'localhost'])(
    'takes mail at %s from anybody, and says for whom and when',
    async host => {
      const { mailbox } = await smtpState('debian6box.localdomain.loc')
      const before = mailbox('faruq').messages.length
      await using client = await connectSmtp({ host, tls: 'none' })
      await client.send({ from: 'anybody@nowhere.example', to: 'faruq@localhost', text: 'x' })
      const [mail] = mailbox('faruq').messages.slice(before)
      const text = mail!.raw.toString('latin1')
      expect(text).toMatch(/^Envelope-to: faruq@localhost\r\n/m)
      expect(text).toMatch(/^Delivery-date: Sun, 15 Mar 2015 12:09:16 \+0000\r\n/m)
    },
  )

  test('relays for the machine itself', async () => {
    const { delivered } = await smtpState('aspmx.l.google.com')
    const before = delivered.length
    await using client = await connectSmtp({ host: 'localhost', tls: 'none' })
    await client.send({ from: 'faruq@localhost', to: 'ada@gmail.com', subject: 'relayed', text: 'x' })
    await (await smtpState('debian6box.localdomain.loc')).queueSettled()
    expect(delivered.slice(before)).toMatchObject([{ subject: 'relayed' }])
  })
})

describe('tincan', () => {
  const host = 'tincan.localdomain.loc'

  test('tells the time in 24 octets for any payload, until END', async () => {
    await using client = await connectTcp({ host, port: 12345 })
    for (const payload of ['x', 'what time is it?\n']) {
      await client.write(payload)
      expect((await client.read())?.toString()).toBe('Sun Mar 15 12:09:16 2015')
    }
    await client.write('END')
    expect(await client.read()).toBeUndefined()
  })

  test.for(['', 'x', '\0\xff'])('answers the datagram %j', async message => {
    const bytes = Buffer.from(message, 'latin1')
    expect((await askUdp({ host, port: 12345, message: bytes })).toString()).toBe('UDP server sending data')
  })

  test('echoes each message with its sender’s address, however it is cut', async () => {
    await using client = await connectTcp({ host, port: 4040 })
    await client.write('h\u00e9llo\0wor')
    const first = (await client.readUntil('\0'))!.toString()
    expect(first).toMatch(/^\('10\.0\.2\.15', \d+\): h\u00e9llo\0$/)
    await client.write('ld\0')
    expect((await client.readUntil('\0'))!.toString()).toMatch(/: world\0$/)
  })

  test('brings each message of the chat to everybody, by address or by name', async () => {
    await using ann = await connectTcp({ host, port: 4041 })
    await using bob = await connectTcp({ host, port: 4041 })
    await bob.write('here\0')
    expect((await bob.readUntil('\0'))!.toString()).toMatch(/^\('10\.0\.2\.15', \d+\): here\0$/)
    await ann.write('/name Ann\0')
    await ann.write('hello\0')
    const said = [await ann.readUntil('\0'), await bob.readUntil('\0')].map(String)
    const hello = said.every(each => each === 'Ann: hello\0') || String(await ann.readUntil('\0')) === 'Ann: hello\0'
    expect(hello).toBe(true)
  })

  test('has a chat that outlives one of its clients', async () => {
    await using ann = await connectTcp({ host, port: 4041 })
    const gone = net.connect({ host, port: 4041 })
    await once(gone, 'connect')
    gone.resetAndDestroy()
    await ann.write('still here\0')
    expect(String(await ann.readUntil('\0'))).toContain('still here')
  })

  test('answers anything under TLS by a certificate of its own', async () => {
    const socket = tls.connect({ host, port: 8000, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { subject, issuer, serialNumber } = socket.getPeerCertificate()
    const name = { C: 'GB', L: 'London', O: 'Default Company Ltd', CN: 'localhost', emailAddress: 'root@localhost' }
    expect({ ...subject }).toEqual(name)
    expect({ ...issuer }).toEqual(name)
    expect(serialNumber).toBe('99BDCBF634FADD7C')
    expect(socket.authorized).toBe(false)
    socket.write('whatever')
    let heard = ''
    for await (const chunk of socket) heard += chunk
    expect(heard).toBe('200 OK\r\n\r\n')
  })

  test('is trusted under TLS by who has its certificate, and by nobody else', async () => {
    const ca = await network.certificateAt({ address: '192.168.0.7', port: 8000 })
    await using client = await connectTcp({ host, port: 8000, tls: { servername: 'localhost', ca: ca! } })
    await client.write('whatever')
    expect(String(await client.read())).toBe('200 OK\r\n\r\n')
    await expect(connectTcp({ host, port: 8000, tls: true })).rejects.toMatchObject({ code: 'TLS_UNTRUSTED' })
    expect(await network.certificateAt({ address: '192.168.0.7', port: 4040 })).toBeUndefined()
  })
})
