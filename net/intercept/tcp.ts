// TCP connections of this process, led to the real loopback ports of the network's services.

import type dns from 'node:dns'
import { errorMonitor } from 'node:events'
import net, { isIP } from 'node:net'
import type { Endpoint } from '../address.ts'
import { formatEndpoint, isLoopback, normalizeAddress } from '../address.ts'
import type { Reach } from '../network.ts'
import { current, type Surroundings } from './context.ts'
import { belong, disguise, undisguise } from './led.ts'
import { addressesOf, type Found, isLocalAddress, lineFor, notFound } from './names.ts'
import { Patch } from './patch.ts'
import { isMark } from './pools.ts'

interface ConnectOptions extends net.TcpNetConnectOpts {
  path?: string
}

type Connect = (this: net.Socket, ...args: unknown[]) => net.Socket

interface Call {
  options: ConnectOptions
  /** Whether a pool's mark was taken off the options. */
  marked: boolean
  host: string
  port: number
  callback: (() => void) | undefined
}

function isPort(value: unknown): boolean {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return false
  const port = Number(value)
  return Number.isInteger(port) && port >= 0 && port <= 65_535
}

/** The call in one shape; undefined for paths, adopted handles and what Node itself refuses. */
function callOf(given: unknown[]): Call | undefined {
  // net.connect passes its arguments already normalized, as one array of options and callback.
  const args = (Array.isArray(given[0]) ? given[0] : given) as unknown[]
  const [first, second] = args
  const options = (
    typeof first === 'object' && first !== null
      ? first
      : { port: first, ...(typeof second === 'string' ? { host: second } : {}) }
  ) as ConnectOptions
  const host = options.host || 'localhost'
  const marked = Boolean(options.localAddress) && isMark(String(options.localAddress))
  if (options.path || !isPort(options.port) || typeof host !== 'string') return undefined
  const callback = args.findLast(arg => typeof arg === 'function') as (() => void) | undefined
  return { options: marked ? unmarked(options) : options, marked, host, port: Number(options.port), callback }
}

function unmarked({ localAddress: _mark, ...options }: ConnectOptions): ConnectOptions {
  return options
}

interface Target extends Found {
  reach: Reach
}

function targetsOf(here: Surroundings, addresses: Found[], port: number): Target[] {
  return addresses.map(found => {
    const address = found.address === '0.0.0.0' ? '127.0.0.1' : found.address === '::' ? '::1' : found.address
    return { ...found, reach: here.reach({ address, port }, 'tcp') }
  })
}

/** The address that answers, else the machine itself where it is among them, else the first. */
function choose(targets: Target[]): Target | undefined {
  return (
    targets.find(({ reach }) => reach.outcome === 'served') ??
    targets.find(({ address }) => isLocalAddress(address)) ??
    targets[0]
  )
}

/** How long Linux tries to open a connection that nobody answers: six repeats, each twice as late as the one before. */
const connectTimeoutMs = 127_000

/** Node's own state of a socket on its way, for one that never gets there. */
function hold(socket: net.Socket, callback: (() => void) | undefined): void {
  if (callback !== undefined) socket.once('connect', callback)
  const own = socket as net.Socket & { connecting: boolean; _undestroy(): void }
  if (own.destroyed) own._undestroy()
  own.connecting = true
}

function systemError(code: string, errno: number, at: Endpoint): Error {
  const { address, port } = at
  const error = new Error(`connect ${code} ${formatEndpoint(at)}`)
  return Object.assign(error, { code, errno, syscall: 'connect', address, port })
}

/** The list that a socket was made with, taken from it until it is connected: it is not about real addresses. */
function blockListOf(socket: net.Socket): net.BlockList | undefined {
  const own = socket as net.Socket & { blockList?: net.BlockList | undefined }
  const { blockList } = own
  if (blockList === undefined) return undefined
  own.blockList = undefined
  socket.once('connect', () => (own.blockList = blockList))
  return blockList
}

/** What Node says where every address refuses: of one the error itself, of several, tried in turn, all errors. */
function refusedBy({ options, port }: Call, targets: Target[]): Error {
  const errors = targets
    .filter(({ reach }) => reach.outcome === 'refused')
    .map(({ address }) => systemError('ECONNREFUSED', -111, { address, port }))
  const one = options.family === 4 || options.family === 6 || options.localAddress !== undefined
  const inTurn = options.autoSelectFamily ?? net.getDefaultAutoSelectFamily()
  if (errors.length === 1 || one || !inTurn) return errors[0]!
  return Object.assign(new AggregateError(errors), { code: 'ECONNREFUSED' })
}

