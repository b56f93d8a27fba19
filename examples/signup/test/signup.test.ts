import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { dns, type Network, smtp } from 'backlot'
import { expect, test } from 'backlot/vitest'
import { createApp } from '../src/app.ts'

/** What the world looks like for this application. */
async function world(network: Network, options: Parameters<typeof smtp>[0] = {}) {
  await network.host('ns1.example', { names: dns({ zones: { 'example.org': '@ MX 10 mx\nmx A 198.18.9.9' } }) })
  return await network.host('smtp.gmail.com', { mail: smtp({ users: { ada: 'lovelace' }, ...options }) })
}

/** Signs somebody up at a server of this test. */
async function signUp(body: object): Promise<{ status: number; body: unknown }> {
  const server = createApp().listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}/signup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: await response.json() }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const bob = { name: 'Bob', email: 'bob@example.org' }

test('a welcome is sent', async ({ network }) => {
  const { mail } = await world(network)
  expect(await signUp(bob)).toEqual({ status: 201, body: { welcome: 'Bob' } })
  expect(mail).toHaveDelivered({ to: 'bob@example.org', subject: 'Welcome, Bob', text: /your account is ready/ })
})

test('a domain without mail exchangers is refused before anything is sent', async ({ network }) => {
  const { mail } = await world(network)
  const reply = await signUp({ name: 'Eve', email: 'eve@nowhere.example' })
  expect(reply).toEqual({ status: 400, body: { error: 'nowhere.example takes no mail' } })
  expect(mail.delivered).toEqual([])
})

test('a recipient that the server refuses is the caller’s mistake', async ({ network }) => {
  await world(network, { faults: [{ at: 'RCPT', reply: '550 5.1.1 no such user here' }] })
  expect(await signUp(bob)).toEqual({ status: 400, body: { error: 'bob@example.org was refused' } })
})

test('a server that is busy is tried again later', async ({ network }) => {
  await world(network, { faults: [{ at: 'MAIL', reply: '421 4.3.2 too busy' }] })
  expect(await signUp(bob)).toMatchObject({ status: 503 })
})

test('a server that is not there is told in good words', async ({ network }) => {
  await network.host('ns1.example', { names: dns({ zones: { 'example.org': '@ MX 10 mx' } }) })
  await network.host('smtp.gmail.com', {})
  expect(await signUp(bob)).toMatchObject({ status: 503 })
})
