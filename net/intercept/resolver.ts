// dns.resolve… and the Resolvers: c-ares asks by sockets of its own, so it is told servers that are the network's.

import type dns from 'node:dns'
import type { Endpoint } from '../address.ts'
import { formatEndpoint } from '../address.ts'
import { current, type Surroundings } from './context.ts'
import { isLocalAddress } from './names.ts'
import { Patch } from './patch.ts'
import { silent } from './udp.ts'

type AnyCall = (this: unknown, ...args: unknown[]) => unknown

/** What both kinds of Resolver are; each has its own channel of c-ares. */
interface Channel {
  getServers(): string[]
  setServers(servers: readonly string[]): void
  cancel(): void
}

interface Told {
  /** What it asked when it was first used in a network. */
  readonly before: string[]
  /** Servers that its owner chose; undefined asks the client's resolver. */
  chosen: string[] | undefined
  /** The real ones that it has now. */
  real: string
  /** How often its owner has cancelled what waits. */
  cancelled: number
  /** The network that the channel itself asks, and channels in its place for the others. */
  home: Surroundings | undefined
  readonly others: Map<Surroundings, Channel>
}

/** `192.0.2.1`, `192.0.2.1:53`, `[2001:db8::1]:53`, `2001:db8::1`, as setServers takes them. */
function endpointOf(server: string): Endpoint {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(server) ?? /^([\d.]+):(\d+)$/.exec(server)
  if (bracketed === null) return { address: server, port: 53 }
  return { address: bracketed[1]!, port: Number(bracketed[2] ?? 53) }
}

const cancelled = Symbol('cancelled')

/** What a question fails with before c-ares has it. */
function asked(error: unknown, question: string, hostname: string): unknown {
  if (error !== cancelled) return error
  const syscall = `query${question
    .replace(/^resolve/, '')
    .replace(/^4?$/, 'A')
    .replace('6', 'Aaaa')}`
  const made = new Error(`${syscall} ECANCELLED ${hostname}`)
  return Object.assign(made, { code: 'ECANCELLED', errno: undefined, syscall, hostname })
}

export class ResolverPatches {
  readonly patches: Patch[]
  readonly #module: typeof dns
  #told = new WeakMap<object, Told>()
  #touched = new Set<WeakRef<Channel>>()
  /** What a fresh Resolver of this machine asks. */
  #machines: string[] = []
  #setServers: Channel['setServers'] = () => {}
  #getServers: Channel['getServers'] = () => []
  #cancel: Channel['cancel'] = () => {}
  /** Stands for the functions of the module itself, in callbacks and in promises. */
  #own: WeakMap<object, { callback: dns.Resolver; promise: dns.promises.Resolver }> = new WeakMap()

