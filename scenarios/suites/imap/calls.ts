// What our client makes of it.

import { calls } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

export const clientCalls: readonly Scenario[] = [
  calls(
    'a client reads a mailbox',
    'lovelace',
    async function* (client) {
      const { exists, uidNext } = await client.select('INBOX')
      yield `${exists} messages, the next is ${uidNext}`
      for await (const { seq, size, envelope } of client.fetch('1:4', { size: true, envelope: true }))
        yield `${seq}: ${size} octets, ${envelope?.subject}`
      for await (const { bodyParts } of client.fetch('3', { bodyParts: ['1.2'] }))
        for (const [part, octets] of bodyParts ?? []) yield `${part}: ${octets.toString().trim()}`
      yield `from Bob: ${await client.search('FROM bob')}`
      yield `by subject: ${await client.sort('SUBJECT')}`
    },
    `
    6 messages, the next is 7
    1: 187 octets, one
    2: 249 octets, Re: one
    3: 744 octets, parts
    4: 300 octets, Grüße aus Köln
    1.2: <p>text =3D html</p>
    from Bob: 2,6
    by subject: 4,6,1,2,3,5
  `,
  ),
  calls(
    'a client changes a mailbox',
    'lovelace',
    async function* (client) {
      await client.create('Entwürfe')
      await client.select('INBOX')
      yield `copied as ${JSON.stringify((await client.copy('1:2', 'Entwürfe'))?.uids)}`
      yield `appended as ${(await client.append('Entwürfe', 'Subject: x\r\n\r\nx\r\n', { flags: ['\\Draft'] }))?.uid}`
      yield JSON.stringify(await client.status('Entwürfe', { messages: true, unseen: true }))
      await client.store('1', 'add', ['\\Deleted'])
      yield `gone: ${await client.expunge()}`
      yield (await client.mailboxes())
        .map(({ path }) => path)
        .sort()
        .join(' ')
    },
    `
    copied as [{"from":1,"to":1},{"from":2,"to":2}]
    appended as 3
    {"messages":3,"unseen":3}
    gone: 1
    Entwürfe INBOX
  `,
  ),
  calls(
    'a client is told by a typed error that its password is wrong',
    'byron',
    async function* (client) {
      yield `${client.capabilities.length} capabilities`
    },
    `
    ImapReplyError NO AUTHENTICATIONFAILED
  `,
  ),
  calls(
    'a client is told by a typed error that a mailbox is not there',
    'lovelace',
    async function* (client) {
      yield `${(await client.select('INBOX')).exists} messages`
      await client.copy('1', 'Nope')
    },
    `
    6 messages
    ImapReplyError NO TRYCREATE COPY
  `,
  ),
]
