// The conversation on a network's links as a person reads it, as it happens: one block of lines a turn.

import { formatEndpoint } from '../net/address.ts'
import type { Ending, Link, Tap } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import { protocols } from '../protocols.ts'
import type { Side } from '../wire/decoder.ts'
import { type Conversation, describeBytes, type Turn, type Wire } from '../wire/wire.ts'
import { parseFilter } from './filter.ts'

export interface TraceOptions {
  /** Takes a line, without its end and with no control character but those of the colours. */
  write: (line: string) => void
  /** Default: false. */
  colors?: boolean
  /** Links with a direction that it lets pass, as for a capture. Default: all. */
  filter?: string
}

export interface TraceTap extends Required<Omit<Tap, 'segment' | 'secret'>> {
  /** Settles once everything that it was told is written: protocols are loaded for the first who speaks them. */
  loaded(): Promise<void>
}

/** What is shown of a turn; the rest is counted. */
const maxLines = 24
const maxLineCharacters = 400
/** Octets of one link that may wait for its protocol to be loaded. */
const maxWaitingBytes = 1024 * 1024

/**
 * Tells every link that opens from now on, until the guard is disposed.
 *
 * @throws {UsageError} where the filter is not one.
 *
 * @example
 * using _trace = traceLinks(network, { write: line => console.error(line), colors: process.stderr.isTTY })
 */
export function traceLinks(network: Network, options: TraceOptions): Disposable {
  return network.tap(traceTap(network, options))
}

/** The tap of {@link traceLinks}, for who keeps what crossed and shows it later. */
export function traceTap(network: Pick<Network, 'lookup' | 'reportBug'>, options: TraceOptions): TraceTap {
  const { write, colors = false, filter } = options
  const passes = filter === undefined ? () => true : parseFilter(filter, name => network.lookup(name))
  const links = new Map<Link, LinkTrace>()
  const loading = new Set<Promise<void>>()
  return {
    opened(link) {
      const { transport, client, server } = link
      if (!passes({ transport, from: client, to: server }) && !passes({ transport, from: server, to: client })) return
      const trace = new LinkTrace(link, colors, write, error => network.reportBug(error, link))
      links.set(link, trace)
      trace.opened()
      loading.add(trace.isLoaded)
      void trace.isLoaded.then(() => loading.delete(trace.isLoaded))
    },
    plain: (link, from, bytes) => links.get(link)?.said(from, bytes),
    secured: link => links.get(link)?.secured(),
    ended: (link, from) => links.get(link)?.ended(from),
    closed(link, how) {
      links.get(link)?.closed(how)
      links.delete(link)
    },
    async loaded() {
      await Promise.all(loading)
    },
  }
}

/** Octets of a protocol that is not known, each chunk as it came. */
const bytesWire: Wire<Uint8Array> = {
  conversation: () => ({
    push: (from, chunk) => [{ from, message: chunk, text: describeBytes(chunk) }],
    end: () => [],
  }),
}

const arrows: Record<Side, string> = { client: '→', server: '←' }
const dim = '2'
const sideColors: Record<Side, string> = { client: '36', server: '32' }

class LinkTrace {
  readonly #link: Link
  readonly #colors: boolean
  readonly #write: (line: string) => void
  readonly #bug: (error: unknown) => void
  #conversation: Conversation | undefined
  /** What happened before the protocol was loaded. */
  #waiting: (() => void)[] = []
  #waitingBytes = 0
  #hasEnded = false
  /** Settles once the protocol is there and what waited for it is told; never rejects. */
  readonly isLoaded: Promise<void>

