import { expect, test } from 'vitest'
import { ByteQueue } from '../byte-queue.ts'
import { encodeData, SmtpDataReader } from './data.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

test.each([
  ['', '.\r\n'],
  ['a\r\n', 'a\r\n.\r\n'],
  ['a', 'a\r\n.\r\n'],
  ['.\r\n', '..\r\n.\r\n'],
  ['a\r\n.b\r\n..\r\n', 'a\r\n..b\r\n...\r\n.\r\n'],
  ['\r\n.', '\r\n..\r\n.\r\n'],
  ['a\n.b\n', 'a\n.b\n\r\n.\r\n'],
])('the content %j has its dots stuffed and its end added', (content, expected) => {
  expect(encodeData(bytes(content)).toString('latin1')).toBe(expected)
})

// Where dots were dropped by hand; '.d' and '.\r' are lines that a client did not stuff.
const mails: [string, string, number[]][] = [
  ['a\r\n..b\r\n...\r\n.\r\nQUIT\r\n', 'a\r\n.b\r\n..\r\n', [3, 7]],
  ['..\r\n.d\r\n.\r\nQUIT\r\n', '.\r\nd\r\n', [0, 3]],
  ['.\rx\r\n.\r\nQUIT\r\n', '\rx\r\n', [0]],
  ['a.\n.\r\n.\r\nQUIT\r\n', 'a.\n.\r\n', []],
  ['.\r\nQUIT\r\n', '', []],
]

test.each(mails)('%j is read up to its end, and where dots stood is told', (sent, mail, places) => {
  for (let size = 1; size <= sent.length; size++) {
    const queue = new ByteQueue()
    const reader = new SmtpDataReader(queue)
    const dots: number[] = []
    let text = ''
    let last = false
    for (let at = 0; at < sent.length; at += size) {
      queue.append(bytes(sent.slice(at, at + size)))
      while (!last) {
        const piece = reader.next()
        if (piece === undefined) break
        dots.push(...(piece.dots ?? []).map(dot => text.length + dot))
        text += piece.octets.toString('latin1')
        last = piece.last
      }
    }
    expect([text, dots, last, queue.takeAll().toString('latin1')]).toEqual([mail, places, true, 'QUIT\r\n'])
  }
})
