// An HTTP proxy into the network (RFC 9110 §3.7, §9.3.6): CONNECT for anything over TLS, absolute targets for plain HTTP.

import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import { formatEndpoint } from './address.ts'
import type { Network } from './network.ts'

export interface Proxy extends AsyncDisposable {
  /** What HTTP_PROXY and HTTPS_PROXY are set to. */
  readonly url: string
}

type Target = { host: string; port: number } | { status: number; reason: string }

/** Opens a proxy on a free port of 127.0.0.1. It knows the network alone: what is not there is refused. */
export async function openProxy(network: Network): Promise<Proxy> {
  const server = http.createServer((request, response) => forward(network, request, response))
  const sockets = new Set<Duplex>()
  server.on('connection', socket => {
    sockets.add(socket.on('close', () => sockets.delete(socket)))
  })
  server.on('connect', (request, socket, head) => tunnel(network, request, socket, head))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as net.AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** Where a name or address and port of the network is real. */
function find(network: Network, name: string, port: number): Target {
  const host = name.replace(/^\[|\]$/g, '')
  const addresses = net.isIP(host) === 0 ? network.lookup(host) : [host]
  if (addresses.length === 0) {
    network.noteUnknownName(host)
    return { status: 502, reason: `${host} is not in the network` }
  }
  for (const address of addresses) {
    const reach = network.reach({ address, port }, 'tcp')
    if (reach.outcome === 'served') return { host: reach.host, port: reach.port }
  }
  return { status: 502, reason: `nothing answers at ${formatEndpoint({ address: addresses[0]!, port })}` }
}

function forward(network: Network, request: IncomingMessage, response: ServerResponse): void {
  const url = URL.parse(request.url ?? '')
  const target: Target =
    url?.protocol === 'http:'
      ? find(network, url.hostname, Number(url.port || 80))
      : { status: 400, reason: `expected a target such as http://www.example.org/, got ${request.url}` }
  if ('status' in target) {
    response.writeHead(target.status, { 'content-type': 'text/plain' }).end(`backlot: ${target.reason}\n`)
    return
  }
  const headers = request.rawHeaders.filter(
    (_, index, all) => !/^(proxy-.*|connection|keep-alive)$/i.test(all[index - (index % 2)]!),
  )
  const onward = http.request(
    { ...target, method: request.method, path: `${url!.pathname}${url!.search}`, headers, agent: false },
    reply => {
      response.writeHead(reply.statusCode!, reply.statusMessage, reply.rawHeaders)
      reply.pipe(response)
    },
  )
  onward.on('error', () => response.destroy())
  response.on('close', () => onward.destroy())
  request.pipe(onward)
}

function tunnel(network: Network, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(request.url ?? '') ?? []
  const target: Target =
    host === ''
      ? { status: 400, reason: `expected a target such as www.example.org:443, got ${request.url}` }
      : find(network, host, Number(port))
  socket.on('error', () => {})
  if ('status' in target) {
    const text = `backlot: ${target.reason}\n`
    socket.end(
      `HTTP/1.1 ${target.status} ${http.STATUS_CODES[target.status]}\r\ncontent-type: text/plain\r\n` +
        `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
    )
    return
  }
  const onward = net.connect({ ...target, noDelay: true, allowHalfOpen: true }, () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    onward.write(head)
    socket.pipe(onward).pipe(socket)
  })
  onward.on('error', () => socket.destroy()).on('close', () => socket.destroy())
  socket.on('close', () => onward.destroy())
}
