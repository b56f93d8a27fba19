import { createHash } from 'node:crypto'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import tls from 'node:tls'
import { expect, describe as group, test } from 'vitest'
import { smtp, tcp, udp } from '../index.ts'
import { blobFolder } from './blobs.ts'
import { recorded, replayed, talk, tapeOf } from './in-tests.ts'
import { describeMiss } from './miss.ts'

const echo = () =>
  tcp({ greeting: 'who?\n', delimiter: '\n', answer: name => `hello ${String(name).trim()}\n` }, { port: 7 })

/** Says its lines one after the other, each once the one before is answered. */
const lines = (...said: string[]) => {
  let count = 0
  return (heard: string) => {
    const answers = heard.split('\n').length - 1
    if (answers <= count) return undefined
    count = answers
    return said.length > 0 ? said.shift()! : 'end'
  }
}

const session = (turns: string, number = 1, service = 'tcp a.example:7') =>
  `conversation: ${number}\nservice: ${service}\nturns:\n${turns}`

group('a stream', () => {
  test('is replayed as it was recorded, the server speaking first', async () => {
    const work = () => talk(7, lines('ada\n', 'ben\n'))
    const before = await recorded({ echo: echo() }, async () =>
      expect(await work()).toEqual({ heard: 'who?\nhello ada\nhello ben\n', end: 'end' }),
    )
    const { misses } = await replayed(before)
    expect(await work()).toEqual({ heard: 'who?\nhello ada\nhello ben\n', end: 'end' })
    expect(misses.count).toBe(0)
  })

  test('matches a client that writes octet by octet, and one that writes all at once', async () => {
    const { misses } = await replayed(
      tapeOf(session('  - server: hi\n  - client: ab\n  - server: AB\n  - client: cd\n  - server: CD\n')),
    )
    const all = () => (heard: string) => (heard === 'hi' ? 'abcd' : heard === 'hiABCD' ? 'end' : undefined)
    expect(await talk(7, all(), { byOctet: true })).toEqual({ heard: 'hiABCD', end: 'end' })
    expect(await talk(7, all())).toEqual({ heard: 'hiABCD', end: 'end' })
    expect(misses.count).toBe(0)
  })

  test('may begin as TLS does, and is a miss where it goes on as nothing on the tape', async () => {
    const { misses } = await replayed(tapeOf(session('  - client: {hex: 16 03 01 02}\n  - server: no\n')))
    const say = (octets: string) => (heard: string) => ({ '': octets, no: 'end' })[heard]
    expect(await talk(7, say('\x16\x03\x01\x02'))).toEqual({ heard: 'no', end: 'end' })
    expect(misses.count).toBe(0)
    expect(await talk(7, say('\x16\x03\x03'))).toEqual({ heard: '', end: 'ECONNRESET' })
    expect(misses.count).toBe(1)
  })

  test('that begins TLS and stops is a miss after a minute, where there is TLS on the tape', async () => {
    const { misses, network } = await replayed(tapeOf(session('  - tls: a.example\n  - client: ab\n  - server: AB\n')))
    const heard = Promise.withResolvers<void>()
    network.tap({ opened: () => heard.resolve() })
    const talked = talk(7, () => '\x16\x03\x01')
    await heard.promise
    for (let turns = 0; turns < 100; turns++) await new Promise(resolve => setImmediate(resolve))
    expect(misses.count).toBe(0)
    await network.clock.advance('1m')
    expect(await talked).toEqual({ heard: '', end: 'ECONNRESET' })
    expect(misses.count).toBe(1)
  })

  test('serves several clients at once, each at its own place', async () => {
    const { misses } = await replayed(
      tapeOf(session('  - server: who?\n  - client: one\n  - server: 1\n  - client: two\n  - server: 2\n')),
    )
    const client = () =>
      talk(7, heard => ({ 'who?': 'one', 'who?1': 'two', 'who?12': 'end' })[heard], { byOctet: true })
    const all = await Promise.all(Array.from({ length: 20 }, client))
    expect(all).toEqual(all.map(() => ({ heard: 'who?12', end: 'end' })))
    expect(misses.count).toBe(0)
  })

  test('is chosen by the first turn in which conversations differ', async () => {
    const { misses } = await replayed(
      tapeOf(
        session('  - server: who?\n  - client: login\n  - server: ok\n  - client: b\n  - server: B\n', 1),
        session('  - server: who?\n  - client: login\n  - server: ok\n  - client: c\n  - server: C\n', 2),
        session('  - server: who?\n  - client: guest\n  - server: no\n', 3),
      ),
    )
    const say = (last: string) => (heard: string) =>
      ({ '': undefined, 'who?': 'login', 'who?ok': last, [`who?ok${last.toUpperCase()}`]: 'end' })[heard]
    expect((await talk(7, say('c'))).heard).toBe('who?okC')
    expect((await talk(7, say('b'))).heard).toBe('who?okB')
    expect((await talk(7, heard => ({ 'who?': 'guest', 'who?no': 'end' })[heard])).heard).toBe('who?no')
    expect(misses.count).toBe(0)
  })

  test('is used up to where it was left for another one that begins alike', async () => {
    const both = [1, 2].map(n =>
      session(`  - client: login\n  - server: ok\n  - client: "${n}"\n  - server: "${n}"\n`, n),
    )
    const { replay, misses } = await replayed(tapeOf(...both), { strict: true })
    const say = (last: string) => talk(7, heard => ({ '': 'login', ok: last })[heard] ?? 'end')
    expect([(await say('2')).heard, (await say('1')).heard]).toEqual(['ok2', 'ok1'])
    expect(misses.count).toBe(0)
    expect(replay.unused().count).toBe(0)
  })

  test('that was recorded several times is given in that order, the last again and again', async () => {
    const tape = tapeOf(...[1, 2, 3].map(n => session(`  - client: next\n  - server: "${n}"\n`, n)))
    const { misses } = await replayed(tape)
    const next = async () => (await talk(7, heard => (heard === '' ? 'next' : 'end'))).heard
    expect([await next(), await next(), await next(), await next(), await next()]).toEqual(['1', '2', '3', '3', '3'])
    expect(misses.count).toBe(0)
  })

  test('beyond what was recorded is a miss where it is strict', async () => {
    const { misses } = await replayed(tapeOf(session('  - client: next\n  - server: "1"\n')), { strict: true })
    const next = () => talk(7, heard => (heard === '' ? 'next' : 'end'))
    expect((await next()).heard).toBe('1')
    expect((await next()).heard).toBe('')
    expect(misses.list).toMatchObject([{ reason: 'this is one conversation more than was recorded' }])
  })

  test('that is not on the tape is reset, and the nearest turn is shown', async () => {
    const tape = tapeOf(
      session('  - client: get apples\n  - server: 1\n', 1),
      session('  - client: put pears\n  - server: 2\n', 2),
    )
    const { misses } = await replayed(tape)
    expect(await talk(7, () => 'get pears')).toEqual({ heard: '', end: 'ECONNRESET' })
    expect(misses.list.flatMap(describeMiss)).toEqual([
      'miss at tcp a.example:7: the client said octets that the tape does not have here',
      `  the nearest turn, ${tape}:9 (- on the tape, + asked):`,
      '    - get apples',
      '    + get pears',
      `  another, ${tape}:15 (- on the tape, + asked):`,
      '    - put pears',
      '    + get pears',
    ])
  })

  test('keeps that a server ended between two things that the client said', async () => {
    const through = Promise.withResolvers<unknown>()
    const ends = tcp(
      async connection => {
        await connection.read()
        connection.end()
        through.resolve(await connection.read())
      },
      { port: 7 },
    )
    const work = async () => {
      const socket = net.connect({ port: 7, host: 'a.example', allowHalfOpen: true })
      socket.write('a')
      await once(socket.resume(), 'end')
      socket.end('b')
      await once(socket, 'close')
    }
    const tape = await recorded({ ends }, async () => {
      await work()
      await through.promise
    })
    expect(readFileSync(tape, 'utf8')).toContain('  - client: a\n  - end: server\n  - client: b\n')
    const { misses } = await replayed(tape)
    await work()
    expect(misses.count).toBe(0)
  })

  test('keeps who ended first: a server that closes, a client that ends its side and still listens', async () => {
    const services = {
      closes: tcp({ greeting: 'bye\n' }, { port: 8 }),
      sums: tcp(
        async connection => {
          let all = ''
          for await (const chunk of connection) all += chunk
          await connection.write(`${all.length}\n`)
        },
        { port: 9 },
      ),
    }
    const half = async () => {
      const socket = net.connect({ port: 9, host: 'a.example', allowHalfOpen: true })
      socket.end('12345')
      let heard = ''
      for await (const chunk of socket) heard += chunk
      return heard
    }
    const tape = await recorded(services, async () => expect(await half()).toBe('5\n'))
    expect(readFileSync(tape, 'utf8')).toContain('  - client: 12345\n  - end: client\n  - server: |\n      5\n')
    await replayed(tape)
    expect(await half()).toBe('5\n')
  })

  test('in which the client has said more before its end is another one, or a miss', async () => {
    const tape = tapeOf(
      session('  - client: "123"\n  - end: client\n  - server: "3"\n', 1),
      session('  - client: "12345"\n  - end: client\n  - server: "5"\n', 2),
      session('  - server: who?\n  - end: client\n', 3, 'tcp a.example:8'),
    )
    const { misses } = await replayed(tape)
    const ask = async (text: string, port = 7) => {
      const socket = net.connect({ port, host: 'a.example', allowHalfOpen: true })
      let heard = ''
      socket.on('data', chunk => (heard += chunk)).on('error', error => (heard = error.message))
      socket.on('end', () => socket.end()).end(text)
      await new Promise(resolve => socket.once('close', resolve))
      return heard
    }
    expect([await ask('12345'), await ask('123')]).toEqual(['5', '3'])
    expect(misses.count).toBe(0)
    expect(await ask('124')).toMatch(/ECONNRESET/)
    expect(await ask('me', 8)).toMatch(/ECONNRESET/)
    expect(misses.count).toBe(2)
  })

  test('keeps a reset of the server', async () => {
    const service = tcp(
      async connection => {
        await connection.read()
        await connection.write('par')
        connection.reset()
      },
      { port: 7 },
    )
    const ask = () => talk(7, heard => (heard === '' ? 'go' : undefined))
    const tape = await recorded({ service }, async () => expect((await ask()).end).toBe('ECONNRESET'))
    expect(readFileSync(tape, 'utf8')).toContain('  - server: par\n  - reset: server\n')
    await replayed(tape)
    expect((await ask()).end).toBe('ECONNRESET')
  })

  test('with a placeholder takes any secret there', async () => {
    const tape = tapeOf(
      session('  - client: |\n      auth ‹secret:password›\n      go\n  - server: ok ‹secret:password›\n'),
    )
    const { misses } = await replayed(tape)
    const login = (secret: string) => talk(7, heard => (heard === '' ? `auth ${secret}\ngo\n` : 'end'))
    expect((await login('hunter2')).heard).toMatch(/^ok /)
    expect((await login('a longer one')).heard).toMatch(/^ok /)
    expect(misses.count).toBe(0)
  })

  test('that is large comes out of its file and is compared with it', async () => {
    const big = Buffer.alloc(3_000_000, 'abcdefg')
    const file = tapeOf(session('  - client:\n      file: big.bin\n  - server:\n      file: big.bin\n'))
    mkdirSync(blobFolder(file))
    writeFileSync(join(blobFolder(file), 'big.bin'), big)
    const { misses } = await replayed(file)
    const socket = net.connect(7, 'a.example')
    socket.write(big)
    const hash = createHash('sha1')
    let size = 0
    for await (const chunk of socket) {
      hash.update(chunk)
      size += chunk.length
      if (size === big.length) socket.end()
    }
    expect(hash.digest('hex')).toBe(createHash('sha1').update(big).digest('hex'))
    const other = net.connect(7, 'a.example')
    other.on('error', () => {})
    other.write(Buffer.concat([big.subarray(0, 2_999_999), Buffer.from('!')]))
    await new Promise(resolve => other.once('close', resolve))
    expect(misses.count).toBe(1)
  })
})

