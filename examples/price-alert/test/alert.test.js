import { createNetwork, http, smtp } from 'backlot'
import { alert } from '../src/alert.js'

let network
let inside
let mail
let price

beforeEach(async () => {
  network = await createNetwork()
  ;({ mail } = await network.host('smtp.gmail.com', { mail: smtp({ users: { ada: 'lovelace' } }) }))
  await network.host('prices.example', {
    web: http(request => (request.url.endsWith('/tea') ? Response.json({ price }) : new Response('', { status: 404 }))),
  })
  inside = network.intercept()
})

afterEach(async () => {
  inside[Symbol.dispose]()
  await network.close()
})

const wish = { title: 'tea', below: 5, email: 'bob@example.org' }

test('who waits is told of a price that fell', async () => {
  price = 4
  expect(await alert(wish)).toBe(true)
  expect(mail.delivered).toMatchObject([{ subject: 'tea is at 4' }])
})

test('nobody is told of a price that did not fall', async () => {
  price = 5
  expect(await alert(wish)).toBe(false)
  expect(mail.delivered).toEqual([])
})

test('what has no price is an error', async () => {
  await expect(alert({ ...wish, title: 'gold' })).rejects.toThrow('no price for gold: 404')
})

test('a host that was forgotten is named, with the line that adds it', async () => {
  await expect(fetch('https://elsewhere.example/')).rejects.toMatchObject({
    cause: { message: expect.stringContaining("await network.host('elsewhere.example', { … })") },
  })
})
