// The web: fetch, undici, http.Agent, axios, got, HTTP/2, WebSocket, EventSource and the S3 client of AWS.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import nodeHttp from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import axios from 'axios'
import { createNetwork, http } from 'backlot'
import { EventSource } from 'eventsource'
import got from 'got'
import { io } from 'socket.io-client'
import * as undici from 'undici'
import WebSocketClient, { WebSocketServer } from 'ws'
import { relay, started } from './relay.js'

const hello = () => http(request => new Response(`hello from ${new URL(request.url).pathname}`))

async function get(url, options = {}) {
  const request = (url.startsWith('https:') ? https : nodeHttp).get(url, options)
  const [response] = await once(request, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

const ways = {
  fetch: async url => (await fetch(url)).text(),
  'http.globalAgent': url => get(url),
  'an http.Agent': async url => {
    const agent = new (url.startsWith('https:') ? https : nodeHttp).Agent({ keepAlive: true })
    try {
      return await get(url, { agent })
    } finally {
      agent.destroy()
    }
  },
  'no agent': url => get(url, { agent: false }),
  "undici's fetch": async url => (await undici.fetch(url)).text(),
  "undici's request": async url => (await undici.request(url)).body.text(),
  "undici's Pool": async url => {
    const { origin, pathname } = new URL(url)
    const pool = new undici.Pool(origin)
    try {
      return await (await pool.request({ path: pathname, method: 'GET' })).body.text()
    } finally {
      await pool.close()
    }
  },
  "undici's Client": async url => {
    const { origin, pathname } = new URL(url)
    const client = new undici.Client(origin)
    try {
      return await (await client.request({ path: pathname, method: 'GET' })).body.text()
    } finally {
      await client.close()
    }
  },
  "undici's Agent": async url => {
    const dispatcher = new undici.Agent({ connect: { timeout: 5000 } })
    try {
      return await (await undici.fetch(url, { dispatcher })).text()
    } finally {
      await dispatcher.close()
    }
  },
  axios: async url => (await axios.get(url)).data,
  "axios' fetch": async url => (await axios.get(url, { adapter: 'fetch' })).data,
  got: url => got(url).text(),
}

for (const [name, ask] of Object.entries(ways)) {
  test(`${name} reaches a site, in the clear and by TLS`, async () => {
    await using network = await createNetwork()
    const { site } = await network.host('www.example', { site: hello() })
    using _inside = network.intercept()
    assert.equal(await ask('http://www.example/a'), 'hello from /a')
    assert.equal(await ask('https://www.example/b'), 'hello from /b')
    assert.equal(site.count, 2)
  })

  test(`${name} says which line adds a host that is missing`, async () => {
    await using network = await createNetwork()
    using _inside = network.intercept()
    await assert.rejects(ask('https://missing.example/'), error => {
      assert.match(saidBy(error), /await network\.host\('missing\.example', \{ … \}\)/)
      return true
    })
  })
}

/** All that an error and its causes say. */
function saidBy(error) {
  return error === undefined ? '' : `${error.message} ${saidBy(error.cause)}`
}

for (const [name, ask] of Object.entries(ways)) {
  test(`${name} keeps two networks with the same names apart, in turn and at once`, async () => {
    await using one = await createNetwork()
    await using two = await createNetwork()
    const live = async (network, text) => {
      using _inside = network.intercept()
      const answers = [await ask('http://www.example/'), await ask('https://www.example/')]
      assert.deepEqual(answers, [text, text])
    }
    await one.host('www.example', { site: http(() => new Response('one')) }, { addresses: ['203.0.113.1'] })
    await two.host('www.example', { site: http(() => new Response('two')) }, { addresses: ['203.0.113.2'] })
    for (let turn = 0; turn < 3; turn++) {
      await live(one, 'one')
      await live(two, 'two')
    }
    await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? live(one, 'one') : live(two, 'two'))))
  })
}