group('pauses', () => {
  const tape = () => tapeOf(session('  - client: go\n  - pause: 40 m\n  - server: at last\n'))

  test('of a server are kept where it takes its time to answer', async () => {
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<string>()
    const slow = tcp(
      async connection => {
        for await (const _question of connection) {
          asked.resolve()
          await connection.write(await answer.promise)
        }
      },
      { port: 7 },
    )
    const file = await recorded({ slow }, async network => {
      const talking = talk(7, heard => (heard === '' ? 'go' : 'end'))
      await asked.promise
      await network.clock.advance('40m')
      answer.resolve('at last')
      await talking
    })
    expect(readFileSync(file, 'utf8')).toContain('  - client: go\n  - pause: 2400.0 s\n  - server: at last\n')
  })

  test('are not waited for', async () => {
    const { network } = await replayed(tape())
    const before = network.clock.now()
    expect((await talk(7, heard => (heard === '' ? 'go' : 'end'))).heard).toBe('at last')
    expect(network.clock.now()).toBe(before)
  })

  test('are waited for on the network’s clock where that is asked for', async () => {
    const { network } = await replayed(tape(), { speed: 'real' })
    const socket = net.connect(7, 'a.example')
    let heard = ''
    socket.on('data', chunk => (heard += chunk))
    socket.write('go')
    await once(socket, 'connect')
    await expect
      .poll(async () => {
        await network.clock.advance('30m')
        return heard
      })
      .toBe('at last')
    expect(network.clock.now() - network.clock.epoch).toBeGreaterThanOrEqual(40 * 60_000)
    socket.destroy()
  })
})