/** `connecting` is called for every connection into a network. */
export function tcpPatches(module: typeof dns, connecting: () => void): Patch[] {
  const machineLookup = module.lookup

  const connect = (original: Connect): Connect =>
    function connect(this: net.Socket, ...given) {
      const here = current()
      const call = here && callOf(given)
      // A TLS socket over one that is still connecting waits for it.
      const waits = (this as { _parent?: net.Socket })._parent?.connecting
      if (here === undefined || call === undefined || waits) return original.apply(this, given)
      undisguise(this)
      // Most of what is not the network's is a server of the machine itself.
      if (
        !call.marked &&
        isLoopback(call.host) &&
        here.reach({ address: call.host, port: call.port }, 'tcp').outcome !== 'served'
      ) {
        return original.apply(this, given)
      }
      connecting()
      if (call.marked) given = call.callback === undefined ? [call.options] : [call.options, call.callback]
      const { options, host } = call
      const family = options.family === 4 || options.family === 6 ? options.family : 0
      const own = options.lookup
      if (isIP(host) === 0 && own !== undefined && own !== module.lookup && own !== machineLookup) {
        return ask(here, this, call, own, family)
      }
      return lead(here, this, call, addressesOf(here, host, family), given)
    }

  /** Asks the caller's own function for the addresses. */
  const ask = (
    here: Surroundings,
    socket: net.Socket,
    call: Call,
    lookup: net.LookupFunction,
    family: 0 | 4 | 6,
  ): net.Socket => {
    const { callback, ...rest } = call
    hold(socket, callback)
    const asked = { family, hints: call.options.hints ?? 0, all: true }
    lookup(call.host, asked, (error, found, version) => {
      if (socket.destroyed) return
      if (error !== null && error !== undefined) {
        socket.emit('lookup', error, undefined, undefined, call.host)
        socket.destroy(error)
        return
      }
      const addresses = Array.isArray(found) ? found : [{ address: found, family: version ?? isIP(found) }]
      const first = addresses[0]?.address ?? call.host
      lead(here, socket, { ...rest, callback: undefined }, addresses, [{ ...call.options, host: first }])
    })
    return socket
  }

  const lead = (
    here: Surroundings,
    socket: net.Socket,
    call: Call,
    addresses: Found[],
    given: unknown[],
  ): net.Socket => {
    const { options, host, port, callback } = call
    const targets = targetsOf(here, addresses, port)
    const target = choose(targets)
    const fail = (error: Error) => {
      hold(socket, callback)
      process.nextTick(() => socket.destroy(error))
      return socket
    }
    if (target === undefined) {
      if (here.lookup(host).length > 0) return fail(notFound(here, host))
      here.network?.noteUnknownName(host)
      return fail(here.offline(`${host}:${port}`, `await network.host('${host}', { … })`))
    }
    const { address, reach } = target
    if (reach.outcome !== 'served' && isLocalAddress(address)) {
      // A service of the machine itself, on a port that the network does not serve there, is let through.
      return original.apply(socket, given)
    }
    belong(here.network, socket)
    if (isIP(host) === 0) {
      ;(socket as net.Socket & { _host: string })._host = host // whence TLS over this socket takes the name to verify
      process.nextTick(() => socket.emit('lookup', null, address, target.family, host))
    }
    const at = { address: normalizeAddress(address), port }
    const from = here.network?.clientEndpoint({ address: '127.0.0.1', port: 0 }, at).address ?? address
    const bar = here.network?.bar?.(at, 'tcp', from)
    if (reach.outcome === 'black hole' || bar === 'black hole') {
      hold(socket, callback)
      const timedOut = () => socket.destroy(systemError('ETIMEDOUT', -110, { address, port }))
      const timer = here.network?.clock?.after(connectTimeoutMs, timedOut)
      socket.once('close', () => timer?.[Symbol.dispose]())
      return socket
    }
    if (bar === 'refuse') return fail(systemError('ECONNREFUSED', -111, { address, port }))
    if (reach.outcome === 'refused') return fail(refusedBy(call, targets))
    if (reach.outcome !== 'served') {
      return fail(here.offline(formatEndpoint({ address, port }), lineFor(here, address)))
    }
    const blocked = blockListOf(socket)
    if (blocked?.check(address, address.includes(':') ? 'ipv6' : 'ipv4')) {
      const error = Object.assign(new Error(`IP(${address}) is blocked by net.BlockList`), { code: 'ERR_IP_BLOCKED' })
      return fail(error)
    }
    const { network } = here
    const { lookup: _lookup, family: _family, autoSelectFamily: _auto, localAddress, ...rest } = options
    // The client's own addresses are not this machine's; another one is refused as the system refuses it.
    const bind =
      !localAddress || isLocalAddress(localAddress) || network!.client.addresses.includes(localAddress)
        ? {}
        : { localAddress }
    disguise(socket, at, localAddress || from)
    socket.prependOnceListener(
      errorMonitor as unknown as 'error',
      (error: Error & { address?: string; port?: number }) => {
        if (error.address !== reach.host || error.port !== reach.port) return
        error.message = error.message.replace(
          formatEndpoint({ address: reach.host, port: reach.port }),
          formatEndpoint(at),
        )
        Object.assign(error, at)
      },
    )
    const args = [
      { ...rest, ...bind, host: reach.host, port: reach.port },
      ...(callback === undefined ? [] : [callback]),
    ]
    original.apply(socket, args)
    network!.expectConnection?.(at, socket)
    return socket
  }

  let original: Connect
  return [
    new Patch(net.Socket.prototype, 'connect', before => {
      original = before as unknown as Connect
      return connect(original)
    }),
  ]
}
