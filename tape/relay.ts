// A real server behind a link: what crosses is handed on unchanged, TLS is ended on both sides. The recorder's alone: a
// replay never loads this.

import dgram from 'node:dgram'
import net, { isIP, type Socket } from 'node:net'
import { setTimeout } from 'node:timers'
import tls, { type SecureContext, type TLSSocket } from 'node:tls'
import { formatEndpoint } from '../net/address.ts'
import type { Connection } from '../net/connection.ts'
import type { Flow } from '../net/flow.ts'
import { outside } from '../net/intercept/context.ts'
import type { Link } from '../net/link.ts'
import type { Fake, ServiceDescription, ServicePort, Site, TlsOptions } from '../net/service.ts'
import { afterTurns, silentTurns } from '../net/turn.ts'
import type { ClientHello } from '../wire/tls/client-hello.ts'
import { awaitTls } from './opening.ts'
import type { Following } from './recorder.ts'

/** Where a real server is. */
export interface Place {
  readonly host: string
  readonly port: number
}

export interface RelayOptions {
  readonly protocol: string
  readonly ports: readonly ServicePort[]
  /** Where the real server is. Default: at the address and port that the client asked for. */
  readonly to?: Place | undefined
  readonly upstream: Upstream
}

/** What all relays of a recording share. */
export interface Upstream {
  readonly trust: Trust
  /** What is known of a link that is recorded. */
  following(link: Connection): Following | undefined
  /** What can be followed of a protocol under TLS; undefined for everything. */
  alpn(protocol: string): readonly string[] | undefined
  /**
   * Says what went wrong between here and the real server: one line. `isLost` where the two could talk to each other, and
   * what they would say cannot be recorded.
   */
  trouble(text: string, link: Link, isLost?: boolean): void
}

/** A connection to a real server, and TLS over it where that has begun: `stream` is read and written. */
export interface Dialled {
  readonly socket: Socket
  readonly stream: Socket | TLSSocket
}

/** Whom real servers are believed. */
export class Trust {
  readonly insecure: boolean
  readonly #authorities: readonly string[]
  #context: SecureContext | undefined

  /** `authorities` are certificates in PEM, beside those that the machine knows; `insecure` believes everybody. */
  constructor(authorities: readonly string[] = [], insecure = false) {
    this.#authorities = authorities
    this.insecure = insecure
  }

  get context(): SecureContext {
    this.#context ??= tls.createSecureContext({ ca: [...machineAuthorities(), ...this.#authorities] })
    return this.#context
  }
}

/** Node's own, and the system's where this Node can read them. */
function machineAuthorities(): readonly string[] {
  if (typeof tls.getCACertificates !== 'function') return tls.rootCertificates
  return [...tls.getCACertificates('default'), ...tls.getCACertificates('system')]
}

/** How long the rest of a hello is waited for: its client says all of it at once, and is on this machine. */
const helloMs = 500

/** How long a flow of datagrams may be silent before its socket to the real server is closed. */
const idleFlow = '60s'

export function relay(options: RelayOptions): ServiceDescription {
  return { protocol: options.protocol, load: async () => site => createRelay(options, site) }
}

function createRelay(options: RelayOptions, { clock }: Site): Fake {
  const flows = new Map<Flow, { socket: dgram.Socket; heardMs: number }>()
  const end = (flow: Flow) => {
    flows.get(flow)?.socket.close()
    flows.delete(flow)
  }
  const sweep = () => {
    for (const [flow, { heardMs }] of flows) if (clock.now() - heardMs > 60_000) end(flow)
    if (flows.size > 0) clock.after(idleFlow, sweep)
  }
  const upstreamOf = (flow: Flow) => {
    const known = flows.get(flow)
    if (known !== undefined) return known
    const to = options.to ?? { host: flow.server.address, port: flow.server.port }
    const socket = dgram.createSocket(to.host.includes(':') ? 'udp6' : 'udp4')
    const made = { socket, heardMs: 0 }
    socket.on('message', message => flow.send(message))
    // A client of datagrams hears nothing of a port where nobody listens.
    socket.on('error', error => options.upstream.trouble(`${nameOf(flow, to)}: ${error.message}`, flow))
    outside(() => socket.connect(to.port, to.host))
    if (flows.size === 0) clock.after(idleFlow, sweep)
    flows.set(flow, made)
    flow.onClose = () => end(flow)
    return made
  }
  return {
    state: {},
    ports: options.ports,
    accept: connection => new Relayed(connection, options).begin(),
    datagram(message, flow) {
      const upstream = upstreamOf(flow)
      upstream.heardMs = clock.now()
      outside(() => sendConnected(upstream.socket, message))
    },
    close() {
      for (const flow of [...flows.keys()]) end(flow)
    },
  }
}

