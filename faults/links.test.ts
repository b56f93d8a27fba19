import net from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createNetwork, http, smtp } from '../index.ts'
import { come, openYard, Talker, turns } from '../scenarios/fault-yard.ts'
import { bandwidth } from './bandwidth.ts'
import { blackHole } from './black-hole.ts'
import { corrupt } from './corrupt.ts'
import { halfClose } from './half-close.ts'
import { latency } from './latency.ts'
import { refuse } from './refuse.ts'
import { reset } from './reset.ts'
import { slice } from './slice.ts'
import { slowClose } from './slow-close.ts'
import { truncate } from './truncate.ts'

test('a reset cuts a link after so many octets of the server, which all arrive', async () => {
  const { network, lines } = await openYard()
  const cut = network.fault(reset({ afterBytes: 3 }))
  expect(await new Talker(lines.endpoint).done).toMatchObject({ heard: 'hel', end: 'ECONNRESET' })
  expect(cut.hits).toBe(1)
})

test('a reset at a message leaves the service without it', async () => {
  const { network, lines } = await openYard()
  using cut = network.fault(reset({ at: /^second/, from: 'client' }))
  const talker = new Talker(lines.endpoint).say('first\n')
  await talker.until(heard => heard.includes('first'))
  expect(await talker.say('second\n').done).toMatchObject({ heard: 'hello\nyou said first\n', end: 'ECONNRESET' })
  expect(lines.connections[0]!.received.toString()).toBe('first\n')
  expect(cut.hits).toBe(1)
})

test('a reset at a message by its number counts those of the client', async () => {
  const { network, lines } = await openYard()
  network.fault(reset({ at: 2 }))
  const talker = new Talker(lines.endpoint).say('one\n')
  await talker.until(heard => heard.includes('one'))
  expect(await talker.say('two\n').done).toMatchObject({ end: 'ECONNRESET' })
})

test('the link after a fault of the first is served as ever', async () => {
  const { network, lines } = await openYard()
  network.fault(reset({ times: 1 }))
  expect(await new Talker(lines.endpoint).done).toMatchObject({ heard: '', end: 'ECONNRESET' })
  expect(await new Talker(lines.endpoint).say('x\n').until(heard => heard.includes('x'))).toBe('hello\nyou said x\n')
})

test('truncate ends a link in order, on both sides', async () => {
  const { network, lines } = await openYard()
  network.fault(truncate({ afterBytes: 4 }))
  const talker = new Talker(lines.endpoint)
  expect(await talker.done).toMatchObject({ heard: 'hell', end: 'end' })
  talker.socket.end()
  await new Promise(resolve => talker.socket.once('close', resolve))
  await turns()
  expect(lines.connections[0]!.open).toBe(false)
})

test('half-close ends the server’s side alone, and the client is heard on', async () => {
  const { network, lines } = await openYard()
  network.fault(halfClose({ afterBytes: 6 }))
  const talker = new Talker(lines.endpoint)
  await talker.until(heard => heard === 'hello\n')
  expect(await talker.say('still there\n').done).toMatchObject({ heard: 'hello\n', end: 'end' })
  talker.say('and more\n')
  await come(() => lines.connections[0]!.received.toString() === 'still there\nand more\n')
  expect(lines.connections[0]!.open).toBe(true)
})

test('half-close of the client ends what the service hears', async () => {
  const { network, lines } = await openYard()
  network.fault(halfClose({ afterBytes: 3, from: 'client' }))
  expect(await new Talker(lines.endpoint).say('a\nbcd\n').done).toMatchObject({
    heard: 'hello\nyou said a\n',
    end: 'end',
  })
})

test('slices arrive one by one, and are all there', async () => {
  const { network, lines } = await openYard()
  using sliced = network.fault(slice({ bytes: 2 }))
  const talker = new Talker(lines.endpoint)
  await talker.until(heard => heard === 'hello\n')
  expect(talker.pieces).toBe(3)
  expect(sliced.hits).toBe(1)
})

test('corrupt turns one bit over, the same one for the same seed', async () => {
  const heard = async (seed: number) => {
    const { network, lines } = await openYard({ seed })
    network.fault(corrupt())
    const talker = new Talker(lines.endpoint)
    return await talker.until(text => text.length === 6)
  }
  const [first, again, other] = [await heard(1), await heard(1), await heard(5)]
  const bits = [...Buffer.from(first, 'latin1')].map((octet, at) => octet ^ 'hello\n'.charCodeAt(at))
  expect(bits.filter(bit => bit !== 0)).toHaveLength(1)
  expect(again).toBe(first)
  expect(other).not.toBe(first)
})

