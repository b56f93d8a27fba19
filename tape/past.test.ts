import { expect, describe as group, test } from 'vitest'
import { form as dns } from '../wire/dns/tape.ts'
import { form as http } from '../wire/http/tape.ts'
import { form as raw } from '../wire/raw.ts'
import { form as smtp } from '../wire/smtp/tape.ts'
import type { Follower, TapeForm } from '../wire/tape.ts'
import { maxKept, Past } from './past.ts'

/** How a client's octets come. */
const ways: [string, (octets: Buffer) => Buffer[]][] = [
  ['whole', octets => [octets]],
  ['octet by octet', octets => Array.from(octets, octet => Buffer.of(octet))],
  [
    'in pieces of 7',
    octets => Array.from({ length: Math.ceil(octets.length / 7) }, (_, at) => octets.subarray(7 * at, 7 * at + 7)),
  ],
]

/** Says what there is to say after so many messages of the client. */
type Answer = (past: Past, follower: Follower, heard: number) => void

/** Hears a client's messages as a player does: each is answered as soon as it is whole, up to `count` of them. */
class Player {
  readonly past: Past
  readonly #follower: Follower
  readonly #answer: Answer
  readonly #count: number
  heard = 0

  constructor(form: TapeForm, count: number, answer: Answer) {
    this.past = new Past(form)
    this.#follower = form.follow('tcp')
    this.#answer = answer
    this.#count = count
    answer(this.past, this.#follower, 0)
  }

  client(octets: Buffer): void {
    this.past.client(octets)
    this.#follower.push('client', octets)
    while (this.heard < this.#count) {
      const heard = this.#follower.next()
      if (heard === undefined) return
      if (heard.kind !== 'whole' && heard.kind !== 'finish') continue
      this.past.heard(`message ${++this.heard}`)
      this.#answer(this.past, this.#follower, this.heard)
    }
  }
}

/** Says the lines of a server of SMTP, and under TLS after `tls` of them. */
const smtpServer =
  (replies: string[], tls?: number): Answer =>
  (past, follower, heard) => {
    const text = replies[heard]
    if (text === undefined) return
    const message = { kind: 'reply', octets: Buffer.from(text), code: Number(text.slice(0, 3)) }
    follower.said(message)
    past.said(message, undefined)
    if (heard !== tls) return
    follower.secured()
    past.secured()
  }

const shown = (past: Past) => {
  const account = past.account()
  if (typeof account === 'string') return account
  const before: string[] = []
  for (const each of account.before) {
    if (each.kind !== 'client') before.push(each.kind)
    else if (before.at(-1)?.startsWith('C ')) before.push(before.pop()! + each.octets)
    else before.push(`C ${each.octets}`)
  }
  return { before, rest: String(account.rest), keys: account.keys }
}

group.each(ways)('a dialogue that comes %s', (_way, cut) => {
  test('is parted where the first message begins that is not over', () => {
    const player = new Player(smtp, 4, smtpServer(['220 hi\r\n', '250 a\r\n', '250 b\r\n', '354 c\r\n', '250 d\r\n']))
    const said = 'EHLO x\r\nMAIL FROM:<a@b>\r\nDATA\r\nSubject: x\r\n\r\nRSET\r\n.\r\n'
    for (const octets of cut(Buffer.from(`${said}RSET\r\nQUI`))) player.client(octets)
    const account = shown(player.past)
    expect(player.heard).toBe(4)
    expect(account).toMatchObject({ rest: 'RSET\r\nQUI', keys: [1, 2, 3, 4].map(at => `message ${at}`) })
    const { before } = account as { before: string[] }
    expect(before.filter(each => each === 'server').length).toBe(5)
    expect(
      before
        .filter(each => each !== 'server')
        .map(each => each.slice(2))
        .join(''),
    ).toBe(said)
    expect(before[0]).toBe('server')
  })

  test('drops what the client said in clear when TLS had been agreed to', () => {
    const player = new Player(smtp, 2, smtpServer(['220 hi\r\n', '220 tls\r\n', '250 b\r\n'], 1))
    player.client(Buffer.from('STARTTLS\r\nEHLO clear\r\n'))
    for (const octets of cut(Buffer.from('EHLO x\r\nMAIL'))) player.client(octets)
    const account = shown(player.past) as { before: string[]; rest: string }
    expect(account.rest).toBe('MAIL')
    expect(account.before.filter(each => each !== 'server')).toEqual(['C STARTTLS\r\n', 'tls', 'C EHLO x\r\n'])
  })
})

group.each(ways)('requests that come %s', (_way, cut) => {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`
  const post = 'POST /p HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello'
  const nothing = () => {}

  test('are forgotten once they are over', () => {
    const player = new Player(http, 3, nothing)
    for (const octets of cut(Buffer.from(get('/a') + post + get('/b') + get('/c') + post))) player.client(octets)
    expect(shown(player.past)).toMatchObject({ before: [], rest: get('/c') + post })
  })

  test('are forgotten while more come than are kept', () => {
    const player = new Player(http, 400, nothing)
    const long = get(`/${'x'.repeat(8000)}`)
    for (let count = 0; count < 400; count++) player.client(Buffer.from(long))
    for (const octets of cut(Buffer.from(get('/c')))) player.client(octets)
    expect(400 * long.length).toBeGreaterThan(3 * maxKept)
    expect(shown(player.past)).toMatchObject({ before: [], rest: get('/c') })
  })

  test('of DNS over TCP are parted by their lengths', () => {
    const query = Buffer.from('000c123401000000000000000000', 'hex')
    const player = new Player(dns, 2, nothing)
    const other = Buffer.from(query).fill(0xff, 2, 4)
    for (const octets of cut(Buffer.concat([query, query, other, query.subarray(0, 5)]))) player.client(octets)
    const account = player.past.account()
    expect(account).toMatchObject({ before: [], rest: Buffer.concat([other, query.subarray(0, 5)]) })
  })

  test('under TLS go on under TLS', () => {
    const past = new Past(http)
    past.secured()
    for (const octets of cut(Buffer.from(get('/a')))) past.client(octets)
    expect(shown(past)).toEqual({ before: ['tls'], rest: get('/a'), keys: [] })
  })
})

test('of a stream it is told which octets are over', () => {
  const past = new Past(raw)
  past.said(undefined, 5)
  past.client(Buffer.from('abcd'))
  past.over(3)
  past.said(undefined, 2)
  expect(past.account()).toEqual({
    before: [
      { kind: 'server', size: 5 },
      { kind: 'client', octets: Buffer.from('abc') },
      { kind: 'server', size: 2 },
    ],
    rest: Buffer.from('d'),
    keys: [],
    hasEnded: false,
  })
})

test('the message that was missed is the last of the keys', () => {
  const past = new Past(smtp)
  past.client(Buffer.from('NOOP\r\n'))
  past.missed('NOOP')
  expect(shown(past)).toEqual({ before: [], rest: 'NOOP\r\n', keys: ['NOOP'] })
})

test('more than is kept is lost, and said so', () => {
  const past = new Past(raw)
  past.client(Buffer.alloc(maxKept))
  expect(past.account()).toBeTypeOf('object')
  past.client(Buffer.alloc(1))
  expect(past.account()).toBe(`the client has said more than ${maxKept} octets that were to be said again`)
})
