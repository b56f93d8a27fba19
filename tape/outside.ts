// The world outside as this machine sees it: addresses of names, and DNS queries handed on to its name servers. Only the
// recorder has it; a replay never loads it. Left out: a cache, since what is asked twice may be answered in two ways.

import { randomInt } from 'node:crypto'
import dgram from 'node:dgram'
import dns from 'node:dns'
import net, { isIP } from 'node:net'
import { clearTimeout, setTimeout } from 'node:timers'
import { UsageError } from '../net/errors.ts'
import { ProtocolError } from '../wire/decoder.ts'
import { decodeDnsHeader, headerBytes, type Rcode, readDnsMessage } from '../wire/dns/message.ts'
import { DnsFrameDecoder, frameDnsMessage } from '../wire/dns.ts'

export interface OutsideOptions {
  /** Asked in this order: `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:53`. */
  readonly servers: readonly string[]
  /** The addresses of a name; throws where there is none. */
  readonly lookup: (name: string) => Promise<readonly { address: string; family: number }[]>
  /** How long each server has for its answer, and again by TCP. Default: 5000. */
  readonly timeoutMs?: number
}

interface Server {
  readonly host: string
  readonly port: number
}

/** Queries on their way at once; further ones get no answer, as on a busy line. */
const maxAtOnce = 256

/** Codes by which a server says that another one might know better. */
const helpless: readonly Rcode[] = ['SERVFAIL', 'NOTIMP', 'REFUSED']

export class Outside implements Disposable {
  readonly #servers: readonly Server[]
  readonly #lookup: OutsideOptions['lookup']
  readonly #timeoutMs: number
  /** Each ends what waits for the outside, without an answer. */
  readonly #waiting = new Set<() => void>()
  #asking = 0
  #isClosed = false

  /** @throws {UsageError} for a server that is no address. */
  constructor({ servers, lookup, timeoutMs = 5000 }: OutsideOptions) {
    this.#servers = servers.map(parseServer)
    this.#lookup = lookup
    this.#timeoutMs = timeoutMs
  }

  /** The addresses that a name has for programs of this machine, in their order; none where there is no such name. */
  async addresses(name: string): Promise<readonly string[]> {
    const found = await this.#within<readonly { address: string }[]>(3 * this.#timeoutMs, done => {
      const looked = async () => this.#lookup(name)
      looked().then(done, () => done())
      return () => {}
    })
    return [...new Set((found ?? []).map(({ address }) => address))]
  }

  /**
   * What the first server says that has an answer, under the query's own id. It may be longer than the datagram that the
   * client takes: what was cut is fetched by TCP. Undefined where no server answers, and for what is no query.
   */
  async ask(query: Buffer): Promise<Buffer | undefined> {
    const isQuery = query.length >= headerBytes && !decodeDnsHeader(query).response
    if (!isQuery || this.#asking >= maxAtOnce) return undefined
    this.#asking++
    try {
      return await this.#askAll(query)
    } finally {
      this.#asking--
    }
  }

  /** Nothing is waited for any more; who asks gets no answer. */
  [Symbol.dispose](): void {
    this.#isClosed = true
    for (const end of [...this.#waiting]) end()
  }

  async #askAll(query: Buffer): Promise<Buffer | undefined> {
    let poor: Buffer | undefined
    for (const server of this.#servers) {
      const answer = await this.#askOne(server, query)
      if (answer === undefined) continue
      if (!helpless.includes(decodeDnsHeader(answer).rcode)) return answer
      poor ??= answer
    }
    return poor
  }

  async #askOne(server: Server, query: Buffer): Promise<Buffer | undefined> {
    const asked = withId(query, randomInt(65536))
    const short = await this.#askByUdp(server, asked)
    if (short === undefined) return undefined
    const whole = decodeDnsHeader(short).truncated ? await this.#askByTcp(server, asked) : undefined
    return withId(whole ?? short, query.readUInt16BE())
  }

  #askByUdp({ host, port }: Server, asked: Buffer): Promise<Buffer | undefined> {
    return this.#within(this.#timeoutMs, done => {
      const socket = dgram.createSocket(isIP(host) === 6 ? 'udp6' : 'udp4')
      socket.on('error', () => done())
      socket.on('message', octets => {
        if (answers(octets, asked)) done(octets)
      })
      // Connected, so that a closed port is reported and datagrams of strangers are not heard.
      socket.connect(port, host, (error?: Error) => {
        if (error !== undefined) done()
        else socket.send(asked, failed => failed && done())
      })
      return () => socket.close()
    })
  }

  #askByTcp({ host, port }: Server, asked: Buffer): Promise<Buffer | undefined> {
    return this.#within(this.#timeoutMs, done => {
      const frames = new DnsFrameDecoder()
      const socket = net.connect({ host, port })
      socket.on('error', () => done())
      socket.on('close', () => done())
      socket.on('data', chunk => {
        frames.push(chunk)
        for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
          if (answers(frame, asked)) done(frame)
        }
      })
      socket.write(frameDnsMessage(asked))
      return () => socket.destroy()
    })
  }

  /** What `open` is told within the time; it gives what closes what it has opened. */
  #within<T>(timeoutMs: number, open: (done: (result?: T) => void) => () => void): Promise<T | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined)
    return new Promise(resolve => {
      const done = (result?: T) => {
        if (!this.#waiting.delete(end)) return
        clearTimeout(timer)
        close()
        resolve(result)
      }
      const end = () => done()
      this.#waiting.add(end)
      const timer = setTimeout(end, timeoutMs)
      const close = open(done)
    })
  }
}

/** The world outside by this machine's own name servers and look-ups. */
export function machineNames(): Outside {
  return new Outside({
    servers: dns.getServers(),
    lookup: name => dns.promises.lookup(name, { all: true, order: 'verbatim' }),
  })
}

function parseServer(text: string): Server {
  const [, bracketed, plain, port = '53'] = /^(?:\[(.+)\]|([^:]+|.*:.*:.*?))(?::(\d+))?$/.exec(text) ?? []
  const host = bracketed ?? plain ?? ''
  if (isIP(host) !== 0 && Number(port) >= 1 && Number(port) <= 65535) return { host, port: Number(port) }
  throw new UsageError(`expected a name server such as 192.0.2.1 or 192.0.2.1:5353, got ${JSON.stringify(text)}`)
}

function withId(octets: Buffer, id: number): Buffer {
  const copy = Buffer.from(octets)
  copy.writeUInt16BE(id)
  return copy
}

/** Whether octets answer this very query. Only their questions are read: what is wrong behind is the client's to see. */
function answers(octets: Buffer, asked: Buffer): boolean {
  if (octets.length < headerBytes || octets.readUInt16BE() !== asked.readUInt16BE()) return false
  const { response, rcode } = decodeDnsHeader(octets)
  if (!response) return false
  const questions = questionsOf(octets)
  // A server that cannot read the question may leave it out.
  if (questions === '') return rcode !== 'NOERROR' || questionsOf(asked) === ''
  return questions !== undefined && questions === questionsOf(asked)
}

/** Undefined where they cannot be read. */
function questionsOf(octets: Buffer): string | undefined {
  try {
    const { questions } = readDnsMessage(Buffer.from(octets).fill(0, 6, headerBytes)).message
    return questions.map(({ name, type, class: ofClass }) => `${name.toLowerCase()} ${ofClass} ${type}`).join(', ')
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}
