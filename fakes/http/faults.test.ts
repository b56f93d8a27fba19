import { expect, test } from 'vitest'
import { request } from '../../clients/http.ts'
import { createNetwork, type HttpFault, http } from '../../index.ts'

async function siteWith(...faults: HttpFault[]) {
  const network = await createNetwork()
  const { site } = await network.host('a.example', { site: http(() => new Response('fine'), { faults }) })
  const inside = network.intercept()
  return {
    network,
    site,
    /** The status, or the code of an error. */
    async asks(path: string, method = 'GET'): Promise<number | string> {
      try {
        const result = await request(`http://a.example${path}`, { method, throwErrors: false })
        await result.text()
        return result.status
      } catch (error) {
        return (error as { code: string }).code
      }
    },
    async [Symbol.asyncDispose]() {
      inside[Symbol.dispose]()
      await network.close()
    },
  }
}

test('a status is said at the path, the method and the time that was asked for', async () => {
  await using site = await siteWith({ path: '/a', method: 'GET', nth: 2, reply: 503 })
  expect([await site.asks('/a'), await site.asks('/b'), await site.asks('/a', 'POST')]).toEqual([200, 200, 200])
  expect([await site.asks('/a'), await site.asks('/a')]).toEqual([503, 200])
})

test('a whole reply is said so many times', async () => {
  const reply = { status: 429, headers: [['Retry-After', '7']] as [string, string][] }
  await using site = await siteWith({ path: /^\/x\?/, times: 2, reply })
  const asked = [await site.asks('/x?1'), await site.asks('/x'), await site.asks('/x?2'), await site.asks('/x?3')]
  expect(asked).toEqual([429, 200, 429, 200])
})

test('a link ends without a word, in order or by a reset', async () => {
  await using site = await siteWith({ path: '/end', drop: 'end' }, { path: '/reset', drop: 'reset' })
  expect(await site.asks('/end')).toBe('CONNECTION_CUT')
  expect(await site.asks('/reset')).toBe('RESET')
  expect(await site.asks('/')).toBe(200)
})

test('an answer is held back until the clock has been moved so far', async () => {
  await using site = await siteWith({ path: '/slow', delay: '30s' })
  let status: unknown
  const asked = site.asks('/slow').then(answer => (status = answer))
  await expect.poll(() => site.site.count).toBe(1)
  await site.network.clock.advance('29s')
  expect(await site.asks('/other')).toBe(200)
  expect(status).toBeUndefined()
  await site.network.clock.advance('1s')
  expect(await asked).toBe(200)
})

test('faults are added and taken away while the site is up', async () => {
  await using site = await siteWith()
  site.site.faults.push({ reply: 500 })
  expect(await site.asks('/')).toBe(500)
  site.site.faults.length = 0
  expect(await site.asks('/')).toBe(200)
})

test('a fault of a fake that never happened is among the network’s, and one that did is not', async () => {
  await using site = await siteWith({ path: '/a', reply: 500 }, { path: '/b', method: 'POST', nth: 2, reply: 500 })
  {
    using _undone = site.site.fault({ path: /^\/c/, reply: 500 })
    expect(await site.asks('/a')).toBe(500)
  }
  expect(await site.asks('/c')).toBe(200)
  expect(site.network.unreachedFaults).toEqual([
    'the fault at /^\\/c/ of http on a.example never happened: expected one that comes to it, but none did',
    'the fault at POST /b of http on a.example never happened: expected number 2 to come to it, but none did',
  ])
})
