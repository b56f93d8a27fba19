import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { expect, describe as group, test } from 'vitest'
import { createNetwork, smtp } from '../index.ts'
import { MailingLog, type MailingLogOptions } from './mailing-log.ts'
import { connectSmtp } from './smtp.ts'

const time = new Date(2014, 9, 25, 13, 15, 7, 124).getTime()
const line = (text: string | number, level = 'INFO ') => `2014-10-25 13:15:07,124 ${level} ${text}`

async function world(options: Partial<MailingLogOptions> = {}) {
  const network = await createNetwork()
  const { mail } = await network.host('mx.example.net', { mail: smtp({ ports: [25] }) })
  const inside = network.intercept()
  const log = new MailingLog({
    smtp: { host: 'mx.example.net', tls: 'none' },
    from: 'app@example.org',
    to: 'ops@example.net',
    now: () => time,
    ...options,
  })
  const failures: [Error, number][] = []
  log.on('failed', (error: Error, kept: number) => failures.push([error, kept]))
  const dispose = async () => {
    log.on('error', () => {}).destroy()
    inside[Symbol.dispose]()
    await network.close()
  }
  /** Of each mail its lines. */
  const mailed = () => mail.delivered.map(({ text }) => text!.split('\n'))
  return { network, mail, log, failures, mailed, [Symbol.asyncDispose]: dispose }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)
const lines = (from: number, to: number) => numbers(from, to).map(number => line(number))
const busy = { at: 'MAIL' as const, reply: '451 4.3.2 busy' }

/** A stream that remembers. */
function sink() {
  const written: string[] = []
  const fallback = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk))
      done()
    },
  })
  return { written, fallback }
}

