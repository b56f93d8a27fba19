import { createHash } from 'node:crypto'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { expect, describe as group, test } from 'vitest'
import { tcp, udp } from '../index.ts'
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

test('the clock begins where the tape’s did', async () => {
  const { network } = await replayed(tapeOf(session('  - client: a\n')))
  expect(network.clock.date().toISOString()).toBe('2020-02-02T02:02:02.000Z')
})

test('a port of a tape’s host that is not on it is refused', async () => {
  await replayed(tapeOf(session('  - client: a\n')))
  expect((await talk(8, () => 'a')).end).toBe('ECONNREFUSED')
})

test('an SSH session on a tape is refused with the reason', async () => {
  const { bugs } = await replayed(tapeOf(session('  - server: |\n      SSH-2.0-OpenSSH_9.2\n')))
  await talk(7, () => undefined).catch(() => {})
  expect(String(bugs[0])).toContain('encrypted with keys that are new each time')
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
