import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createNetwork, dns, http } from 'backlot'
import { ask, discover, settings } from '../src/discover.js'

const zone = `
_stock._tcp SRV 10 60 8080 a
_stock._tcp SRV 10 20 8080 b
_stock._tcp SRV 20 0 9090 backup
_stock._tcp TXT "region=eu"
_stock._tcp TXT "mode=read=only"
a A 198.18.1.1
b A 198.18.1.2
backup A 198.18.1.3
`

let network
let inside

beforeEach(async () => {
  network = await createNetwork()
  await network.host('ns1.shop.example', { names: dns({ zones: { 'shop.example': zone } }) })
  inside = network.intercept()
})

afterEach(async () => {
  inside[Symbol.dispose]()
  await network.close()
})

const server = (name, address, port, answer) =>
  network.host(name, { web: http(() => Response.json(answer), { ports: [port] }) }, { addresses: [address] })

test('servers come in the order of their priority and weight', async () => {
  const found = await discover('stock', 'shop.example')
  assert.deepEqual(found, [
    { name: 'a.shop.example', port: 8080 },
    { name: 'b.shop.example', port: 8080 },
    { name: 'backup.shop.example', port: 9090 },
  ])
})

test('settings are read from TXT records', async () => {
  const found = await settings('stock', 'shop.example')
  assert.deepEqual(found, { region: 'eu', mode: 'read=only' })
})

test('the first server is asked', async () => {
  await server('a.shop.example', '198.18.1.1', 8080, { left: 3 })
  await server('b.shop.example', '198.18.1.2', 8080, { left: 4 })
  assert.deepEqual(await ask('stock', 'shop.example', '/apples'), { left: 3 })
})

test('the next one is asked where one is down', async () => {
  await network.host('a.shop.example', {}, { addresses: ['198.18.1.1'] })
  await network.host('b.shop.example', {}, { addresses: ['198.18.1.2'] })
  await server('backup.shop.example', '198.18.1.3', 9090, { left: 5 })
  assert.deepEqual(await ask('stock', 'shop.example', '/apples'), { left: 5 })
})

test('all that failed is told where nobody answers', async () => {
  for (const [name, address] of [
    ['a', '198.18.1.1'],
    ['b', '198.18.1.2'],
    ['backup', '198.18.1.3'],
  ]) {
    await network.host(`${name}.shop.example`, {}, { addresses: [address] })
  }
  await assert.rejects(ask('stock', 'shop.example', '/apples'), {
    message:
      'no server of stock in shop.example answered: a.shop.example:8080 ECONNREFUSED, ' +
      'b.shop.example:8080 ECONNREFUSED, backup.shop.example:9090 ECONNREFUSED',
  })
})

test('a domain without the service is an error of the resolver', async () => {
  await assert.rejects(discover('printer', 'shop.example'), { code: 'ENOTFOUND' })
})
