// Keep-alive pools that outlive a test: http.globalAgent and fetch keep a pool for each network, so that two networks
// with the same names never share a connection.

import type http from 'node:http'
import { current, type InterceptedNetwork } from './context.ts'
import { Patch } from './patch.ts'

const numbers = new WeakMap<InterceptedNetwork, number>()
let numbered = 0

function numberOf(network: InterceptedNetwork): number {
  let number = numbers.get(network)
  if (number === undefined) numbers.set(network, (number = ++numbered))
  return number
}

/**
 * What a pool of http.Agent files a connection under holds the local address, and Node asks for it again when the
 * connection is done, maybe after interception has ended. So the mark is an address, and one that Linux could bind.
 */
function markOf(network: InterceptedNetwork): string {
  const number = numberOf(network)
  return `127.${64 + ((number >> 16) & 63)}.${(number >> 8) & 255}.${number & 255}`
}

/** Whether a local address only tells networks apart. */
export function isMark(localAddress: string): boolean {
  const octets = localAddress.split('.')
  return octets[0] === '127' && octets.length === 4 && Number(octets[1]) >= 64
}

type AddRequest = (this: http.Agent, request: unknown, options: unknown, ...rest: unknown[]) => void

/** The dispatchers behind fetch: undici's, as far as it is used here. */
interface Dispatcher {
  dispatch(options: object, handler: object): boolean
  destroy(): Promise<void>
}

/** The newer place first. */
const dispatcherKeys = ['undici.globalDispatcher.2', 'undici.globalDispatcher.1'].map(key => Symbol.for(key))

type Global = Record<PropertyKey, unknown>

export class FetchPools {
  readonly #wrapped: { key: symbol; before: Dispatcher; ours: object }[] = []
  readonly #pools = new Map<Dispatcher, WeakMap<InterceptedNetwork, Dispatcher>>()

  /** Puts itself before the dispatchers that are there: Node's own from the first use of fetch, undici's from its import. */
  wrap(): void {
    for (const key of dispatcherKeys) {
      const before = (globalThis as Global)[key] as Dispatcher | undefined
      if (before === undefined || this.#wrapped.some(({ key: other, ours }) => other === key && ours === before))
        continue
      const ours = this.#before(before)
      if (ours === undefined) continue
      ;(globalThis as Global)[key] = ours
      this.#wrapped.push({ key, before, ours })
    }
  }

  /** Another dispatcher than an agent, a proxy's or a mock's, was put there on purpose. */
  #before(dispatcher: Dispatcher): object | undefined {
    const { name } = dispatcher.constructor
    // What undici 8 puts in the place of older versions hands on to its own, which is the newer place's.
    if (name === 'Dispatcher1Wrapper') {
      const newer = this.#wrapped.find(({ key }) => key === dispatcherKeys[0])
      return newer && new (dispatcher.constructor as new (inner: object) => object)(newer.ours)
    }
    if (name !== 'Agent') return undefined
    return new Proxy(dispatcher, {
      get: (target, property) => {
        if (property === 'dispatch') {
          return (options: object, handler: object) => this.#poolFor(target).dispatch(options, handler)
        }
        const value = Reflect.get(target, property, target)
        return typeof value === 'function' && property !== 'constructor' ? value.bind(target) : value
      },
    })
  }

  unwrap(): void {
    for (const { key, before, ours } of this.#wrapped) {
      if ((globalThis as Global)[key] === ours) (globalThis as Global)[key] = before
    }
    this.#wrapped.length = 0
    this.#pools.clear()
  }

  #poolFor(before: Dispatcher): Dispatcher {
    const network = current()?.network
    if (network === undefined) return before
    let pools = this.#pools.get(before)
    if (pools === undefined) this.#pools.set(before, (pools = new WeakMap()))
    let pool = pools.get(network)
    if (pool === undefined) {
      const settings = Object.getOwnPropertySymbols(before).find(symbol => symbol.description === 'options')
      const options = settings === undefined ? {} : (before as unknown as Record<symbol, object>)[settings]
      const made = new (before.constructor as new (options: object) => Dispatcher)({ ...options })
      network.onClose(() => made.destroy())
      pools.set(network, (pool = made))
    }
    return pool
  }
}

export function poolPatches(module: typeof http, pools: FetchPools): Patch[] {
  const addRequest = (original: AddRequest): AddRequest =>
    function addRequest(this: http.Agent & { options?: http.AgentOptions }, request, options, ...rest) {
      const network = current()?.network
      const own = [this.options, options].some(each => (each as { localAddress?: string } | undefined)?.localAddress)
      if (network === undefined || own || typeof options !== 'object')
        return original.call(this, request, options, ...rest)
      return original.call(this, request, { ...options, localAddress: markOf(network) }, ...rest)
    }

  return [
    new Patch(module.Agent.prototype, 'addRequest', original => addRequest(original as unknown as AddRequest)),
    new Patch(
      globalThis,
      'fetch',
      original =>
        function fetch(...args: Parameters<typeof globalThis.fetch>) {
          if (current() !== undefined) {
            void globalThis.Headers // with which Node loads its dispatcher
            pools.wrap()
          }
          return (original as typeof globalThis.fetch)(...args)
        },
    ),
  ]
}
