import net from 'node:net'
import { expect, type TestContext, test } from 'vitest'
import { createNetwork } from '../index.ts'
import type { Section } from '../wire/imap/fetch.ts'
import { ImapMessage } from '../wire/imap/message.ts'
import { type ImapResponse, ImapResponseDecoder } from '../wire/imap/response.ts'
import { type AwkwardMail, awkwardMail } from './imap-corpus.ts'
import { startDovecot } from './real/dovecot.ts'
import { program } from './real/program.ts'

/** Says one command after another. */
class Client {
  readonly #socket: net.Socket
  readonly #chunks: AsyncIterator<Buffer>
  readonly #greeting: Promise<IteratorResult<Buffer>>

  constructor(host: string, port: number) {
    this.#socket = net.connect({ host, port, noDelay: true })
    this.#chunks = this.#socket[Symbol.asyncIterator]()
    this.#greeting = this.#chunks.next()
  }

  /** All octets up to the answer, which must be OK. */
  async say(...said: readonly (string | Buffer)[]): Promise<Buffer> {
    await this.#greeting
    this.#socket.write(Buffer.concat(['t ', ...said, '\r\n'].map(part => Buffer.from(part as string))))
    const replies: Buffer[] = []
    let answer: string | undefined
    while (answer === undefined) {
      const { value, done } = await this.#chunks.next()
      if (done) throw new Error(`the server closed after ${String(said[0]).slice(0, 80)}`)
      replies.push(value)
      const tail = (value.length > 1000 ? value : Buffer.concat(replies).subarray(-4096)).toString('latin1')
      answer = /(?:^|\n)t (.*)\r\n$/.exec(tail)?.[1]
    }
    if (!answer.startsWith('OK')) throw new Error(`${String(said[0]).slice(0, 80)}: ${answer}`)
    return Buffer.concat(replies)
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** What Dovecot keeps is not what it was given, and how it differs. */
const stored: readonly [reason: string, (octets: Buffer) => boolean][] = [
  ['CRs before CRLF and at the end are lost', octets => /\r\r\n|\r$/.test(octets.toString('latin1'))],
  ['a NUL becomes 0x80', octets => octets.includes(0)],
]

const beyond = 'fields are read beyond a header that a boundary has cut'

/** Fields of a header that has no empty line, which Dovecot is not sure of. */
function unsure(message: ImapMessage, { part, text }: Section): string | undefined {
  if (!text?.startsWith('HEADER.FIELDS')) return undefined
  const header = message.section({ part, text: 'HEADER' }).toString('latin1')
  if (header === '\r\n' || header.endsWith('\r\n\r\n')) return undefined
  if (part.length > 0) return beyond
  return header.endsWith('\n') ? undefined : 'an empty line is given or not by what was fetched before'
}

/** Every section that there is, and some that are not. */
function sectionsOf(message: ImapMessage): Section[] {
  const at = (part: readonly number[]): Section[] => [
    { part },
    { part, text: 'HEADER' },
    { part, text: 'TEXT' },
    { part, text: 'HEADER.FIELDS', fields: ['Subject', 'from', 'X-Y'] },
    { part, text: 'HEADER.FIELDS.NOT', fields: ['SUBJECT', 'Content-Type'] },
    ...(part.length > 0 ? [{ part, text: 'MIME' } as const] : []),
  ]
  const sections = at([])
  const parents: number[][] = [[]]
  for (let parent = parents.shift(); parent !== undefined && sections.length < 200; parent = parents.shift()) {
    for (let number = 1; number <= 20; number++) {
      const part = [...parent, number]
      sections.push(...at(part))
      if (message.section({ part, text: 'MIME' }).length + message.section({ part }).length === 0 && number > 2) break
      if (part.length < 6) parents.push(part)
    }
  }
  return sections
}

function name({ part, text, fields }: Section): string {
  const words = fields === undefined ? '' : ` (${fields.join(' ')})`
  return `BODY.PEEK[${[...part, ...(text === undefined ? [] : [text])].join('.')}${words}]`
}

function read(octets: Buffer): ImapResponse {
  const decoder = new ImapResponseDecoder()
  decoder.push(octets)
  return decoder.next()!
}

/** What FETCH gave for some sections. */
function octetsOf(reply: Buffer): Buffer[] {
  const response = read(reply)
  if (response.kind !== 'data' || !Array.isArray(response.values[0])) throw new Error('expected a FETCH')
  return response.values[0]
    .filter((_, index) => index % 2 === 1)
    .map(value =>
      value === null ? Buffer.alloc(0) : Buffer.isBuffer(value) ? value : Buffer.from(value as string, 'latin1'),
    )
}

/** Dovecot's IMAP, with an empty mailbox of ada's. */
async function startImap(context: TestContext) {
  const path = await program(context, 'dovecot', 'dovecot-imapd')
  await using network = await createNetwork()
  const certificate = network.authority.issue({ names: ['imap.example.net'] })
  return startDovecot(path, { protocol: 'imap', certificate, users: { ada: 'lovelace' }, mail: {} })
}

test('what FETCH says of awkward mail is octet by octet what Dovecot says', async context => {
  await using stack = new AsyncDisposableStack()
  const dovecot = stack.use(await startImap(context))
  const client = stack.adopt(new Client(dovecot.host, dovecot.port), each => each.close())
  await client.say('LOGIN ada lovelace')
  const corpus = awkwardMail()
  for (const { octets } of corpus) await client.say(`APPEND INBOX {${octets.length}+}\r\n`, octets)
  await client.say('SELECT INBOX')

  const differences: string[] = []
  const explained = new Map<string, AwkwardMail[]>()
  let compared = 0
  for (const [index, mail] of corpus.entries()) {
    const ours = new ImapMessage(mail.octets)
    const start = `* ${index + 1} FETCH (`
    const items = 'RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE'
    const theirs = (await client.say(`FETCH ${index + 1} (${items})`)).toString('latin1')
    const expected = `${start}RFC822.SIZE ${ours.size} ENVELOPE ${ours.envelope} BODY ${ours.body} BODYSTRUCTURE ${ours.bodyStructure})\r\n`
    const reason = stored.find(([, holds]) => holds(mail.octets))?.[0]
    const differ = (what: string, because = reason) => {
      if (because === undefined) differences.push(`${mail.name}: ${what}`)
      else explained.set(because, [...(explained.get(because) ?? []), mail])
    }
    if (!theirs.startsWith(expected)) differ(`${expected}\n${theirs}`)
    const sections = sectionsOf(ours)
    const got = octetsOf(await client.say(`FETCH ${index + 1} (${sections.map(name).join(' ')})`))
    expect(got).toHaveLength(sections.length)
    for (const [at, section] of sections.entries()) {
      compared++
      const [own, its] = [ours.section(section), got[at]!]
      if (!own.equals(its))
        differ(
          `${name(section)}\n${JSON.stringify(`${own}`)}\n${JSON.stringify(`${its}`)}`,
          unsure(ours, section) ?? reason,
        )
    }
  }
  expect(differences).toEqual([])
  expect(corpus.length).toBeGreaterThan(400)
  expect(compared).toBeGreaterThan(10_000)
  // Few of them need a reason, and each reason is needed.
  const needed = [...explained.values()].flat()
  expect(new Set(needed).size).toBeLessThan(30)
  expect([...explained.keys()]).toEqual(expect.arrayContaining(stored.map(([reason]) => reason)))
  expect([...explained.keys()]).toContain(beyond)
})

test('a part of a section is what Dovecot cuts', async context => {
  await using stack = new AsyncDisposableStack()
  const dovecot = stack.use(await startImap(context))
  const client = stack.adopt(new Client(dovecot.host, dovecot.port), each => each.close())
  await client.say('LOGIN ada lovelace')
  const octets = Buffer.from('Subject: a\nTo: b@c\n\none\ntwo\n')
  await client.say(`APPEND INBOX {${octets.length}+}\r\n`, octets)
  await client.say('SELECT INBOX')
  const ours = new ImapMessage(octets)
  for (const [offset, length] of [
    [0, 5],
    [3, 9],
    [9, 1],
    [23, 100],
    [33, 5],
    [1000, 1],
  ] as const) {
    const sections = sectionsOf(ours).filter(({ text }) => !text?.startsWith('HEADER.FIELDS'))
    const names = sections.map(section => `${name(section)}<${offset}.${length}>`)
    const got = octetsOf(await client.say(`FETCH 1 (${names.join(' ')})`))
    expect(got.map(String)).toEqual(sections.map(section => ours.section(section, { offset, length }).toString()))
  }
})
