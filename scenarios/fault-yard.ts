// For tests of faults: a host with a service for lines, one for datagrams, and clients of both.

import dgram from 'node:dgram'
import net from 'node:net'
import { onTestFinished } from 'vitest'
import { createTcp, type TcpState } from '../fakes/tcp.ts'
import { createUdp, type UdpState } from '../fakes/udp.ts'
import { Network, type NetworkOptions } from '../net/network.ts'
import type { Placed } from '../net/service.ts'

export interface Yard {
  readonly network: Network
  readonly lines: TcpState & Placed
  readonly datagrams: UdpState & Placed
}

/** `a.example` says `hello`, repeats lines on TCP port 4000, and repeats datagrams on UDP port 4000. */
export async function openYard(options: NetworkOptions = {}): Promise<Yard> {
  const network = new Network(options)
  onTestFinished(() => network.close())
  const rules = { greeting: 'hello\n', delimiter: '\n', answer: (line: Buffer) => `you said ${line}` }
  const { lines, datagrams } = await network.host('a.example', {
    lines: { protocol: 'tcp', load: async () => createTcp(rules, { port: 4000 }) },
    datagrams: { protocol: 'udp', load: async () => createUdp(message => message, { port: 4000 }) },
  })
  return { network, lines, datagrams }
}

export interface Talk {
  readonly heard: string
  /** How many times something came. */
  readonly pieces: number
  /** `end`, or the code of an error. */
  readonly end: string
}

export class Talker {
  readonly socket: net.Socket
  heard = ''
  pieces = 0
  readonly done: Promise<Talk>

  constructor(endpoint: { host: string; port: number }) {
    this.socket = net.connect({ ...endpoint, allowHalfOpen: true, noDelay: true })
    const closed = new Promise<void>(resolve => this.socket.once('close', () => resolve()))
    onTestFinished(async () => {
      this.socket.destroy()
      await closed
    })
    this.done = new Promise(resolve => {
      const end = (how: string) => resolve({ heard: this.heard, pieces: this.pieces, end: how })
      this.socket.on('data', chunk => {
        this.heard += chunk.toString('latin1')
        this.pieces++
      })
      this.socket.on('end', () => end('end'))
      this.socket.on('close', () => end('close'))
      this.socket.on('error', error => end((error as NodeJS.ErrnoException).code ?? 'error'))
    })
  }

  say(text: string): this {
    this.socket.write(text)
    return this
  }

  /** Once all that was heard is as expected. */
  async until(isIt: (heard: string) => boolean): Promise<string> {
    while (!isIt(this.heard)) await new Promise(resolve => this.socket.once('data', resolve))
    return this.heard
  }
}

/** Sends datagrams from one socket and gives the first `count` that come back, or at the test's end those that did. */
export async function exchange(
  { host, port }: { host: string; port: number },
  messages: readonly string[],
  count: number,
): Promise<string[]> {
  const socket = dgram.createSocket('udp4')
  try {
    const heard: string[] = []
    return await new Promise((resolve, reject) => {
      socket.on('error', reject)
      onTestFinished(() => resolve(heard))
      socket.on('message', message => {
        heard.push(message.toString('latin1'))
        if (heard.length === count) resolve(heard)
      })
      for (const message of messages) socket.send(message, port, host)
    })
  } finally {
    socket.close()
  }
}

/** A few turns of the event loop, in which whatever crosses without a fault has arrived. */
export async function turns(count = 50): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(resolve => setImmediate(resolve))
}

/** Waits until something has come about, as long as the test may take. */
export async function come(isIt: () => boolean): Promise<void> {
  while (!isIt()) await new Promise(resolve => setImmediate(resolve))
}
