import { expect, test } from 'vitest'
import type { Connection } from '../net/connection.ts'
import type { TlsOptions } from '../net/service.ts'
import { ProtocolError } from '../wire/decoder.ts'
import { LineDecoder } from '../wire/line-decoder.ts'
import { drive, type Effects, type Session } from './session.ts'

/** A connection that notes what is done with it; no socket. */
function pretend() {
  const done: string[] = []
  const bugs: unknown[] = []
  let takes = true
  let secured = () => {}
  const connection = {
    onData: (_chunk: Buffer) => {},
    onEnd: () => {},
    onClose: () => {},
    onDrain: () => {},
    write: (bytes: Uint8Array | string) => {
      done.push(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1'))
      return takes
    },
    end: () => void done.push('<end>'),
    close: () => void done.push('<close>'),
    reset: () => void done.push('<reset>'),
    pause: () => void done.push('<pause>'),
    resume: () => void done.push('<resume>'),
    startTls: (_options: TlsOptions, onSecure: () => void) => {
      done.push('<tls>')
      secured = onSecure
    },
    bug: (error: unknown) => void bugs.push(error),
  }
  return {
    connection,
    done,
    bugs,
    secure: () => secured(),
    say: (text: string) => connection.onData(Buffer.from(text)),
    stall: () => void (takes = false),
    drain() {
      takes = true
      connection.onDrain()
    },
  }
}

function driven(session: Partial<Session<string>>, maxBytes = 100) {
  const pretended = pretend()
  const decoder = new LineDecoder({ protocol: 'test', maxBytes })
  const receive = (line: string): Effects => ({ reply: `${line}!\n` })
  const way = drive(pretended.connection as unknown as Connection, decoder, { receive, ...session })
  return { ...pretended, way, push: way.push }
}

test('each message is answered, in one write for those of one chunk', () => {
  const { done, say } = driven({ open: () => ({ reply: 'hello\n' }) })
  say('a\nb\nc')
  say('\n')
  expect(done).toEqual(['hello\n', 'a!\nb!\n', 'c!\n'])
})

test('octets and text of one chunk are joined', () => {
  const { done, say } = driven({ receive: line => ({ reply: line === 'x' ? Uint8Array.of(0xe9) : 'é' }) })
  say('x\ny\n')
  expect(done).toEqual(['éé'])
})

test('a promise holds back what follows until it is settled', async () => {
  const gate = Promise.withResolvers<void>()
  const { done, say } = driven({
    receive: line => (line === 'slow' ? gate.promise.then(() => ({ reply: 'slow!\n' })) : { reply: `${line}!\n` }),
  })
  say('a\nslow\nb\n')
  say('c\n')
  expect(done).toEqual(['a!\n'])
  gate.resolve()
  await gate.promise
  await null
  await null
  expect(done.join('')).toBe('a!\nslow!\nb!\nc!\n')
})

test('a peer that sends more than 256 KiB ahead of a promise is held back until it is settled', async () => {
  const gate = Promise.withResolvers<undefined>()
  const { done, say } = driven({ receive: () => gate.promise }, 2 ** 20)
  say('slow\n')
  for (let i = 0; i < 5; i++) say('x'.repeat(64 * 1024))
  expect(done).toEqual(['<pause>'])
  gate.resolve(undefined)
  await gate.promise
  await null
  expect(done).toEqual(['<pause>', '<resume>'])
})

test('`close` ends after the reply and lets nothing follow', () => {
  const { done, say, connection } = driven({ receive: line => ({ reply: `${line}!`, close: 'end' }) })
  say('quit\nmore\n')
  say('more\n')
  connection.onEnd()
  expect(done).toEqual(['quit!', '<close>'])
})

test('`close: reset` resets', () => {
  const { done, say } = driven({ receive: () => ({ close: 'reset' }) })
  say('x\n')
  expect(done).toEqual(['<reset>'])
})

test('the peer’s end is answered by ours, after what is still waiting', async () => {
  const gate = Promise.withResolvers<Effects>()
  const { done, say, connection } = driven({ receive: () => gate.promise })
  say('slow\n')
  connection.onEnd()
  expect(done).toEqual([])
  gate.resolve({ reply: 'slow!' })
  await gate.promise
  await null
  expect(done).toEqual(['slow!', '<end>'])
})

test('what is more is made once the peer takes what it was sent, and before anything else is answered', () => {
  let made = 0
  const next = (): Effects => ({ reply: 'x'.repeat(70_000), ...(++made < 3 ? { more: next } : {}) })
  const { done, say, stall, drain, way } = driven({ receive: line => (line === 'big' ? next() : { reply: 'small\n' }) })
  stall()
  say('big\nother\n')
  expect([made, way.isTaking]).toEqual([1, false])
  drain()
  expect([made, way.isTaking]).toEqual([3, true])
  expect(done.map(({ length }) => length)).toEqual([70_000, 70_000, 70_000, 6])
})

test('a session is asked what it has to say when the peer takes again', () => {
  const { done, say, stall, drain } = driven({ drained: () => ({ reply: 'news\n' }) })
  stall()
  say('a\nb\n')
  say('c\n')
  drain()
  expect(done).toEqual(['a!\nb!\n', 'news\nc!\n'])
})

test('TLS starts after the reply, drops what came ahead of it and says when it is on', () => {
  let secured = 0
  const heard: string[] = []
  const { done, say, secure } = driven({
    receive: line => {
      heard.push(line)
      return line === 'starttls' ? { reply: 'go\n', startTls: {} } : undefined
    },
    secured: () => void secured++,
  })
  say('starttls\ninjected\nhalf')
  say('after\n')
  secure()
  expect(done).toEqual(['go\n', '<tls>'])
  expect(heard).toEqual(['starttls', 'after'])
  expect(secured).toBe(1)
})

test('a broken rule is refused by the session and ends the link, after what was answered before', () => {
  const { done, say, bugs } = driven({ refuse: error => ({ reply: `500 ${error.message.slice(0, 14)}\n` }) }, 10)
  say(`a\n${'x'.repeat(20)}\n`)
  expect(done).toEqual(['a!\n500 test: expected\n', '<close>'])
  expect(bugs).toEqual([])
})

test('a broken rule found in a promise is refused as well', async () => {
  const failed = Promise.reject(new ProtocolError('test', 'expected sense'))
  const { done, say, bugs } = driven({ receive: () => failed, refuse: () => ({ reply: '500\n' }) })
  say('x\n')
  await failed.catch(() => {})
  await null
  await null
  expect([done, bugs]).toEqual([['500\n', '<close>'], []])
})

test('an error of the session itself is a bug, at once and in a promise', async () => {
  const mistake = new TypeError('mine')
  const at = driven({
    receive: () => {
      throw mistake
    },
  })
  expect(() => at.say('x\n')).toThrow(mistake) // the connection catches it
  const later = driven({ receive: () => Promise.reject(mistake) })
  later.say('x\n')
  await null
  await null
  expect(later.bugs).toEqual([mistake])
})

test('an error of the session itself is a bug also where the peer has left, a broken rule is nothing then', async () => {
  const mistake = new TypeError('mine')
  for (const [error, bugs] of [
    [mistake, [mistake]],
    [new ProtocolError('test', 'expected sense'), []],
  ] as const) {
    const gate = Promise.withResolvers<undefined>()
    const gone = driven({ receive: () => gate.promise })
    gone.say('x\n')
    gone.connection.onClose()
    gate.reject(error)
    await null
    await null
    expect([gone.done, gone.bugs]).toEqual([[], bugs])
  }
})

test('what the session pushes goes out at once, and no more after the end', () => {
  let closed = 0
  const { done, push, connection } = driven({ closed: () => void closed++ })
  push({ reply: 'notice\n' })
  push(undefined)
  connection.onClose()
  push({ reply: 'too late\n' })
  expect(done).toEqual(['notice\n'])
  expect(closed).toBe(1)
})
