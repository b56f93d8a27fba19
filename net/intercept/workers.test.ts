import { once } from 'node:events'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import workerThreads, { type WorkerOptions } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { createNetwork, http, tcp, udp } from '../../index.ts'
import type { Network } from '../network.ts'

/** Posts what `code` gives, or what it fails with. */
const posting = (code: string) => `
  const { parentPort, workerData, Worker } = require('node:worker_threads')
  const { once } = require('node:events')
  const run = async () => { ${code} }
  const words = error => [error, error.cause, error.cause?.cause].map(each => each?.message ?? '').join(' ')
  run().catch(error => 'failed: ' + words(error)).then(said => parentPort.postMessage(said))`

const { Worker } = workerThreads
const start = (code: string, options: WorkerOptions = {}) =>
  new workerThreads.Worker(posting(code), { ...options, eval: true })

async function said(worker: InstanceType<typeof Worker>): Promise<unknown> {
  const [message] = await once(worker, 'message')
  await worker.terminate()
  return message
}

async function world(): Promise<Network> {
  const network = await createNetwork()
  const services = {
    web: http(() => new Response('web')),
    raw: tcp({ greeting: 'raw' }, { port: 25 }),
    echo: udp(message => message, { port: 7 }),
  }
  await network.host('a.example', services, { addresses: ['203.0.113.1'], names: ['*.a.example'] })
  return network
}

test.each([
  ['TCP', "const [chunk] = await once(require('net').connect(25, 'x.a.example'), 'data'); return String(chunk)", 'raw'],
  ['fetch over TLS', "return await (await fetch('https://a.example/')).text()", 'web'],
  ['look-ups', "return (await require('dns').promises.lookup('a.example')).address", '203.0.113.1'],
  ["the network's resolver", "return (await require('dns').promises.resolve4('a.example'))[0]", '203.0.113.1'],
  [
    'datagrams',
    "const s = require('dgram').createSocket('udp4'); s.send('hi', 7, 'a.example'); return String((await once(s, 'message'))[0])",
    'hi',
  ],
  [
    'a thread of its own',
    `const inner = new Worker("fetch('http://a.example/').then(r => r.text()).then(t => require('worker_threads').parentPort.postMessage(t))", { eval: true })
     return (await once(inner, 'message'))[0]`,
    'web',
  ],
])('a worker thread has %s of the network in which it was started', async (_what, code, expected) => {
  await using network = await world()
  using _inside = network.intercept()
  expect(await said(start(code))).toBe(expected)
})

test('a worker thread is refused what is not in the network, with the line that adds it', async () => {
  await using network = await world()
  using _inside = network.intercept()
  const message = await said(start("return await (await fetch('https://b.example/')).text()"))
  expect(message).toContain("add it by: await network.host('b.example', { … })")
})

test('a worker thread sees hosts that come later, also while its starter is blocked', async () => {
  await using network = await world()
  using _inside = network.intercept()
  const gate = new SharedArrayBuffer(4)
  const flag = new Int32Array(gate)
  const worker = start(
    "Atomics.wait(new Int32Array(workerData), 0, 0); return (await require('dns').promises.lookup('b.example')).address",
    {
      workerData: gate,
    },
  )
  await network.host('b.example', {}, { addresses: ['203.0.113.2'] })
  Atomics.store(flag, 0, 1)
  Atomics.notify(flag, 0)
  expect(await said(worker)).toBe('203.0.113.2')
})

test('worker threads of two networks with the same names each see their own', async () => {
  const live = async (text: string) => {
    await using network = await createNetwork()
    await network.host('a.example', { web: http(() => new Response(text)) })
    using _inside = network.intercept()
    return await said(start("return await (await fetch('http://a.example/')).text()"))
  }
  expect(await Promise.all(['one', 'two', 'three'].map(live))).toEqual(['one', 'two', 'three'])
})

test('a worker thread stays in its network, and reaches nothing once that is closed', async () => {
  const network = await world()
  const inside = network.intercept()
  const worker = start(`
    const ask = async host => (await fetch('http://' + host)).text()
    parentPort.postMessage(await ask('a.example'))
    await once(parentPort, 'message')
    // By another name, since of the connection that it has it may learn later than of this message that it is closed.
    return await ask('b.a.example')`)
  const alive = once(worker, 'message')
  inside[Symbol.dispose]()
  expect((await alive)[0]).toBe('web')
  await network.close()
  worker.postMessage('go on')
  expect(await said(worker)).toContain('expected a worker thread of an open network, got b.a.example')
})

test('options and flags of a worker thread stay what they were', async () => {
  const plain = start('return [workerData, process.argv.slice(2), process.env.A, process.execArgv]', {
    workerData: 'data',
    argv: ['argument'],
    env: { A: 'a' },
  })
  const [data, argv, env, flags] = (await said(plain)) as [string, string[], string, string[]]
  await using network = await world()
  using _inside = network.intercept()
  const led = start('return [workerData, process.argv.slice(2), process.env.A, process.execArgv]', {
    workerData: 'data',
    argv: ['argument'],
    env: { A: 'a' },
  })
  const seen = (await said(led)) as [string, string[], string, string[]]
  expect(seen.slice(0, 3)).toEqual([data, argv, env])
  expect(seen[3].slice(2)).toEqual(flags.filter(flag => seen[3].includes(flag)))
  expect(led).toBeInstanceOf(workerThreads.Worker)
  expect(led).toBeInstanceOf(Worker)
})

test('a worker thread of a class that was taken before is ended with what to do', async () => {
  const captured = Worker
  await using network = await world()
  using _inside = network.intercept()
  const worker = new captured(posting("return await (await fetch('http://127.0.0.1:9/')).text()"), { eval: true })
  worker.on('message', expect.unreachable)
  const [error] = await once(worker, 'error').catch(error => [error])
  expect(error).toMatchObject({ name: 'OfflineError' })
  expect(error.message).toContain('taken off node:worker_threads before')
  await once(worker, 'exit')
})

test('afterwards worker threads are the machine’s own again', async () => {
  const before = createRequire(import.meta.url)('node:worker_threads').Worker
  const network = await world()
  network.intercept()
  await network.close()
  syncBuiltinESMExports()
  expect(workerThreads.Worker).toBe(before)
  expect(
    await said(start("return require('worker_threads').getEnvironmentData('backlot: network of this thread')")),
  ).toBe(undefined)
})
