// The service's end of a TCP link: octets in by handlers, octets out by calls, TLS switched on at any moment.

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type tls from 'node:tls'
import type { Side } from '../wire/decoder.ts'
import type { Endpoint } from './address.ts'
import type { ConnectionOwner } from './connection-owner.ts'
import { Course } from './course.ts'
import { duplexOf } from './duplex.ts'
import type { Faultable } from './faulting.ts'
import { type Ending, endOf, type Link, type TlsState } from './link.ts'
import { type Glance, Peek } from './peek.ts'
import { type ClientCertificate, clientCertificateOf, isClientTrusted, serverTls, tlsStateOf } from './server-tls.ts'
import type { Fake, TlsOptions } from './service.ts'
import { watchedStream } from './watched-stream.ts'

const nothing = () => {}

export class Connection implements Faultable {
  readonly transport = 'tcp'
  readonly id: number
  readonly protocol: string
  readonly host: string
  readonly client: Endpoint
  readonly seenAs: string
  readonly server: Endpoint
  tls: TlsState | undefined = undefined
  course: Course | undefined = undefined
  lastSaid: string | undefined = undefined

  /** Called with what the client said; the octets are the receiver's to keep. */
  onData: (chunk: Buffer) => void = nothing
  /** The client will say nothing more. Unless replaced, the service's side is ended as well. */
  onEnd: () => void = () => this.end()
  /** The link is gone; called once. */
  onClose: () => void = nothing
  /** What `write` could not hand on at once has been handed on. */
  onDrain: () => void = nothing

  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  #stream: Socket | tls.TLSSocket
  /** Whether TLS reads and writes the socket through JavaScript, so that taps see the ciphertext. */
  #wired = false
  #ended = false
  #peerHasEnded = false
  #closed = false
  #ending: Ending = 'end'
  #deafen: () => void = nothing
  #peek: Peek | undefined

