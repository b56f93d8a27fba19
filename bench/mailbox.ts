// How fast a mailbox of 100,000 messages is filled, what one costs in memory, how fast one is found.
// node --expose-gc bench/mailbox.ts

import { MailStore } from '../fakes/mail/store.ts'

const count = 100_000
const text = `From: a@example.org\nDate: Tue, 7 Oct 2008 19:03:16 +0100\nSubject: x\n\n${`${'x'.repeat(70)}\n`.repeat(13)}`
const octets = Buffer.from(text.replaceAll('\n', '\r\n'))

const memory = () => {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

console.log('what | figure | target')
const kinds: Record<string, () => string | Uint8Array> = { texts: () => text, octets: () => Buffer.from(octets) }
for (const [name, make] of Object.entries(kinds)) {
  const mails = Array.from({ length: count }, () => make())
  const store = new MailStore({ now: () => 0, epoch: 0 })
  const before = memory()
  const start = performance.now()
  store.take({ mail: { ada: mails } })
  const seconds = (performance.now() - start) / 1000
  const beside = (memory() - before) / count - (name === 'texts' ? octets.length : 0)
  const mailbox = store.mailbox('ada')
  console.log(`${name} of ${octets.length} octets, filled a second | ${(count / seconds).toFixed(0)} | 50000`)
  console.log(`octets of memory beside a message's own | ${beside.toFixed(0)} | 1024`)
  for (const most of [100, count]) {
    const found = performance.now()
    for (let i = 0; i < 1_000_000; i++) mailbox.byUid(1 + ((i * 7919) % most))
    console.log(`one found by UID among ${most}, ns | ${(performance.now() - found).toFixed(0)} |`)
  }
}
