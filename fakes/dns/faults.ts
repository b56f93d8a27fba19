// What a DNS fake does wrong on purpose, by name, type, transport and the number of the question.

import type { Duration } from '../../net/duration.ts'
import type { DnsQuestion, Rcode } from '../../wire/dns/message.ts'
import type { RecordType } from '../../wire/dns/record.ts'
import { type CountedFault, checkFault, FaultCounts } from '../fault-counts.ts'

/** Questions that a fault is for, and what they meet. What is left out fits every question. */
export interface DnsFault extends CountedFault {
  /** A name, or `*.example.org` for every name below one. */
  name?: string
  type?: RecordType
  transport?: 'udp' | 'tcp'
  /** A code instead of the answer, silence, or TC and nothing else. Default: the answer. */
  reply?: Rcode | 'drop' | 'truncate'
  /** How long the answer is held back, on the network's clock. */
  delay?: Duration
}

const own = ['name', 'type', 'transport', 'reply', 'delay']

export class Faults extends FaultCounts<DnsFault> {
  constructor(list: readonly DnsFault[] | undefined, host: string) {
    super(list, {
      label: ({ name = 'any name', type, transport }) =>
        `${name}${type === undefined ? '' : ` ${type}`}${transport === undefined ? '' : ` over ${transport}`} of dns on ${host}`,
      check: fault => checkFault('dns', fault, own),
    })
  }

  /** The first fault that a question meets; it counts for every one that it fits. */
  of(question: DnsQuestion, transport: 'udp' | 'tcp'): DnsFault | undefined {
    return this.meet(fault => fits(fault, question, transport))
  }
}

function fits(fault: DnsFault, { name, type }: DnsQuestion, transport: 'udp' | 'tcp'): boolean {
  if (fault.type !== undefined && fault.type !== type) return false
  if (fault.transport !== undefined && fault.transport !== transport) return false
  if (fault.name === undefined) return true
  const wanted = fault.name.toLowerCase()
  const asked = name.toLowerCase()
  return wanted.startsWith('*.') ? asked.endsWith(wanted.slice(1)) : asked === wanted
}
