// For the table of faults: a service that repeats datagrams, also as a module that a world names.

import type { UdpBehaviour } from '../index.ts'

export default (): UdpBehaviour => message => message