group('datagrams', () => {
  const ask = async (text: string) => {
    const socket = dgram.createSocket('udp4')
    try {
      socket.send(text, 9, 'a.example')
      const [message] = await once(socket, 'message')
      return String(message)
    } finally {
      socket.close()
    }
  }

  test('are looked up by what they hold, in recorded order', async () => {
    let count = 0
    const service = udp(message => `${message} ${++count}`, { port: 9 })
    const tape = await recorded({ service }, async () => {
      for (const text of ['a', 'b', 'a']) await ask(text)
    })
    const { misses } = await replayed(tape)
    expect([await ask('b'), await ask('a'), await ask('a'), await ask('a')]).toEqual(['b 2', 'a 1', 'a 3', 'a 3'])
    expect(misses.count).toBe(0)
  })
})

test('turns that nobody came to are counted, with where the first stands', async () => {
  const tape = tapeOf(
    session('  - client: a\n  - server: A\n  - client: b\n  - server: B\n', 1),
    session('  - client: c\n', 2),
  )
  const { replay } = await replayed(tape)
  await talk(7, heard => (heard === '' ? 'a' : 'end'))
  expect(replay.unused()).toEqual({ count: 2, first: `${tape}:11` })
})

group('a dialogue', () => {
  const session = 'EHLO box\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ann@a.example>\r\nDATA\r\n.\r\nQUIT\r\n'
  const heard = async (all: string) => await text(net.connect(25, 'a.example').end(all))
  const server = () => smtp({ users: { ann: {} } })

  test('is heard to its end where the client says all at once and ends its side', async () => {
    let said = ''
    const tape = await recorded({ mail: server() }, async () => (said = await heard(session)))
    expect(said).toMatch(/^354 .*\r\n250 .*\r\n221 .*\r\n$/m)
    expect(readFileSync(tape, 'utf8')).not.toContain('end: client')
    const { misses } = await replayed(tape)
    expect(await heard(session)).toBe(said)
    expect(misses.count).toBe(0)
  })

  test('is heard to its end though the tape has the client end before', async () => {
    const turns = [
      '  - server: 220 hi',
      '  - client: NOOP',
      '  - end: client',
      '  - server: 250 OK',
      '  - client: QUIT',
    ]
    const tape = tapeOf(
      `conversation: 1\nservice: smtp a.example:25\nturns:\n${turns.join('\n')}\n  - server: 221 Bye\n`,
    )
    const { misses } = await replayed(tape)
    expect(await heard('NOOP\r\nQUIT\r\n')).toBe('220 hi\r\n250 OK\r\n221 Bye\r\n')
    expect(misses.count).toBe(0)
  })
})

