import { describe, expect, test } from 'vitest'
import { FlagTable } from '../mail/flags.ts'
import { MailMessage } from '../mail/message.ts'
import { messageIds } from './references.ts'
import { type ThreadAlgorithm, thread } from './thread.ts'
import { threadText } from './thread-text.ts'

const none = new FlagTable().set([])

interface Given {
  id?: string
  references?: string
  subject?: string
  /** Of November 2026. */
  day?: number
  headers?: string
}

function mailbox(...given: readonly Given[]): MailMessage[] {
  return given.map(({ id, references, subject = '', day, headers = '' }, index) => {
    const fields = [
      ...(id === undefined ? [] : [`Message-ID: <${id}@x>`]),
      ...(references === undefined ? [] : [`References: ${references.replace(/\S+/g, found => `<${found}@x>`)}`]),
      `Subject: ${subject}`,
      ...(day === undefined ? [] : [`Date: Wed, ${day} Nov 2026 12:00:00 +0000`]),
    ]
    const raw = Buffer.from(`${headers}${fields.join('\r\n')}\r\n\r\n`)
    return new MailMessage(index + 1, raw, index * 1000, none, 1)
  })
}

function threads(algorithm: ThreadAlgorithm, messages: readonly MailMessage[]): string {
  return threadText(thread(algorithm, [...messages.keys()], messages), index => index + 1)
}

describe('ORDEREDSUBJECT', () => {
  test('puts the messages of a subject beneath its first', () => {
    const messages = mailbox(
      { subject: 'Re: tea', day: 9 },
      { subject: 'plan', day: 4 },
      { subject: 'tea', day: 3 },
      { subject: 'Fwd: tea', day: 5 },
      { subject: '[x] plan', day: 6 },
    )
    expect(threads('ORDEREDSUBJECT', messages)).toBe('(3 (4)(1))(2 5)')
  })
})

describe('REFERENCES', () => {
  test('links messages by their ids, in whatever order they are', () => {
    const messages = mailbox(
      { id: 'c', references: 'a b', day: 3 },
      { id: 'a', day: 1 },
      { id: 'd', references: 'a', day: 4 },
      { id: 'b', references: 'a', day: 2 },
    )
    expect(threads('REFERENCES', messages)).toBe('(2 (4 1)(3))')
  })

  test('goes by In-Reply-To where References have no id', () => {
    const reply = 'References: nothing\r\nIn-Reply-To: <a@x> <b@x>\r\n'
    expect(threads('REFERENCES', mailbox({ id: 'a' }, { id: 'b' }, { id: 'c', headers: reply }))).toBe('(1 3)(2)')
  })

  test('leaves out what is not there, but for one that several answer', () => {
    expect(threads('REFERENCES', mailbox({ id: 'b', references: 'a' }))).toBe('(1)')
    expect(threads('REFERENCES', mailbox({ references: 'a' }, { references: 'a' }))).toBe('((1)(2))')
    expect(threads('REFERENCES', mailbox({ references: 'a b' }, { references: 'a c' }))).toBe('((1)(2))')
    expect(threads('REFERENCES', mailbox({ id: 'a' }, { references: 'a b' }, { references: 'a b' }))).toBe('(1 (2)(3))')
  })

  test('makes no ring', () => {
    const messages = mailbox(
      { id: 'a', references: 'c' },
      { id: 'b', references: 'a' },
      { id: 'c', references: 'b' },
      { id: 'd', references: 'd' },
    )
    expect(threads('REFERENCES', messages)).toBe('(3 1 2)(4)')
  })

  test('believes the message itself more than what others say of it', () => {
    const messages = mailbox(
      { id: 'a' },
      { id: 'b' },
      { id: 'd', references: 'a c' },
      { id: 'c', references: 'b' },
      { id: 'f', references: 'a e' },
      { id: 'e' },
    )
    expect(threads('REFERENCES', messages)).toBe('(1)(2 4 3)(6 5)')
  })

  test('takes the second message of one id for another', () => {
    expect(threads('REFERENCES', mailbox({ id: 'a' }, { id: 'a' }, { references: 'a' }))).toBe('(1 3)(2)')
  })

  test('joins conversations of one subject', () => {
    const answered = mailbox({ subject: 'Re: tea', day: 1 }, { subject: 'tea', day: 2 }, { subject: 'Re: tea', day: 3 })
    expect(threads('REFERENCES', answered)).toBe('(2 (1)(3))')
    const alike = mailbox({ subject: 'tea', day: 2 }, { subject: 'tea', day: 1 }, { subject: 'tea', day: 3 })
    expect(threads('REFERENCES', alike)).toBe('((2)(1)(3))')
    const absent = mailbox(
      { subject: 'Re: tea', references: 'a', day: 4 },
      { subject: 'Re: tea', references: 'a', day: 2 },
      { subject: 'tea', day: 3 },
      { subject: 'Re: tea', references: 'b', day: 5 },
      { subject: 'Re: tea', references: 'b', day: 6 },
    )
    expect(threads('REFERENCES', absent)).toBe('((2)(3)(1)(4)(5))')
    expect(threads('REFERENCES', mailbox({ subject: '' }, { subject: 'Re:' }))).toBe('(1)(2)')
  })

  test('sorts by when a message was sent, else by when it was received', () => {
    const messages = mailbox(
      { id: 'a', day: 5 },
      { references: 'a', day: 9 },
      { references: 'a', day: 2 },
      { day: 3 },
      {},
    )
    expect(threads('REFERENCES', messages)).toBe('(5)(4)(1 (3)(2))')
  })
})

