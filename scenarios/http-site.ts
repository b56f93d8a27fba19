// A network with one site in which a test lives, and a client that says any octets.

import { once } from 'node:events'
import net from 'node:net'
import { type HttpRequestOptions, request } from '../clients/http.ts'
import type { HttpBehaviour, HttpOptions, HttpState } from '../fakes/http.ts'
import { http } from '../index.ts'
import type { HostOptions } from '../net/host.ts'
import { Network } from '../net/network.ts'
import type { Placed } from '../net/service.ts'

export interface HttpSite extends AsyncDisposable {
  readonly network: Network
  readonly www: HttpState & Placed
  /** What was reported as nobody's input. */
  readonly bugs: unknown[]
  /** Status, headers in lower case, body. */
  ask(
    target: string,
    options?: HttpRequestOptions,
  ): Promise<{ status: number; headers: Record<string, string>; body: string }>
}

/** A network with one site, www.example, in which the caller lives from now on: not async, so that this is true. */
export function site(behaviour: HttpBehaviour, options: HttpOptions = {}, host: HostOptions = {}): Promise<HttpSite> {
  const bugs: unknown[] = []
  const network = new Network({ onBug: error => bugs.push(error) })
  const inside = network.intercept()
  return network.host('www.example', { www: http(behaviour, options) }, host).then(({ www }) => ({
    network,
    www,
    bugs,
    async ask(target: string, given: HttpRequestOptions = {}) {
      const answer = await request(new URL(target, 'http://www.example'), {
        throwErrors: false,
        redirects: 0,
        ...given,
      })
      const headers = Object.fromEntries(answer.headers.map(([name, value]) => [name.toLowerCase(), value]))
      return { status: answer.status, headers, body: (await answer.bytes()).toString() }
    },
    async [Symbol.asyncDispose]() {
      inside[Symbol.dispose]()
      await network.close()
    },
  }))
}

/** Says octets on a bare connection, each piece when there was an answer to the one before; gives all that comes back. */
export async function say(endpoint: { host: string; port: number }, ...pieces: string[]): Promise<string> {
  const socket = net.connect(endpoint)
  socket.on('error', () => {})
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) await once(socket, 'data')
    socket.write(piece, 'latin1')
  }
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

export const statuses = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
export const close: string = 'Connection: close\r\n'