group('a request that was answered before it was whole', () => {
  const head = 'PUT /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n'
  const turns = (more: string, said: string) =>
    `  - client:\n      head: |\n        ${head.replaceAll('\r\n', '\n        ')}${more}${said}`
  const refused = turns(
    'Expect: 100-continue',
    '\n      body: ""\n      cut: true\n  - server: |\n      HTTP/1.1 413 Too Large\n',
  )
  const taken =
    turns('Expect: 100-continue', '\n      body: abcd\n  - server: |\n      HTTP/1.1 100 Continue\n') +
    '  - server: |\n      HTTP/1.1 204 No Content\n'
  const put = (said: string) => (heard: string) =>
    heard === '' ? said : heard.endsWith('Continue\r\n\r\n') ? 'abcd' : 'end'
  const status = async (said: string) =>
    [...(await talk(7, put(said))).heard.matchAll(/^HTTP\/1.1 (\d+)/gm)].map(([, code]) => code).join(' ')
  const waiting = `${head}Expect: 100-continue\r\n\r\n`

  test('is answered again as soon as its head is there', async () => {
    const { misses } = await replayed(tapeOf(session(refused, 1, 'http a.example:7')))
    expect(await status(waiting)).toBe('413')
    expect(misses.count).toBe(0)
  })

  test('is answered again to a client that says all of it', async () => {
    const { misses } = await replayed(tapeOf(session(refused, 1, 'http a.example:7')))
    expect(await status(`${head}\r\nabcd`)).toBe('413')
    expect(misses.count).toBe(0)
  })

  test('is answered again once as much of its body has come', async () => {
    const cut = '\n      body: ab\n      cut: true\n  - server: |\n      HTTP/1.1 413 Too Large\n'
    const { replay, misses } = await replayed(tapeOf(session(turns('', cut), 1, 'http a.example:7')))
    for (const came of ['ab', 'abc']) expect(await status(`${head}\r\n${came}`)).toBe('413')
    expect(replay.unused().count).toBe(0)
    expect(misses.count).toBe(0)
  })

  test('and may have had a secret in its body is answered to another as well', async () => {
    const cut = '\n      body: ‹secret:password›\n      cut: true\n  - server: |\n      HTTP/1.1 413 Too Large\n'
    await replayed(tapeOf(session(turns('', cut), 1, 'http a.example:7')))
    expect(await status(`${head}\r\nx`)).toBe('413')
  })

  test('is not taken for one before it that came whole', async () => {
    const whole = turns('', '\n      body: abcd\n  - server: |\n      HTTP/1.1 204 No Content\n')
    const cut = turns('', '\n      body: ""\n      cut: true\n  - server: |\n      HTTP/1.1 413 Too Large\n')
    const { misses } = await replayed(
      tapeOf(session(whole, 1, 'http a.example:7'), session(cut, 2, 'http a.example:7')),
    )
    const said = (heard: string) => (heard === '' ? `${head}\r\nabcd` : 'end')
    const codes: (string | undefined)[] = []
    for (let count = 0; count < 2; count++) {
      const { heard } = await talk(7, said, { byOctet: true })
      codes.push(/^HTTP\/1.1 (\d+)/.exec(heard)?.[1])
    }
    expect(codes).toEqual(['204', '413'])
    expect(misses.count).toBe(0)
  })

  test('is followed by one that was taken, in the order of the tape', async () => {
    const { misses } = await replayed(
      tapeOf(session(refused, 1, 'http a.example:7'), session(taken, 2, 'http a.example:7')),
    )
    expect([await status(waiting), await status(waiting), await status(waiting)]).toEqual(['413', '100 204', '100 204'])
    expect(misses.count).toBe(0)
  })
})