/** A socket that is still connecting takes no datagram yet. */
function sendConnected(socket: dgram.Socket, message: Buffer): void {
  try {
    socket.remoteAddress()
    socket.send(message)
  } catch {
    socket.once('connect', () => socket.send(message))
  }
}

/** Begins TLS on a connection to the real server of a link; who listens to it does so no more. */
export function beginTls(
  plain: Socket,
  trust: Trust,
  { host, serverName, alpn }: { host: string; serverName: string | undefined; alpn: readonly string[] },
): TLSSocket {
  for (const event of ['data', 'end', 'drain', 'error']) plain.removeAllListeners(event)
  return outside(() =>
    tls.connect({
      socket: plain,
      host,
      // Who names nobody is shown to the server as it is.
      servername: serverName !== undefined && isIP(serverName) === 0 ? serverName : '',
      secureContext: trust.context,
      rejectUnauthorized: !trust.insecure,
      ...(alpn.length > 0 ? { ALPNProtocols: [...alpn] } : {}),
    }),
  )
}

/** Newer versions of Node say what its own user could do. */
const adviceOfNode = /; if the root CA .*/

/** What to do about a server that TLS failed with; nothing where nobody knows. */
export function tlsRemedy({ code = '' }: Error & { code?: string }): string {
  const untrusted = /CERT|SIGNED|ISSUER|LEAF|VERIFY|ALTNAME/.test(code)
  return untrusted ? '; name its authority by --real-ca FILE, or believe everybody by --real-insecure' : ''
}

function nameOf({ protocol, host, server }: Link, to: Place): string {
  return `${protocol} ${host}:${server.port} at ${formatEndpoint({ address: to.host, port: to.port })}`
}

/** A link whose octets are handed on both ways. */
export class Relayed {
  readonly #connection: Connection
  readonly #options: RelayOptions
  readonly #following: Following | undefined
  readonly #to: Place
  readonly #socket: Socket
  /** The socket, or TLS over it. */
  #upstream: Socket | TLSSocket
  /** What the client said after a question whose answer may begin TLS. */
  #held: Buffer = Buffer.alloc(0)
  #isConnected: boolean
  #clientHasEnded = false
  /** How often TLS could begin. */
  #begun = 0

