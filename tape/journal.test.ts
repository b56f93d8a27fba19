import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTcp, type TcpConnection } from '../fakes/tcp.ts'
import { UsageError } from '../net/errors.ts'
import { recorded, talk, temporaryFolder } from './in-tests.ts'
import { Journal, type JournalConversation } from './journal.ts'
import { TapeFile } from './tape-file.ts'

const service = { protocol: 'tcp', transport: 'tcp', host: 'a.example', port: 7 } as const

function journal(file = join(temporaryFolder(), 'x.tape.yaml')) {
  return { file, journal: new Journal(file, { epoch: 0 }, new Map([['a.example', ['198.18.0.1']]])) }
}

function said(to: Journal, conversation: JournalConversation, from: 'client' | 'server', text: string, group: number) {
  to.append(conversation, `  - ${from}: ${text}\n`, { group, fromClient: from === 'client' })
}

const turnsOf = (file: string, at = 0) => {
  using tape = new TapeFile(file)
  return tape.conversation(at).turns.map(turn => (turn.kind === 'said' ? `${turn.from} ${turn.value}` : turn.kind))
}

test('a finished tape has one document for each conversation, in the order of their opening', () => {
  const { file, journal: tape } = journal()
  const [one, other] = [tape.begin(service), tape.begin(service)]
  said(tape, other, 'client', 'b', 1)
  tape.flush()
  said(tape, one, 'client', 'a', 1)
  said(tape, one, 'server', 'A', 1)
  tape.flush()
  said(tape, other, 'server', 'B', 1)
  expect(tape.close()).toBe(true)
  expect(readFileSync(file, 'utf8').split('\n').slice(1)).toEqual([
    'tape: 1',
    'epoch: 1970-01-01T00:00:00.000Z',
    'hosts:',
    '  a.example: [198.18.0.1]',
    '---',
    'conversation: 1',
    'service: tcp a.example:7',
    'turns:',
    '  - client: a',
    '  - server: A',
    '---',
    'conversation: 2',
    'service: tcp a.example:7',
    'turns:',
    '  - client: b',
    '  - server: B',
    '...',
    '',
  ])
  expect(readdirSync(join(file, '..'))).toEqual(['x.tape.yaml'])
})

test('what is in the file before the end is a tape with the same turns', () => {
  const { file, journal: tape } = journal()
  const [one, other] = [tape.begin(service), tape.begin(service)]
  said(tape, one, 'client', 'a', 1)
  said(tape, other, 'client', 'b', 1)
  tape.flush()
  said(tape, one, 'server', 'A', 1)
  tape.flush()
  expect(turnsOf(file)).toEqual(['client a', 'server A'])
  expect(turnsOf(file, 1)).toEqual(['client b'])
})

test('answers stand after what they answer, also in a tape that was not finished', () => {
  const { file, journal: tape } = journal()
  const one = tape.begin(service)
  said(tape, one, 'client', 'a', 1)
  said(tape, one, 'client', 'b', 2)
  tape.append(one, '  - server: A\n', { group: 1, fromClient: false, isLate: true })
  said(tape, one, 'server', 'B', 2)
  tape.flush()
  const expected = ['client a', 'server A', 'client b', 'server B']
  expect(turnsOf(file)).toEqual(expected)
  expect(readFileSync(file, 'utf8')).toContain('to: 1')
  tape.close()
  expect(turnsOf(file)).toEqual(expected)
  expect(readFileSync(file, 'utf8')).not.toContain('to: 1')
})

test('a turn that was not through is replaced by what it became', () => {
  const { file, journal: tape } = journal()
  const one = tape.begin(service)
  const placing = { group: 0, fromClient: false }
  tape.append(one, '  - server: a\n', { ...placing, provisional: true })
  tape.append(one, '  - server: ab\n', { ...placing, provisional: true })
  tape.flush()
  expect(turnsOf(file)).toEqual(['server ab'])
  tape.append(one, '  - server: abc\n', placing)
  said(tape, one, 'client', 'x', 1)
  tape.flush()
  expect(turnsOf(file)).toEqual(['server abc', 'client x'])
  tape.close()
  expect(turnsOf(file)).toEqual(['server abc', 'client x'])
})