test('latency under a clock that stands takes no time, and what is delayed less goes first', async () => {
  const { network, lines } = await openYard()
  network.fault(latency({ delayMs: '1h', nth: 1 }))
  network.fault(latency({ delayMs: '1m', nth: 2 }))
  const order: string[] = []
  const slow = new Talker(lines.endpoint)
  const fast = new Talker(lines.endpoint)
  await Promise.all([
    slow.until(heard => heard !== '').then(() => order.push('slow')),
    fast.until(heard => heard !== '').then(() => order.push('fast')),
  ])
  expect(order).toEqual(['fast', 'slow'])
  expect(network.clock.now()).toBe(network.clock.epoch)
})

test('latency under a clock that stands needs no timer that somebody has replaced', async () => {
  const { network, lines } = await openYard()
  network.fault(latency({ delayMs: 200 }))
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  expect(await new Talker(lines.endpoint).until(heard => heard !== '')).toBe('hello\n')
})

test('a fault outlives what a client does while it waits: it ends, and the network closes', async () => {
  const { network, lines } = await openYard()
  network.fault(latency({ delayMs: 200, time: 'clock' }))
  network.fault(latency({ delayMs: 200, time: 'real', from: 'client' }))
  const gone = new Talker(lines.endpoint).say('x\n')
  await come(() => lines.connections.length === 1)
  gone.socket.resetAndDestroy()
  await come(() => lines.connections[0]!.open === false)
  const waiting = new Talker(lines.endpoint).say('x\n')
  await come(() => lines.connections.length === 2)
  await network.close()
  await waiting.done
})

test('latency by the clock waits until the clock is moved', async () => {
  const { network, lines } = await openYard()
  using slow = network.fault(latency({ delayMs: 200, time: 'clock' }))
  const talker = new Talker(lines.endpoint)
  await come(() => slow.hits === 1)
  await network.clock.advance(199)
  await turns()
  expect(talker.heard).toBe('')
  await network.clock.advance(1)
  expect(await talker.until(heard => heard !== '')).toBe('hello\n')
})

test('latency in real time takes it', async () => {
  const { network, lines } = await openYard()
  network.fault(latency({ delayMs: 30, time: 'real' }))
  const before = performance.now()
  await new Talker(lines.endpoint).until(heard => heard !== '')
  expect(performance.now() - before).toBeGreaterThanOrEqual(29)
})

test('latency with jitter keeps the order of octets', async () => {
  const { network, lines } = await openYard()
  network.fault(latency({ delayMs: 50, jitterMs: 50 }))
  const talker = new Talker(lines.endpoint)
  for (const line of ['a', 'b', 'c', 'd', 'e']) {
    talker.say(`${line}\n`)
    await turns(5)
  }
  const heard = await talker.until(text => text.includes('e\n'))
  expect(heard).toBe(`hello\n${['a', 'b', 'c', 'd', 'e'].map(line => `you said ${line}\n`).join('')}`)
})

test('undoing a latency lets go of what it holds, in order', async () => {
  const { network, lines } = await openYard()
  const slow = network.fault(latency({ delayMs: 200, time: 'clock' }))
  const talker = new Talker(lines.endpoint).say('x\n')
  await come(() => slow.hits === 2)
  slow[Symbol.dispose]()
  expect(await talker.until(heard => heard.includes('x'))).toBe('hello\nyou said x\n')
})

test('bandwidth lets everything through in pieces', async () => {
  const { network, lines } = await openYard()
  network.fault(bandwidth({ bytesPerSecond: 100 }))
  const talker = new Talker(lines.endpoint)
  await talker.until(heard => heard === 'hello\n')
  expect(talker.pieces).toBe(3)
})

test('slow close holds back the end and nothing else', async () => {
  const { network, lines } = await openYard()
  using slow = network.fault(slowClose({ delayMs: 1000, time: 'clock' }))
  const talker = new Talker(lines.endpoint).say('x\n')
  talker.socket.end()
  await talker.until(heard => heard.includes('x'))
  await come(() => slow.hits === 1)
  let isOver = false
  void talker.done.then(() => (isOver = true))
  await turns()
  expect(isOver).toBe(false)
  await network.clock.advance(1000)
  expect(await talker.done).toMatchObject({ end: 'end' })
})