  /** `dialled` is a connection that is there already, and on which nobody listens. */
  constructor(connection: Connection, options: RelayOptions, dialled?: Dialled) {
    this.#connection = connection
    this.#options = options
    this.#following = options.upstream.following(connection)
    this.#to = options.to ?? { host: connection.server.address, port: connection.server.port }
    this.#socket = dialled?.socket ?? outside(() => net.connect({ ...this.#to, noDelay: true, allowHalfOpen: true }))
    this.#upstream = dialled?.stream ?? this.#socket
    this.#isConnected = dialled !== undefined
    this.#upstream.once('connect', () => (this.#isConnected = true))
    this.#listen(this.#upstream)
    this.#upstream.resume()
    connection.onData = chunk => this.fromClient(chunk)
    connection.onEnd = () => this.clientEnded()
    connection.onDrain = () => this.#upstream.resume()
    connection.onClose = () => {
      this.#upstream.destroy()
      if (this.#clientHasEnded) this.#socket.destroy()
      else this.#socket.resetAndDestroy()
    }
  }

  /** The client may begin TLS with what it says next. */
  begin(): void {
    const begun = ++this.#begun
    const wait = (then: () => void) => {
      // What has come while this process was busy is heard first.
      const go = () => afterTurns(silentTurns, () => this.#begun === begun && then())
      setTimeout(go, helloMs).unref()
    }
    awaitTls(this.#connection, hello => this.secure(hello), { wait })
  }

  /** The client will say nothing more. */
  clientEnded(): void {
    this.#clientHasEnded = true
    this.#upstream.end()
  }

  #listen(upstream: Socket | TLSSocket): void {
    upstream.on('data', chunk => this.#fromServer(chunk))
    upstream.on('end', () => this.#connection.end())
    upstream.on('drain', () => this.#connection.resume())
    upstream.on('error', error => this.#failed(error))
  }

  fromClient(chunk: Buffer): void {
    if (this.#following?.refusal !== undefined) {
      this.#connection.reset()
      return
    }
    const held = this.#following?.held ?? 0
    let said = chunk
    if (held > 0 || this.#held.length > 0) {
      const all = Buffer.concat([this.#held, chunk])
      said = all.subarray(0, Math.max(0, all.length - held))
      this.#held = all.subarray(said.length)
    }
    if (said.length > 0 && !this.#upstream.write(said)) this.#connection.pause()
  }

  #fromServer(chunk: Buffer): void {
    // A server that speaks first is no TLS.
    this.#connection.goOn()
    if (!this.#connection.write(chunk)) this.#upstream.pause()
    if (this.#following === undefined) return
    if (this.#following.refusal !== undefined) {
      this.#connection.reset()
    } else if (this.#following.startsTls || (this.#following.isStream && this.#connection.tls === undefined)) {
      this.#held = Buffer.alloc(0)
      this.begin()
    } else if (this.#held.length > this.#following.held) this.fromClient(Buffer.alloc(0))
  }

  /** The client begins TLS: the same is done with the server first, so that both agree to the same. */
  secure({ serverName, alpn }: ClientHello): void {
    const { upstream: shared, protocol } = this.#options
    const { host } = this.#connection
    const readable = shared.alpn(protocol)
    const offered = readable === undefined ? alpn : alpn.filter(name => readable.includes(name))
    if (alpn.length > 0 && offered.length === 0) {
      const expected = `a client that speaks ${readable!.join(' or ')}`
      this.#trouble(`expected ${expected}, got ${alpn.join(', ')} alone`, true)
      this.#connection.reset()
      return
    }
    const plain = this.#upstream
    const secure = beginTls(plain, shared.trust, { host, serverName, alpn: offered })
    plain.on('error', error => this.#failed(error))
    this.#upstream = secure
    secure.once('error', error => this.#refused(error))
    secure.once('secureConnect', () => {
      secure.removeAllListeners('error')
      this.#listen(secure)
      const agreed = secure.alpnProtocol
      // What the server says before the client is ready waits.
      secure.pause()
      // Several names may lead to one address.
      const certificate = { names: serverName === undefined ? [host] : [...new Set([serverName, host])] }
      const options: TlsOptions = { certificate, ...(agreed ? { alpn: [agreed] } : {}) }
      this.#connection.startTls(options, () => secure.resume())
    })
  }

  #trouble(what: string, isLost = false): void {
    this.#options.upstream.trouble(`${nameOf(this.#connection, this.#to)}: ${what}`, this.#connection, isLost)
  }

  /** The server's certificate is not believed, or there is no TLS. */
  #refused(error: Error): void {
    // Of a server that is not there #failed tells.
    if (this.#isConnected)
      this.#trouble(`TLS failed: ${error.message.replace(adviceOfNode, '')}${tlsRemedy(error)}`, true)
    this.#connection.reset()
  }

  #failed(error: Error): void {
    if (!this.#isConnected) this.#trouble(error.message)
    this.#connection.reset()
  }
}