group('a mailing log', () => {
  test('mails ten records at a time, and the rest when it is closed', async () => {
    await using it = await world()
    for (const number of numbers(1, 25)) it.log.write(String(number))
    await it.log.close()
    expect(it.mailed()).toEqual([lines(1, 10), lines(11, 20), lines(21, 25)])
    expect(it.mail.delivered[0]).toMatchObject({
      from: 'app@example.org',
      to: ['ops@example.net'],
      subject: 'Log',
      date: new Date(Math.floor(time / 1000) * 1000),
    })
  })

  test('mails nothing before there are so many, and then without being closed', async () => {
    await using it = await world({ records: 3, subject: 'What the app did' })
    it.log.write('1')
    it.log.write('2')
    await new Promise(resolve => setImmediate(resolve))
    expect(it.log.waiting).toEqual(lines(1, 2))
    expect(it.mail.delivered).toEqual([])
    const mailed = once(it.log, 'mailed')
    it.log.write('3')
    const [sent, records] = await mailed
    expect(records).toBe(3)
    expect(sent).toMatchObject({ accepted: ['ops@example.net'], reply: { code: 250 } })
    expect(it.mailed()).toEqual([lines(1, 3)])
    expect(it.mail.delivered[0]!.subject).toBe('What the app did')
    expect(it.log.waiting).toEqual([])
  })

  test('mails nothing at its end where nothing was written', async () => {
    await using it = await world()
    await it.log.close()
    expect(it.mail.delivered).toEqual([])
  })

  test('mails no single record because it was told to flush when there was none', async () => {
    await using it = await world()
    await it.log.flush()
    let isMailed = false
    it.log.once('mailed', () => (isMailed = true))
    for (const number of numbers(1, 9)) it.log.write(String(number))
    // As long as a mail takes.
    await using other = await connectSmtp({ host: 'mx.example.net', tls: 'none' })
    await other.send({ from: 'a@b', to: 'c@d', text: 'another' })
    expect(isMailed).toBe(false)
    await it.log.close()
    expect(it.mailed().slice(1)).toEqual([lines(1, 9)])
  })

  test('is closed by the scope that opened it', async () => {
    await using it = await world()
    {
      await using log = it.log
      log.write('First line of log')
    }
    expect(it.mailed()).toEqual([[line('First line of log')]])
  })

  test('keeps the order of records that come while a mail is on its way', async () => {
    await using it = await world()
    it.mail.fault({ at: 'content', delay: '5s', times: 1 })
    for (const number of numbers(1, 10)) it.log.write(String(number))
    const delayed = once(it.log, 'mailed')
    await expect.poll(() => it.log.waiting).toHaveLength(10)
    for (const number of numbers(11, 40)) it.log.write(String(number))
    const moving = async () => {
      await it.network.clock.advance('5s')
      return it.mail.delivered.length
    }
    await expect.poll(moving).toBeGreaterThan(0)
    await delayed
    await it.log.close()
    expect(it.mailed()).toEqual([lines(1, 10), lines(11, 20), lines(21, 30), lines(31, 40)])
  })

  test.each<[unknown, string]>([
    ['First line of log', line('First line of log')],
    ['with an end of line\n', line('with an end of line')],
    ['several\nlines', `${line('several')}\nlines`],
    [{ message: 'a word', level: 'warn' }, line('a word', 'WARN ')],
    [{ msg: 'a number', level: 50 }, line('a number', 'ERROR')],
    [{ message: 'a long word', level: 'warning' }, line('a long word', 'WARNING')],
    [{ message: 'an unknown number', level: 35 }, line('an unknown number', '35   ')],
    [{ message: { a: 1 } }, line('{ a: 1 }')],
    [{}, line('')],
    [{ message: 'then', time: new Date(2001, 1, 3, 4, 5, 6, 7) }, '2001-02-03 04:05:06,007 INFO  then'],
    [{ message: 'then', time: new Date(2001, 1, 3, 4, 5, 6, 0).getTime() }, '2001-02-03 04:05:06,000 INFO  then'],
    [{ message: 'no time', time: 'soon' }, line('no time')],
  ])('writes %j as %j', async (record, expected) => {
    await using it = await world()
    it.log.write(record)
    await it.log.close()
    expect(it.mail.delivered[0]!.text).toBe(expected)
  })

  test('has an error as its stack', async () => {
    await using it = await world()
    it.log.write({ level: 'error', message: new TypeError('no such thing') })
    await it.log.close()
    const [first, second] = it.mailed()[0]!
    expect(first).toBe(line('TypeError: no such thing', 'ERROR'))
    expect(second).toMatch(/^ {4}at /)
  })

  test('takes octets line by line, wherever they are cut', async () => {
    await using it = await world()
    const octets = Buffer.from('erste Zeile: ü\r\nzweite\ndritte')
    await pipeline(
      Readable.from(
        Array.from(octets, octet => Buffer.of(octet)),
        { objectMode: false },
      ),
      it.log,
    )
    expect(it.mailed()).toEqual([[line('erste Zeile: ü'), line('zweite'), line('dritte')]])
  })

  test('takes very many lines at once', async () => {
    await using it = await world({ records: 300_000, maxKept: 300_000 })
    it.log.write(Buffer.from('x\n'.repeat(200_000)))
    expect(it.log.waiting).toHaveLength(200_000)
    await it.log.close()
    expect(it.mailed()[0]).toHaveLength(200_000)
  })

  test('begins anew for who comes when it has just ended', async () => {
    await using it = await world()
    for (const number of numbers(1, 5)) {
      it.log.write(String(number))
      await it.log.flush()
    }
    expect(it.mailed()).toEqual(numbers(1, 5).map(number => [line(number)]))
  })

  test('goes on where a recipient is refused, and tells that', async () => {
    await using it = await world({ to: ['ops@example.net', 'gone@example.net'] })
    it.mail.fault({ at: 'RCPT', nth: 2, reply: '550 5.1.1 gone' })
    const mailed = once(it.log, 'mailed')
    it.log.write('1')
    await it.log.close()
    expect((await mailed)[0]).toMatchObject({ rejected: [{ address: 'gone@example.net', reply: { code: 550 } }] })
  })
})

