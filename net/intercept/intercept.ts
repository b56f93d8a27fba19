// Routes this process's connections, datagrams and look-ups into a network, so that code under test needs no change:
// TCP by Socket.prototype.connect, UDP by dgram, names by dns.lookup and c-ares, trust by tls.connect, pools by agent.
// Worker threads are given a first module that does the same there. Left out: child processes, threads that were there
// before, and functions that somebody took off node:tls, node:dns or node:dgram by require before the network was there
// (imports follow).

import type DnsModule from 'node:dns'
import type HttpModule from 'node:http'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import type TlsModule from 'node:tls'
import type WorkersModule from 'node:worker_threads'
import { anyActive, close, enter, guard, type InterceptedNetwork, leave, unguard } from './context.ts'
import { addressPatches } from './led.ts'
import { namePatches } from './names.ts'
import type { Patch } from './patch.ts'
import { FetchPools, poolPatches } from './pools.ts'
import { ResolverPatches } from './resolver.ts'
import { tcpPatches } from './tcp.ts'
import { trustPatches } from './trust.ts'
import { closeSink, udpPatches } from './udp.ts'
import { endStray, workerPatches } from './workers.ts'

interface Installed {
  readonly patches: Patch[]
  readonly resolvers: ResolverPatches
  readonly pools: FetchPools
}

let installed: Installed | undefined

function install(): void {
  if (installed === undefined) {
    // What require gives is the object that importers' bindings follow, and that Node's own modules look at.
    const require = createRequire(import.meta.url)
    const dns = require('node:dns') as typeof DnsModule
    const tls = require('node:tls') as typeof TlsModule
    const http = require('node:http') as typeof HttpModule
    const workers = require('node:worker_threads') as typeof WorkersModule
    const pools = new FetchPools()
    const patches = [
      // undici may be imported late: what it puts into its place is found when it first connects.
      ...tcpPatches(dns, () => pools.wrap()),
      ...addressPatches(),
      ...udpPatches(),
      ...namePatches(dns),
      ...trustPatches(tls),
      ...poolPatches(http, pools),
      ...workerPatches(workers),
    ]
    installed = { patches, resolvers: new ResolverPatches(dns), pools }
  }
  for (const patch of installed.patches) patch.install()
  installed.resolvers.install()
  process.on('worker', endStray)
  syncBuiltinESMExports()
}

function remove(): void {
  if (installed === undefined) return
  for (const patch of installed.patches) patch.remove()
  installed.resolvers.remove()
  installed.pools.unwrap()
  process.off('worker', endStray)
  closeSink()
  syncBuiltinESMExports()
}

/** From now until the guard is disposed, code that this async context runs lives in the network. */
export function intercept(network: InterceptedNetwork): Disposable {
  if (!anyActive()) install()
  installed?.pools.wrap()
  const frame = enter(network)
  network.onClose(() => close(network))
  return {
    [Symbol.dispose]() {
      if (!frame.active) return
      leave(frame)
      if (!anyActive()) remove()
    },
  }
}

/**
 * From now until the guard is disposed, code of this process that lives in no network is refused what is not this
 * machine's, with an OfflineError that says which line adds it.
 */
export function guardOffline(): Disposable {
  if (!anyActive()) install()
  guard()
  let isOn = true
  return {
    [Symbol.dispose]() {
      if (!isOn) return
      isOn = false
      unguard()
      if (!anyActive()) remove()
    },
  }
}
