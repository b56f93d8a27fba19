import { expect, test } from 'vitest'
import { connectImap } from '../clients/imap.ts'
import { connectPop3 } from '../clients/pop3.ts'
import { connectSmtp } from '../clients/smtp.ts'
import { connectTcp } from '../clients/tcp.ts'
import { createNetwork, imap, pop3, smtp, tcp } from '../index.ts'
import type { Fault } from '../net/fault.ts'
import { expiredCertificate, oldTls, selfSigned, unknownAuthority, wrongName } from './certificates.ts'
import { corrupt } from './corrupt.ts'
import { latency } from './latency.ts'
import { reset } from './reset.ts'
import { slice } from './slice.ts'
import { startTlsStripped } from './start-tls-stripped.ts'

async function secureYard() {
  const network = await createNetwork()
  const { lines } = await network.host('a.example', {
    lines: tcp({ greeting: 'hello\n', delimiter: '\n', answer: line => line }, { port: 4000, tls: true }),
  })
  return { network, lines }
}

test.each<[string, Fault, string]>([
  ['an expired certificate', expiredCertificate(), 'TLS_EXPIRED'],
  ['a certificate for another name', wrongName(), 'TLS_WRONG_NAME'],
  ['a certificate signed by itself', selfSigned(), 'TLS_UNTRUSTED'],
  ['an unknown authority', unknownAuthority(), 'TLS_UNTRUSTED'],
  ['an old version', oldTls(), 'TLS_FAILED'],
])('a client refuses %s, and takes the one that comes after', async (_what, fault, code) => {
  const { network } = await secureYard()
  await using _closed = network
  using _inside = network.intercept()
  {
    using guard = network.fault(fault)
    await expect(connectTcp({ host: 'a.example', port: 4000, tls: true })).rejects.toMatchObject({ code })
    expect(guard.hits).toBe(1)
  }
  await using client = await connectTcp({ host: 'a.example', port: 4000, tls: true })
  expect(String(await client.readUntil('\n'))).toBe('hello\n')
})

test('an old version is spoken with a client that takes it', async () => {
  const { network, lines } = await secureYard()
  await using _closed = network
  network.fault(oldTls())
  const { connect } = await import('node:tls')
  const socket = connect({
    ...lines.endpoint,
    servername: 'a.example',
    ca: network.authority.pem,
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT:@SECLEVEL=0',
  })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  expect(socket.getProtocol()).toBe('TLSv1.1')
  socket.destroy()
})

test('faults count and change decrypted octets', async () => {
  const { network } = await secureYard()
  await using _closed = network
  using _inside = network.intercept()
  network.fault(latency({ delayMs: 100 }))
  network.fault(slice({ bytes: 2 }))
  using cut = network.fault(reset({ afterBytes: 9 }))
  await using client = await connectTcp({ host: 'a.example', port: 4000, tls: true })
  expect(String(await client.readUntil('\n'))).toBe('hello\n')
  await client.write('again\n')
  expect(String(await client.readExactly(3))).toBe('aga')
  await expect(client.readExactly(1)).rejects.toMatchObject({ code: 'RESET' })
  expect(cut.hits).toBe(1)
})

test('corrupt under TLS is noticed by the protocol, not by TLS', async () => {
  const { network } = await secureYard()
  await using _closed = network
  using _inside = network.intercept()
  network.fault(corrupt())
  await using client = await connectTcp({ host: 'a.example', port: 4000, tls: true })
  expect(String(await client.readExactly(6))).not.toBe('hello\n')
})

test('with STARTTLS stripped a client that needs it gives up, and one that does not stays in the clear', async () => {
  await using network = await createNetwork()
  const { mail } = await network.host('mx.example', { mail: smtp() })
  using _inside = network.intercept()
  {
    using stripped = network.fault(startTlsStripped({ to: 'mx.example' }))
    await expect(connectSmtp({ host: 'mx.example', tls: 'required' })).rejects.toThrow()
    await using client = await connectSmtp({ host: 'mx.example' })
    await client.send({ from: 'ann@example.org', to: 'bob@mx.example', text: 'hello' })
    expect(mail.delivered).toMatchObject([{ secure: false }])
    expect(stripped.hits).toBeGreaterThanOrEqual(2)
  }
  await using client = await connectSmtp({ host: 'mx.example', tls: 'required' })
  await client.send({ from: 'ann@example.org', to: 'bob@mx.example', text: 'hello' })
})

