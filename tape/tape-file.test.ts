import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tapeOf, temporaryFolder } from './in-tests.ts'
import { Journal } from './journal.ts'
import { TapeFile } from './tape-file.ts'
import type { Problem } from './yaml-read.ts'

const conversation = (turns: string, number = 1) =>
  `conversation: ${number}\nservice: tcp a.example:7\nturns:\n${turns}`

function problemsOf(file: string): string[] {
  const problems: Problem[] = []
  const report = (problem: Problem) => void problems.push(problem)
  using tape = new TapeFile(file, report)
  for (let at = 0; at < tape.length; at++) tape.read(at, report)
  return problems.map(({ line, message }) => `${line}: ${message}`)
}

test('turns of every kind are read, with the line that they stand in', () => {
  const file = tapeOf(
    conversation(
      '  - tls: a.example\n  - client: hello\n  - pause: 1.5 s\n  - server: |\n      a\n      b\n  - end: client\n  - reset: server\n',
    ),
  )
  using tape = new TapeFile(file)
  expect(tape.conversation(0)).toEqual({
    number: 1,
    service: { protocol: 'tcp', transport: 'tcp', host: 'a.example', port: 7 },
    line: 5,
    turns: [
      { kind: 'tls', name: 'a.example', alpn: undefined, line: 9 },
      { kind: 'said', from: 'client', value: 'hello', line: 10 },
      { kind: 'pause', ms: 1500, line: 11 },
      { kind: 'said', from: 'server', value: 'a\nb\n', line: 12 },
      { kind: 'end', from: 'client', line: 15 },
      { kind: 'reset', from: 'server', line: 16 },
    ],
  })
})

test('CRLF lines and keys in another order, as editors and people leave them, are read', () => {
  const file = tapeOf('turns:\n  - client: a\nservice: tcp a.example:7\nconversation: 1\n')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'))
  using tape = new TapeFile(file)
  expect(tape.conversation(0).turns).toMatchObject([{ value: 'a' }])
})

test.each<[string, string, string[]]>([
  [
    'a wrong indentation',
    conversation('  - client: a\n   - server: b\n'),
    ['10: expected YAML, got all sequence items'],
  ],
  [
    'an unknown key',
    conversation('  - klient: a\n'),
    ['9: expected client, server, tls, end, reset or pause, got "klient"'],
  ],
  ['two kinds in one turn', conversation('  - client: a\n    server: b\n'), ['10: expected one of client, server']],
  ['text for a turn', conversation('  - hello\n'), ['9: expected a turn such as "client: …", got "hello"']],
  ['no service', 'conversation: 1\nturns: []\n', ['6: expected service:']],
  ['a service that is none', 'conversation: 1\nservice: tcp\nturns: []\n', ['7: expected a service such as smtp']],
  ['no number', 'conversation: x\nservice: tcp a.example:7\nturns: []\n', ['6: expected the number']],
  ['a pause without a unit', conversation('  - pause: 5\n'), ['9: expected a pause such as 1.5 s, got "5"']],
  ['an end of nobody', conversation('  - end: us\n'), ['9: expected end: client or end: server, got "us"']],
  ['turns that are no list', conversation('  client: a\n'), ['9: expected a list of turns']],
  ['an alias', conversation('  - client: *a\n'), ['9: ']],
  ['several', conversation('  - klient: a\n  - end: us\n'), ['9: expected client', '10: expected end']],
])('%s is told with file and line, and nothing else', (_what, document, expected) => {
  const problems = problemsOf(tapeOf(document))
  expect(problems.map((problem, at) => problem.slice(0, expected[at]?.length))).toEqual(expected)
})

test.each<[string, string, RegExp]>([
  ['an empty file', '', /expected a tape, got an empty file/],
  ['another file', 'hello: world\n', /:1: expected a tape, which begins with tape: 1/],
  ['octets', '\x00\x01\x02', /expected a tape, which begins with tape: 1/],
  ['another version', 'tape: 2\n...\n', /:1: expected version 1 of the format, got "2"/],
  ['an epoch that is none', 'tape: 1\nepoch: soon\n...\n', /:2: expected a date such as/],
])('%s is refused', (_what, text, message) => {
  const file = join(temporaryFolder(), 'x.tape.yaml')
  writeFileSync(file, text)
  expect(() => new TapeFile(file)).toThrow(message)
})