  constructor(
    link: Pick<Link, 'id' | 'protocol' | 'host' | 'client' | 'seenAs' | 'server'>,
    socket: Socket,
    owner: ConnectionOwner,
  ) {
    this.id = link.id
    this.protocol = link.protocol
    this.host = link.host
    this.client = link.client
    this.seenAs = link.seenAs
    this.server = link.server
    this.#owner = owner
    this.#socket = socket
    this.#stream = socket
    socket.on('error', error => this.#failed(error))
    socket.on('close', () => this.#socketClosed())
    for (const tap of owner.taps) tap.opened?.(this)
    if (!owner.faults.isEmpty) owner.faults.opened(this)
  }

  /** Fakes that share this address and port, the default one first. */
  get fakes(): readonly Fake[] {
    return this.#owner.fakes
  }

  get closed(): boolean {
    return this.#closed
  }

  /** The client's certificate, if it was asked for and gave one. */
  get clientCertificate(): ClientCertificate | undefined {
    return clientCertificateOf(this.#stream)
  }

  /** Begins to hand octets to `onData`. The listener calls it when the fake has taken the connection. */
  start(): void {
    this.#listen(
      this.#stream,
      chunk => this.#received(chunk),
      () => this.#peerEnded(),
      () => this.onDrain(),
    )
  }

  /** Sends octets, or text as latin1. False asks to wait for `onDrain` before more. */
  write(bytes: Uint8Array | string): boolean {
    if (this.#closed || this.#ended || this.#socket.destroyed) return true
    if (this.course !== undefined) {
      // A copy: it may have to wait longer than the call.
      this.course.say('server', typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes))
      return !this.course?.heldBack.server && !this.#stream.writableNeedDrain
    }
    const octets = typeof bytes === 'string' && this.#owner.taps.length > 0 ? Buffer.from(bytes, 'latin1') : bytes
    this.#said(octets)
    return typeof octets === 'string' ? this.#stream.write(octets, 'latin1') : this.#stream.write(octets)
  }

  /** The service will say nothing more; what was written is sent first. */
  end(): void {
    if (this.#ended || this.#closed || this.#socket.destroyed) return
    this.#ended = true
    if (this.course !== undefined) this.course.end('server')
    else this.#endStream()
  }

  #endStream(): void {
    if (this.#socket.destroyed || this.#stream.writableEnded) return
    this.#stream.end()
    if (!this.#wired) for (const tap of this.#owner.taps) tap.ended?.(this, 'server')
  }

  /** Ends the service's side and hears nothing more: what the client still sends is read and dropped, so that no reset overtakes the last reply. */
  close(): void {
    this.end()
    this.onData = nothing
    this.#peek?.drop()
    this.#stream.resume()
    if (this.#peek?.hasEnded) this.goOn()
  }

  /** Ends the link by a TCP reset. */
  reset(): void {
    if (this.course === undefined) this.#reset()
    else this.course.act(() => this.#reset())
  }

  #reset(): void {
    if (this.#closed) return
    this.#ending = 'reset by server'
    this.#socket.resetAndDestroy()
  }

  /** Ends the link because its network closes. */
  abandon(): void {
    if (this.#closed) return
    this.#ending = 'network closed'
    this.#socket.destroy()
    // A server counts its sockets as closed before they say so, and after it the network's taps are gone.
    this.#close()
  }

  /** Takes no more octets from the client until `resume`, so that it has to wait. */
  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    if (!this.#peek?.isHeld && !this.course?.heldBack.client) this.#stream.resume()
  }

  /** For the network: a fault comes to sit on the link. */
  openCourse(): Course {
    this.course ??= new Course({
      hear: octets => this.#hear(octets),
      heardEnd: () => this.#sayEnded(),
      put: (octets, sent) => this.#put(octets, sent),
      end: () => this.#endStream(),
      reset: () => this.#reset(),
      pause: () => this.#stream.pause(),
      resume: () => this.resume(),
      drained: () => this.#guard(() => this.onDrain()),
    })
    return this.course
  }

  #put(octets: Buffer, sent: () => void): void {
    if (this.#socket.destroyed || this.#stream.writableEnded) return
    this.#said(octets)
    this.#stream.write(octets, sent)
  }

  /**
   * Looks at what the client says from now on before it counts as said: each time more comes, `look` is given all of it.
   * `plain` hands it to `onData`, and all goes on as if nobody had looked; `hold` makes the client wait until `startTls`
   * takes it for the beginning of a handshake, or `goOn` for plain. What a client says before it ends its side is plain.
   */
  peek(look: (head: Buffer) => Glance): void {
    if (this.#stream !== this.#socket) throw new Error('expected a link in the clear to look at, got one under TLS')
    this.#peek = new Peek(look)
  }

  /** Takes what `peek` has seen for plain, also before it has decided. Where nobody looks it does nothing. */
  goOn(): void {
    const peek = this.#peek
    if (peek === undefined || this.#socket.destroyed) return
    this.#peek = undefined
    if (peek.isHeld) this.#stream.resume()
    if (peek.head.length > 0) {
      if (this.course !== undefined) this.course.say('client', peek.head)
      else this.#hear(peek.head)
    }
    if (peek.hasEnded) this.#peerEnded()
  }

  /**
   * Goes on under TLS; whatever the client sends from now on, or `peek` has kept, is its handshake. `onSecure` is called
   * when the handshake is done; a handshake that fails closes the link.
   */
  startTls(options: TlsOptions = {}, onSecure: () => void = nothing): void {
    if (this.course === undefined) this.#startTls(options, onSecure)
    else {
      // What was said before may still be on its way; what the client says from now on is its handshake.
      this.#socket.pause()
      this.course.act(() => this.#startTls(options, onSecure))
    }
  }

  #startTls(options: TlsOptions, onSecure: () => void): void {
    const socket = this.#socket
    if (this.#stream !== socket) throw new Error('expected a link in the clear to start TLS on, got one under TLS')
    // Whoever is gone, or says nothing more, shakes no hands.
    if (this.#peek?.hasEnded) socket.destroy()
    if (socket.destroyed) return
    socket.pause()
    this.#deafen()
    const head = this.#peek?.head
    this.#peek = undefined
    // Only a tap that wants the ciphertext has the stream go through JavaScript; without one TLS reads the socket itself.
    this.#wired = this.#owner.taps.some(tap => tap.segment !== undefined)
    const under = this.#wired ? this.#wire() : socket
    // Taps have seen it when it came.
    if (head !== undefined && head.length > 0) under.unshift(head)
    const owner = this.#owner
    const otherwise = owner.faults.tls(this)
    const secure = serverTls(under, options, owner.clock, name => owner.secureContext(name, options, otherwise))
    this.#stream = secure
    // Without a tls.Server around it a TLSSocket reports a failed handshake only here, and stays open.
    secure.on('_tlsError', error => this.#failed(error))
    secure.on('error', error => this.#failed(error))
    if (this.#owner.taps.some(tap => tap.secret !== undefined)) {
      secure.on('keylog', (line: Buffer) => {
        for (const tap of this.#owner.taps) tap.secret?.(this, line.toString('latin1').trimEnd())
      })
    }
    secure.on('secure', () => {
      if (options.clientCertificate === 'require' && !isClientTrusted(secure)) {
        this.reset()
        return
      }
      this.tls = tlsStateOf(secure)
      for (const tap of this.#owner.taps) tap.secured?.(this)
      this.#guard(onSecure)
    })
    this.start()
  }

  /** The link as a Node stream, for servers of libraries that want one. Handlers set before are replaced. */
  duplex(): Duplex {
    return duplexOf(this, () => this.#drop())
  }

  #received(chunk: Buffer): void {
    if (this.#peek !== undefined) {
      this.#glance(this.#peek, chunk)
      return
    }
    // A capture shows what the client sent, whatever becomes of it.
    if (this.#stream === this.#socket) this.#segment('client', chunk)
    if (this.course !== undefined) this.course.say('client', chunk)
    else this.#hear(chunk)
  }

  #hear(chunk: Buffer): void {
    this.lastSaid ??= ''
    for (const tap of this.#owner.taps) tap.plain?.(this, 'client', chunk)
    this.#hand(chunk)
  }

  #hand(chunk: Buffer): void {
    try {
      this.onData(chunk)
    } catch (error) {
      this.bug(error)
    }
  }

  #glance(peek: Peek, chunk: Buffer): void {
    this.#segment('client', chunk)
    this.#guard(() => {
      const glance = peek.add(chunk)
      // Whoever looks may also have decided by a call.
      if (glance === 'more' || this.#peek !== peek) return
      if (glance === 'plain') this.goOn()
      else {
        peek.isHeld = true
        this.#socket.pause()
      }
    })
  }

  #peerEnded(): void {
    if (this.#peek?.isHeld) {
      this.#peek.hasEnded = true
      return
    }
    this.goOn()
    if (this.course !== undefined) this.course.end('client')
    else this.#sayEnded()
  }

  #sayEnded(): void {
    if (!this.#wired) for (const tap of this.#owner.taps) tap.ended?.(this, 'client')
    this.#guard(() => this.onEnd())
  }

  #said(bytes: Uint8Array | string): void {
    this.lastSaid = endOf(bytes)
    if (typeof bytes === 'string') return
    if (this.#stream === this.#socket) this.#segment('server', bytes)
    for (const tap of this.#owner.taps) tap.plain?.(this, 'server', bytes)
  }

  #segment(from: Side, bytes: Uint8Array): void {
    for (const tap of this.#owner.taps) tap.segment?.(this, from, bytes)
  }

  /** The socket as a stream that shows taps what crosses it. */
  #wire(): Duplex {
    return watchedStream(this.#socket, {
      segment: (from, bytes) => this.#segment(from, bytes),
      ended: from => {
        if (from === 'client') this.#peerHasEnded = true
        for (const tap of this.#owner.taps) tap.ended?.(this, from)
      },
    })
  }

  #listen(stream: Socket, data: (chunk: Buffer) => void, end: () => void, drain: () => void): void {
    stream.on('data', data).on('end', end).on('drain', drain)
    this.#deafen = () => stream.off('data', data).off('end', end).off('drain', drain)
  }

  #failed(error: Error & { code?: string }): void {
    const isReset = error.code === 'ECONNRESET' || error.code === 'EPIPE'
    if (isReset && this.#ending === 'end') this.#ending = 'reset by client'
    this.#drop()
  }

  #drop(): void {
    this.#socket.destroy()
    if (this.#wired) this.#stream.destroy()
  }

  #socketClosed(): void {
    // What the client said before its end may still be on its way through TLS to a service that reads slowly.
    const isUnread = this.#wired && this.#peerHasEnded && this.#ending === 'end' && this.#stream.readable
    if (isUnread) this.#stream.once('close', () => this.#close())
    else this.#close()
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.course?.closed()
    if (this.#stream !== this.#socket) this.#stream.destroy()
    for (const tap of this.#owner.taps) tap.closed?.(this, this.#ending)
    this.#owner.connectionClosed(this)
    this.#guard(() => this.onClose())
  }

  /** Whatever a fake throws here is a bug of the fake: the peer gets a reset, the owner the error. */
  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.bug(error)
    }
  }

  /** The fake itself failed: the peer gets a reset, and the network's owner hears of it. */
  bug(error: unknown): void {
    this.reset()
    this.#owner.bug(error, this)
  }
}
