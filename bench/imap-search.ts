// How fast SEARCH, SORT and THREAD go through a mailbox of 100,000 messages, beside a plain loop over them.
// node bench/imap-search.ts

import { search } from '../fakes/imap/search.ts'
import { sort } from '../fakes/imap/sort.ts'
import { thread } from '../fakes/imap/thread.ts'
import { MailStore } from '../fakes/mail/store.ts'
import type { SearchKey } from '../wire/imap/search.ts'

const count = 100_000
const dayMs = 86_400_000
const body = `${'x'.repeat(70)}\r\n`.repeat(13)
const mails = Array.from({ length: count }, (_, index) => ({
  content: Buffer.from(
    [
      `Received: from mx.example.org by mail.example.net; Wed, 25 Nov 2026 12:00:00 +0000`,
      `Message-ID: <${index}@example.org>`,
      ...(index % 10 === 0 ? [] : [`References: <${index - (index % 10)}@example.org> <${index - 1}@example.org>`]),
      `Date: Wed, ${1 + (index % 28)} Nov 2026 12:00:00 +0100`,
      `From: User ${index % 500} <user${index % 500}@example.org>`,
      'To: ada@example.net',
      `Subject: ${index % 10 === 0 ? '' : 'Re: '}plan ${Math.floor(index / 10)}`,
      '',
      body,
    ].join('\r\n'),
  ),
  flags: index % 3 === 0 ? ['\\Seen'] : index % 100 === 0 ? ['\\Flagged'] : [],
  date: (index % 365) * dayMs,
}))
const store = new MailStore({ now: () => 0, epoch: 0 })
store.take({ mail: { ada: mails } })
const { messages } = store.mailbox('ada')
const context = { nowMs: 365 * dayMs, isRecent: () => false }
const all = [...messages.keys()]

const found = (key: SearchKey) => () => search(key, messages, context).length
const measured: readonly [string, () => number][] = [
  ['a plain loop: seen', () => messages.filter(({ flags }) => flags.seen).length],
  ['SEARCH SEEN', found({ key: 'SEEN' })],
  ['SEARCH FLAGGED UNSEEN', found({ key: 'AND', all: [{ key: 'FLAGGED' }, { key: 'UNSEEN' }] })],
  ['a plain loop: since a day', () => messages.filter(({ internalMs }) => internalMs >= 300 * dayMs).length],
  ['SEARCH SINCE', found({ key: 'SINCE', day: 300 * dayMs })],
  ['SEARCH UID 50000', found({ key: 'UID', set: [{ first: 50_000, last: 50_000 }] })],
  ['SEARCH SENTON', found({ key: 'SENTON', day: Date.UTC(2026, 10, 25) })],
  ['SEARCH SUBJECT', found({ key: 'SUBJECT', text: 'plan 77' })],
  ['SEARCH FROM', found({ key: 'FROM', text: 'user77' })],
  ['SEARCH BODY', found({ key: 'BODY', text: 'nowhere' })],
  ['SEARCH TEXT', found({ key: 'TEXT', text: 'plan 77' })],
  ['SORT (ARRIVAL)', () => sort([{ by: 'ARRIVAL', reverse: false }], all, messages).length],
  ['SORT (DATE)', () => sort([{ by: 'DATE', reverse: false }], all, messages).length],
  ['SORT (SUBJECT)', () => sort([{ by: 'SUBJECT', reverse: false }], all, messages).length],
  ['SORT (DISPLAYFROM)', () => sort([{ by: 'DISPLAYFROM', reverse: false }], all, messages).length],
  ['THREAD ORDEREDSUBJECT', () => thread('ORDEREDSUBJECT', all, messages).length],
  ['THREAD REFERENCES', () => thread('REFERENCES', all, messages).length],
]
console.log('what | milliseconds of the processor, the best of five | found')
for (const [name, run] of measured) {
  const times = Array.from({ length: 5 }, () => {
    const start = process.cpuUsage().user
    run()
    return (process.cpuUsage().user - start) / 1000
  })
  console.log(`${name} | ${Math.min(...times).toFixed(1)} | ${run()}`)
}
