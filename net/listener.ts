// One address and port of a network: accepts connections or datagrams and hands each to the fake that stands there.

import type { RemoteInfo } from 'node:dgram'
import type { Server, Socket } from 'node:net'
import tls from 'node:tls'
import { type Endpoint, formatEndpoint } from './address.ts'
import type { Clock } from './clock.ts'
import { Connection } from './connection.ts'
import type { ConnectionOwner } from './connection-owner.ts'
import { UsageError } from './errors.ts'
import type { Faultable, Faulting } from './faulting.ts'
import { Flow } from './flow.ts'
import type { Host } from './host.ts'
import type { Link, Tap } from './link.ts'
import type { Network } from './network.ts'
import type { DatagramSocket } from './placement.ts'
import type { Fake, ServicePort, TlsOptions } from './service.ts'
import { afterTurns } from './turn.ts'

/** A fake at an address and port. */
export interface Stand {
  readonly host: Host
  readonly protocol: string
  readonly port: ServicePort
  readonly virtualHosts: boolean
  /** Undefined while the service waits for its first client. */
  readonly fake: Fake | undefined
  /** Makes `fake` be there. */
  load(): Promise<Fake>
}

interface Identity {
  /** PEM. */
  readonly cert: string
  readonly context: tls.SecureContext
}

/** Datagrams that wait for their service to be loaded; what comes beyond is lost, as datagrams are. */
const maxEarly = 1000

/** Flows that a UDP port remembers; the one unused for longest is closed for a new one. */
const maxFlows = 4096

/** Turns of the event loop after which the connection of a client that is gone comes no more. */
const turnsToArrive = 10

type LinkStart = Pick<Link, 'id' | 'protocol' | 'host' | 'client' | 'seenAs' | 'server'>

export class Listener implements ConnectionOwner {
  readonly at: Endpoint
  readonly taps: readonly Tap[]
  readonly faults: Faulting
  readonly #network: Network
  readonly #stands: Stand[] = []
  readonly #connections = new Set<Connection>()
  /** Sockets whose service is being loaded. */
  readonly #early = new Set<Socket>()
  #earlyDatagrams = 0
  /** Clients, by the port that they come from, whose way faults need not be asked about. */
  readonly #expected = new Map<number, Socket>()
  readonly #flows = new Map<string, Flow>()
  readonly #identities = new Map<string, Identity>()
  /** The last flow of each port of a client, which is nearly always the one. */
  readonly #flowsByPort = new Map<number, Flow>()
  #uses = 0
  #socket: Server | DatagramSocket | undefined

  constructor(network: Network, at: Endpoint, taps: readonly Tap[]) {
    this.#network = network
    this.at = at
    this.taps = taps
    this.faults = network.faulting
  }

  /** Every link that is open here. */
  *links(): Iterable<Faultable> {
    yield* this.#connections
    yield* this.#flows.values()
  }

  /** Puts another fake here; only one that shares virtual hosts may join. */
  add(stand: Stand): void {
    const first = this.#stands[0]
    if (first !== undefined) {
      const both = first.virtualHosts && stand.virtualHosts
      if (!both || first.protocol !== stand.protocol || Boolean(first.port.tls) !== Boolean(stand.port.tls)) {
        throw new UsageError(
          `expected ${formatEndpoint(this.at)} to be free for ${stand.protocol} of ${stand.host.name}, but ` +
            `${first.protocol} of ${first.host.name} is there; give it another address or port`,
        )
      }
    }
    this.#stands.push(stand)
  }

  /** What stands here. */
  get protocol(): string {
    return this.#stands[0]!.protocol
  }

  get fakes(): readonly Fake[] {
    return this.#stands.flatMap(({ fake }) => fake ?? [])
  }