test('REFS sorts conversations by their last message, and joins no subjects', () => {
  const messages = mailbox(
    { id: 'a', day: 1, subject: 'tea' },
    { day: 2, subject: 'Re: tea' },
    { references: 'a', day: 4 },
    { references: 'a', day: 3 },
  )
  expect(threads('REFS', messages)).toBe('(2)(1 (4)(3))')
})

test('ids are read without blanks, quotes and comments', () => {
  expect(messageIds('text < a @ b > <c@d><"e"@f> <g(comment)@h> <i@[1.2.3.4]>')).toEqual([
    'a@b',
    'c@d',
    'e@f',
    'g@h',
    'i@[1.2.3.4]',
  ])
  expect(messageIds('<noat> a@b <a"b@c> <unended@x')).toEqual([])
})

describe('a conversation of 100,000 messages', () => {
  const count = 100_000
  const chain = Array.from({ length: count }, (_, index) => ({ id: `${index}`, references: `${index - 1}` }))

  test.each<[string, Given[]]>([
    ['in order', chain],
    ['in reverse order', chain.toReversed()],
    [
      'in pieces that are joined late',
      [...chain.filter((_, index) => index % 2 === 1), ...chain.filter((_, index) => index % 2 === 0)],
    ],
  ])('is as deep as it is long, %s', (_, given) => {
    for (const algorithm of ['REFERENCES', 'REFS'] as const) {
      const [root, ...others] = thread(algorithm, [...given.keys()], mailbox(...given))
      expect(others).toEqual([])
      let depth = 0
      for (let node = root; node !== undefined; node = node.children[0]) depth++
      expect(depth).toBe(count)
    }
  })

  test('is written where it branches at each', () => {
    const messages = mailbox(...chain.slice(0, 50_000).flatMap(each => [each, { references: each.references }]))
    const text = threads('REFERENCES', messages)
    expect(text).toHaveLength(text.replace(/[^() \d]/g, '').length)
    expect(text.match(/\(/g)).toHaveLength(text.match(/\)/g)!.length)
  })

  test('is made by rings and cuts in no long time', () => {
    const tangled = chain.map(({ id }, index) => ({
      id,
      references: `${(index * 7919) % count} ${(index * 104_729) % count} ${(index * 31) % count}`,
    }))
    const seen = threads('REFERENCES', mailbox(...tangled)).match(/\d+/g)
    expect(new Set(seen).size).toBe(count)
  })
})
