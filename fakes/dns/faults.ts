// What a DNS fake does wrong on purpose, by name, type, transport and the number of the question.

import type { Duration } from '../../net/duration.ts'
import type { DnsQuestion, Rcode } from '../../wire/dns/message.ts'
import type { RecordType } from '../../wire/dns/record.ts'

/** Questions that a fault is for, and what they meet. What is left out fits every question. */
export interface DnsFault {
  /** A name, or `*.example.org` for every name below one. */
  name?: string
  type?: RecordType
  transport?: 'udp' | 'tcp'
  /** Only the Nth question that fits, from 1. */
  nth?: number
  /** Only the first so many that fit. */
  times?: number
  /** A code instead of the answer, silence, or TC and nothing else. Default: the answer. */
  reply?: Rcode | 'drop' | 'truncate'
  /** How long the answer is held back, on the network's clock. */
  delay?: Duration
}

/** Counts questions against faults. */
export class Faults {
  readonly list: DnsFault[]
  readonly #met = new Map<DnsFault, number>()

  constructor(list: readonly DnsFault[]) {
    this.list = [...list]
  }

  /** The first fault that a question meets; it counts for every one that it fits. */
  meet(question: DnsQuestion, transport: 'udp' | 'tcp'): DnsFault | undefined {
    let met: DnsFault | undefined
    for (const fault of this.list) {
      if (!fits(fault, question, transport)) continue
      const count = (this.#met.get(fault) ?? 0) + 1
      this.#met.set(fault, count)
      if (fault.nth !== undefined && count !== fault.nth) continue
      if (fault.times !== undefined && count > fault.times) continue
      met ??= fault
    }
    return met
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
