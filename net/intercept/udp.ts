// Datagrams of this process, led to the real loopback ports of the network's services, and back under their addresses.

import dgram from 'node:dgram'
import { isIP } from 'node:net'
import { type Endpoint, formatEndpoint, normalizeAddress } from '../address.ts'
import { OfflineError } from '../errors.ts'
import { current, type Surroundings } from './context.ts'
import { addressesOf, isLocalAddress, lineFor } from './names.ts'
import { Patch } from './patch.ts'

type Send = (this: dgram.Socket, ...args: unknown[]) => void
type Connect = (this: dgram.Socket, ...args: unknown[]) => void
type Done = ((error: Error | null, bytes?: number) => void) | undefined

/** A port on which nobody listens: a datagram sent there is lost, and refused where the socket is connected. */
const closed = { host: '127.0.0.1', port: 1 }

/** What a socket's peers are called in the network, by their real endpoints. */
const peers = new WeakMap<dgram.Socket, Map<string, Endpoint>>()
const connectedTo = new WeakMap<dgram.Socket, Endpoint>()

/** Peers whose names a socket remembers; a program that sends to more hears the longest forgotten by real addresses. */
const maxPeers = 4096

let sink: Promise<{ host: string; port: number }> | undefined
let sinkSocket: dgram.Socket | undefined

/** A port that takes everything and answers nothing. */
export function silent(): Promise<{ host: string; port: number }> {
  sink ??= new Promise((resolve, reject) => {
    const socket = (sinkSocket = dgram.createSocket('udp4'))
    socket.unref()
    socket.on('error', reject)
    socket.bind(0, '127.0.0.1', () => resolve({ host: '127.0.0.1', port: socket.address().port }))
  })
  return sink
}

export function closeSink(): void {
  sinkSocket?.close()
  sink = sinkSocket = undefined
}

type Way =
  | { kind: 'pass' }
  | { kind: 'go'; real: { host: string; port: number }; at: Endpoint }
  | { kind: 'lost' | 'refused'; at: Endpoint }
  | { kind: 'unknown'; error: Error }

/** Where a datagram for `host` and `port` goes. */
function wayTo(here: Surroundings, socket: dgram.Socket, host: string, port: number): Way {
  const family = (socket as dgram.Socket & { type: string }).type === 'udp6' ? 6 : 4
  const found = isIP(host) === 0 ? addressesOf(here, host, family) : [{ address: host }]
  const ways = found.map(({ address }) => {
    const plain = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
    return { at: { address, port }, reach: here.reach({ address: plain, port }, 'udp') }
  })
  const way =
    ways.find(({ reach }) => reach.outcome === 'served') ?? ways.find(({ at }) => isLocalAddress(at.address)) ?? ways[0]
  if (way === undefined) {
    here.network?.noteUnknownName(host)
    return { kind: 'unknown', error: here.offline(`${host}:${port}`, `await network.host('${host}', { … })`) }
  }
  const { at, reach } = way
  const plain = at.address === '0.0.0.0' ? '127.0.0.1' : at.address === '::' ? '::1' : at.address
  const client = here.network?.clientEndpoint({ address: '127.0.0.1', port: 0 }, { ...at, address: plain }).address
  const bar = here.network?.bar?.({ address: normalizeAddress(plain), port }, 'udp', client ?? plain)
  if (bar !== undefined) return { kind: bar === 'refuse' ? 'refused' : 'lost', at }
  if (reach.outcome === 'served') {
    // A socket for IPv6 reaches the real port, which is IPv4, by its mapped address.
    return { kind: 'go', at, real: { host: family === 6 ? `::ffff:${reach.host}` : reach.host, port: reach.port } }
  }
  if (isLocalAddress(at.address)) return { kind: 'pass' }
  if (reach.outcome === 'black hole') return { kind: 'lost', at }
  if (reach.outcome === 'refused') return { kind: 'refused', at }
  if (isForMany(at.address)) return { kind: 'unknown', error: toMany(formatEndpoint(at)) }
  return { kind: 'unknown', error: here.offline(formatEndpoint(at), lineFor(here, at.address)) }
}

/** Multicast (RFC 5771, RFC 4291 §2.7) and the limited broadcast. */
function isForMany(address: string): boolean {
  return /^(2(2[4-9]|3\d)\.|255\.255\.255\.255$|ff[0-9a-f]{2}:)/i.test(address)
}

function toMany(what: string): OfflineError {
  return new OfflineError(
    `expected one host of the network, got ${what}; a network has no multicast and no broadcast: send to each host`,
  )
}

function remember(socket: dgram.Socket, real: { host: string; port: number }, at: Endpoint): void {
  let known = peers.get(socket)
  if (known === undefined) peers.set(socket, (known = new Map()))
  const key = `${real.host} ${real.port}`
  known.delete(key)
  if (known.size >= maxPeers) known.delete(known.keys().next().value!)
  known.set(key, at)
}

function report(socket: dgram.Socket, error: Error, done: Done): void {
  process.nextTick(() => {
    if (done !== undefined) done(error)
    else socket.emit('error', error)
  })
}

const loopback = (socket: dgram.Socket) =>
  (socket as dgram.Socket & { type: string }).type === 'udp6' ? '::1' : '127.0.0.1'

