import { expect, onTestFinished, type TestContext, test } from 'vitest'
import { connectImap, type ImapClientOptions } from '../clients/imap.ts'
import { createNetwork } from '../index.ts'
import { startDovecot } from './real/dovecot.ts'
import { program } from './real/program.ts'

/** What an iteration gives. */
async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

const auth = { user: 'ada', password: 'lovelace' }
const mails = [
  'From: bob@example.net\nSubject: zebra\nMessage-ID: <1@example.net>\nDate: Sun, 15 Mar 2015 12:00:00 +0000\n\none\n',
  'From: ann@example.org\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\nMessage-ID: <2@example.net>\nDate: Sun, 15 Mar 2015 11:00:00 +0000\n\ntwo\n',
  'From: ann@example.org\nSubject: Re: zebra\nMessage-ID: <3@example.net>\nReferences: <1@example.net>\nDate: Sun, 15 Mar 2015 13:00:00 +0000\n\nthree\n',
]

/** Dovecot with three mails for ada, and what a client connects to it with. */
async function dovecot(context: TestContext): Promise<ImapClientOptions & { ca: string }> {
  const path = await program(context, 'dovecot', 'dovecot-imapd')
  const network = await createNetwork()
  onTestFinished(() => network.close())
  const certificate = network.authority.issue({ names: ['127.0.0.1'] })
  const server = await startDovecot(path, {
    protocol: 'imap',
    certificate,
    users: { ada: 'lovelace' },
    mail: { ada: mails },
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return { host: '127.0.0.1', port: server.port, ca: network.authority.pem, auth }
}

test('a client lists, selects, searches, sorts, threads and fetches mail of Dovecot, under STARTTLS', async context => {
  await using client = await connectImap({ ...(await dovecot(context)), tls: 'required' })
  expect(client.secure).toBe(true)
  expect(client.server).toMatchObject({ name: 'Dovecot' })
  expect((await client.mailboxes()).map(({ path }) => path)).toEqual(['INBOX'])
  expect(await client.select('INBOX')).toMatchObject({ exists: 3, readOnly: false })
  expect(await client.search('FROM ann')).toEqual([2, 3])
  expect(await client.search('OR (SUBJECT "grüße") BODY one', { uid: true })).toEqual([1, 2])
  expect(await client.sort('REVERSE DATE')).toEqual([3, 1, 2])
  expect(await client.sort('SUBJECT', 'FROM ann')).toEqual([2, 3])
  expect(await client.thread('REFERENCES')).toEqual([
    { number: 2, children: [] },
    { number: 1, children: [{ number: 3, children: [] }] },
  ])
  const seen = []
  for await (const { seq, envelope, source } of client.fetch('1:*', { envelope: true, source: true })) {
    seen.push([seq, envelope?.subject, source?.toString().split('\r\n\r\n')[1]])
  }
  expect(seen).toEqual([
    [1, 'zebra', 'one\r\n'],
    [2, 'grüße', 'two\r\n'],
    [3, 'Re: zebra', 'three\r\n'],
  ])
})

test('a client creates, appends, stores, copies, moves and expunges at Dovecot', async context => {
  await using client = await connectImap(await dovecot(context))
  await client.create('Entwürfe')
  await client.rename('Entwürfe', 'Müll & Co')
  await client.subscribe('Müll & Co')
  expect((await client.mailboxes()).map(({ path, subscribed }) => [path, subscribed])).toContainEqual([
    'Müll & Co',
    true,
  ])
  const date = new Date('2020-02-03T04:05:06Z')
  const appended = await client.append('Müll & Co', 'Subject: four\r\n\r\nvier\r\n', {
    flags: ['\\Seen', 'blue'],
    date,
  })
  expect(appended).toMatchObject({ uid: 1 })
  await client.select('INBOX')
  expect(await client.copy('1,3', 'Müll & Co')).toMatchObject({
    uids: [
      { from: 1, to: 2 },
      { from: 3, to: 3 },
    ],
  })
  expect(await client.move('2', 'Müll & Co', { uid: true })).toMatchObject({ uids: [{ from: 2, to: 4 }] })
  expect(await client.status('Müll & Co', { messages: true, unseen: true })).toEqual({ messages: 4, unseen: 3 })
  expect(await client.store('1:2', 'add', ['\\Deleted'])).toEqual([])
  expect(await client.expunge('3')).toEqual([2])
  expect(await client.expunge()).toEqual([1])
  expect(client.mailbox?.exists).toBe(0)
  await client.deselect()
  expect(client.mailbox).toBeUndefined()
  await client.select('Müll & Co', { readOnly: true })
  const [first] = await all(client.fetch('1', { flags: true, internalDate: true }))
  expect(first).toMatchObject({ internalDate: date })
  expect([...first!.flags!]).toEqual(expect.arrayContaining(['\\Seen', 'blue']))
  await client.deselect()
  await client.delete('Müll & Co')
  expect(await client.mailboxes()).toHaveLength(1)
})

test('a STORE that came too late changes nothing, and tells where', async context => {
  await using client = await connectImap(await dovecot(context))
  expect(await client.enable(['CONDSTORE'])).toEqual(['CONDSTORE'])
  const { highestModseq } = await client.select('INBOX')
  await client.store('2', 'add', ['\\Flagged'])
  const late = { unchangedSince: highestModseq! }
  expect(await client.store('1:3', 'add', ['\\Seen'], late)).toEqual([2])
  expect(await client.search('SEEN')).toEqual([1, 3])
  const changed = await all(client.fetch('1:*', { flags: true }, { changedSince: highestModseq! }))
  expect(changed.map(({ seq }) => seq)).toEqual([1, 2, 3])
})

test('an idle client hears of new mail, says other commands meanwhile, and stops when told to', async context => {
  const options = await dovecot(context)
  await using client = await connectImap(options)
  await using other = await connectImap(options)
  await client.select('INBOX')
  await other.select('INBOX')
  const stop = new AbortController()
  const changes = client.idle({ signal: stop.signal })
  const first = changes.next()
  await other.append('INBOX', 'Subject: four\r\n\r\n')
  expect(await first).toEqual({ done: false, value: { kind: 'exists', count: 4 } })
  expect(await client.search('SUBJECT four')).toEqual([4])
  const second = changes.next()
  await other.store('1', 'add', ['\\Flagged'])
  expect((await second).value).toMatchObject({ kind: 'flags', number: 1, flags: new Set(['\\Flagged', '\\Recent']) })
  const last = changes.next()
  stop.abort()
  expect(await last).toEqual({ done: true, value: undefined })
  await client.noop()
})

test('what Dovecot refuses is an error with its status, code and text', async context => {
  const options = await dovecot(context)
  const wrong = connectImap({ ...options, auth: { user: 'ada', password: 'byron' } })
  await expect(wrong).rejects.toMatchObject({ name: 'ImapReplyError', status: 'NO', code: 'AUTHENTICATIONFAILED' })
  await using client = await connectImap({ ...options, auth: { ...auth, mechanism: 'LOGIN' } })
  const missing = {
    name: 'ImapReplyError',
    status: 'NO',
    text: expect.stringContaining("Mailbox doesn't exist: Nowhere"),
    command: 'SELECT',
  }
  await expect(client.select('Nowhere')).rejects.toMatchObject(missing)
  await expect(client.create('INBOX')).rejects.toMatchObject({ code: 'ALREADYEXISTS', command: 'CREATE' })
  await expect(client.exec('FROB')).rejects.toMatchObject({ status: 'BAD', command: 'FROB' })
  expect(await client.namespaces()).toEqual({ personal: [{ prefix: '', separator: '/' }], other: [], shared: [] })
})
