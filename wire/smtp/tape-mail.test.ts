import { expect, describe as group, test } from 'vitest'
import type { TapeMapping, TapeValue } from '../tape.ts'
import { TapeInMemory } from '../tape-in-memory.ts'
import { MailDigester } from './mail-digest.ts'
import { form } from './tape.ts'

/** What a client sends after DATA as it stands on a tape, bodies above `memory` octets in files. */
function recorded(tape: TapeInMemory, sent: string, memory?: number): TapeMapping {
  const listener = tape.listen(form.follow('tcp'), memory)
  listener.push('server', '220 mx\r\n')
  listener.push('client', 'DATA\r\n')
  listener.push('server', '354 go\r\n')
  for (let at = 0; at < sent.length; at += 50_000) listener.push('client', sent.slice(at, at + 50_000))
  listener.end('client')
  const { message, body } = listener.told[3]!
  return form.write(message, body, tape.writing) as TapeMapping
}

function read(tape: TapeInMemory, value: TapeValue) {
  const reader = form.reader(tape, 'tcp')
  for (const [from, line] of [
    ['server', '220 mx'],
    ['client', 'DATA'],
    ['server', '354 go'],
  ] as const) {
    reader.read(from, line)
  }
  return reader.read('client', value)
}

function encoded(tape: TapeInMemory, value: TapeValue): string {
  return tape.octets(form.encode(read(tape, value), tape.reveal)).toString('latin1')
}

const filler = `${'x'.repeat(70)}\r\n`.repeat(300)

group('a long mail is a file that opens as one', () => {
  const mails: [string, string, TapeMapping][] = [
    ['without dots', `Subject: x\r\n\r\n${filler}.\r\n`, {}],
    ['with stuffed dots', `Subject: x\r\n\r\n..a\r\n${filler}...\r\n.\r\n`, { dots: '14 21618' }],
    ['with dots that are not stuffed', `.ubject: x\r\n\r\n..a\r\n${filler}.\r\n`, { dots: '0 13' }],
  ]
  test.each(mails)('%s', (_how, sent, beside) => {
    const tape = new TapeInMemory()
    // Gathered in memory it is put into a file when it is written.
    for (const memory of [10_000, ...(beside.dots === '0 13' ? [] : [1_000_000])]) {
      const value = recorded(tape, sent, memory)
      expect(value).toEqual({ data: { file: expect.stringMatching(/^[0-9a-f]{12}/) }, ...beside })
      const mail = tape.files.get((value.data as TapeMapping).file as string)!.toString('latin1')
      expect(mail).toBe(sent.slice(0, -3).replace(/^\./gm, ''))
      expect(encoded(tape, value)).toBe(sent)
    }
  })

  test('with a name that says so', () => {
    const tape = new TapeInMemory()
    expect(recorded(tape, `Subject: x\r\n\r\n${filler}.\r\n`)).toEqual({
      data: { file: expect.stringMatching(/\.rfc822$/) },
    })
  })

  test('also where it was cut', () => {
    const tape = new TapeInMemory()
    const value = recorded(tape, `..a\r\n${filler}half`, 1000)
    expect(value).toEqual({ cut: { file: expect.any(String) }, dots: '0' })
    expect(encoded(tape, value)).toBe(`..a\r\n${filler}half`)
  })

  test('whose dots are not remembered where they are too many, so that it can be matched but not sent', () => {
    const tape = new TapeInMemory()
    const value = recorded(tape, `${'..\r\n'.repeat(10_001)}.\r\n`, 1000)
    expect(value).toEqual({ data: { file: expect.any(String) }, dots: 'many' })
    expect(read(tape, value).body).toEqual({ size: 30_003, file: (value.data as TapeMapping).file })
    expect(() => encoded(tape, value)).toThrow(
      /^smtp: expected to know where dots are to be put in \w+, got too many of them$/,
    )
  })

  test('whose dots all are remembered up to a number', () => {
    const tape = new TapeInMemory()
    const sent = `${'..\r\n'.repeat(10_000)}.\r\n`
    expect(encoded(tape, recorded(tape, sent, 1000))).toBe(sent)
  })
})

