// The service's end of a UDP link: the datagrams between one client port and one service port.

import type { Endpoint } from './address.ts'
import { Course } from './course.ts'
import type { Faultable, Faulting } from './faulting.ts'
import type { Link, Tap, TlsState } from './link.ts'
import type { DatagramSocket } from './placement.ts'

const nothing = () => {}

export class Flow implements Faultable {
  readonly transport = 'udp'
  readonly id: number
  readonly protocol: string
  readonly host: string
  readonly client: Endpoint
  readonly seenAs: string
  readonly server: Endpoint
  tls: TlsState | undefined = undefined
  /** For the network. */
  course: Course | undefined = undefined

  /** No datagram follows, of either side; called once. */
  onClose: () => void = nothing

  readonly #socket: DatagramSocket
  /** Where the client's datagrams come from on this machine. */
  readonly #from: Endpoint
  readonly #taps: readonly Tap[]
  /** Gives a datagram to the service. */
  readonly #serve: (message: Buffer, flow: Flow) => void
  #closed = false
  /** For listeners: when it was last used, counted in datagrams of the port. */
  lastUse = 0

  constructor(
    link: Pick<Link, 'id' | 'protocol' | 'host' | 'client' | 'seenAs' | 'server'>,
    socket: DatagramSocket,
    from: Endpoint,
    { taps, faults }: { readonly taps: readonly Tap[]; readonly faults: Faulting },
    serve: (message: Buffer, flow: Flow) => void,
  ) {
    this.id = link.id
    this.protocol = link.protocol
    this.host = link.host
    this.client = link.client
    this.seenAs = link.seenAs
    this.server = link.server
    this.#socket = socket
    this.#from = from
    this.#taps = taps
    this.#serve = serve
    for (const tap of taps) tap.opened?.(this)
    if (!faults.isEmpty) faults.opened(this)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Sends a datagram to the client. One that the system does not take is lost, as datagrams are, and one after the end. */
  send(bytes: Uint8Array): void {
    if (this.#closed) return
    // A copy: it may have to wait longer than the call.
    if (this.course !== undefined) this.course.say('server', Buffer.from(bytes))
    else this.#put(bytes)
  }

  #put(bytes: Uint8Array): void {
    if (this.#closed) return
    for (const tap of this.#taps) {
      tap.segment?.(this, 'server', bytes)
      tap.plain?.(this, 'server', bytes)
    }
    // Without a callback Node drops a datagram that the system does not take, and saves a turn for each that it takes.
    this.#socket.send(bytes, this.#from.port, this.#from.address)
  }

  /** The client's datagram, which is on its way to the service. */
  received(message: Buffer): void {
    for (const tap of this.#taps) tap.segment?.(this, 'client', message)
    if (this.course !== undefined) this.course.say('client', message)
    else this.#hear(message)
  }

  #hear(message: Buffer): void {
    if (this.#closed) return
    for (const tap of this.#taps) tap.plain?.(this, 'client', message)
    this.#serve(message, this)
  }

  /** For the network: a fault comes to sit on the link. */
  openCourse(): Course {
    this.course ??= new Course({
      hear: message => this.#hear(message),
      put: (message, sent) => {
        this.#put(message)
        sent()
      },
      // Nobody makes datagrams wait, nothing says that there are no more, and nothing cuts them off.
      heardEnd: nothing,
      end: nothing,
      reset: nothing,
      pause: nothing,
      resume: nothing,
      drained: nothing,
    })
    return this.course
  }

  /** Whether a datagram from there is one of this flow. */
  isFrom({ address, port }: Endpoint): boolean {
    return this.#from.port === port && this.#from.address === address
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.course?.closed()
    for (const tap of this.#taps) tap.closed?.(this, 'end')
    this.onClose()
  }
}
