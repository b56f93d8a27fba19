import net from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connectImap, ImapReplyError } from '../clients/imap.ts'
import { connectPop3 } from '../clients/pop3.ts'
import { connectSmtp } from '../clients/smtp.ts'
import { createNetwork, type ImapOptions, imap, pop3, smtp } from '../index.ts'

const host = 'mail.example.net'
const auth = { user: 'ada', password: 'lovelace' }
const users = { ada: 'lovelace' }

/** A host with all of mail, in which this process lives until the test is over. */
async function open(options: ImapOptions = {}) {
  const network = await createNetwork()
  onTestFinished(() => network.close())
  const services = { mail: smtp({ users }), reading: imap(options), pop: pop3() }
  const handles = await network.host(host, services)
  const inside = network.intercept()
  onTestFinished(() => inside[Symbol.dispose]())
  return { network, ...handles }
}

async function send(subject: string): Promise<void> {
  await using sender = await connectSmtp({ host })
  await sender.send({ from: 'ann@example.org', to: 'ada@example.net', subject, text: subject })
}

test.each(['implicit', 'required', 'none'] as const)('a session reads its mail with TLS %s', async tls => {
  await open({ mail: { ada: ['Subject: one\n\none\n', 'Subject: Grüße\n\nzwei\n'] } })
  await using client = await connectImap({ host, auth, tls })
  expect(client.secure).toBe(tls !== 'none')
  expect(await client.select('Inbox')).toMatchObject({ exists: 2, readOnly: false })
  const subjects: (string | undefined)[] = []
  for await (const { envelope } of client.fetch('1:*', { envelope: true })) subjects.push(envelope?.subject)
  expect(subjects).toEqual(['one', 'Grüße'])
})

test('what SMTP accepts is told to a client that idles', async () => {
  const { reading } = await open()
  await using client = await connectImap({ host, auth })
  await client.select('INBOX')
  const changes = client.idle()
  const change = changes.next()
  // IDLE has begun when the server knows of it.
  await send('hello')
  expect((await change).value).toEqual({ kind: 'exists', count: 1 })
  await changes.return(undefined)
  expect(reading.mailbox('ada').messages[0]!.subject).toBe('hello')
})

test('what POP3 has retrieved is seen, and what IMAP expunges is gone from POP3', async () => {
  await open()
  await send('one')
  await send('two')
  await using client = await connectImap({ host, auth })
  await client.select('INBOX')
  {
    await using popper = await connectPop3({ host, auth })
    await popper.retrieve(1)
    await popper.quit()
  }
  expect(await client.search('SEEN')).toEqual([1])
  await client.store('1', 'add', ['\\Deleted'])
  expect(await client.expunge()).toEqual([1])
  await using popper = await connectPop3({ host, auth })
  expect((await popper.top(1)).header('subject')).toBe('two')
})

test('folders are made, renamed, subscribed, filled and deleted', async () => {
  await open({ mail: { ada: ['Subject: one\n\none\n', 'Subject: two\n\ntwo\n'] } })
  await using client = await connectImap({ host, auth })
  await client.create('Arbeit & Grüße')
  await client.rename('Arbeit & Grüße', 'Work/Grüße')
  await client.subscribe('Work/Grüße')
  expect((await client.mailboxes()).map(({ path, subscribed }) => [path, subscribed])).toContainEqual([
    'Work/Grüße',
    true,
  ])
  await client.select('INBOX')
  expect(await client.copy('1:2', 'Work/Grüße')).toMatchObject({
    uids: [
      { from: 1, to: 1 },
      { from: 2, to: 2 },
    ],
  })
  expect(await client.move('2', 'Work/Grüße')).toMatchObject({ uids: [{ from: 2, to: 3 }] })
  expect(await client.status('Work/Grüße', { messages: true, unseen: true })).toEqual({ messages: 3, unseen: 3 })
  await client.subscribe('Work/Grüße', { off: true })
  await client.delete('Work/Grüße')
  await expect(client.status('Work/Grüße', { messages: true })).rejects.toThrow(ImapReplyError)
})

test('what is over the quota is refused, and the quota is told', async () => {
  const { reading } = await open()
  reading.mailbox('ada').account.quota = { octets: 2048, messages: 10 }
  await using client = await connectImap({ host, auth })
  await client.append('INBOX', `Subject: x\r\n\r\n${'x'.repeat(1500)}`)
  await expect(client.append('INBOX', 'x'.repeat(1500))).rejects.toMatchObject({ code: 'OVERQUOTA' })
  expect(await client.quota()).toEqual([
    { root: 'User quota', resources: { STORAGE: { used: 2, limit: 2 }, MESSAGE: { used: 1, limit: 10 } } },
  ])
})

test('a store on condition says which messages others have changed', async () => {
  const { reading } = await open({ mail: { ada: ['one', 'two'] } })
  await using client = await connectImap({ host, auth })
  await client.select('INBOX')
  const unchangedSince = BigInt(reading.mailbox('ada').highestModSeq)
  reading.mailbox('ada').change([reading.mailbox('ada').messages[1]!], { how: 'add', flags: ['\\Flagged'] })
  expect(await client.store('1:2', 'add', ['\\Seen'], { unchangedSince })).toEqual([2])
  expect(reading.mailbox('ada').messages.map(({ flags }) => flags.list)).toEqual([['\\Seen'], ['\\Flagged']])
})

test('a reply that was asked for on cue comes once', async () => {
  await open({ mail: { ada: ['one'] }, faults: [{ at: 'SEARCH', times: 1, reply: 'NO [UNAVAILABLE] try again' }] })
  await using client = await connectImap({ host, auth })
  await client.select('INBOX')
  await expect(client.search('ALL')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(await client.search('ALL')).toEqual([1])
})

test('a client that reads nothing is sent little, harms nobody, and has all when it reads', async () => {
  const big = Buffer.from(`Subject: big\r\n\r\n${'x'.repeat(2 ** 20)}\r\n`)
  const count = 200
  const { reading } = await open({ mail: { ada: Array.from({ length: count }, () => ({ content: big })) } })
  const socket = net.connect({ host, port: 143 })
  onTestFinished(() => void socket.destroy())
  socket.pause()
  socket.write('a LOGIN ada lovelace\r\nb SELECT INBOX\r\nc FETCH 1:* BODY[]\r\nd LOGOUT\r\n')
  await using client = await connectImap({ host, auth, tls: 'none' })
  // What has been made is \Seen. In the end it stands still, far from all.
  let before = -1
  while (before !== reading.mailbox('ada').unseen) {
    before = reading.mailbox('ada').unseen
    for (let round = 0; round < 20; round++) await client.noop()
  }
  expect(before).toBeGreaterThan(count / 2)
  expect(before).toBeLessThan(count)
  let octets = 0
  let end = ''
  for await (const chunk of socket) {
    octets += chunk.length
    end = (end + chunk.toString('latin1')).slice(-100)
  }
  expect(octets).toBeGreaterThan(count * big.length)
  expect(end).toMatch(/c OK Fetch completed\r\n\* BYE Logging out\r\nd OK Logout completed\r\n$/)
  expect(reading.mailbox('ada').unseen).toBe(0)
})
