// What an HTTP fake does wrong on purpose, as clients hear of it: each gets its error or its answer, and the next is served.

import { once } from 'node:events'
import nodeHttp from 'node:http'
import { expect, test } from 'vitest'
import { request } from '../clients/http.ts'
import { connectTcp } from '../clients/tcp.ts'
import { createNetwork, type HttpFault, http } from '../index.ts'

const body = 'x'.repeat(100)

async function siteWith(fault: HttpFault, answer: () => Response = () => new Response(body)) {
  const network = await createNetwork()
  const { site } = await network.host('a.example', { site: http(answer, { faults: [{ times: 1, ...fault }] }) })
  const inside = network.intercept()
  return {
    network,
    site,
    async [Symbol.asyncDispose]() {
      inside[Symbol.dispose]()
      await network.close()
    },
  }
}

/** What a client hears: the status and how long the body is, or the name or code of an error. */
type Outcome = string

async function ours(url: string, timeoutMs = 10_000): Promise<Outcome> {
  try {
    const result = await request(url, { throwErrors: false, timeoutMs })
    return `${result.status} ${(await result.text()).length}`
  } catch (error) {
    const { code, name } = error as { code?: string; name: string }
    return code ?? name
  }
}

/** Node's own fetch, which is undici's. */
async function fetched(url: string, timeoutMs = 10_000): Promise<Outcome> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    return `${response.status} ${(await response.text()).length}`
  } catch (error) {
    const { cause, name } = error as { cause?: { code?: string }; name: string }
    return cause?.code ?? name
  }
}

async function nodes(url: string, timeoutMs = 10_000): Promise<Outcome> {
  try {
    const asked = nodeHttp.get(url, { agent: false, timeout: timeoutMs })
    asked.on('timeout', () => asked.destroy(Object.assign(new Error('late'), { code: 'TIMEOUT' })))
    // What comes after the response is told of by its request.
    asked.on('error', () => {})
    const [response] = (await once(asked, 'response')) as [nodeHttp.IncomingMessage]
    let size = 0
    for await (const chunk of response) size += (chunk as Buffer).length
    return `${response.statusCode} ${size}`
  } catch (error) {
    return (error as { code: string }).code
  }
}

const cases: [string, HttpFault, ours: Outcome, fetched: Outcome, node: Outcome][] = [
  ['a status', { reply: 503 }, '503 24', '503 24', '503 24'],
  ['a link that ends', { drop: 'end' }, 'CONNECTION_CUT', 'UND_ERR_SOCKET', 'ECONNRESET'],
  ['a link that is reset', { drop: 'reset' }, 'RESET', 'ECONNRESET', 'ECONNRESET'],
  ['silence', { drop: 'silence' }, 'TIMED_OUT', 'TimeoutError', 'TIMEOUT'],
  ['responses before the answer', { interim: [103, 102] }, '200 100', '200 100', '200 100'],
  ['garbage', { raw: 'SSH-2.0-OpenSSH_9.9\r\n' }, 'ProtocolError', 'TypeError', 'HPE_INVALID_CONSTANT'],
  ['octets of no text', { raw: Buffer.from([0, 255, 13, 10]) }, 'ProtocolError', 'TypeError', 'HPE_INVALID_CONSTANT'],
  ['half a head', { raw: 'HTTP/1.1 200 OK\r\nContent-' }, 'CONNECTION_CUT', 'UND_ERR_SOCKET', 'ECONNRESET'],
  ['a length that is too great', { contentLength: 101 }, 'CONNECTION_CUT', 'UND_ERR_SOCKET', 'ECONNRESET'],
  ['a length that is too small', { contentLength: 99 }, '200 99', '200 99', '200 99'],
  ['a body that is cut', { afterBytes: 10 }, 'CONNECTION_CUT', 'UND_ERR_SOCKET', 'ECONNRESET'],
  [
    'a body that is reset in the middle',
    { afterBytes: 10, drop: 'reset' },
    'CONNECTION_CUT',
    'ECONNRESET',
    'ECONNRESET',
  ],
  ['a link that ends after the answer', { reply: 200, drop: 'end' }, '200 7', '200 7', '200 7'],
]