test('with STARTTLS stripped POP3 clients do not learn of STLS, and a mail may speak of it', async () => {
  await using network = await createNetwork()
  const content = 'Subject: how to\r\n\r\nSTLS\r\n'
  await network.host('pop.example', { mail: pop3({ users: { ada: 'lovelace' }, mail: { ada: [content] } }) })
  using _inside = network.intercept()
  using stripped = network.fault(startTlsStripped({ to: 'pop.example' }))
  const auth = { user: 'ada', password: 'lovelace' }
  await expect(connectPop3({ host: 'pop.example', tls: 'required', auth })).rejects.toThrow()
  await using client = await connectPop3({ host: 'pop.example', auth })
  expect(client.secure).toBe(false)
  expect(client.capabilities).not.toContain('STLS')
  expect((await client.retrieve(1)).text).toBe('STLS')
  await expect(client.startTls(true, { host: 'pop.example', secure: {}, timeoutMs: 10_000 })).rejects.toThrow()
  expect(stripped.hits).toBeGreaterThanOrEqual(2)
})

test('with STARTTLS stripped IMAP clients do not learn of it', async () => {
  await using network = await createNetwork()
  await network.host('imap.example', { mail: imap({ users: { ada: 'lovelace' } }) })
  using _inside = network.intercept()
  const auth = { user: 'ada', password: 'lovelace' }
  {
    using stripped = network.fault(startTlsStripped({ to: 'imap.example' }))
    await expect(connectImap({ host: 'imap.example', tls: 'required', auth })).rejects.toThrow()
    await using client = await connectImap({ host: 'imap.example', auth })
    expect(client.secure).toBe(false)
    expect(stripped.hits).toBeGreaterThanOrEqual(2)
  }
  await using client = await connectImap({ host: 'imap.example', tls: 'required', auth })
  expect(client.secure).toBe(true)
})

test('with STARTTLS stripped it is masked however its octets come, and nowhere else', async () => {
  await using network = await createNetwork()
  const said = '250-STARTTLS\r\n354 go on\r\nSTARTTLS in a prompt without an end'
  const { code } = await network.host('a.example', {
    code: tcp(
      async connection => {
        for (const octet of said) await connection.write(octet)
        for await (const _chunk of connection);
      },
      { port: 4000 },
    ),
  })
  using stripped = network.fault(startTlsStripped())
  await using client = await connectTcp(code.endpoint)
  const wanted = said.replace('250-STARTTLS', '250-XXXXXXXX')
  expect(String(await client.readExactly(said.length))).toBe(wanted)
  const mail = 'STARTTLS\r\nturn on STARTTLS\r\n.\r\n'
  for (const octet of `${mail}starttls\r\na1 STARTTLS\r\nSend`) await client.write(octet)
  client.end()
  await client.readAll()
  const received = code.connections[0]!.received.toString()
  expect(received).toBe(`${mail}XXXXXXXX\r\na1 XXXXXXXX\r\nSend`)
  expect(stripped.hits).toBe(3)
})

test('with STARTTLS stripped a service that says no lines is heard at once', async () => {
  await using network = await createNetwork()
  const { code } = await network.host('a.example', {
    code: tcp(
      async connection => {
        for await (const chunk of connection) await connection.write(`you said ${chunk}`)
      },
      { port: 4000 },
    ),
  })
  using _stripped = network.fault(startTlsStripped())
  await using client = await connectTcp(code.endpoint)
  await client.write('no end of a line')
  expect(String(await client.readExactly(25))).toBe('you said no end of a line')
})

test('STARTTLS goes on under latency, slices and a message’s pattern', async () => {
  await using network = await createNetwork()
  const { mail } = await network.host('mx.example', { mail: smtp() })
  using _inside = network.intercept()
  network.fault(latency({ delayMs: 300, jitterMs: 100 }))
  network.fault(latency({ delayMs: 300, from: 'client' }))
  network.fault(slice({ bytes: 3 }))
  network.fault(slice({ bytes: 3, from: 'client' }))
  using cut = network.fault(reset({ at: /^DATA/, nth: 2 }))
  for (const isCut of [false, true, false]) {
    await using client = await connectSmtp({ host: 'mx.example', tls: 'required' })
    const sent = client.send({ from: 'ann@example.org', to: 'bob@mx.example', text: 'hello' })
    if (isCut) await expect(sent).rejects.toMatchObject({ name: 'NetworkError' })
    else await sent
  }
  expect(mail.delivered).toHaveLength(2)
  expect(cut.hits).toBe(1)
})