test('refuse resets what comes to a plain endpoint, and the service never hears of it', async () => {
  const { network, lines } = await openYard()
  const down = network.fault(refuse({ to: 'a.example:4000' }))
  expect(await new Talker(lines.endpoint).done).toMatchObject({ heard: '', end: 'ECONNRESET' })
  expect(lines.connections).toHaveLength(0)
  expect(down.hits).toBe(1)
  down[Symbol.dispose]()
  await new Talker(lines.endpoint).until(heard => heard === 'hello\n')
})

test('refuse under interception is a refused connection', async () => {
  const { network } = await openYard()
  using _inside = network.intercept()
  using down = network.fault(refuse({ nth: 2 }))
  await new Talker({ host: 'a.example', port: 4000 }).until(heard => heard === 'hello\n')
  expect(await new Talker({ host: 'a.example', port: 4000 }).done).toMatchObject({ end: 'ECONNREFUSED' })
  await new Talker({ host: 'a.example', port: 4000 }).until(heard => heard === 'hello\n')
  expect(down.hits).toBe(1)
})

test('a black hole swallows a connection, and closing the network ends it', async () => {
  const { network, lines } = await openYard()
  network.fault(blackHole({ nth: 1 }))
  const talker = new Talker(lines.endpoint).say('x\n')
  await new Talker(lines.endpoint).until(heard => heard === 'hello\n')
  await turns()
  expect(talker.heard).toBe('')
  expect(lines.connections).toHaveLength(1)
  await network.close()
  await talker.done
})

test('a black hole under interception never connects', async () => {
  const { network } = await openYard()
  using _inside = network.intercept()
  using hole = network.fault(blackHole({ to: 'a.example' }))
  const socket = net.connect(4000, 'a.example')
  let isConnected = false
  socket.on('connect', () => (isConnected = true))
  await come(() => hole.hits === 1)
  await turns()
  expect(isConnected).toBe(false)
  socket.destroy()
})

test('a black hole swallows links that are open, and leaves them when it is undone', async () => {
  const { network, lines } = await openYard()
  const talker = new Talker(lines.endpoint)
  await talker.until(heard => heard === 'hello\n')
  {
    using hole = network.fault(blackHole({ to: 'a.example' }))
    talker.say('lost\n')
    await come(() => hole.hits === 1)
    expect(lines.connections[0]!.received.length).toBe(0)
  }
  await talker.say('x\n').until(heard => heard.includes('you said x'))
  expect(talker.heard).toBe('hello\nyou said x\n')
})

test('a closed port leaves links that are open alone', async () => {
  const { network, lines } = await openYard()
  const talker = new Talker(lines.endpoint)
  await talker.until(heard => heard === 'hello\n')
  using _closed = network.fault(refuse())
  await talker.say('x\n').until(heard => heard.includes('you said x'))
})

test('a black hole from a message on swallows both sides', async () => {
  const { network, lines } = await openYard()
  using hole = network.fault(blackHole({ at: 'second' }))
  const talker = new Talker(lines.endpoint).say('first\n')
  await talker.until(heard => heard.includes('first'))
  talker.say('second\n')
  await come(() => hole.hits === 1)
  talker.say('third\n')
  await turns()
  expect(talker.heard).toBe('hello\nyou said first\n')
  expect(lines.connections[0]!.received.toString()).toBe('first\n')
})

test('a fault comes to links that are open, and leaves them when it is undone', async () => {
  const { network, lines } = await openYard()
  const talker = new Talker(lines.endpoint)
  await talker.until(heard => heard === 'hello\n')
  {
    using wrong = network.fault(corrupt())
    await talker.say('x\n').until(heard => heard.length === 17)
    expect(wrong.hits).toBe(1)
  }
  talker.heard = ''
  expect(await talker.say('y\n').until(heard => heard.includes('\n'))).toBe('you said y\n')
})

test('faults meet a link in the order in which they came', async () => {
  const { network, lines } = await openYard()
  network.fault(latency({ delayMs: 100 }))
  network.fault(slice({ bytes: 3 }))
  network.fault(reset({ afterBytes: 4 }))
  expect(await new Talker(lines.endpoint).done).toMatchObject({ heard: 'hell', end: 'ECONNRESET' })
})