  constructor(module: typeof dns) {
    this.#module = module
    const base = Object.getPrototypeOf(module.Resolver.prototype) as object
    const questions = Object.keys(module).filter(key => /^(resolve\w*|reverse)$/.test(key))
    this.patches = [
      new Patch(base, 'getServers', original => {
        this.#getServers = original as Channel['getServers']
        return this.#patchedGetServers()
      }),
      new Patch(base, 'setServers', original => {
        this.#setServers = original as Channel['setServers']
        return this.#patchedSetServers()
      }),
      new Patch(base, 'cancel', original => {
        this.#cancel = original as Channel['cancel']
        return this.#patchedCancel()
      }),
      ...questions.flatMap(question => [
        new Patch(module.Resolver.prototype, question, original => this.#asked(original as AnyCall, question)),
        new Patch(module.promises.Resolver.prototype, question, original =>
          this.#promised(original as AnyCall, question),
        ),
        new Patch(module, question, original => this.#forModule(original as AnyCall, question, 'callback')),
        new Patch(module.promises, question, original => this.#forModule(original as AnyCall, question, 'promise')),
      ]),
      ...(['getServers', 'setServers'] as const).flatMap(name => [
        new Patch(module, name, original => this.#forModule(original as AnyCall, name, 'callback')),
        new Patch(module.promises, name, original => this.#forModule(original as AnyCall, name, 'callback')),
      ]),
    ]
  }

  install(): void {
    this.#machines = new this.#module.Resolver().getServers()
    for (const patch of this.patches) patch.install()
  }

  remove(): void {
    for (const patch of this.patches) patch.remove()
    for (const reference of this.#touched) {
      const channel = reference.deref()
      const told = channel && this.#told.get(channel)
      if (channel === undefined || told === undefined) continue
      // Servers cannot be changed below a question that waits.
      channel.cancel()
      channel.setServers(told.before)
    }
    this.#touched = new Set()
    this.#told = new WeakMap()
    this.#own = new WeakMap()
  }

  #toldOf(channel: Channel): Told {
    let told = this.#told.get(channel)
    if (told === undefined) {
      const before = this.#getServers.call(channel)
      const chosen = before.join() === this.#machines.join() ? undefined : before
      told = { before, chosen, real: before.join(), cancelled: 0, home: undefined, others: new Map() }
      this.#told.set(channel, told)
      this.#touched.add(new WeakRef(channel))
    }
    return told
  }

  #patchedGetServers(): () => string[] {
    const patches = this
    return function getServers(this: Channel) {
      const here = current()
      if (here?.network === undefined) return patches.#getServers.call(this)
      return [...(patches.#toldOf(this).chosen ?? [here.network.client.resolver])]
    }
  }

  #patchedSetServers(): (servers: readonly string[]) => void {
    const patches = this
    return function setServers(this: Channel, servers: readonly string[]) {
      const told = current()?.network === undefined ? undefined : patches.#toldOf(this)
      patches.#setServers.call(this, servers)
      if (told === undefined) return
      told.chosen = patches.#getServers.call(this)
      told.real = told.chosen.join()
    }
  }

  #patchedCancel(): () => void {
    const patches = this
    return function cancel(this: Channel) {
      patches.#cancel.call(this)
      const told = patches.#told.get(this)
      if (told === undefined) return
      told.cancelled++
      for (const other of told.others.values()) patches.#cancel.call(other)
    }
  }

  /** Gives a channel the real addresses of its servers; the channel to ask by. */
  async #lead(here: Surroundings, channel: Channel): Promise<Channel> {
    const told = this.#toldOf(channel)
    const before = told.cancelled
    const { network } = here
    const asked = told.chosen?.map(endpointOf) ?? [await network?.resolver()]
    const leading = asked.map(async at => {
      if (at === undefined) {
        if (network === undefined) throw here.offline('a question for names', `await network.host('name', { … })`)
        const address = network.client.resolver
        const line = `await network.host('resolver.example', { dns: dns() }, { addresses: ['${address}'] })`
        throw here.offline(`a question for the resolver at ${address}`, line)
      }
      const bar = network?.bar?.(at, 'udp', network.clientEndpoint({ address: '127.0.0.1', port: 0 }, at).address)
      if (bar !== undefined) return bar === 'refuse' ? '127.0.0.1:1' : `127.0.0.1:${(await silent()).port}`
      const reach = here.reach(at, 'udp')
      if (reach.outcome === 'served') return `${reach.host}:${reach.port}`
      if (isLocalAddress(at.address)) return formatEndpoint(at)
      // Nobody listens on port 1, so that c-ares is refused; a black hole is refused too, only sooner than it times out.
      if (reach.outcome !== 'not in the network') return '127.0.0.1:1'
      const line = `await network.host('name', { dns: dns() }, { addresses: ['${at.address}'] })`
      throw here.offline(`a question for the name server ${formatEndpoint(at)}`, line)
    })
    const real = await Promise.all(leading)
    // Cancelled while its network was asked where the resolver is.
    if (told.cancelled !== before) throw cancelled
    told.home ??= here
    if (told.home === here) {
      if (real.join() === told.real) return channel
      this.#setServers.call(channel, real)
      told.real = real.join()
      return channel
    }
    // A question that waits would go on at the other network's servers.
    let other = told.others.get(here)
    if (other === undefined) {
      told.others.set(here, (other = new (channel.constructor as new () => Channel)()))
      network?.onClose(() => void told.others.delete(here))
    }
    this.#setServers.call(other, real)
    return other
  }

  #asked(original: AnyCall, question: string): AnyCall {
    const patches = this
    return function (this: unknown, ...args) {
      const here = current()
      const callback = args.at(-1)
      if (here === undefined || typeof args[0] !== 'string' || typeof callback !== 'function') {
        return original.apply(this, args)
      }
      const run = async () => {
        try {
          original.apply(await patches.#lead(here, this as Channel), args)
        } catch (error) {
          process.nextTick(callback as (error: unknown) => void, asked(error, question, args[0] as string))
        }
      }
      void run()
      return {}
    }
  }

  #promised(original: AnyCall, question: string): AnyCall {
    const patches = this
    return function (this: unknown, ...args) {
      const here = current()
      if (here === undefined || typeof args[0] !== 'string') return original.apply(this, args)
      const run = async () => {
        const channel = await patches.#lead(here, this as Channel).catch(error => {
          throw asked(error, question, args[0] as string)
        })
        return original.apply(channel, args)
      }
      return run()
    }
  }

  #forModule(original: AnyCall, name: string, kind: 'callback' | 'promise'): AnyCall {
    const patches = this
    return function (this: unknown, ...args) {
      const here = current()
      if (here === undefined) return original.apply(this, args)
      let own = patches.#own.get(here)
      if (own === undefined) {
        own = { callback: new patches.#module.Resolver(), promise: new patches.#module.promises.Resolver() }
        patches.#own.set(here, own)
      }
      if (name === 'setServers') own.promise.setServers(args[0] as string[])
      return (own[kind] as unknown as Record<string, AnyCall>)[name]!.apply(own[kind], args)
    }
  }
}