test('a short mail with as many dots is sent as it was', () => {
  const tape = new TapeInMemory(1_000_000)
  const sent = `${'..\r\n'.repeat(10_001)}.\r\n`
  expect(encoded(tape, recorded(tape, sent))).toBe(sent)
})

// As somebody writes them into a tape.
const written: [TapeValue, string][] = [
  [{ data: 'hello' }, 'hello\r\n.\r\n'],
  [{ data: 'hello\n' }, 'hello\r\n.\r\n'],
  [{ data: '.hidden\n\n' }, '..hidden\r\n\r\n.\r\n'],
  [{ data: '' }, '.\r\n'],
  [{ data: { octets: 'a\nb' } }, 'a\nb\r\n.\r\n'],
  [{ data: { lines: 'a\nb\n' } }, 'a\r\nb\r\n.\r\n'],
  [{ data: { base64: 'YQo=' } }, 'a\n\r\n.\r\n'],
  [{ cut: 'half\na' }, 'half\r\na'],
  [{ cut: '.a\n' }, '..a\r\n'],
  [{ octets: '.a\n' }, '.a\n'],
  [{ chunk: 'a\nb' }, 'a\r\nb'],
  [{ chunk: { hex: '00ff' } }, '\0\xff'],
]

test.each(written)('%j is sent as %j', (value, sent) => {
  expect(encoded(new TapeInMemory(), value)).toBe(sent)
})

test('octets are taken for a mail if they are one, whole or cut', () => {
  const kind = (octets: string) => {
    const { message } = read(new TapeInMemory(), { octets })
    return message.kind === 'data' ? message.cut : message.kind
  }
  expect(['a\r\n.\r\n', 'a\r\n', 'a\r', 'a\r\n.', 'a\r\n.\r\nQUIT\r\n'].map(kind)).toEqual([
    false,
    true,
    true,
    'octets',
    'octets',
  ])
})

test('placeholders in a mail are filled before its dots are stuffed', () => {
  const tape = new TapeInMemory()
  tape.writing.hide('password', '.x\r\n.y')
  expect(encoded(tape, { data: '‹secret:password›\n' })).toBe('..x\r\n..y\r\n.\r\n')
  expect(encoded(tape, { octets: { lines: '.a‹secret:password›\n.\n' } })).toBe('.a.x\r\n.y\r\n.\r\n')
})

test('a mail is digested alike as it was heard and as it was written', () => {
  const tape = new TapeInMemory()
  for (const sent of ['a\r\n..b\r\n.\r\n', '.a\r\n.\r\n', '.\r\n', 'a\nb\r\n.\r\n']) {
    const { message, body } = read(tape, recorded(tape, sent))
    const digester = form.digester!(message)!
    digester.push(body!.octets!)
    const heard = new MailDigester('header')
    heard.push(Buffer.from(sent.slice(0, -3).replace(/^\./gm, '')))
    expect(digester.digest()).toBe(heard.digest())
  }
})

test('of chunks only the first has dates that do not count', () => {
  const digest = (first: boolean, text: string) => {
    const digester = form.digester!({ kind: 'chunk', first })!
    digester.push(Buffer.from(text))
    return digester.digest()
  }
  expect(digest(true, 'Date: 1\r\n')).toBe(digest(true, 'Date: 2\r\n'))
  expect(digest(false, 'Date: 1\r\n')).not.toBe(digest(false, 'Date: 2\r\n'))
})

test.each([
  [{ data: 'x', dots: '1,2' }, 'smtp: expected places of dots, got "\\"1,2\\""'],
  [{ data: 'x', dots: ['1'] }, 'smtp: expected places of dots, got "[\\"1\\"]"'],
  [{ data: 'x', cut: 'y' }, 'smtp: expected a line, data, cut, chunk or octets, got data, cut'],
])('%j is no mail', (value, message) => {
  expect(() => read(new TapeInMemory(), value)).toThrow(message)
})