group('a mailing log whose mail fails', () => {
  test('keeps the records, and mails them with the next ones', async () => {
    await using it = await world()
    it.mail.fault({ ...busy, times: 1 })
    const failed = once(it.log, 'failed')
    for (const number of numbers(1, 10)) it.log.write(String(number))
    await failed
    expect(it.failures).toMatchObject([[{ name: 'SmtpReplyError', reply: { code: 451 } }, 10]])
    for (const number of numbers(11, 19)) it.log.write(String(number))
    await new Promise(resolve => setImmediate(resolve))
    expect(it.log.waiting).toEqual(lines(1, 19))
    const mailed = once(it.log, 'mailed')
    it.log.write('20')
    await mailed
    for (const number of numbers(21, 33)) it.log.write(String(number))
    await it.log.close()
    expect(it.mailed()).toEqual([lines(1, 20), lines(21, 30), lines(31, 33)])
  })

  test('tries again when it is closed', async () => {
    await using it = await world()
    it.mail.fault({ ...busy, times: 1 })
    const failed = once(it.log, 'failed')
    for (const number of numbers(1, 12)) it.log.write(String(number))
    await failed
    await it.log.close()
    expect(it.mailed()).toEqual([lines(1, 12)])
  })

  test('tries again when it was closed while the mail was on its way', async () => {
    await using it = await world()
    it.mail.fault({ ...busy, times: 1 })
    for (const number of numbers(1, 10)) it.log.write(String(number))
    await it.log.close()
    expect(it.failures).toHaveLength(1)
    expect(it.mailed()).toEqual([lines(1, 10)])
  })

  test('tries again when it is told to', async () => {
    await using it = await world()
    it.mail.fault({ ...busy, times: 1 })
    it.log.write('1')
    await it.log.flush()
    expect(it.log.waiting).toEqual(lines(1, 1))
    await it.log.flush()
    expect(it.log.waiting).toEqual([])
    expect(it.mailed()).toEqual([lines(1, 1)])
  })

  test('raises an error with the records where it fails to the end', async () => {
    await using it = await world()
    it.mail.fault(busy)
    for (const number of numbers(1, 12)) it.log.write(String(number))
    await expect(it.log.close()).rejects.toMatchObject({
      name: 'MailingLogError',
      message: 'mailing log: 12 records could not be mailed: smtp client: MAIL was answered "451 4.3.2 busy"',
      records: lines(1, 12),
      cause: { name: 'SmtpReplyError' },
    })
  })

  test('raises it as an event for those who only end the stream', async () => {
    await using it = await world()
    it.mail.fault(busy)
    const failed = once(it.log, 'error')
    it.log.end('1')
    expect((await failed)[0]).toMatchObject({ name: 'MailingLogError', records: lines(1, 1) })
  })

  test('writes the records to the fallback that it is given', async () => {
    const { fallback, written } = sink()
    await using it = await world({ fallback })
    it.mail.fault(busy)
    for (const number of numbers(1, 3)) it.log.write(String(number))
    await it.log.close()
    expect(written.join('')).toBe(`${lines(1, 3).join('\n')}\n`)
    expect(fallback.writableEnded).toBe(false)
  })

  test('keeps at most so many, and moves them to the fallback beyond', async () => {
    const { fallback, written } = sink()
    await using it = await world({ records: 2, maxKept: 4, fallback })
    using busily = it.mail.fault(busy)
    for (const number of numbers(1, 10)) it.log.write(String(number))
    await expect.poll(() => it.log.writableLength).toBe(0)
    expect(it.log.waiting.length).toBeLessThan(4)
    busily[Symbol.dispose]()
    await it.log.close()
    const kept = it.mailed().flat()
    expect([...written.join('').trimEnd().split('\n'), ...kept]).toEqual(lines(1, 10))
    expect(kept.length).toBeGreaterThan(0)
  })

  test('fails beyond where there is no fallback, with all that was written', async () => {
    await using it = await world({ records: 2, maxKept: 4 })
    it.mail.fault(busy)
    const failed = once(it.log, 'error')
    for (const number of numbers(1, 10)) it.log.write(String(number))
    expect((await failed)[0]).toMatchObject({ name: 'MailingLogError', records: lines(1, 10) })
  })

  test('lets those who write wait for room, and loses nothing when mail goes on', async () => {
    await using it = await world({ records: 2, maxKept: 4 })
    for (const number of numbers(1, 51)) it.log.write(String(number))
    await it.log.close()
    expect(it.mailed()).toEqual([...numbers(0, 24).map(at => lines(2 * at + 1, 2 * at + 2)), lines(51, 51)])
  })

  test('has the records in its error where it is destroyed', async () => {
    await using it = await world()
    it.log.write('1')
    it.log.cork()
    it.log.write('2')
    it.log.write(Buffer.from('half a line'))
    const failed = once(it.log, 'error')
    it.log.destroy(new Error('no more'))
    expect((await failed)[0]).toMatchObject({
      name: 'MailingLogError',
      records: [line('1'), line('2'), line('half a line')],
      cause: { message: 'no more' },
    })
  })

  test('mails what is on its way where it is destroyed meanwhile', async () => {
    await using it = await world({ records: 1 })
    it.log.write('1')
    const closed = once(it.log, 'close')
    it.log.destroy()
    await closed
    expect(it.mailed()).toEqual([lines(1, 1)])
  })
})

