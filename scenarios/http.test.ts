import { expect, test } from 'vitest'
import { createNetwork, http } from '../index.ts'

test('a function answers over http and https', async () => {
  await using network = await createNetwork()
  const { site } = await network.host('prices.example', {
    site: http(request => Response.json({ path: new URL(request.url).pathname })),
  })
  using _inside = network.intercept()
  expect(await (await fetch('http://prices.example/a')).json()).toEqual({ path: '/a' })
  expect(await (await fetch('https://prices.example/b')).json()).toEqual({ path: '/b' })
  expect(site.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET http://prices.example/a',
    'GET https://prices.example/b',
  ])
})

test('sites that share an address are told apart by Host', async () => {
  await using network = await createNetwork()
  const addresses = ['203.0.113.80']
  await network.host('a.example', { http: http(() => new Response('a')) }, { addresses })
  await network.host('b.example', { http: http(() => new Response('b')) }, { addresses, names: ['*.b.example'] })
  using _inside = network.intercept()
  const text = async (url: string) => (await fetch(url)).text()
  expect(await text('http://a.example/')).toBe('a')
  expect(await text('https://b.example/')).toBe('b')
  expect(await text('http://www.b.example/')).toBe('b')
})
