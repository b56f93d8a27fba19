import { setImmediate as turn } from 'node:timers/promises'
import nodemailer from 'nodemailer'
import { describe } from 'vitest'
import { http, smtp } from '../index.ts'
import type { Network } from '../net/network.ts'
import { expect, test } from '../vitest.ts'
import { Project } from './in-tests.ts'

const page = (text: string) => http(() => new Response(text))

test('code under test reaches the hosts of the network by their real names', async ({ network }) => {
  const { mail } = await network.host('smtp.gmail.com', { mail: smtp() })
  const transport = nodemailer.createTransport({ host: 'smtp.gmail.com', port: 587 })
  await transport.sendMail({ from: 'ann@example.org', to: 'bob@example.net', subject: 'Welcome', text: 'hello' })
  expect(mail).toHaveDelivered({ to: 'bob@example.net', subject: /^Wel/ })
})

test('a test that takes no network is offline all the same', async () => {
  const error = await fetch('https://api.example.com/').catch(error => error.cause)
  expect(String(error)).toContain("add it by: await network.host('api.example.com', { … })")
})

describe('a network of one test', { shuffle: false }, () => {
  const networks: Network[] = []

  test('keeps a connection alive', async ({ network }) => {
    networks.push(network)
    await network.host('a.example', { site: page('one') })
    await (await fetch('http://a.example/')).text()
  })

  test('is closed before the next, which meets its own of the same name', async ({ network }) => {
    await expect(networks[0]!.host('b.example')).rejects.toThrow(/got one that is closed/)
    const { site } = await network.host('a.example', { site: page('two') })
    expect(await (await fetch('http://a.example/')).text()).toBe('two')
    expect(site.count).toBe(1)
  })
})

describe('chance', () => {
  test('follows from the full name of the test', ({ network }) => {
    expect(network.seed).toBe(`${process.env.BACKLOT_SEED || '1'}/chance > follows from the full name of the test`)
  })
})

describe('options', () => {
  test.override({ networkOptions: { epoch: '2030-01-01T00:00:00Z', seed: 7 } })

  test('are overridden for a suite', ({ network }) => {
    expect(network.clock.date().toISOString()).toBe('2030-01-01T00:00:00.000Z')
    expect(network.seed).toBe('7')
  })
})

describe('tests with the same names that run at once', () => {
  const live = async (network: Network, own: string) => {
    const { site } = await network.host('a.example', { site: page(own) })
    for (let n = 0; n < 3; n++) {
      await turn()
      expect(await (await fetch('http://a.example/')).text()).toBe(own)
    }
    expect(site.count).toBe(3)
  }
  for (let number = 0; number < 100; number++) {
    test.concurrent(`each see their own: ${number}`, ({ network }) => live(network, String(number)))
  }
})

describe('networks that a hook had made, of tests that run at once', () => {
  test.beforeEach(async ({ network, task }) => {
    await turn()
    await network.host('a.example', { site: page(task.name) })
  })
  for (let number = 0; number < 10; number++) {
    test.concurrent(`are those of their tests: ${number}`, async ({ network, task }) => {
      expect(network.hosts).toHaveLength(1)
      for (let n = 0; n < 5; n++) await turn()
      expect(await (await fetch('http://a.example/')).text()).toBe(task.name)
    })
  }
})

describe('a network that two tests share in turn', { shuffle: false }, () => {
  const stray: { go: () => void; error?: Promise<unknown> } = { go: () => {} }

  test('was that of code which goes on after its test', async () => {
    const waiting = new Promise<void>(resolve => (stray.go = resolve))
    stray.error = waiting.then(() => fetch('http://mx.example/')).catch(error => error.cause)
  })

  test('is not reached by what is left of the one before', async ({ network }) => {
    const { site } = await network.host('mx.example', { site: page('mine') })
    stray.go()
    expect(String(await stray.error)).toMatch(/OfflineError: expected code whose network is open, got mx.example/)
    expect(site.count).toBe(0)
  })
})