  constructor(link: Link, colors: boolean, write: (line: string) => void, bug: (error: unknown) => void) {
    this.#link = link
    this.#colors = colors
    this.#write = write
    this.#bug = bug
    const converse = (wire: Wire) => {
      this.#conversation = wire.conversation(link.transport)
      for (const event of this.#waiting) event()
      this.#waiting = []
    }
    const loading = protocols[link.protocol]?.wire() ?? Promise.resolve(bytesWire)
    this.isLoaded = loading
      .then(converse, error => {
        bug(error)
        converse(bytesWire)
      })
      .catch(bug)
  }

  opened(): void {
    const { protocol, transport, client, server, host } = this.#link
    const by = protocol === transport ? transport : `${protocol} over ${transport}`
    const to = host === server.address ? '' : ` (${server.address})`
    this.#note(`${by} to ${formatEndpoint({ address: host, port: server.port })}${to} from ${formatEndpoint(client)}`)
  }

  said(from: Side, bytes: Uint8Array): void {
    if (this.#conversation === undefined && (this.#waitingBytes += bytes.length) > maxWaitingBytes) {
      this.#happened(() => this.#show(from, `${bytes.length} octets, too many at once to be read`))
      return
    }
    // The octets are a tap's only during the call, and a conversation may keep them.
    const own = Buffer.from(bytes)
    this.#happened(() => this.#turns(conversation => conversation.push(from, own)))
  }

  secured(): void {
    const { tls } = this.#link
    if (tls === undefined) return
    const parts = [`${tls.version} ${tls.cipher}`]
    if (tls.servername !== undefined) parts.push(`server name ${tls.servername}`)
    if (tls.alpn !== undefined) parts.push(`ALPN ${tls.alpn}`)
    this.#happened(() => this.#note(parts.join(', ')))
  }

  ended(from: Side): void {
    this.#happened(() => {
      this.#turns(conversation => conversation.end(from))
      if (!this.#hasEnded) this.#note(`the ${from} has ended`)
      this.#hasEnded = true
    })
  }

  closed(how: Ending): void {
    // A flow of datagrams has no end of its own; it is only forgotten.
    if (this.#link.transport === 'udp') return
    this.#happened(() => this.#note(how === 'end' ? 'closed' : how))
  }

  #happened(event: () => void): void {
    if (this.#conversation === undefined) this.#waiting.push(event)
    else event()
  }

  #turns(read: (conversation: Conversation) => Turn[]): void {
    try {
      for (const { from, text } of read(this.#conversation!)) this.#show(from, text)
    } catch (error) {
      // Conversations do not throw; one that does is at fault, and must not end the link that is watched.
      this.#bug(error)
      this.#conversation = bytesWire.conversation(this.#link.transport)
    }
  }

  #show(from: Side, text: string): void {
    const { server, host } = this.#link
    const lines = shortened(text)
    const where = `${host}:${server.port} `
    lines.forEach((line, i) => {
      this.#line(i === 0 ? `${where}${arrows[from]} ` : `${' '.repeat(where.length)}│ `, line, sideColors[from])
    })
  }

  #note(text: string): void {
    this.#line('── ', safe(text), dim)
  }

  #line(head: string, text: string, color: string): void {
    const number = `#${this.#link.id} `
    if (this.#colors) this.#write(`\x1b[${dim}m${number}${safe(head)}\x1b[0m\x1b[${color}m${text}\x1b[0m`)
    else this.#write(`${number}${safe(head)}${text}`)
  }
}

/** A turn's lines as they may be shown: not too many, not too long, nothing that a terminal obeys. */
function shortened(text: string): string[] {
  const lines = text.split(/\r?\n/)
  const more = lines.length - maxLines
  // One line more is as short as saying so.
  const shown = more > 1 ? [...lines.slice(0, maxLines), `… ${more} lines more`] : lines
  return shown.map(line => {
    const left = line.length - maxLineCharacters
    return safe(left > 0 ? `${line.slice(0, maxLineCharacters).toWellFormed()}… ${left} characters more` : line)
  })
}

/**
 * Text that a terminal only shows: control characters (C0, DEL, C1), and those that turn the direction of writing or
 * begin a line, are written as `\x1b` and `\u202e`.
 */
function safe(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, character => {
    if (character === '\t') return '    '
    const code = character.charCodeAt(0)
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}
