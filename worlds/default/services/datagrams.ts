// The datagram server of tincan, UDP: the same words to everybody.

import type { UdpBehaviour } from '../../../fakes/udp.ts'

export default function datagrams(): UdpBehaviour {
  return () => 'UDP server sending data'
}