test('no file and a folder are refused', () => {
  const folder = temporaryFolder()
  expect(() => new TapeFile(join(folder, 'none.tape.yaml'))).toThrow(/expected a tape, got none/)
  expect(() => new TapeFile(folder)).toThrow(/expected a tape, got a folder/)
})

test('a tape that is cut anywhere has its whole turns and no others', () => {
  const file = join(temporaryFolder(), 'x.tape.yaml')
  const journal = new Journal(file, { epoch: 0 })
  const service = { protocol: 'tcp', transport: 'tcp', host: 'a.example', port: 7 } as const
  const said: string[] = []
  const one = journal.begin(service)
  for (let turn = 1; turn <= 4; turn++) {
    const value = `line ${turn}\nsecond ${turn}\n`
    said.push(value)
    const text = `  - server: |\n      line ${turn}\n      second ${turn}\n`
    journal.append(one, text, { group: turn, fromClient: false })
    if (turn % 2 === 0) journal.flush()
  }
  const whole = readFileSync(file)
  const headerEnd = whole.indexOf('---')
  let most = 0
  for (let size = headerEnd; size <= whole.length; size++) {
    writeFileSync(file, whole.subarray(0, size))
    using tape = new TapeFile(file)
    const turns = tape.length === 0 ? [] : tape.conversation(0).turns
    const values = turns.map(turn => (turn.kind === 'said' ? turn.value : ''))
    expect(values).toEqual(said.slice(0, values.length))
    expect(values.length).toBeGreaterThanOrEqual(most)
    most = Math.max(most, values.length)
    // Only a file that ends as a recorder ends it is taken as whole.
    expect(tape.notes.length === 0, String(size)).toBe(
      /(^|\n)\.\.\.\n?-{0,2}$/.test(whole.subarray(0, size).toString()),
    )
  }
  expect(most).toBe(4)
})

test('nobody waits for an answer that was cut', () => {
  const file = tapeOf(conversation('  - client: a\n  - server: b\n  - client: c\n  - server: d\n', 1))
  const text = readFileSync(file, 'utf8')
  for (const end of ['d\n...\n', 'server: d\n...\n', '- server: d\n...\n']) {
    writeFileSync(file, text.slice(0, text.lastIndexOf(end)))
    using tape = new TapeFile(file)
    expect(tape.conversation(0).turns.map(turn => turn.kind === 'said' && turn.value)).toEqual(['a', 'b'])
  }
})

test('a large tape is opened without being parsed, and read at any place', () => {
  const documents = Array.from({ length: 20_000 }, (_, at) =>
    conversation(`  - client: ask ${at}\n  - server: |\n      ---\n      answer ${at}\n`, at + 1),
  )
  using tape = new TapeFile(tapeOf(...documents))
  expect(tape.length).toBe(20_000)
  expect(tape.conversation(19_999).turns[1]).toMatchObject({ value: '---\nanswer 19999\n', line: 5 + 19_999 * 8 + 5 })
  expect(tape.conversation(3).number).toBe(4)
})

test('conversations may stand in any order, and what came later of one belongs to it', () => {
  const said = (text: string) => `  - client: ${text}\n`
  using tape = new TapeFile(
    tapeOf(
      [conversation(said('c'), 3), conversation(said('a')), conversation(said('b'), 2), conversation(said('a2'))].join(
        '---\n',
      ),
    ),
  )
  const seen = Array.from({ length: tape.length }, (_, at) => {
    const { number, turns } = tape.conversation(at)
    return [number, ...turns.map(turn => (turn.kind === 'said' ? turn.value : turn.kind))]
  })
  expect(seen).toEqual([
    [3, 'c'],
    [1, 'a', 'a2'],
    [2, 'b'],
  ])
  expect(tape.lastNumber).toBe(3)
})
