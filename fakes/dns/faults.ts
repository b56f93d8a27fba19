// What a DNS fake does wrong on purpose, by name, type, transport and the number of the question.

import type { Duration } from '../../net/duration.ts'
import { UsageError } from '../../net/errors.ts'
import type { DnsMessage, DnsQuestion, Rcode } from '../../wire/dns/message.ts'
import type { DnsRecord, RecordType } from '../../wire/dns/record.ts'
import { type CountedFault, checkFault, FaultCounts } from '../fault-counts.ts'

/** Questions that a fault is for, and what they meet. What is left out fits every question. */
export interface DnsFault extends CountedFault {
  /** A name, or `*.example.org` for every name below one. */
  name?: string
  type?: RecordType
  transport?: 'udp' | 'tcp'
  /**
   * A code instead of the answer, silence, TC and nothing else, the answer under another id or to another question, or
   * what a server says that should have the zone and does not (`lame`). Default: the answer.
   */
  reply?: Rcode | 'drop' | 'truncate' | 'wrong id' | 'wrong question' | 'lame'
  /** Octets instead of an answer, text as latin1; over TCP in a frame. */
  raw?: string | Uint8Array
  /** How often the answer is sent. Default: once. */
  copies?: number
  /** Over TCP, ends the link without an answer, in order or by a reset; over UDP, and for `silence`, nothing is said. */
  drop?: 'end' | 'reset' | 'silence'
  /** How long the answer is held back, on the network's clock. */
  delay?: Duration
}

const own = ['name', 'type', 'transport', 'reply', 'raw', 'copies', 'drop', 'delay']

/** More of one datagram are no fault that anybody has seen. */
const maxCopies = 100

export class Faults extends FaultCounts<DnsFault> {
  constructor(list: readonly DnsFault[] | undefined, host: string) {
    super(list, {
      label: ({ name = 'any name', type, transport }) =>
        `${name}${type === undefined ? '' : ` ${type}`}${transport === undefined ? '' : ` over ${transport}`} of dns on ${host}`,
      mayMiss:
        'resolvers of the network know its zones without asking it, and who has an answer in a cache asks nobody',
      check(fault) {
        checkFault('dns', fault, own)
        const { copies = 1 } = fault
        if (!(Number.isInteger(copies) && copies >= 1 && copies <= maxCopies)) {
          throw new UsageError(
            `dns: expected copies of a fault as a whole number from 1 to ${maxCopies}, got ${JSON.stringify(copies)}`,
          )
        }
      },
    })
  }

  /** The first fault that a question meets; it counts for every one that it fits. */
  of(question: DnsQuestion, transport: 'udp' | 'tcp'): DnsFault | undefined {
    return this.meet(fault => fits(fault, question, transport))
  }
}

/** What a fault makes of a reply. */
export function spoil(reply: DnsMessage, { reply: how }: DnsFault): void {
  if (how === 'truncate') Object.assign(reply, { truncated: true, answers: [], authorities: [], additionals: [] })
  else if (how === 'wrong id') reply.id = (reply.id + 1) % 65_536
  else if (how === 'wrong question') {
    reply.questions = reply.questions.map(question => ({ ...question, name: 'wrong.example' }))
  } else if (how === 'lame') {
    const root = { name: '.', ttl: 518_400, type: 'NS', target: 'a.root-servers.net' } as DnsRecord
    Object.assign(reply, { authoritative: false, recursionAvailable: false, answers: [], additionals: [] })
    Object.assign(reply, { rcode: 'NOERROR', authorities: [root] })
  }
}

const kinds: readonly unknown[] = ['truncate', 'wrong id', 'wrong question', 'lame']

/** The code that a fault has instead of an answer. */
export function codeOf({ reply }: DnsFault): Rcode | undefined {
  return reply === undefined || kinds.includes(reply) ? undefined : (reply as Rcode)
}

function fits(fault: DnsFault, { name, type }: DnsQuestion, transport: 'udp' | 'tcp'): boolean {
  if (fault.type !== undefined && fault.type !== type) return false
  if (fault.transport !== undefined && fault.transport !== transport) return false
  if (fault.name === undefined) return true
  const wanted = fault.name.toLowerCase()
  const asked = name.toLowerCase()
  return wanted.startsWith('*.') ? asked.endsWith(wanted.slice(1)) : asked === wanted
}
