// Opens a world: the default one or another, checked whole before anything of it starts.

import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { NetworkError, UsageError } from '../net/errors.ts'
import { Network, type NetworkOptions } from '../net/network.ts'
import type { Placement } from '../net/placement.ts'
import type { ServiceDescription } from '../net/service.ts'
import { describeLate, describeService, servicesOf } from './services.ts'
import type { World } from './world.ts'

export interface OpenOptions {
  /** A world file: YAML, or TypeScript or JavaScript with a world or a function as its default export. Default: the default world. */
  file?: string
  /** Where addresses are real. Default: free loopback ports. */
  placement?: Placement
  /** Default: manual. */
  clock?: NetworkOptions['clock']
  onBug?: NetworkOptions['onBug']
  /** Makes the name server that programs ask out of the network's own. Default: that one. */
  nameServer?: (own: ServiceDescription) => ServiceDescription
}

/**
 * A network with everything that a world names in it.
 *
 * @throws {UsageError} `FILE:LINE:COLUMN: expected …, got …` for the first thing in the file that is not as it should be.
 */
export async function openWorld(options: OpenOptions = {}): Promise<Network> {
  const network = await open(options)
  try {
    // Programs look names up also in a world that says nothing of a resolver.
    const own = { protocol: 'dns', load: async () => (await import('../fakes/dns.ts')).createDns() }
    network.provideResolver(options.nameServer?.(own) ?? own)
    await network.resolver()
    return network
  } catch (error) {
    await network.close()
    throw error
  }
}

async function open(options: OpenOptions): Promise<Network> {
  const { file, placement, clock, onBug } = options
  const network = (world: World) => {
    const { epoch, seed, client, blackHoles } = world
    return new Network(
      {
        ...(epoch === undefined ? {} : { epoch }),
        ...(seed === undefined ? {} : { seed }),
        ...(client === undefined ? {} : { client }),
        ...(blackHoles === undefined ? {} : { blackHoles }),
        ...(clock === undefined ? {} : { clock }),
        ...(onBug === undefined ? {} : { onBug }),
      },
      placement,
    )
  }
  if (file === undefined) {
    const { world, base } = await import('./default/world.ts')
    return host(network(world), world, base, { late: true })
  }
  const path = resolve(file)
  const base = pathToFileURL(path)
  switch (extname(path)) {
    case '.yaml':
    case '.yml': {
      const { readWorld } = await import('./read.ts')
      const world = await readWorld(file)
      return host(network(world), world, base)
    }
    case '.ts':
    case '.mts':
    case '.js':
    case '.mjs': {
      const { importWorld } = await import('./read.ts')
      const world = await importWorld(file)
      if (typeof world !== 'function') return host(network(world), world, base)
      const opened = network({})
      try {
        await world(opened)
      } catch (cause) {
        await opened.close()
        const known = cause instanceof UsageError || cause instanceof NetworkError
        const problem = known ? cause.message : `expected a world that opens, got ${String(cause).split('\n')[0]}`
        throw new UsageError(`${placeOf(cause, file, base)}: ${problem}`, { cause })
      }
      return opened
    }
    default:
      throw new UsageError(`${file}: expected a world file that ends in .yaml, .yml, .ts or .js`)
  }
}

/** The file, and the line of it that an error of its code came through. */
function placeOf(cause: unknown, file: string, base: URL): string {
  const stack = cause instanceof Error ? (cause.stack ?? '') : ''
  const after = stack.split(base.pathname)[1] ?? ''
  return file + (/^:\d+:\d+/.exec(after)?.[0] ?? '')
}

/** Hosts everything at once, in the order of the world. The default world's services are loaded for who comes first. */
async function host(network: Network, world: World, base: URL, { late = false } = {}): Promise<Network> {
  if (world.faults !== undefined) {
    const { faultOfWorld } = await import('./faults.ts')
    // Before there are sockets, since what is always refused needs none.
    for (const fault of world.faults) network.fault(faultOfWorld(fault))
  }
  const hosting = Object.entries(world.hosts ?? {}).flatMap(([name, given]): Promise<unknown>[] => {
    const { addresses, alsoAt, names } = given
    const around = { world, host: name, base }
    const options = {
      ...(addresses === undefined ? {} : { addresses }),
      ...(alsoAt === undefined ? {} : { alsoAt }),
      ...(names === undefined ? {} : { names }),
    }
    const services = servicesOf(name, given)
    if (late) {
      const descriptions = services.map(each => describeLate(each, around))
      return [network.hostLate(name, descriptions, options)]
    }
    return [
      network.host(name, {}, options),
      ...services.map(each => network.host(name, { service: describeService(each, around) })),
    ]
  })
  const failed = (await Promise.allSettled<unknown>(hosting)).find(({ status }) => status === 'rejected')
  if (failed === undefined) return network
  await network.close()
  throw (failed as PromiseRejectedResult).reason
}