test('a link that is delayed makes a service that says much wait', async () => {
  const { network } = await openYard()
  let written = 0
  let isStalled = false
  const { big } = await network.host('b.example', {
    big: {
      protocol: 'tcp',
      load: async () => {
        const { createTcp } = await import('../fakes/tcp.ts')
        return createTcp(
          async connection => {
            for (let piece = 0; piece < 100; piece++) {
              const going = connection.write(Buffer.alloc(64 * 1024))
              written += 64
              if (written > 512) isStalled = true
              await going
            }
          },
          { port: 4001 },
        )
      },
    },
  })
  const slow = network.fault(latency({ delayMs: 1000, time: 'clock' }))
  const socket = net.connect(big.endpoint)
  let got = 0
  socket.on('data', chunk => (got += chunk.length))
  await come(() => slow.hits > 4)
  await turns(200)
  expect(isStalled).toBe(false)
  slow[Symbol.dispose]()
  await new Promise(resolve => socket.once('end', resolve))
  expect(got).toBe(6400 * 1024)
})

test('what waits for the end of its message does not wait for ever', async () => {
  await using network = await createNetwork()
  const events = () =>
    new ReadableStream({ start: controller => controller.enqueue(new TextEncoder().encode('data: 1\n\n')) })
  await network.host('a.example', { web: http(() => new Response(events())) })
  using _inside = network.intercept()
  using never = network.fault(reset({ at: /^never/ }))
  const reader = (await fetch('http://a.example/')).body!.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: 1\n\n')
  expect(never.hits).toBe(0)
  await reader.cancel()
})

test('a message that comes octet by octet with pauses is met all the same', async () => {
  await using network = await createNetwork()
  const { mail } = await network.host('mx.example', { mail: smtp() })
  using cut = network.fault(reset({ at: /^MAIL/ }))
  const talker = new Talker(mail.endpoint)
  await talker.until(heard => heard.startsWith('220'))
  for (const octet of 'HELO me\r\nMAIL FROM:<a@a.example>\r\n') {
    talker.say(octet)
    await turns()
  }
  expect(await talker.done).toMatchObject({ end: 'ECONNRESET' })
  expect(talker.heard).not.toContain('Sender')
  expect(cut.hits).toBe(1)
})

test.each<[string, (giveUp: () => void) => void]>([
  ['at once', giveUp => giveUp()],
  ['in the same turn', giveUp => process.nextTick(giveUp)],
  ['while the system connects', giveUp => process.nextTick(() => process.nextTick(giveUp))],
  ['a turn later', giveUp => setImmediate(giveUp)],
])('a connection that is given up %s counts once, and lets no other past a bar', async (_when, later) => {
  const { network, lines } = await openYard()
  using refused = network.fault(refuse({ to: 'a.example', nth: 2 }))
  {
    using _inside = network.intercept()
    const aborting = new AbortController()
    const socket = net.connect({ host: 'a.example', port: 4000, signal: aborting.signal }).on('error', () => {})
    later(() => aborting.abort())
    await new Promise(resolve => socket.once('close', resolve))
  }
  await turns()
  expect(await new Talker(lines.endpoint).done).toMatchObject({ heard: '', end: 'ECONNRESET' })
  expect(refused.hits).toBe(1)
})

test('a connection that is on its way when the last fault goes lets no other past the next', async () => {
  const { network, lines } = await openYard()
  {
    using _inside = network.intercept()
    const fault = network.fault(refuse({ to: 'b.example' }))
    const talker = new Talker({ host: 'a.example', port: 4000 })
    fault[Symbol.dispose]()
    await talker.until(heard => heard === 'hello\n')
  }
  using refused = network.fault(refuse({ to: 'a.example' }))
  expect(await new Talker(lines.endpoint).done).toMatchObject({ heard: '', end: 'ECONNRESET' })
  expect(refused.hits).toBe(1)
})

test('refuse leaves links that are open alone', async () => {
  const { network, lines } = await openYard()
  const talker = new Talker(lines.endpoint)
  await talker.until(heard => heard === 'hello\n')
  using refused = network.fault(refuse())
  expect(await talker.say('x\n').until(heard => heard.endsWith('x\n'))).toBe('hello\nyou said x\n')
  expect(refused.hits).toBe(0)
})
