import net from 'node:net'
import { expect, type TestContext, test } from 'vitest'
import { search } from '../fakes/imap/search.ts'
import { sort } from '../fakes/imap/sort.ts'
import { thread } from '../fakes/imap/thread.ts'
import { threadText } from '../fakes/imap/thread-text.ts'
import { FlagTable } from '../fakes/mail/flags.ts'
import { MailMessage } from '../fakes/mail/message.ts'
import { createNetwork } from '../index.ts'
import { ImapCommandDecoder } from '../wire/imap/command.ts'
import { formatInternalDate } from '../wire/imap/date.ts'
import { ImapMessage } from '../wire/imap/message.ts'
import { awkwardMail } from './imap-corpus.ts'
import { type SearchedMail, searchedMail, unlike } from './imap-search-corpus.ts'
import { programs, unlikePrograms } from './imap-search-programs.ts'
import { startDovecot } from './real/dovecot.ts'
import { program } from './real/program.ts'

/** Says commands, many at a time. */
class Client {
  readonly #socket: net.Socket
  readonly #chunks: AsyncIterator<Buffer>

  constructor(host: string, port: number) {
    this.#socket = net.connect({ host, port, noDelay: true })
    this.#chunks = this.#socket[Symbol.asyncIterator]()
  }

  /** The lines that each was answered by, as latin1; commands without tags. */
  async say(commands: readonly Buffer[]): Promise<string[][]> {
    this.#socket.write(
      Buffer.concat(commands.flatMap((command, index) => [Buffer.from(`t${index} `), command, Buffer.from('\r\n')])),
    )
    const answers: string[][] = []
    let [lines, rest]: [string[], string] = [[], '']
    while (answers.length < commands.length) {
      const { value, done } = await this.#chunks.next()
      if (done) throw new Error(`the server closed after ${commands[answers.length]!.toString('latin1', 0, 80)}`)
      const parts = `${rest}${value.toString('latin1')}`.split('\r\n')
      rest = parts.pop()!
      for (const line of parts) {
        lines.push(line)
        if (!line.startsWith(`t${answers.length} `)) continue
        answers.push(lines)
        lines = []
      }
    }
    return answers
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Octets as latin1; what is not ASCII in a quoted string becomes a literal. */
function written(command: string): Buffer {
  const octets = Buffer.from(command).toString('latin1')
  const literals = octets.replace(
    /"[^"]*[\r\n\x80-\xff][^"]*"/g,
    found => `{${found.length - 2}+}\r\n${found.slice(1, -1)}`,
  )
  return Buffer.from(literals, 'latin1')
}

/** Dovecot's IMAP, with an empty mailbox of ada's. */
async function startImap(context: TestContext) {
  const path = await program(context, 'dovecot', 'dovecot-imapd')
  await using network = await createNetwork()
  const certificate = network.authority.issue({ names: ['imap.example.net'] })
  return startDovecot(path, { protocol: 'imap', certificate, users: { ada: 'lovelace' }, mail: {} })
}

/** What our functions answer, as a server would. */
function answer(octets: Buffer, messages: readonly MailMessage[]): string {
  const decoder = new ImapCommandDecoder()
  decoder.push(Buffer.concat([Buffer.from('t '), octets, Buffer.from('\r\n')]))
  const command = decoder.next()
  if (command?.kind !== 'command') throw new Error(`expected a command, got ${octets}`)
  if (command.verb !== 'SEARCH' && command.verb !== 'SORT' && command.verb !== 'THREAD') return command.verb
  const { charset } = command
  let found: number[]
  try {
    found = search(command.key, messages, { nowMs: Date.now(), isRecent: () => true, charset })
  } catch (error) {
    return `NO [${(error as { code: string }).code}]`
  }
  const numberOf = (index: number) => index + 1
  if (command.verb === 'THREAD')
    return `* THREAD ${threadText(thread(command.algorithm as 'REFS', found, messages), numberOf)}`.trim()
  if (command.verb === 'SORT') found = sort(command.criteria, found, messages)
  return [`* ${command.verb}`, ...found.map(numberOf)].join(' ')
}

/** What is as Dovecot keeps it, in the order of its numbers; what is found otherwise comes last. */
function mails(): { mails: readonly SearchedMail[]; alike: number } {
  const awkward = awkwardMail()
    .map(({ octets }) => octets)
    // Dovecot keeps not what it was given of some, and words in an unknown charset are not searched alike.
    .filter(octets => !/\r\r\n|\r$|\0|=\?x\?q/.test(octets.toString('latin1')))
  const dated = (octets: Buffer, index: number) => ({ octets, flags: [], date: Date.UTC(2015, 1, 1 + (index % 30)) })
  const alike = [...searchedMail(), ...awkward.map(dated)]
  return { mails: [...alike, ...unlike.map(([, octets], index) => dated(octets, index))], alike: alike.length }
}

/** Numbers that only one of the two found. */
function difference(ours: string, theirs: string): number[] {
  const [a, b] = [ours, theirs].map(text => text.split(' ').slice(2)) as [string[], string[]]
  const [inA, inB] = [new Set(a), new Set(b)]
  return [...a.filter(each => !inB.has(each)), ...b.filter(each => !inA.has(each))].map(Number)
}

test('SEARCH, SORT and THREAD find what Dovecot finds', { timeout: 300_000 }, async context => {
  await using stack = new AsyncDisposableStack()
  const dovecot = stack.use(await startImap(context))
  const client = stack.adopt(new Client(dovecot.host, dovecot.port), each => each.close())
  const { mails: corpus, alike } = mails()
  const table = new FlagTable()
  const messages = corpus.map(
    ({ octets, flags, date }, index) =>
      new MailMessage(index + 1, new ImapMessage(octets).octets, date, table.set(flags), 1),
  )
  const appended = corpus.flatMap(({ octets, flags, date }) => {
    const time = formatInternalDate({ time: date, zone: 0 })
    return [Buffer.from(` (${flags.join(' ')}) "${time}" {${octets.length}+}\r\n`), octets]
  })
  for (const each of [
    'LOGIN ada lovelace',
    Buffer.concat([Buffer.from('APPEND INBOX'), ...appended]),
    'SELECT INBOX',
  ]) {
    const [answered] = await client.say([Buffer.from(each as string)])
    expect(answered!.at(-1)).toMatch(/^t0 OK/)
  }
  const ask = async (said: readonly string[]) => {
    const commands = said.map(written)
    // One by one, since Dovecot runs several at once and does not say which one found what.
    const answers: string[][] = []
    for (const command of commands) answers.push(...(await client.say([command])))
    return answers.map((replies, index) => {
      const found = replies.find(reply => /^\* (SEARCH|SORT|THREAD)/.test(reply))?.replace(/ \(MODSEQ \d+\)$/, '')
      const refused = replies.at(-1)!.replace(/^t\d+ |(?<=\]).*$/g, '')
      return { said: said[index]!, ours: answer(commands[index]!, messages), theirs: found?.trim() ?? refused }
    })
  }

  const differences: string[] = []
  const unlikeFound = new Set<number>()
  const asked = await ask(programs(alike))
  for (const { said, ours, theirs } of asked) {
    if (ours === theirs) continue
    const wrong = ours.startsWith('* SEARCH') && theirs.startsWith('* SEARCH') ? difference(ours, theirs) : undefined
    for (const number of wrong ?? []) if (number > alike) unlikeFound.add(number - alike - 1)
    const left = wrong?.filter(number => number <= alike)
    if (left === undefined) differences.push(`${said}\n${ours}\n${theirs}`)
    else if (left.length > 0)
      differences.push(
        `${said}\n${left.map(number => `${number}: ${JSON.stringify(`${corpus[number - 1]!.octets.subarray(0, 200)}`)}`).join('\n')}`,
      )
  }
  expect(differences).toEqual([])
  expect(asked.length).toBeGreaterThan(1000)
  // Each reason is needed.
  expect([...unlikeFound].sort()).toEqual([...unlike.keys()])
  for (const { said, ours, theirs } of await ask(unlikePrograms.map(([, each]) => each))) {
    expect(ours, said).not.toBe(theirs)
  }
})
