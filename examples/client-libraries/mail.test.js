// Mail: nodemailer one by one and from a pool, with every kind of TLS, and imapflow, which reads a mailbox.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNetwork, imap, smtp } from 'backlot'
import { ImapFlow } from 'imapflow'
import nodemailer from 'nodemailer'

const message = { from: 'ann@example.org', to: 'ada@example.net', subject: 'Hello', text: 'Hi.' }

for (const [how, options] of [
  ['in the clear', { port: 25, ignoreTLS: true }],
  ['by STARTTLS', { port: 587, requireTLS: true, auth: { user: 'ada', pass: 'lovelace' } }],
  ['with TLS from the start', { port: 465, secure: true, auth: { user: 'ada', pass: 'lovelace' } }],
]) {
  for (const pool of [false, true]) {
    test(`nodemailer sends ${how}${pool ? ' from a pool' : ''}`, async () => {
      await using network = await createNetwork()
      const { mail } = await network.host('mx.example.net', { mail: smtp({ users: { ada: 'lovelace' } }) })
      using _inside = network.intercept()
      const transport = nodemailer.createTransport({ host: 'mx.example.net', pool, ...options })
      for (const subject of ['one', 'two', 'three']) await transport.sendMail({ ...message, subject })
      transport.close()
      assert.deepEqual(
        mail.delivered.map(({ subject }) => subject),
        ['one', 'two', 'three'],
      )
    })
  }
}

test('pools of nodemailer keep a hundred networks with the same name apart, at once', async () => {
  const live = async number => {
    await using network = await createNetwork({ seed: number })
    // Another host first, and an address of its own for every third, so that no cache of addresses fits all.
    if (number % 2) await network.host('other.example', { mail: smtp() })
    const options = number % 3 ? {} : { addresses: [`203.0.113.${number + 1}`] }
    const { mail } = await network.host('mx.example.net', { mail: smtp() }, options)
    using _inside = network.intercept()
    const transport = nodemailer.createTransport({ host: 'mx.example.net', port: 25, pool: true, ignoreTLS: true })
    await Promise.all([1, 2, 3].map(() => transport.sendMail({ ...message, subject: `mail of ${number}` })))
    transport.close()
    assert.deepEqual(
      mail.delivered.map(({ subject }) => subject),
      Array(3).fill(`mail of ${number}`),
    )
  }
  await Promise.all(Array.from({ length: 100 }, (_, i) => live(i)))
})

test('a pool of nodemailer that outlives a network sends into the next one', async () => {
  const transport = nodemailer.createTransport({ host: 'mx.example.net', port: 25, pool: true, ignoreTLS: true })
  for (const subject of ['one', 'two']) {
    await using network = await createNetwork()
    const { mail } = await network.host('mx.example.net', { mail: smtp() })
    using _inside = network.intercept()
    await transport.sendMail({ ...message, subject })
    assert.equal(mail.delivered[0].subject, subject)
  }
  transport.close()
})

test('nodemailer says which line adds a host that is missing', async () => {
  await using network = await createNetwork()
  using _inside = network.intercept()
  const transport = nodemailer.createTransport({ host: 'mx.example.net', port: 25 })
  await assert.rejects(transport.sendMail(message), error => {
    assert.match(saidBy(error), /await network\.host\('mx\.example\.net', \{ … \}\)/)
    return true
  })
})

/** All that an error and its causes say. */
function saidBy(error) {
  return error === undefined ? '' : `${error.message} ${saidBy(error.cause)}`
}

for (const [how, port, secure] of [
  ['by STARTTLS', 143, false],
  ['with TLS from the start', 993, true],
]) {
  test(`imapflow opens a mailbox ${how}`, async () => {
    await using network = await createNetwork()
    const mails = ['one', 'two', 'three'].map(subject => `Subject: ${subject}\n\nhello\n`)
    const { mail } = await network.host('imap.example.org', {
      mail: imap({ users: { ada: 'lovelace' }, mail: { ada: mails } }),
    })
    using _inside = network.intercept()
    const auth = { user: 'ada', pass: 'lovelace' }
    const client = new ImapFlow({ host: 'imap.example.org', port, secure, auth, logger: false })
    await client.connect()
    assert.equal(client.secureConnection, true)
    assert.equal((await client.mailboxOpen('INBOX')).exists, 3)
    const { envelope } = await client.fetchOne('2', { envelope: true })
    assert.equal(envelope.subject, 'two')
    await client.messageFlagsAdd('2', ['\\Seen'])
    assert.deepEqual(await client.search({ seen: true }), [2])
    assert.equal(mail.mailbox('ada').unseen, 2)
    await client.logout()
  })
}
