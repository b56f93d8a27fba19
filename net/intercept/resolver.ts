// dns.resolve… and the Resolvers: c-ares asks by sockets of its own, so it is told servers that are the network's.

import type dns from 'node:dns'
import type { Endpoint } from '../address.ts'
import { formatEndpoint } from '../address.ts'
import { current, type Surroundings } from './context.ts'
import { isLocalAddress } from './names.ts'
import { Patch } from './patch.ts'

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
}

/** `192.0.2.1`, `192.0.2.1:53`, `[2001:db8::1]:53`, `2001:db8::1`, as setServers takes them. */
function endpointOf(server: string): Endpoint {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(server) ?? /^([\d.]+):(\d+)$/.exec(server)
  if (bracketed === null) return { address: server, port: 53 }
  return { address: bracketed[1]!, port: Number(bracketed[2] ?? 53) }
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
      ...questions.flatMap(question => [
        new Patch(module.Resolver.prototype, question, original => this.#asked(original as AnyCall)),
        new Patch(module.promises.Resolver.prototype, question, original => this.#promised(original as AnyCall)),
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
      told = { before, chosen, real: before.join() }
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

  /** Gives a channel the real addresses of its servers. */
  async #lead(here: Surroundings, channel: Channel): Promise<void> {
    const told = this.#toldOf(channel)
    const { network } = here
    const asked = told.chosen?.map(endpointOf) ?? [await network?.resolver()]
    const real = asked.map(at => {
      if (at === undefined) {
        const address = network?.client.resolver
        const line = `await network.host('resolver.example', { dns: dns() }, { addresses: ['${address}'] })`
        throw here.offline(`a question for the resolver at ${address}`, line)
      }
      const reach = here.reach(at, 'udp')
      if (reach.outcome === 'served') return `${reach.host}:${reach.port}`
      if (isLocalAddress(at.address)) return formatEndpoint(at)
      // Nobody listens on port 1, so that c-ares is refused; a black hole is refused too, only sooner than it times out.
      if (reach.outcome !== 'not in the network') return '127.0.0.1:1'
      const line = `await network.host('name', { dns: dns() }, { addresses: ['${at.address}'] })`
      throw here.offline(`a question for the name server ${formatEndpoint(at)}`, line)
    })
    if (real.join() === told.real) return
    this.#setServers.call(channel, real)
    told.real = real.join()
  }

  #asked(original: AnyCall): AnyCall {
    const patches = this
    return function (this: unknown, ...args) {
      const here = current()
      const callback = args.at(-1)
      if (here === undefined || typeof args[0] !== 'string' || typeof callback !== 'function') {
        return original.apply(this, args)
      }
      const run = async () => {
        try {
          await patches.#lead(here, this as Channel)
          original.apply(this, args)
        } catch (error) {
          process.nextTick(callback as (error: unknown) => void, error)
        }
      }
      void run()
      return {}
    }
  }

  #promised(original: AnyCall): AnyCall {
    const patches = this
    return function (this: unknown, ...args) {
      const here = current()
      if (here === undefined || typeof args[0] !== 'string') return original.apply(this, args)
      const run = async () => {
        await patches.#lead(here, this as Channel)
        return original.apply(this, args)
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
