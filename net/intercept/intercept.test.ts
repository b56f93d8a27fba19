import dgram from 'node:dgram'
import dns from 'node:dns'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import tls from 'node:tls'
import nodemailer from 'nodemailer'
import { expect, test } from 'vitest'
import { createNetwork, tcp } from '../../index.ts'
import type { Network } from '../network.ts'

/** The least of HTTP: every request is answered with a text, and the connection kept. */
const site = (text: string, tlsToo = false) =>
  tcp(
    {
      delimiter: '\r\n\r\n',
      answer: () => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    },
    { port: tlsToo ? 443 : 80, tls: tlsToo },
  )

async function get(url: string, agent?: http.Agent): Promise<string> {
  const { get } = url.startsWith('https:') ? https : http
  const request = get(url, agent === undefined ? {} : { agent })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

const patched = () =>
  [
    [net.Socket.prototype, 'connect'],
    [dgram.Socket.prototype, 'send'],
    [dgram.Socket.prototype, 'emit'],
    [dns, 'lookup'],
    [dns, 'resolve4'],
    [dns.promises, 'lookup'],
    [dns.Resolver.prototype, 'resolve4'],
    [tls, 'connect'],
    [http.Agent.prototype, 'addRequest'],
    [globalThis, 'fetch'],
    [globalThis, Symbol.for('undici.globalDispatcher.1')],
  ].map(([target, key]) => Object.getOwnPropertyDescriptor(target, key as PropertyKey)?.value)

test('disposing the guards puts everything back, in whatever order', async () => {
  void globalThis.Headers
  const before = patched()
  await using one = await createNetwork()
  await using two = await createNetwork()
  await one.host('a.example', { web: site('one') })
  await two.host('a.example', { web: site('two') })
  const outer = one.intercept()
  expect(await get('http://a.example/')).toBe('one')
  const inner = two.intercept()
  expect(await get('http://a.example/')).toBe('two')
  expect(await (await fetch('http://a.example/')).text()).toBe('two')
  outer[Symbol.dispose]()
  expect(await get('http://a.example/')).toBe('two')
  const again = one.intercept()
  inner[Symbol.dispose]()
  inner[Symbol.dispose]()
  expect(await get('http://a.example/')).toBe('one')
  again[Symbol.dispose]()
  expect(patched()).toEqual(before)
})

test('closing a network disposes its guards', async () => {
  const before = patched()
  const network = await createNetwork()
  network.intercept()
  await network.close()
  expect(patched()).toEqual(before)
})

test('what others put over a function stays when ours goes', async () => {
  const before = globalThis.fetch
  const network = await createNetwork()
  const inside = network.intercept()
  const ours = globalThis.fetch
  const theirs: typeof fetch = (...args) => ours(...args)
  globalThis.fetch = theirs
  inside[Symbol.dispose]()
  expect(globalThis.fetch).toBe(theirs)
  {
    using _again = network.intercept()
    await network.host('a.example', { web: site('still') })
    expect(await (await fetch('http://a.example/')).text()).toBe('still')
  }
  globalThis.fetch = before
  {
    using _again = network.intercept()
  }
  expect(globalThis.fetch).toBe(before)
  await network.close()
})

test('a hundred networks with the same names at once each see their own', async () => {
  const live = async (number: number) => {
    await using network = await createNetwork({ seed: number })
    const own = `network ${number}`
    await network.host('a.example', { web: site(own), secure: site(own, true) }, { addresses: [`203.0.113.${number}`] })
    using _inside = network.intercept()
    const seen = [
      (await dns.promises.lookup('a.example')).address === `203.0.113.${number}` ? own : 'another address',
      await get('http://a.example/'),
      await get('http://a.example/'),
      await get('https://a.example/'),
      await (await fetch('http://a.example/')).text(),
      await (await fetch('http://a.example/')).text(),
      await (await fetch('https://a.example/')).text(),
    ]
    expect(seen).toEqual(seen.map(() => own))
  }
  await Promise.all(Array.from({ length: 100 }, (_, i) => live(i)))
}, 30_000)

test('pools keep connections within a network and none beyond it', async () => {
  const use = async () => {
    const network = await createNetwork()
    const { web } = await network.host('a.example', { web: site('hello') })
    using _inside = network.intercept()
    for (let i = 0; i < 3; i++) {
      await get('http://a.example/')
      await (await fetch('http://a.example/')).text()
      await turn()
    }
    const { length } = web.connections
    await network.close()
    return length
  }
  expect([await use(), await use()]).toEqual([2, 2])
  const pooled = () => Object.keys({ ...http.globalAgent.freeSockets, ...http.globalAgent.sockets })
  await expect.poll(() => pooled().filter(name => name.includes('a.example'))).toEqual([])
})

test('two networks that are open at once share no connection of a pool, by turns', async () => {
  await using one = await createNetwork()
  await using two = await createNetwork()
  await one.host('a.example', { web: site('one') })
  await two.host('a.example', { web: site('two') })
  for (const ask of [get, async (url: string) => (await fetch(url)).text()]) {
    const seen: string[] = []
    for (const network of [one, two, one, two]) {
      using _inside = network.intercept()
      seen.push(await ask('http://a.example/'))
      await turn()
    }
    expect(seen).toEqual(['one', 'two', 'one', 'two'])
  }
})

test('a guard that is disposed leaves its code in the network around it, whatever else is active', async () => {
  await using outer = await createNetwork()
  await using inner = await createNetwork()
  await using other = await createNetwork()
  await outer.host('a.example', { web: site('outer') })
  const elsewhere = Promise.withResolvers<void>()
  const concurrent = async () => {
    using _inside = other.intercept()
    await elsewhere.promise
  }
  const running = concurrent()
  const nested = async () => {
    using _outer = outer.intercept()
    {
      using _inner = inner.intercept()
    }
    return await get('http://a.example/')
  }
  expect(await nested()).toBe('outer')
  elsewhere.resolve()
  await running
})

test('an agent of the caller keeps its connections apart too', async () => {
  using agent = Object.assign(new http.Agent({ keepAlive: true, maxSockets: 1 }), {
    [Symbol.dispose]: () => agent.destroy(),
  })
  const use = async (text: string) => {
    await using network = await createNetwork()
    await network.host('a.example', { web: site(text) })
    using _inside = network.intercept()
    return await Promise.all([get('http://a.example/', agent), get('http://a.example/', agent)])
  }
  expect(await Promise.all([use('one'), use('two')])).toEqual([
    ['one', 'one'],
    ['two', 'two'],
  ])
})

test('nodemailer reaches a server by its name, with TLS from the start', async () => {
  await using network = await createNetwork()
  const replies: [RegExp, string][] = [
    [/^EHLO/, '250 mx.example\r\n'],
    [/^DATA/, '354 go\r\n'],
    [/^QUIT/, '221 bye\r\n'],
    [/^/, '250 ok\r\n'],
  ]
  let data = false
  const smtp = tcp(
    {
      greeting: '220 mx.example\r\n',
      delimiter: '\r\n',
      answer: line => {
        if (data && String(line) !== '.\r\n') return undefined
        data = /^DATA/.test(String(line))
        return replies.find(([pattern]) => pattern.test(String(line)))![1]
      },
    },
    { port: 465, tls: true },
  )
  await network.host('mx.example', { smtp })
  using _inside = network.intercept()
  const transport = nodemailer.createTransport({ host: 'mx.example', port: 465, secure: true })
  const sent = await transport.sendMail({ from: 'a@example.org', to: 'b@example.org', text: 'hello' })
  expect(sent.accepted).toEqual(['b@example.org'])
})

test('the dispatcher that undici puts in its place keeps a pool for each network, also in the older place', async () => {
  class Agent {
    dispatch(_options: object, done: (by: object) => void): void {
      done(this)
    }
    async destroy(): Promise<void> {}
  }
  class Dispatcher1Wrapper {
    readonly #inner: Agent
    constructor(inner: Agent) {
      this.#inner = inner
    }
    dispatch(options: object, done: (by: object) => void): void {
      this.#inner.dispatch(options, done)
    }
  }
  const places = globalThis as unknown as Record<symbol, Agent | Dispatcher1Wrapper | undefined>
  const [older, newer] = [1, 2].map(version => Symbol.for(`undici.globalDispatcher.${version}`)) as [symbol, symbol]
  const before = [places[older], places[newer]]
  const agent = (places[newer] = new Agent())
  const wrapper = (places[older] = new Dispatcher1Wrapper(agent))
  const by = (place: symbol) => {
    let seen: object | undefined
    places[place]!.dispatch({}, agent => (seen = agent))
    return seen
  }
  await using one = await createNetwork()
  await using two = await createNetwork()
  const seen: (object | undefined)[] = []
  for (const network of [one, two, one]) {
    using _inside = network.intercept()
    expect(by(older)).toBe(by(newer))
    seen.push(by(newer))
  }
  expect([places[older], places[newer]]).toEqual([wrapper, agent])
  ;[places[older], places[newer]] = before
  expect(seen).not.toContain(agent)
  expect(seen[0]).not.toBe(seen[1])
  expect(seen[2]).toBeInstanceOf(Agent)
})

test('fetch fails with the line that adds the host', async () => {
  await using network = await createNetwork()
  using _inside = network.intercept()
  const error = await fetch('http://b.example/').catch(error => error)
  expect(String(error.cause)).toContain("await network.host('b.example', { … })")
})

test('code that lives in none of several networks reaches none of them', async () => {
  const stray = Promise.withResolvers<void>()
  const asked = stray.promise.then(() => get('http://a.example/').catch(error => error))
  const enter = async (network: Network) => {
    await network.host('a.example', { web: site('not for strays') })
    await turn()
    network.intercept()
  }
  await using one = await createNetwork()
  await using two = await createNetwork()
  await Promise.all([enter(one), enter(two)])
  stray.resolve()
  expect(String(await asked)).toMatch(/OfflineError: expected code that lives in one of 2 active networks/)
})

test('timers and listeners of code inside live in its network', async () => {
  await using one = await createNetwork()
  await using two = await createNetwork()
  const seen = async (network: Network, text: string) => {
    await network.host('a.example', { web: site(text) })
    using _inside = network.intercept()
    return await new Promise<string>(resolve => setTimeout(() => resolve(get('http://a.example/')), 1))
  }
  expect(await Promise.all([seen(one, 'one'), seen(two, 'two')])).toEqual(['one', 'two'])
})
