// TLS clients in a network trust its authority. tls.setDefaultCACertificates would do it for the whole process, at 25 ms
// a call for the machine's few hundred authorities; a context of the connection's own costs less than one.

import net from 'node:net'
import type tls from 'node:tls'
import { current } from './context.ts'
import { isLed } from './led.ts'
import { isLocal } from './names.ts'
import { Patch } from './patch.ts'

type Connect = (...args: unknown[]) => tls.TLSSocket

/** One object of options, as tls.connect makes it of its arguments. */
function optionsOf(args: unknown[]): { options: tls.ConnectionOptions; callback: unknown } {
  const callback = args.findLast(arg => typeof arg === 'function')
  const [first, second] = args
  if (typeof first === 'object' && first !== null) return { options: first as tls.ConnectionOptions, callback }
  const given = args.find(arg => typeof arg === 'object' && arg !== null) as tls.ConnectionOptions | undefined
  if (typeof first === 'string' && Number.isNaN(Number(first))) return { options: { ...given, path: first }, callback }
  const host = typeof second === 'string' ? { host: second } : {}
  return { options: { ...given, port: first as number, ...host }, callback }
}

export function trustPatches(module: typeof tls): Patch[] {
  const connect = (original: Connect): Connect =>
    function connect(...args) {
      const network = current()?.network
      if (network === undefined) return original(...args)
      const { options, callback } = optionsOf(args)
      const own = Boolean(options.secureContext ?? options.ca)
      if (own || options.path || isMachines(options)) return original(...args)
      const secureContext = module.createSecureContext(options)
      ;(secureContext.context as { addCACert(pem: string): void }).addCACert(network.authority.pem)
      const settled = { ...options, secureContext }
      return callback === undefined ? original(settled) : original(settled, callback)
    }

  /** A service of the machine itself is none of the network's, so it is trusted as before. */
  const isMachines = ({ host, socket, servername }: tls.ConnectionOptions): boolean => {
    // Through a proxy of the machine itself it is a service of the network that is spoken to.
    if (servername && current()?.lookup(servername).length) return false
    if (socket instanceof net.Socket) return !isLed(socket) && isLocal(socket.remoteAddress ?? '')
    return host !== undefined && isLocal(host) && current()?.lookup(host).length === 0 && net.isIP(host) === 0
  }

  return [new Patch(module, 'connect', original => connect(original as unknown as Connect))]
}