  /** Whether to wait until what stands here is loaded. */
  #wake(): Promise<unknown> | undefined {
    if (this.#stands.every(({ fake }) => fake !== undefined)) return undefined
    return Promise.all(this.#stands.map(stand => stand.load()))
  }

  serveTcp(server: Server): void {
    this.#socket = server
    // A server that another process opened comes without the options that ours are made with.
    Object.assign(server, { noDelay: true, allowHalfOpen: true })
    server.on('connection', socket => {
      if (!this.#isBarred(socket)) this.#awake(socket, () => this.#accept(socket))
    })
  }

  serveUdp(socket: DatagramSocket): void {
    this.#socket = socket
    socket.on('error', error => this.#network.reportBug(error))
    socket.on('message', (message, from) => {
      const waking = this.#wake()
      if (waking === undefined) this.#datagram(message, from)
      else if (this.#earlyDatagrams < maxEarly) {
        this.#earlyDatagrams++
        waking
          .then(() => this.#socket !== undefined && this.#datagram(message, from))
          .catch(error => this.#socket !== undefined && this.#network.reportBug(error))
          .finally(() => this.#earlyDatagrams--)
      }
    })
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.abandon()
    for (const socket of this.#early) socket.destroy()
    for (const flow of this.#flows.values()) this.#closeFlow(flow)
    this.#flows.clear()
    this.#flowsByPort.clear()
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined) return
    await new Promise<void>(resolve => socket.close(() => resolve()))
  }

  /** What is shown to who asks for no name, in PEM; undefined where TLS does not come first. */
  async certificate(): Promise<string | undefined> {
    await this.#wake()
    const { port, fake } = this.#stands[0]!
    return port.tls ? this.#identity(undefined, fake!.tls ?? {}).cert : undefined
  }

  get clock(): Clock {
    return this.#network.clock
  }

  secureContext(name: string | undefined, options: TlsOptions, otherwise?: TlsOptions): tls.SecureContext {
    return this.#identity(name, options, otherwise).context
  }

  /** The certificate for the asked name, or the first host's where no host here has that name. */
  #identity(servername: string | undefined, options: TlsOptions, otherwise?: TlsOptions): Identity {
    const stand = (servername && this.#stands.find(({ host }) => hasName(host, servername))) || this.#stands[0]!
    const own = { ...options, ...stand.fake?.tls }
    const chosen =
      otherwise === undefined
        ? own
        : { ...own, ...otherwise, certificate: { ...own.certificate, ...otherwise.certificate } }
    const key = `${stand.host.name} ${JSON.stringify(chosen)}`
    let identity = this.#identities.get(key)
    if (identity === undefined) {
      const { cert, key: privateKey } = this.#network.authority.issue({
        names: [...stand.host.names, ...stand.host.addresses],
        ...chosen.certificate,
      })
      const context = tls.createSecureContext({
        cert,
        key: privateKey,
        ...(chosen.clientCertificate === undefined ? {} : { ca: this.#network.authority.pem }),
        ...(chosen.minVersion === undefined ? {} : { minVersion: chosen.minVersion }),
        ...(chosen.maxVersion === undefined ? {} : { maxVersion: chosen.maxVersion }),
        ...(chosen.ciphers === undefined ? {} : { ciphers: chosen.ciphers }),
      })
      identity = { cert, context }
      this.#identities.set(key, identity)
    }
    return identity
  }

  bug(error: unknown, link: Link): void {
    this.#network.reportBug(error, link)
  }

  connectionClosed(connection: Connection): void {
    this.#connections.delete(connection)
  }

  #link(client: Endpoint, seenAs: string): LinkStart {
    const { host, protocol } = this.#stands[0]!
    return { id: this.#network.nextLinkId(), protocol, host: host.name, client, seenAs, server: this.at }
  }

  /** From the machine that programs run on. */
  #linkFrom(peer: Endpoint): LinkStart {
    const client = this.#network.clientEndpoint(peer, this.at)
    return this.#link(client, this.#network.seenAs(client.address, this.at.address))
  }

  /** Takes a connection that another host of the network opened. */
  dialled(socket: Socket, client: Endpoint): void {
    this.#awake(socket, () => {
      this.#take(socket, this.#link(client, client.address))
      socket.resume()
    })
  }

  /** A client whose way was found free has begun to connect. */
  expect(client: Socket): void {
    // Node asks the system in its next tick, so that the port is known in the one after; who was given up before has none.
    process.nextTick(() => {
      const { localPort: port } = client
      if (port === undefined) return
      this.#expected.set(port, client)
      client.once('close', () => {
        afterTurns(turnsToArrive, () => {
          if (this.#expected.get(port) === client) this.#expected.delete(port)
        })
      })
    })
  }

  /** Whether a fault bars the way of a connection that the system has accepted: it is reset, or hears nothing. */
  #isBarred(socket: Socket): boolean {
    const { remoteAddress, remotePort } = socket
    if (this.#expected.delete(remotePort!) || this.faults.isEmpty) return false
    if (remoteAddress === undefined || remotePort === undefined) return false
    const { address } = this.#network.clientEndpoint({ address: remoteAddress, port: remotePort }, this.at)
    const bar = this.#network.bar(this.at, 'tcp', address)
    if (bar === undefined) return false
    socket.on('error', () => {})
    if (bar === 'refuse') socket.resetAndDestroy()
    else {
      this.#early.add(socket)
      socket.on('end', () => socket.destroy()).on('close', () => this.#early.delete(socket))
      socket.resume()
    }
    return true
  }

  /** Goes on with a socket once what stands here is loaded. */
  #awake(socket: Socket, go: () => void): void {
    const waking = this.#wake()
    if (waking === undefined) {
      go()
      return
    }
    this.#early.add(socket)
    const lost = () => {}
    socket.on('error', lost)
    waking
      .then(() => {
        socket.off('error', lost)
        if (this.#socket === undefined || socket.destroyed) socket.destroy()
        else go()
      })
      .catch(error => {
        socket.destroy()
        // A network that was closed meanwhile loads nothing.
        if (this.#socket !== undefined) this.#network.reportBug(error)
      })
      .finally(() => this.#early.delete(socket))
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket
    // A client that is gone before it was accepted has no address any more.
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy()
      return
    }
    this.#take(socket, this.#linkFrom({ address: remoteAddress, port: remotePort }))
  }

  #take(socket: Socket, link: LinkStart): void {
    const { fake, port } = this.#stands[0]!
    const connection = new Connection(link, socket, this)
    this.#connections.add(connection)
    const take = () => {
      try {
        fake!.accept!(connection)
      } catch (error) {
        connection.bug(error)
      }
    }
    if (port.tls) connection.startTls(fake!.tls, take)
    else {
      take()
      connection.start()
    }
  }

  #datagram(message: Buffer, from: RemoteInfo): void {
    let flow = this.#flowsByPort.get(from.port)
    if (flow === undefined || !flow.isFrom(from)) {
      flow = this.#flow(from)
      this.#flowsByPort.set(from.port, flow)
    }
    flow.lastUse = ++this.#uses
    flow.received(message)
  }

  readonly #serve = (message: Buffer, flow: Flow): void => {
    try {
      this.#stands[0]!.fake!.datagram!(message, flow)
    } catch (error) {
      this.#network.reportBug(error, flow)
    }
  }

  #flow(from: RemoteInfo): Flow {
    const key = `${from.address} ${from.port}`
    const known = this.#flows.get(key)
    if (known !== undefined) return known
    if (this.#flows.size >= maxFlows) this.#closeUnused()
    const flow = new Flow(this.#linkFrom(from), this.#socket as DatagramSocket, from, this, this.#serve)
    this.#flows.set(key, flow)
    return flow
  }

  /** Closes the flow unused for longest. */
  #closeUnused(): void {
    let [key, flow] = this.#flows.entries().next().value!
    for (const [otherKey, other] of this.#flows) if (other.lastUse < flow.lastUse) [key, flow] = [otherKey, other]
    this.#flows.delete(key)
    this.#flowsByPort.clear()
    this.#closeFlow(flow)
  }

  #closeFlow(flow: Flow): void {
    try {
      flow.close()
    } catch (error) {
      this.#network.reportBug(error, flow)
    }
  }
}

/** Whether `name` is one of a host's, a wildcard of its included. */
function hasName(host: Host, name: string): boolean {
  const lower = name.toLowerCase()
  return host.names.some(own => own === lower || (own.startsWith('*.') && lower.endsWith(own.slice(1))))
}