test('a conversation in which nobody said anything is one', () => {
  const { file, journal: tape } = journal()
  tape.append(tape.begin(service), '', { group: 0, fromClient: false })
  tape.close()
  expect(turnsOf(file)).toEqual([])
})

test('a name that became known on the way is in the header at the end, and in the file before', () => {
  const { file, journal: tape } = journal()
  said(tape, tape.begin(service), 'client', 'a', 1)
  tape.flush()
  tape.host('b.example', ['203.0.113.1', '2001:db8::1'])
  tape.host('none.example', [])
  tape.flush()
  const hosts = () => {
    using opened = new TapeFile(file)
    return Object.fromEntries(opened.hosts)
  }
  const expected = {
    'a.example': ['198.18.0.1'],
    'b.example': ['203.0.113.1', '2001:db8::1'],
    'none.example': [],
  }
  expect(hosts()).toEqual(expected)
  tape.close()
  expect(hosts()).toEqual(expected)
})

test('without a turn nothing is touched', () => {
  const file = join(temporaryFolder(), 'x.tape.yaml')
  writeFileSync(file, 'precious')
  const { journal: tape } = journal(file)
  tape.begin(service)
  tape.host('b.example', ['203.0.113.1'])
  expect(tape.close()).toBe(false)
  expect(readFileSync(file, 'utf8')).toBe('precious')
})

test('a file that cannot be written is one error that says why, and nothing else fails', () => {
  const folder = temporaryFolder()
  const { journal: tape } = journal(join(folder, 'none', 'x.tape.yaml'))
  const one = tape.begin(service)
  said(tape, one, 'client', 'a', 1)
  tape.flush()
  said(tape, one, 'client', 'b', 2)
  tape.flush()
  expect(() => tape.close()).toThrow(UsageError)
  expect(tape.failure?.message).toContain('there is no folder')
  mkdirSync(join(folder, 'x.tape.yaml'))
  const { journal: other } = journal(join(folder, 'x.tape.yaml'))
  said(other, other.begin(service), 'client', 'a', 1)
  expect(() => other.close()).toThrow(/expected a tape that can be written/)
  expect(existsSync(join(folder, 'x.tape.yaml.unfinished'))).toBe(false)
})

test('a tape that is there stays until something is said, and then has what happened before', () => {
  const { file, journal: tape } = journal()
  writeFileSync(file, 'the tape of yesterday')
  const [silent, speaking] = [tape.begin(service), tape.begin(service)]
  tape.append(silent, '  - reset: server\n', { group: 0, fromClient: false, isSilent: true })
  tape.flush()
  expect(readFileSync(file, 'utf8')).toBe('the tape of yesterday')
  said(tape, speaking, 'client', 'a', 1)
  expect(tape.close()).toBe(true)
  expect([turnsOf(file, 0), turnsOf(file, 1)]).toEqual([['reset'], ['client a']])
})

test('a tape that is there is kept where nothing is said', () => {
  const { file, journal: tape } = journal()
  writeFileSync(file, 'the tape of yesterday')
  tape.append(tape.begin(service), '', { group: 0, fromClient: false, isSilent: true })
  expect(tape.close()).toBe(false)
  expect(readFileSync(file, 'utf8')).toBe('the tape of yesterday')
  expect(readdirSync(join(file, '..'))).toEqual(['x.tape.yaml'])
})

test('links on which nothing was said are a tape where there was none', () => {
  const { file, journal: tape } = journal()
  tape.append(tape.begin(service), '  - reset: server\n', { group: 0, fromClient: false, isSilent: true })
  expect(tape.close()).toBe(true)
  expect(turnsOf(file)).toEqual(['reset'])
})

test('a recorded link that ends without a word leaves the tape of before', async () => {
  const talks = async (connection: TcpConnection) => void (await connection.write('hello\n'))
  const file = await recorded({ a: { protocol: 'tcp', load: async () => createTcp(talks, { port: 7 }) } }, () =>
    talk(7, heard => (heard === '' ? undefined : 'end')),
  )
  const before = readFileSync(file, 'utf8')
  const resets = async (connection: TcpConnection) => connection.reset()
  await recorded(
    { a: { protocol: 'tcp', load: async () => createTcp(resets, { port: 7 }) } },
    () => talk(7, () => undefined),
    { file },
  )
  expect(readFileSync(file, 'utf8')).toBe(before)
})
