import { expect, test } from 'vitest'
import { askUdp } from '../clients/udp.ts'
import { NetworkError } from '../net/errors.ts'
import { come, exchange, openYard, turns } from '../scenarios/fault-yard.ts'
import { blackHole } from './black-hole.ts'
import { corrupt } from './corrupt.ts'
import { drop } from './drop.ts'
import { duplicate } from './duplicate.ts'
import { latency } from './latency.ts'
import { refuse } from './refuse.ts'
import { reorder } from './reorder.ts'

test('drop loses the datagram that it is for, and no other', async () => {
  const { network, datagrams } = await openYard()
  using lost = network.fault(drop({ from: 'client', at: 2 }))
  expect(await exchange(datagrams.endpoint, ['a', 'b', 'c'], 2)).toEqual(['a', 'c'])
  expect(datagrams.received.map(({ message }) => String(message))).toEqual(['a', 'c'])
  expect(lost.hits).toBe(1)
})

test('drop by chance loses the same ones for the same seed', async () => {
  const received = async (seed: number) => {
    const { network, datagrams } = await openYard({ seed })
    network.fault(drop({ from: 'client', probability: 0.5 }))
    const messages = Array.from({ length: 32 }, (_, at) => String(at))
    await exchange(datagrams.endpoint, messages, 1)
    await turns()
    return datagrams.received.map(({ message }) => String(message))
  }
  const first = await received(1)
  expect(first.length).toBeGreaterThan(5)
  expect(first.length).toBeLessThan(28)
  expect(await received(1)).toEqual(first)
  expect(await received(2)).not.toEqual(first)
})

test('duplicate has a datagram arrive twice', async () => {
  const { network, datagrams } = await openYard()
  network.fault(duplicate({ to: 'a.example' }))
  expect(await exchange(datagrams.endpoint, ['a'], 2)).toEqual(['a', 'a'])
  expect(datagrams.received).toHaveLength(1)
})

test('reorder has a datagram arrive after its successor', async () => {
  const { network, datagrams } = await openYard()
  network.fault(reorder({ from: 'client', at: 1 }))
  expect(await exchange(datagrams.endpoint, ['a', 'b', 'c'], 3)).toEqual(['b', 'a', 'c'])
})

test('what reorder holds back goes on when it is undone', async () => {
  const { network, datagrams } = await openYard()
  const turned = network.fault(reorder())
  const answers = exchange(datagrams.endpoint, ['a'], 1)
  await come(() => turned.hits === 1)
  turned[Symbol.dispose]()
  expect(await answers).toEqual(['a'])
})

test('datagrams overtake one another by jitter', async () => {
  const { network, datagrams } = await openYard()
  network.fault(latency({ delayMs: 100, jitterMs: 100, from: 'client' }))
  const sent = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const heard = await exchange(datagrams.endpoint, sent, sent.length)
  expect(heard).not.toEqual(sent)
  expect(heard.toSorted()).toEqual(sent)
})

test('corrupt turns one bit of a datagram over', async () => {
  const { network, datagrams } = await openYard()
  network.fault(corrupt({ nth: 1 }))
  const [heard] = await exchange(datagrams.endpoint, ['aaaa'], 1)
  expect(heard).not.toBe('aaaa')
  expect(await exchange(datagrams.endpoint, ['aaaa'], 1)).toEqual(['aaaa'])
})

test('refuse under interception has a closed port reported', async () => {
  const { network, datagrams } = await openYard()
  using _inside = network.intercept()
  using down = network.fault(refuse({ to: { host: 'a.example', service: 'udp' } }))
  const asked = askUdp({ host: 'a.example', port: 4000, message: 'a' })
  await expect(asked).rejects.toMatchObject({ name: NetworkError.name, code: 'REFUSED' })
  expect(down.hits).toBe(1)
  expect(datagrams.received).toHaveLength(0)
})

test.each([refuse, blackHole])('%o at a plain endpoint loses datagrams', async make => {
  const { network, datagrams } = await openYard()
  const fault = network.fault(make({ transport: 'udp' }))
  const answers = exchange(datagrams.endpoint, ['a'], 1)
  await come(() => fault.hits === 1)
  fault[Symbol.dispose]()
  expect(datagrams.received).toHaveLength(0)
  // The socket of `exchange` still waits for its answer.
  await network.close()
  void answers
})