test('what code of a service throws fails the test, also where the client swallows it', {
  timeout: 30_000,
}, async () => {
  const project = new Project({
    'bugs.test.ts': `
      import { http, tcp } from 'backlot'
      import { expect, test } from 'backlot/vitest'

      test('a bug of a service', async ({ network }) => {
        await network.host('a.example', { site: http(() => { throw new TypeError('no such price') }) })
        await fetch('http://a.example/').catch(() => {})
      })
      test('two bugs', async ({ network }) => {
        await network.host('a.example', { site: http(() => { throw new TypeError('no such price') }) })
        await network.host('b.example', { site: http(() => { throw new RangeError('no such shop') }) })
        for (const name of ['a', 'a', 'b', 'a']) await fetch('http://' + name + '.example/').catch(() => {})
      })
      test('the next one is clean', async ({ network }) => {
        await network.host('a.example', { site: http(() => new Response('hello')) })
        expect(await (await fetch('http://a.example/')).text()).toBe('hello')
      })
    `,
  })
  const { status, output } = await project.run()
  expect(output).toContain('Tests  2 failed | 1 passed (3)')
  expect(output).toContain('FAIL  bugs.test.ts > a bug of a service\nTypeError: no such price')
  expect(output).toContain('FAIL  bugs.test.ts > two bugs\nTypeError: no such price')
  expect(output).toContain('FAIL  bugs.test.ts > two bugs\nRangeError: no such shop')
  expect(output).not.toContain('Unhandled')
  expect(status).toBe(1)
})

test('code that is killed, hangs or never closes its pools leaves the next test clean', {
  timeout: 30_000,
}, async () => {
  const project = new Project(
    {
      'left.test.ts': `
        import http from 'node:http'
        import net from 'node:net'
        import { http as site, tcp } from 'backlot'
        import { expect, test } from 'backlot/vitest'
        import nodemailer from 'nodemailer'
        import { smtp } from 'backlot'

        const transport = nodemailer.createTransport({ host: 'mx.example', port: 25, pool: true })
        const agent = new http.Agent({ keepAlive: true })

        test('hangs in the middle of a conversation', async ({ network }) => {
          await network.host('mx.example', { raw: tcp({ greeting: 'hello' }, { port: 7 }) })
          const socket = net.connect(7, 'mx.example')
          await new Promise(resolve => socket.once('data', resolve))
          await new Promise(() => {})
        }, 100)
        for (const text of ['one', 'two']) test('pools are left open: ' + text, async ({ network }) => {
          const { mail, web } = await network.host('mx.example', { mail: smtp(), web: site(() => new Response(text)) })
          await transport.sendMail({ from: 'a@example.org', to: text + '@example.org', text })
          expect(mail.delivered.map(({ to }) => to)).toEqual([[text + '@example.org']])
          const response = await new Promise(resolve => http.get('http://mx.example/', { agent }, resolve))
          for await (const chunk of response) expect(String(chunk)).toBe(text)
          expect(web.count).toBe(1)
        })
      `,
    },
    { detectAsyncLeaks: true },
  )
  const { status, output } = await project.run()
  expect(output).toContain('Test timed out in 100ms')
  expect(output).toContain('Tests  1 failed | 2 passed (3)')
  expect(status).toBe(1)
})

test('a test that meets the pool of another that runs at once is told so', { timeout: 30_000 }, async () => {
  const project = new Project({
    'pools.test.ts': `
      import nodemailer from 'nodemailer'
      import { smtp } from 'backlot'
      import { expect, test } from 'backlot/vitest'

      const transport = nodemailer.createTransport({ host: 'mx.example', port: 25, pool: true, maxConnections: 1 })
      const send = text => transport.sendMail({ from: 'a@b.example', to: 'c@d.example', text })
      const opened = Promise.withResolvers()
      const used = Promise.withResolvers()
      test.concurrent('first', async ({ network }) => {
        await network.host('mx.example', { mx: smtp() })
        await send('one')
        opened.resolve()
        await used.promise
      })
      test.concurrent('second', async ({ network }) => {
        const { mx } = await network.host('mx.example', { mx: smtp() })
        await opened.promise
        await send('two')
        used.resolve()
        expect(mx).toHaveDelivered({ text: 'two' })
      })
    `,
  })
  const { output } = await project.run()
  expect(output).toContain('FAIL  pools.test.ts > second\nError: toHaveDelivered: expected a mail like this')
  expect(output).toContain(
    'Nothing crossed the network, and mx.example was in another one, too: a pool of connections belongs to the network that opened it; give tests that run at once pools of their own',
  )
})

test('faults that were never reached fail a test that passed', { timeout: 30_000 }, async () => {
  const project = new Project({
    'faults.test.ts': `
      import { test } from 'backlot/vitest'

      const plan = network => Object.defineProperty(network, 'unreachedFaults', { value: ['expected turn 3 of a link, got 1'] })
      test('passes', ({ network }) => void plan(network))
      test('fails of itself', ({ network }) => {
        plan(network)
        throw new Error('of itself')
      })
    `,
  })
  const { output } = await project.run()
  expect(output).toContain('FAIL  faults.test.ts > passes\nError: expected turn 3 of a link, got 1')
  expect(output.match(/expected turn 3/g)).toHaveLength(1)
  expect(output).toContain('FAIL  faults.test.ts > fails of itself\nError: of itself')
})
