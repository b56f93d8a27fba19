// Which interface of the client's machine a link's packets cross, and between which stations.

import { addressOctets, parseRange } from '../net/address.ts'
import type { Link } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import type { Station } from './packets.ts'

export type InterfaceName = 'eth0' | 'lo'

export interface Route {
  readonly interface: InterfaceName
  readonly client: Station
  readonly server: Station
}

const noMac = new Uint8Array(6)
// Neighbours are virtual machines as the client is: VirtualBox' cards begin so.
const virtualMachineMaker = [0x08, 0x00, 0x27]

export function routeOf(network: Network, link: Link): Route {
  const { client, server } = link
  const local = isLoopback(server.address) || network.client.addresses.includes(server.address)
  const station = ({ address, port }: Link['client'], mac: Uint8Array): Station => ({
    mac,
    address: addressOctets(address),
    port,
  })
  // As on Linux: what a machine says to itself, under whichever of its addresses, never leaves by its card.
  if (local) return { interface: 'lo', client: station(client, noMac), server: station(server, noMac) }
  return {
    interface: 'eth0',
    client: station(client, macOctets(network.client.mac)),
    server: station(server, nextHop(network, link)),
  }
}

export function macOctets(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex')
}

/** The card that a frame for the server is sent to: its own where it is a neighbour, else the router's. */
function nextHop(network: Network, { host, server }: Link): Buffer {
  const { addresses, gateway, gatewayMac } = network.client
  const isNeighbour = addresses.some(own => parseRange(own.includes(':') ? `${own}/64` : `${own}/24`)(server.address))
  if (!isNeighbour || server.address === gateway) return macOctets(gatewayMac)
  const mac = network.random(`mac of ${host}`).bytes(6)
  mac.set(virtualMachineMaker)
  return mac
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
