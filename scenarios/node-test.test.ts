import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

/** Runs a file of tests by node:test in a process of its own. */
async function nodeTest(text: string): Promise<{ status: number | null; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'backlot-node-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'shop.test.mjs')
  writeFileSync(file, text.replaceAll("from 'backlot'", `from '${new URL('../index.ts', import.meta.url)}'`))
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env
  const child = spawn(process.execPath, ['--test', '--test-reporter=spec', file], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', said => (output += said))
  const status = await new Promise<number | null>(done => child.on('close', done))
  return { status, output }
}

test('the plain API serves tests of node:test, one after another and at once', { timeout: 30_000 }, async () => {
  const { status, output } = await nodeTest(`
    import assert from 'node:assert/strict'
    import { describe, test } from 'node:test'
    import { createNetwork, http } from 'backlot'

    const ask = async () => (await (await fetch('https://shop.example/tea')).json()).price

    for (const price of [1, 2]) {
      test('asks for the price ' + price, async () => {
        await using network = await createNetwork()
        const { site } = await network.host('shop.example', { site: http(() => Response.json({ price })) })
        using _inside = network.intercept()
        assert.equal(await ask(), price)
        assert.equal(site.requests[0].url, 'https://shop.example/tea')
      })
    }
    describe('at once', { concurrency: true }, () => {
      for (let price = 0; price < 20; price++) {
        test('price ' + price, async () => {
          await using network = await createNetwork({ seed: price })
          await network.host('shop.example', { site: http(() => Response.json({ price })) })
          using _inside = network.intercept()
          for (let i = 0; i < 3; i++) assert.equal(await ask(), price)
        })
      }
    })
    test('tries again in virtual time', async t => {
      t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] })
      await using network = await createNetwork()
      let isUp = false
      const { site } = await network.host('shop.example', { site: http(() => new Response('', { status: isUp ? 200 : 503 })) })
      using _inside = network.intercept()
      network.clock.after('1h', () => (isUp = true))
      const work = (async () => {
        for (let tries = 1; ; tries++) {
          const { ok } = await fetch('https://shop.example/')
          if (ok) return tries
          await new Promise(resolve => setTimeout(resolve, 3_600_000))
        }
      })()
      while (site.count < 1) await new Promise(resolve => setImmediate(resolve))
      for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
      await network.clock.advance('1h')
      t.mock.timers.tick(3_600_000)
      assert.equal(await work, 2)
    })
    test('has a clock that goes on where turns of the event loop are mocked', async t => {
      t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] })
      await using network = await createNetwork()
      using _inside = network.intercept()
      await network.clock.advance('1h')
    })
    test('a host that was forgotten', async () => {
      await using network = await createNetwork()
      using _inside = network.intercept()
      await ask()
    })
  `)
  expect(output).toMatch(/tests 25\n/)
  expect(output).toMatch(/fail 1\n/)
  expect(output).toContain('✖ a host that was forgotten')
  expect(output).toContain("add it by: await network.host('shop.example', { … })")
  expect(status).toBe(1)
})
