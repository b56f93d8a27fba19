import { test as plain } from 'vitest'
import { expect } from '../vitest.ts'
import { Project } from './in-tests.ts'

plain('a failed test shows what crossed the network, and how to repeat it', { timeout: 30_000 }, async () => {
  const project = new Project({
    'sub/shop.test.ts': `
      import net from 'node:net'
      import { once } from 'node:events'
      import { tcp, udp } from 'backlot'
      import { expect, test } from 'backlot/vitest'
      import { describe } from 'vitest'

      const ask = async (port, host, text) => {
        const socket = net.connect(port, host)
        socket.end(text)
        let said = ''
        socket.on('data', chunk => (said += chunk))
        await once(socket, 'close')
        return said
      }

      describe("the shop's door", () => {
        test('opens [sometimes]', async ({ network }) => {
          const knock = tcp({ delimiter: '\\n', answer: name => \`hello \${name}\` }, { port: 4040 })
          await network.host('door.example', { knock })
          expect(await ask(4040, 'door.example', 'ann\\n')).toBe('hello ann\\n')
          expect(network.random('x').below(1000)).toBe(-1)
        })
      })
      test('swallows', async () => {
        await fetch('https://gone.example/').catch(() => {})
        await fetch('https://other.example/').catch(() => {})
        expect(1).toBe(2)
      })
      test('says much', async ({ network }) => {
        await network.host('door.example', { knock: tcp({ delimiter: '\\n', answer: name => name }, { port: 4040 }) })
        for (let i = 0; i < 100; i++) await ask(4040, 'door.example', 'line ' + i + 'x'.repeat(1000) + '\\n')
        expect(1).toBe(2)
      })
      test('is quiet', () => {
        expect(1).toBe(2)
      })
      const times = 1
      test('fails again', { retry: times }, async ({ network, task }) => {
        await network.host('door.example', { knock: tcp({ delimiter: '\\n', answer: name => name }, { port: 4040 }) })
        await ask(4040, 'door.example', 'attempt ' + task.result.retryCount + '\\n')
        throw new Error('attempt ' + task.result.retryCount)
      })
      test('passes', async ({ network }) => {
        await network.host('door.example', { knock: tcp({ answer: name => name }, { port: 4040 }) })
        await ask(4040, 'door.example', 'unseen')
      })
    `,
  })
  const { status, output } = await project.run({ env: { BACKLOT_SEED: 'seven' } })
  const said = output.replace(/10\.0\.2\.15:\d+/g, '10.0.2.15:<port>')
  expect(status).toBe(1)
  expect(said).toContain(
    `What crossed the network:
  #1 ── tcp to door.example:4040 (198.18.44.58) from 10.0.2.15:<port>
  #1 door.example:4040 → ann\\n (4 octets)
  #1 the client has ended`.slice(0, 93),
  )
  expect(said).toContain(
    "To repeat it:\n  BACKLOT_SEED=seven npx vitest run sub/shop.test.ts -t '^the shop'\\''s door > opens \\[sometimes\\]$'",
  )
  expect(said).toContain(
    'Names that were asked for and are not in the network; add them by:\n' +
      "  await network.host('gone.example', { … })\n  await network.host('other.example', { … })",
  )
  const blocks = said.split('FAIL  ')
  const block = (name: string) => blocks.find(each => each.startsWith(`sub/shop.test.ts > ${name}`))!
  expect(block('is quiet')).not.toContain('What crossed')
  expect(block('is quiet')).toContain('To repeat it:')
  const much = block('says much').split('\n')
  expect(much.find(line => line.includes('lines before'))).toMatch(/^ {2}… \d+ lines before$/)
  expect(much.length).toBeLessThan(90)
  expect(Math.max(...much.map(line => line.length))).toBeLessThan(200)
  expect(said).toContain('attempt 0')
  for (const attempt of [0, 1]) {
    const own = said.slice(said.indexOf(`Error: attempt ${attempt}`))
    expect(own.slice(0, own.indexOf('To repeat'))).toMatch(new RegExp(`→ "?attempt ${attempt}`))
  }
  expect(said).not.toContain('unseen')

  const again = await project.run({
    env: { BACKLOT_SEED: 'seven' },
    args: ['sub/shop.test.ts', '-t', "^the shop's door > opens \\[sometimes\\]$"],
  })
  expect(again.output).toContain('Tests  1 failed | 5 skipped (6)')
  const chance = (text: string) => /expected (\d+) to be -1/.exec(text)?.[1]
  expect(chance(output)).toBeDefined()
  expect(chance(again.output)).toBe(chance(output))
  const other = await project.run({ env: { BACKLOT_SEED: 'eight' }, args: ['-t', 'opens'] })
  expect(chance(other.output)).not.toBe(chance(output))
})
