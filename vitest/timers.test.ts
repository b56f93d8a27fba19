import dgram from 'node:dgram'
import dns from 'node:dns/promises'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import tls from 'node:tls'
import nodemailer from 'nodemailer'
import { afterEach, describe, vi } from 'vitest'
import { http as site, smtp, tcp, udp } from '../index.ts'
import { expect, test } from '../vitest.ts'

afterEach(() => {
  vi.useRealTimers()
})

const hello = (port: number, tlsToo = false) => tcp({ greeting: 'hello' }, { port, tls: tlsToo })

describe('under fake timers', () => {
  test('no client hangs', async ({ network }) => {
    vi.useFakeTimers()
    const { mail } = await network.host('a.example', {
      mail: smtp(),
      web: site(() => new Response('page')),
      raw: hello(7),
      secure: hello(77, true),
      echo: udp(message => message, { port: 7 }),
    })
    const transport = nodemailer.createTransport({ host: 'a.example', port: 587, pool: true })
    await transport.sendMail({ from: 'ann@example.org', to: 'bob@example.net', text: 'hello' })
    transport.close()
    expect(mail).toHaveDelivered()
    expect(await (await fetch('https://a.example/')).text()).toBe('page')
    const [response] = await once(http.get('http://a.example/'), 'response')
    expect(String((await once(response, 'data'))[0])).toBe('page')
    expect(await dns.resolve4('a.example')).toEqual(network.lookup('a.example'))
    expect((await dns.lookup('a.example')).address).toBe(network.lookup('a.example')[0])
    for (const socket of [net.connect(7, 'a.example'), tls.connect(77, 'a.example')]) {
      expect(String((await once(socket, 'data'))[0])).toBe('hello')
      socket.destroy()
    }
    const socket = dgram.createSocket('udp4')
    socket.send('ping', 7, 'a.example')
    expect(String((await once(socket, 'message'))[0])).toBe('ping')
    socket.close()
  })

  test('what somebody asks for by name is faked', () => {
    vi.useFakeTimers({ toFake: ['setImmediate'] })
    let ran = false
    setImmediate(() => (ran = true))
    expect(ran).toBe(false)
    vi.runAllTimers()
    expect(ran).toBe(true)
  })

  test('timers are faked but for turns of the event loop', async () => {
    vi.useFakeTimers({ now: 1000 })
    expect(Date.now()).toBe(1000)
    await new Promise(resolve => setImmediate(resolve))
    let ran = false
    setTimeout(() => (ran = true), 1)
    await new Promise(resolve => setImmediate(resolve))
    expect(ran).toBe(false)
    vi.advanceTimersByTime(1)
    expect(ran).toBe(true)
  })
})

describe("a network's clock", () => {
  test('takes a program with it that tries again for an hour', async ({ network }) => {
    vi.useFakeTimers({ now: network.clock.now() })
    let isUp = false
    const { api } = await network.host('api.example', {
      api: site(() => (isUp ? new Response('up') : new Response('down', { status: 503 }))),
    })
    network.clock.after('55m', () => (isUp = true))
    const waits: number[] = []
    const work = (async () => {
      for (let waitMs = 1000; ; waitMs = Math.min(2 * waitMs, 600_000)) {
        const response = await fetch('https://api.example/')
        if ((await response.text()) === 'up') return new Date().toISOString()
        waits.push(waitMs / 1000)
        await new Promise(resolve => setTimeout(resolve, waitMs))
      }
    })()
    await network.clock.advance('1h')
    // 1023 s of doubling, then four times ten minutes.
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600, 600])
    expect(await work).toBe('2015-03-15T13:06:19.000Z')
    expect(api.count).toBe(15)
    expect(network.clock.date().toISOString()).toBe('2015-03-15T13:09:16.000Z')
    expect(new Date().toISOString()).toBe('2015-03-15T13:09:16.000Z')
  })

  test('lets both fall due in the order of their times', async ({ network }) => {
    vi.useFakeTimers()
    const order: string[] = []
    network.clock.after('2s', () => order.push('clock 2'))
    network.clock.after('4s', () => order.push('clock 4'))
    for (const seconds of [1, 3, 5, 6]) setTimeout(() => order.push(`timer ${seconds}`), seconds * 1000)
    await network.clock.advance('5s')
    expect(order).toEqual(['timer 1', 'clock 2', 'timer 3', 'clock 4', 'timer 5'])
  })

  test('stops at an interval as often as it falls due', async ({ network }) => {
    vi.useFakeTimers()
    let ticks = 0
    const interval = setInterval(() => ticks++, 60_000)
    await network.clock.advance('1h')
    clearInterval(interval)
    expect(ticks).toBe(60)
  })

  test('moves alone where timers are real, or only dates are faked', async ({ network }) => {
    await network.clock.advance('1h')
    vi.useFakeTimers({ toFake: ['Date'], now: 5000 })
    await network.clock.advance('1h')
    expect(network.clock.now() - network.clock.epoch).toBe(7_200_000)
    expect(Date.now()).toBe(3_605_000)
  })

  test('waits for what is under way before it goes on', async ({ network }) => {
    const seen: string[] = []
    const at = () => `${(network.clock.now() - network.clock.epoch) / 1000} s`
    const { api } = await network.host('api.example', { api: site(() => new Response('x'.repeat(100_000))) })
    const ask = async () => {
      const response = await fetch('https://api.example/')
      seen.push(`${(await response.text()).length} octets at ${at()}`)
      network.clock.after('10s', ask)
    }
    network.clock.after('10s', ask)
    await network.clock.advance('35s')
    expect(seen).toEqual(['100000 octets at 10 s', '100000 octets at 20 s', '100000 octets at 30 s'])
    expect(api.count).toBe(3)
  })
})

test('what a fake timer starts finds the network where the timer is', async ({ network }) => {
  vi.useFakeTimers()
  await network.host('a.example', { web: site(() => new Response('page')) })
  const opened: number[] = []
  network.tap({ opened: () => void opened.push(network.clock.now() - network.clock.epoch) })
  const page = new Promise<string>((resolve, reject) => {
    setTimeout(() => {
      fetch('http://a.example/')
        .then(response => response.text())
        .then(resolve, reject)
    }, 3_600_000)
  })
  await network.clock.advance('1h')
  expect(await page).toBe('page')
  expect(opened).toEqual([3_600_000])
})