group('what a client said after the end of its server', () => {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`
  const turn = (path: string) => `  - client: |\n      GET ${path} HTTP/1.1\n      Host: a.example\n`
  const closing = '  - server: |\n      HTTP/1.1 204 No Content\n      Connection: close\n'
  const found = '  - server: |\n      HTTP/1.1 404 Not Found\n      Content-Length: 0\n'
  const status = async (said: string) =>
    (await talk(7, heard => (heard === '' ? said : 'end'))).heard.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)

  test.each([
    ['that said so', closing],
    ['that did not say so', '  - server: HTTP/1.1 204 No Content\n  - end: server\n'],
    ['by a reset', '  - server: HTTP/1.1 204 No Content\n  - reset: server\n'],
  ])('%s is no turn that is not used once the rest is', async (_, said) => {
    const tape = session(`${turn('/')}${said}${turn('/late')}  - client:\n      octets: hello\n`, 1, 'http a.example:7')
    const { replay, misses } = await replayed(tapeOf(tape))
    expect(replay.unused().count).toBe(3)
    await talk(7, heard => (heard === '' ? `${get('/')}${get('/late')}hello` : 'end'))
    expect(replay.unused().count).toBe(0)
    expect(misses.count).toBe(0)
  })

  test('answers nobody who asks the same of a server that is there', async () => {
    const { replay } = await replayed(
      tapeOf(
        session(turn('/') + closing + turn('/late'), 1, 'http a.example:7'),
        session(turn('/late') + found, 2, 'http a.example:7'),
      ),
    )
    expect([await status(get('/late')), await status(get('/'))]).toEqual(['404', '204'])
    expect(replay.unused().count).toBe(0)
  })

  test('is asked for again where the server answered it all the same', async () => {
    const { replay } = await replayed(
      tapeOf(session(turn('/') + closing + turn('/late') + found, 1, 'http a.example:7')),
    )
    expect([await status(get('/')), replay.unused().count]).toEqual(['204', 1])
    expect([await status(get('/late')), replay.unused().count]).toEqual(['404', 0])
  })
})

group('a server that broke off', () => {
  test('inside an answer and reset the connection does so again', async () => {
    const cut =
      '  - server:\n      head: |\n        HTTP/1.1 200 OK\n        Content-Length: 9\n      body: half\n      cut: true\n'
    const turns = `  - client: |\n      GET / HTTP/1.1\n      Host: a.example\n${cut}`
    const get = () => talk(7, heard => (heard === '' ? 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n' : undefined))
    for (const [end, seen] of [
      ['', 'end'],
      ['  - reset: server\n', 'ECONNRESET'],
    ] as const) {
      const { network } = await replayed(tapeOf(session(`${turns}${end}`, 1, 'http a.example:7')))
      expect(await get()).toEqual({ heard: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', end: seen })
      await network.close()
    }
  })

  test('inside a message of DNS over TCP ends the connection again', async () => {
    const query = Buffer.from('001300070100000100000000000001610000010001', 'hex')
    const turns =
      '  - client:\n      question: a. A\n      flags: rd\n  - server:\n      cut:\n        hex: "0028 01"\n'
    await replayed(tapeOf(session(turns, 1, 'dns a.example:7')))
    const socket = net.connect(7, 'a.example')
    socket.write(query)
    expect((await buffer(socket)).toString('hex')).toBe('002801')
  })
})

group('TLS', () => {
  const turns = (alpn: string, said: string) =>
    `  - tls:\n      name: a.example\n      alpn: ${alpn}\n  - client: |\n      ${said}\n  - server: ${alpn}\n`
  const ask = async (ca: string, offered: string[], said: string) => {
    const socket = tls.connect({ host: 'a.example', port: 7, ca, ALPNProtocols: offered })
    const heard = await text(socket.end(`${said}\n`))
    return { heard, alpn: socket.alpnProtocol }
  }

  test.each([
    ['tcp', 'hi', (alpn: string) => turns(alpn, 'hi')],
    [
      'http',
      'GET / HTTP/1.0\n',
      (alpn: string) =>
        `${turns(alpn, 'GET / HTTP/1.0').replace(/server: .*/, 'server: |\n      HTTP/1.0 204 No Content')}`,
    ],
  ])('of %s agrees with each client on what it knows, if anything', async (protocol, said, conversation) => {
    const service = `${protocol} a.example:7`
    const { network, misses, bugs } = await replayed(
      tapeOf(session(conversation('one'), 1, service), session(conversation('two'), 2, service)),
    )
    const { pem } = network.authority
    expect((await ask(pem, ['two'], said)).alpn).toBe('two')
    for (const _again of [1, 2]) expect((await ask(pem, ['one'], said)).alpn).toBe('one')
    expect((await ask(pem, ['two'], said)).alpn).toBe('two')
    expect((await ask(pem, ['other'], said)).alpn).toBe(false)
    expect((await ask(pem, [], said)).heard).not.toBe('')
    expect({ misses: misses.list, bugs }).toEqual({ misses: [], bugs: [] })
  })
})

test('the clock begins where the tape’s did', async () => {
  const { network } = await replayed(tapeOf(session('  - client: a\n')))
  expect(network.clock.date().toISOString()).toBe('2020-02-02T02:02:02.000Z')
})

test('a port of a tape’s host that is not on it is refused', async () => {
  await replayed(tapeOf(session('  - client: a\n')))
  expect((await talk(8, () => 'a')).end).toBe('ECONNREFUSED')
})

test('an SSH session on a tape is refused with the reason before anybody connects', async () => {
  const tape = tapeOf(session('  - server: |\n      SSH-2.0-OpenSSH_9.2\n'))
  await expect(replayed(tape)).rejects.toThrow(/:9: expected what can be replayed, but an SSH session is encrypted/)
})

test('a request more often than it was recorded is told as that, where it is strict', async () => {
  const once = session(
    '  - client: |\n      GET / HTTP/1.1\n      Host: a.example\n  - server: HTTP/1.1 204 No Content\n',
    1,
    'http a.example:80',
  )
  const { misses } = await replayed(tapeOf(once), { strict: true })
  expect((await fetch('http://a.example/')).status).toBe(204)
  expect((await fetch('http://a.example/')).status).toBe(502)
  expect(misses.list).toMatchObject([{ reason: 'the client asked for this more often than it was recorded' }])
})

test('names that share an address are one service, and told apart by what clients ask', async () => {
  const page = (name: string, number: number) =>
    session(
      `  - client: |\n      GET / HTTP/1.1\n      Host: ${name}\n  - server:\n      head: |\n        HTTP/1.1 200 OK\n        Content-Length: 1\n      body: ${name}\n`,
      number,
      `http ${name}:80`,
    )
  const file = tapeOf(page('a.example', 1), page('b.example', 2))
  writeFileSync(file, readFileSync(file, 'utf8').replace('[198.18.0.1]\n', '[198.18.0.1]\n  b.example: [198.18.0.1]\n'))
  const { misses } = await replayed(file)
  for (const name of ['b.example', 'a.example']) expect(await (await fetch(`http://${name}/`)).text()).toBe(name)
  expect(misses.count).toBe(0)
})

test('several tapes are one', async () => {
  const one = tapeOf(session('  - client: a\n  - server: A\n'))
  const other = tapeOf(session('  - client: b\n  - server: B\n'))
  const { misses } = await replayed([one, other])
  const say = (what: string) => talk(7, heard => (heard === '' ? what : 'end'))
  expect([(await say('b')).heard, (await say('a')).heard]).toEqual(['B', 'A'])
  expect(misses.count).toBe(0)
})

test('a folder of its own is where a tape’s files are', () => {
  expect(blobFolder(join('x', 'mail.tape.yaml'))).toBe(join('x', 'mail.tape'))
  expect(blobFolder('mail.yml')).toBe('mail.tape')
})