test('HTTP/2 of Node reaches a server', async context => {
  await using network = await createNetwork()
  const server = await started(
    context,
    http2.createServer((_request, response) => response.end('two')),
  )
  await network.host('h2.example', { h2: relay(80, server), secure: relay(443, server, { tls: { alpn: ['h2'] } }) })
  using _inside = network.intercept()
  for (const origin of ['http://h2.example', 'https://h2.example']) {
    const session = http2.connect(origin)
    let text = ''
    for await (const chunk of session.request({ ':path': '/' })) text += chunk
    assert.equal(text, 'two')
    session.destroy()
    await once(session, 'close')
  }
  const client = new undici.Client('https://h2.example', { allowH2: true })
  assert.equal(await (await client.request({ path: '/', method: 'GET' })).body.text(), 'two')
  await client.destroy()
})

for (const [name, Socket] of [
  ["Node's WebSocket", globalThis.WebSocket],
  ["undici's WebSocket", undici.WebSocket],
  ['ws', WebSocketClient],
]) {
  test(`${name} speaks with a server, in the clear and by TLS`, async context => {
    await using network = await createNetwork()
    const server = await started(context, nodeHttp.createServer())
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', socket => socket.on('message', message => socket.send(`you said ${message}`)))
    context.after(() => sockets.close())
    await network.host('ws.example', { clear: relay(80, server), secure: relay(443, server, { tls: true }) })
    using _inside = network.intercept()
    for (const url of ['ws://ws.example/', 'wss://ws.example/']) {
      const socket = new Socket(url)
      socket.onopen = () => socket.send('hi')
      const { promise, resolve, reject } = Promise.withResolvers()
      socket.onmessage = ({ data }) => resolve(data)
      socket.onerror = reject
      assert.equal(await promise, 'you said hi')
      socket.close()
    }
  })
}

test('a worker thread that is started in a network lives there', async () => {
  await using network = await createNetwork()
  await network.host('www.example', { site: hello() })
  using _inside = network.intercept()
  const code = `
    const { parentPort } = require('node:worker_threads')
    fetch('https://www.example/a').then(answer => answer.text()).then(text => parentPort.postMessage(text))`
  const worker = new Worker(code, { eval: true })
  assert.deepEqual(await once(worker, 'message'), ['hello from /a'])
  await worker.terminate()
})

test('EventSource hears what a server sends', async () => {
  await using network = await createNetwork()
  const stream = () => new Response('data: one\n\ndata: two\n\n', { headers: { 'content-type': 'text/event-stream' } })
  await network.host('events.example', { events: http(stream) })
  using _inside = network.intercept()
  const source = new EventSource('https://events.example/')
  const heard = []
  await new Promise((resolve, reject) => {
    source.onerror = reject
    source.onmessage = ({ data }) => heard.push(data) === 2 && resolve()
  })
  source.close()
  assert.deepEqual(heard, ['one', 'two'])
})

test('socket.io asks its server', async () => {
  await using network = await createNetwork()
  const { site } = await network.host('io.example', { site: http(() => new Response('no', { status: 404 })) })
  using _inside = network.intercept()
  const socket = io('https://io.example', { reconnection: false, transports: ['polling', 'websocket'] })
  await new Promise(resolve => socket.on('connect_error', resolve))
  assert.match(site.requests[0].url, /^https:\/\/io\.example\/socket\.io\/\?EIO=4/)
  socket.close()
})

test("AWS's client puts an object into a bucket and gets it", async () => {
  await using network = await createNetwork()
  const objects = new Map()
  const s3 = http(async request => {
    const key = new URL(request.url).pathname
    if (request.method === 'PUT') objects.set(key, await request.text())
    return new Response(request.method === 'GET' ? objects.get(key) : null, { headers: { etag: '"1"' } })
  })
  await network.host('s3.eu-north-1.amazonaws.com', { s3 }, { names: ['*.s3.eu-north-1.amazonaws.com'] })
  using _inside = network.intercept()
  const client = new S3Client({
    region: 'eu-north-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  await client.send(new PutObjectCommand({ Bucket: 'photos', Key: 'a.txt', Body: 'hello' }))
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'photos', Key: 'a.txt' }))
  assert.equal(await Body.transformToString(), 'hello')
  client.destroy()
})