test.each([
  [{ records: 0 }, 'mailing log: expected a number of records of a mail, got 0'],
  [{ maxKept: 9 }, 'mailing log: expected maxKept to be at least 10, got 9'],
])('options as %j are refused', (options, problem) => {
  const whole = { smtp: { host: 'mx.example.net' }, from: 'a@b', to: 'c@d', ...options }
  expect(() => new MailingLog(whole)).toThrow(problem)
})

group('a process that ends without closing its log', () => {
  async function run(port: number, script: string) {
    const code = `
      import { MailingLog } from './clients/mailing-log.ts'
      const log = new MailingLog({ smtp: { host: '127.0.0.1', port: ${port}, tls: 'none' }, from: 'a@b', to: 'c@d' })
      ${script}`
    const args = ['--input-type=module', '-e', code]
    const cwd = new URL('..', import.meta.url)
    return promisify(execFile)(process.execPath, args, { cwd }).then(
      ({ stderr }) => ({ status: 0, stderr }),
      (error: { code: number; stderr: string }) => ({ status: error.code, stderr: error.stderr }),
    )
  }

  async function server() {
    const network = await createNetwork()
    const { mail } = await network.host('localhost', { mail: smtp({ ports: [25] }) }, { addresses: ['127.0.0.1'] })
    return { mail, port: mail.endpoint.port, [Symbol.asyncDispose]: () => network.close() }
  }

  test('has it mailed first', async () => {
    await using it = await server()
    expect(await run(it.port, "log.write('1'); log.write('2')")).toEqual({ status: 0, stderr: '' })
    expect(it.mail.delivered.map(({ text }) => text)).toEqual([expect.stringMatching(/ INFO {2}1\n.* INFO {2}2$/)])
  })

  test('has the records on stderr where that fails', async () => {
    await using it = await server()
    it.mail.fault(busy)
    const { stderr } = await run(it.port, "log.write('1')")
    expect(stderr).toMatch(/^mailing log: not mailed \(1\):\n[\d-]{10} [\d:]{8},\d{3} INFO {2}1\n$/)
  })

  test.each([
    ['exits', 'process.exit(3)', 3],
    ['throws', "throw new Error('oh')", 1],
  ])('has the records on stderr where it %s', async (_how, end, status) => {
    await using it = await server()
    const ended = await run(it.port, `log.write('1'); ${end}`)
    expect(ended.status).toBe(status)
    expect(ended.stderr).toMatch(/mailing log: not mailed \(1\):\n[\d-]{10} [\d:]{8},\d{3} INFO {2}1\n/)
    expect(it.mail.delivered).toEqual([])
  })

  test('has the records in what it dies of where the end of the log fails', async () => {
    await using it = await server()
    it.mail.fault(busy)
    const { status, stderr } = await run(it.port, "log.end('1')")
    expect(status).toBe(1)
    expect(stderr).toMatch(/MailingLogError: mailing log: 1 record could not be mailed[\s\S]*INFO {2}1/)
  })
})
