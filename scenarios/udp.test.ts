import { expect, test } from 'vitest'
import { askUdp } from '../clients/udp.ts'
import { createNetwork, udp } from '../index.ts'

test('a datagram is answered with the client as the service sees it', async () => {
  await using network = await createNetwork()
  const { raw } = await network.host('raw.example', {
    raw: udp((message, { remote }) => `${remote.address} said ${message}`, { port: 5050 }),
  })
  const { host, port } = raw.endpoint
  expect(String(await askUdp({ host, port, message: 'grüße' }))).toBe('77.233.155.107 said grüße')
  expect(raw.received.map(({ message }) => String(message))).toEqual(['grüße'])
})

test('an answer may come later, and more than one', async () => {
  await using network = await createNetwork()
  const { raw } = await network.host('raw.example', {
    raw: udp(
      async (_message, info) => {
        info.send('first')
        await null
        return Uint8Array.of(1)
      },
      { port: 5050 },
    ),
  })
  const { host, port } = raw.endpoint
  expect(String(await askUdp({ host, port, message: '' }))).toBe('first')
})

test('no answer is a typed error', async () => {
  await using network = await createNetwork()
  const { raw } = await network.host('raw.example', { raw: udp(() => undefined, { port: 5050 }) })
  await expect(askUdp({ ...raw.endpoint, message: 'x', timeoutMs: 20 })).rejects.toMatchObject({ code: 'TIMED_OUT' })
  const signal = AbortSignal.abort()
  await expect(askUdp({ ...raw.endpoint, message: 'x', signal })).rejects.toMatchObject({ code: 'ABORTED' })
  await expect(askUdp({ host: 'raw.example', port: 66_000, message: 'x' })).rejects.toThrow(
    'udp client: expected a port from 1 to 65535, got 66000',
  )
})

test('what a behaviour throws, at once or later, is a bug, and the next client is answered', async () => {
  const bugs: unknown[] = []
  await using network = await createNetwork({ onBug: error => bugs.push(String(error)) })
  const { raw } = await network.host('raw.example', {
    raw: udp(
      message => {
        if (String(message) === 'now') throw new Error('now')
        return String(message) === 'later' ? Promise.reject(new Error('later')) : 'fine'
      },
      { port: 5050 },
    ),
  })
  for (const message of ['now', 'later']) {
    await expect(askUdp({ ...raw.endpoint, message, timeoutMs: 20 })).rejects.toThrow()
  }
  expect(String(await askUdp({ ...raw.endpoint, message: 'x' }))).toBe('fine')
  expect(bugs).toEqual(['Error: now', 'Error: later'])
})

test('the log of datagrams is bounded', async () => {
  await using network = await createNetwork()
  const { raw } = await network.host('raw.example', { raw: udp(message => message, { port: 5050 }) })
  for (let i = 0; i < 1010; i++) await askUdp({ ...raw.endpoint, message: `${i}` })
  expect(raw.received).toHaveLength(1000)
  expect(String(raw.received[0]?.message)).toBe('10')
})