test.each(cases)('clients hear of %s, and the next is served', async (_what, fault, our, fetching, node) => {
  for (const [client, outcome] of [
    [ours, our],
    [fetched, fetching],
    [nodes, node],
  ] as const) {
    await using site = await siteWith(fault)
    const patienceMs = fault.drop === 'silence' ? 300 : undefined
    expect(await client('http://a.example/', patienceMs), client.name).toBe(outcome)
    expect(await client('http://a.example/'), client.name).toBe('200 100')
    expect(site.network.unreachedFaults).toEqual([])
  }
})

test('a body that is reset in the middle arrives that far, under TLS too', async () => {
  for (const tls of [false, true]) {
    await using site = await siteWith({ afterBytes: 10, drop: 'reset' })
    const trust = tls && { ca: site.network.authority.pem }
    await using client = await connectTcp({ host: 'a.example', port: tls ? 443 : 80, tls: trust })
    await client.write('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n')
    const head = await client.readUntil('\r\n\r\n')
    expect(String(head)).toContain('Content-Length: 100\r\n')
    expect(String(await client.readExactly(10))).toBe('x'.repeat(10))
    await expect(client.readExactly(1)).rejects.toMatchObject({ code: 'RESET' })
  }
})

test('a body in chunks is cut between its pieces', async () => {
  const stream = () =>
    new Response(
      new ReadableStream({
        async start(controller) {
          for (let i = 0; i < 3; i++) {
            controller.enqueue(Buffer.from('abc'))
            await new Promise(resolve => setImmediate(resolve))
          }
          controller.close()
        },
      }),
    )
  await using _site = await siteWith({ afterBytes: 4 }, stream)
  await using client = await connectTcp({ host: 'a.example', port: 80 })
  await client.write('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n')
  const [head, rest] = String(await client.readAll()).split('\r\n\r\n')
  expect(head).toContain('Transfer-Encoding: chunked')
  expect(rest!.startsWith('3\r\nabc\r\n1\r\na')).toBe(true)
  expect(rest).not.toContain('\r\n0\r\n')
})

test('a slow body comes piece by piece as the clock moves, and the link is kept', async () => {
  await using site = await siteWith({ slow: { bytes: 40, every: '10s' } })
  await using client = await connectTcp({ host: 'a.example', port: 80 })
  const ask = 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n'
  await client.write(ask)
  await client.readUntil('\r\n\r\n')
  for (const bytes of [40, 40, 20]) {
    expect(String(await client.readExactly(bytes))).toBe('x'.repeat(bytes))
    await site.network.clock.advance('10s')
  }
  await client.write(ask)
  expect(String(await client.readUntil('\r\n\r\n'))).toContain('200 OK')
  expect((await client.readExactly(100))!.length).toBe(100)
})

test('responses before the answer are what was asked for', async () => {
  await using _site = await siteWith({ interim: [103, 199] })
  await using client = await connectTcp({ host: 'a.example', port: 80 })
  await client.write('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n')
  expect(String(await client.readUntil('\r\n\r\n'))).toBe('HTTP/1.1 103 Early Hints\r\n\r\n')
  expect(String(await client.readUntil('\r\n\r\n'))).toMatch(/^HTTP\/1\.1 199 .*\r\n\r\n$/)
  expect(String(await client.readUntil('\r\n\r\n'))).toContain('HTTP/1.1 200 OK')
})

test.each<[HttpFault, string]>([
  [{ statsu: 1 } as HttpFault, 'http: expected one of path, method, reply,'],
  [{ reply: 99 }, 'http: expected the status of a fault as a whole number from 200 to 999, got 99'],
  [{ interim: [200] }, 'http: expected an interim status of a fault as a whole number from 100 to 199, got 200'],
  [{ contentLength: -1 }, 'http: expected contentLength of a fault'],
  [{ slow: { bytes: 0, every: 1 } }, 'http: expected bytes of slow of a fault'],
  [{ slow: { every: 'soon' } }, 'expected a duration such as'],
])('the fault %j is refused', async (fault, message) => {
  await using network = await createNetwork()
  const described = http(() => new Response(''), { faults: [fault] })
  await expect(network.host('a.example', { site: described })).rejects.toThrow(message)
})
