import { expect, onTestFinished, test } from 'vitest'
import { createHttp } from '../fakes/http.ts'
import { Network } from '../net/network.ts'
import { Talker, turns } from '../scenarios/fault-yard.ts'
import { reset } from './reset.ts'

const put = 'PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n'
const get = 'GET /b HTTP/1.1\r\nHost: a\r\n\r\n'
const start = 'x'.repeat(20)
const rest = `GET /c HTTP/1.0 is no request\r\nDELETE /d\r\n\r\n`.padEnd(80, 'y')

/** A site, and a client that has sent the beginning of a body. */
async function inTheMiddle() {
  const network = new Network()
  onTestFinished(() => network.close())
  const bodies: string[] = []
  const load = () =>
    createHttp(async request => {
      bodies.push(await request.text())
      return new Response('done')
    })
  const { web } = await network.host('a.example', { web: { protocol: 'http', load } })
  const client = new Talker(web.endpoint)
  client.say(put + start)
  await turns()
  return { network, client, bodies, isAnswered: () => client.until(heard => heard.endsWith('done')) }
}

test('a fault that comes to a link within the body of a request takes no line of it for a request', async () => {
  const { network, client, bodies, isAnswered } = await inTheMiddle()
  using cut = network.fault(reset({ at: /DELETE|is no request|yyy/, from: 'client' }))
  client.say(rest)
  await isAnswered()
  expect([cut.hits, bodies]).toEqual([0, [start + rest]])
})

test('a fault that comes within the body of a request knows the next request', async () => {
  const { network, client, isAnswered } = await inTheMiddle()
  using cut = network.fault(reset({ at: 1, from: 'client' }))
  client.say(rest)
  await isAnswered()
  expect(cut.hits).toBe(0)
  client.say(get)
  expect((await client.done).end).toBe('ECONNRESET')
})

test('a fault that comes within the body of a request knows its response', async () => {
  const { network, client } = await inTheMiddle()
  using _cut = network.fault(reset({ at: /^HTTP\/1.1 200/, from: 'server' }))
  client.say(rest)
  expect(await client.done).toMatchObject({ heard: '', end: 'ECONNRESET' })
})

test('a fault that comes within the body of a response takes no line of it for a response, and knows the next', async () => {
  const network = new Network()
  onTestFinished(() => network.close())
  const gate = Promise.withResolvers<void>()
  const load = () =>
    createHttp(request => {
      if (request.url.endsWith('/b')) return new Response('second')
      const pieces = async function* () {
        yield Buffer.from('one\r\n')
        await gate.promise
        yield Buffer.from('HTTP/2 or so\r\n')
        yield Buffer.from('three')
      }
      return new Response(ReadableStream.from(pieces()))
    })
  const { web } = await network.host('a.example', { web: { protocol: 'http', load } })
  const client = new Talker(web.endpoint)
  client.say(get.replace('/b', '/a'))
  await client.until(heard => heard.includes('one'))
  using cut = network.fault(reset({ at: 1, from: 'server' }))
  gate.resolve()
  await client.until(heard => heard.endsWith('0\r\n\r\n'))
  expect(cut.hits).toBe(0)
  client.say(get)
  expect((await client.done).end).toBe('ECONNRESET')
})