export function udpPatches(): Patch[] {
  const send = (original: Send): Send =>
    function send(this: dgram.Socket, ...args) {
      const here = current()
      if (here === undefined) return original.apply(this, args)
      // (message, offset, length, port, address, done) or (message, port, address, done); connected ones have no port.
      const ranged = Boolean(args[4]) || (Boolean(args[3]) && typeof args[3] !== 'function')
      const [port, host, last] = ranged ? args.slice(3) : args.slice(1)
      const done = [port, host, last].find(each => typeof each === 'function') as Done
      const numeric = Number(port)
      const valid = (typeof port === 'number' || typeof port === 'string') && numeric > 0 && numeric < 65_536
      if (!valid || (host !== undefined && host !== null && typeof host !== 'string' && typeof host !== 'function')) {
        return original.apply(this, args)
      }
      const name = typeof host === 'string' && host !== '' ? host : loopback(this)
      const way = wayTo(here, this, name, numeric)
      if (way.kind === 'pass') return original.apply(this, args)
      if (way.kind === 'unknown') return report(this, way.error, done)
      const real = way.kind === 'go' ? way.real : { ...closed, host: loopback(this) }
      if (way.kind === 'go') remember(this, real, way.at)
      const message = ranged ? args.slice(0, 3) : args.slice(0, 1)
      return original.apply(this, [...message, real.port, real.host, ...(done === undefined ? [] : [done])])
    }

  const connect = (original: Connect): Connect =>
    function connect(this: dgram.Socket, ...args) {
      const here = current()
      const [port, host, last] = args
      const done = [host, last].find(each => typeof each === 'function') as (() => void) | undefined
      const numeric = Number(port)
      const name = typeof host === 'string' && host !== '' ? host : loopback(this)
      if (here === undefined || !(numeric > 0 && numeric < 65_536)) return original.apply(this, args)
      const way = wayTo(here, this, name, numeric)
      if (way.kind === 'pass') return original.apply(this, args)
      if (way.kind === 'unknown') return report(this, way.error, done as Done)
      const go = (real: { host: string; port: number }) => {
        original.apply(this, [real.port, real.host, ...(done === undefined ? [] : [done])])
        connectedTo.set(this, way.at)
        remember(this, real, way.at)
      }
      const six = loopback(this) === '::1'
      if (way.kind === 'go') go(way.real)
      else if (way.kind === 'refused') go({ ...closed, host: loopback(this) })
      else
        silent().then(
          ({ host, port }) => go({ host: six ? `::ffff:${host}` : host, port }),
          error => report(this, error, done as Done),
        )
    }

  return [
    new Patch(dgram.Socket.prototype, 'send', original => send(original as unknown as Send)),
    new Patch(dgram.Socket.prototype, 'connect', original => connect(original as unknown as Connect)),
    // Node 24.20 brought it; it takes an address only, so nothing has to be waited for.
    new Patch(
      dgram.Socket.prototype,
      'connectSync',
      original =>
        function connectSync(this: dgram.Socket, ...args: unknown[]) {
          const here = current()
          const [port, host] = args
          const call = (...given: unknown[]) => (original as Connect).apply(this, given)
          const address = typeof host === 'string' && host !== '' ? host : loopback(this)
          if (here === undefined || !(Number(port) > 0 && Number(port) < 65_536) || isIP(address) === 0)
            return call(...args)
          const way = wayTo(here, this, address, Number(port))
          if (way.kind === 'pass') return call(...args)
          if (way.kind === 'unknown') throw way.error
          const real = way.kind === 'go' ? way.real : { ...closed, host: loopback(this) }
          call(real.port, real.host)
          connectedTo.set(this, way.at)
          remember(this, real, way.at)
        },
    ),
    new Patch(
      dgram.Socket.prototype,
      'remoteAddress',
      original =>
        function remoteAddress(this: dgram.Socket) {
          const real = (original as dgram.Socket['remoteAddress']).call(this)
          const at = connectedTo.get(this)
          return at === undefined ? real : { ...real, ...at, family: at.address.includes(':') ? 'IPv6' : 'IPv4' }
        },
    ),
    new Patch(
      dgram.Socket.prototype,
      'disconnect',
      original =>
        function disconnect(this: dgram.Socket) {
          ;(original as () => void).call(this)
          connectedTo.delete(this)
        },
    ),
    // A membership is told to the machine's own network at once.
    ...['addMembership', 'addSourceSpecificMembership'].map(
      name =>
        new Patch(
          dgram.Socket.prototype,
          name,
          original =>
            function (this: dgram.Socket, ...args: unknown[]) {
              const group = args[name === 'addMembership' ? 0 : 1]
              if (current() !== undefined && typeof group === 'string') throw toMany(`a membership of ${group}`)
              return (original as (...args: unknown[]) => unknown).apply(this, args)
            },
        ),
    ),
    new Patch(
      dgram.Socket.prototype,
      'emit',
      original =>
        function emit(this: dgram.Socket, ...args: unknown[]) {
          if (args[0] === 'message') rename(this, args[2] as dgram.RemoteInfo)
          return (original as (...args: unknown[]) => boolean).apply(this, args)
        },
    ),
  ]
}

/** Gives a datagram's sender the address that it has in the network. */
function rename(socket: dgram.Socket, from: dgram.RemoteInfo): void {
  const at = peers.get(socket)?.get(`${from.address} ${from.port}`)
  if (at === undefined) return
  Object.assign(from, { address: at.address, port: at.port, family: at.address.includes(':') ? 'IPv6' : 'IPv4' })
}
