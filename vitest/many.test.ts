import { readFileSync } from 'node:fs'
import { test } from 'vitest'
import { expect } from '../vitest.ts'
import { Project } from './in-tests.ts'

test.each([
  ['a thousand tests of one file have a network each', 1000, 'http', []],
  ['networks leave nothing open', 50, 'https', ['--detectAsyncLeaks']],
])('%s', { timeout: 60_000 }, async (_title, count, scheme, args) => {
  const project = new Project({
    'many.test.ts': `
      import { http } from 'backlot'
      import { expect, test } from 'backlot/vitest'

      for (let i = 0; i < ${count}; i++) {
        test('test ' + i, async ({ network }) => {
          const { site } = await network.host('api.example', { site: http(() => new Response(String(i))) })
          expect(await (await fetch('${scheme}://api.example/' + i)).text()).toBe(String(i))
          expect(site).toHaveServed('/' + i, { times: 1 })
        })
      }
    `,
  })
  const { status, output } = await project.run({ args })
  expect(output).toContain(`Tests  ${count} passed (${count})`)
  expect(output).not.toContain('Leak')
  expect(status).toBe(0)
})

test('the same seed gives the same transcripts, in whatever order the tests run', { timeout: 60_000 }, async () => {
  const project = new Project({
    'chance.test.ts': `
      import { appendFileSync } from 'node:fs'
      import { createHash } from 'node:crypto'
      import { http, smtp } from 'backlot'
      import { test } from 'backlot/vitest'
      import net from 'node:net'
      import { once } from 'node:events'

      for (let i = 0; i < 30; i++) {
        test('test ' + i, async ({ network, task }) => {
          const said = []
          network.tap({ plain: (link, from, bytes) => said.push(link.id + from + Buffer.from(bytes)) })
          await network.host('mx.example', { mail: smtp({ style: 'gsmtp' }), site: http(() => new Response(network.random('x').text(20))) })
          const socket = net.connect(25, 'mx.example')
          for (const line of ['', 'EHLO me', 'MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.org>', 'DATA', 'hello\\r\\n.', 'QUIT']) {
            if (line !== '') socket.write(line + '\\r\\n')
            await once(socket, 'data')
          }
          await (await fetch('http://mx.example/')).text()
          appendFileSync(process.env.TRANSCRIPTS, task.name + ' ' + said.length + ' ' + createHash('sha256').update(said.join('|')).digest('hex') + '\\n')
        })
      }
    `,
  })
  const transcripts = async (order: string, seed: string) => {
    const file = project.path(`${order}-${seed}.txt`)
    const args = ['--sequence.shuffle.tests', `--sequence.seed=${order}`]
    const { status } = await project.run({ args, env: { TRANSCRIPTS: file, BACKLOT_SEED: seed } })
    expect(status).toBe(0)
    return readFileSync(file, 'utf8').trim().split('\n')
  }
  const [one, other, third] = [await transcripts('1', 'a'), await transcripts('2', 'a'), await transcripts('1', 'b')]
  expect(one).toHaveLength(30)
  expect(other).not.toEqual(one)
  expect(other.toSorted()).toEqual(one.toSorted())
  // Of each its own: nothing is empty, and nothing follows from the order.
  expect(new Set(one.map(line => line.split(' ')[3])).size).toBe(30)
  expect(third.filter(line => one.includes(line))).toEqual([])
})
