import { join } from 'node:path'
import { test } from 'vitest'
import { expect } from '../vitest.ts'
import { Project } from './in-tests.ts'

test('a suite with the setup file is refused the world outside, and told the line that adds it', {
  timeout: 30_000,
}, async () => {
  const project = new Project(
    {
      'plain.test.ts': `
        import { once } from 'node:events'
        import dns from 'node:dns/promises'
        import net from 'node:net'
        import { createNetwork, http } from 'backlot'
        import { expect, test, vi } from 'vitest'

        test('fetch', async () => {
          await fetch('https://api.example.com/price')
        })
        test('dns', async () => {
          await dns.resolveMx('example.com')
        })
        test('loopback passes', async () => {
          const server = net.createServer(socket => socket.end('hello')).listen(0, '127.0.0.1')
          await once(server, 'listening')
          const socket = net.connect(server.address().port, 'localhost')
          expect(String((await once(socket, 'data'))[0])).toBe('hello')
          server.close()
        })
        test('a network of the plain API', async () => {
          await using network = await createNetwork()
          await network.host('api.example.com', { site: http(() => new Response('mine')) })
          network.intercept()
          expect(await (await fetch('https://api.example.com/')).text()).toBe('mine')
        })
        test('turns stay real', async () => {
          vi.useFakeTimers()
          await new Promise(resolve => setImmediate(resolve))
        })
      `,
      'fixture.test.ts': `
        import { http } from 'backlot'
        import { expect, test } from 'backlot/vitest'
        test('a network of the fixture', async ({ network }) => {
          await network.host('api.example.com', { site: http(() => new Response('mine')) })
          expect(await (await fetch('https://api.example.com/')).text()).toBe('mine')
        })
      `,
    },
    { setupFiles: [join(import.meta.dirname, 'setup.ts')] },
  )
  const { status, output } = await project.run({ args: ['--detectAsyncLeaks'] })
  const line = (what: string, host: string) =>
    `OfflineError: expected nothing of the world outside, got ${what}, and no network is open; add it in a test by ` +
    `createNetwork(), network.intercept() and: await network.host('${host}', { … })`
  expect(output).toContain(line('api.example.com:443', 'api.example.com'))
  expect(output).toContain(line('a question for names', 'name'))
  expect(output).toContain('Tests  2 failed | 4 passed (6)')
  expect(output).not.toContain('Leak')
  expect(status).toBe(1)
})
