// What a POP3 fake does wrong on purpose, by the moment and how often it has come.

import { UsageError } from '../../net/errors.ts'
import { parseStatus } from '../../wire/pop3/response.ts'
import { checkFault, FaultCounts } from '../fault-counts.ts'
import { type Pop3Moment, pop3Moments } from './moments.ts'
import type { Pop3Fault } from './options.ts'

const own = ['at', 'reply', 'raw', 'drop', 'delay']

export class Pop3Faults extends FaultCounts<Pop3Fault> {
  constructor(list: readonly Pop3Fault[] | undefined, host: string) {
    super(list, {
      label: ({ at }) => `${at} of pop3 on ${host}`,
      check(fault) {
        checkFault('pop3', fault, own)
        if (!pop3Moments.includes(fault.at)) {
          const got = JSON.stringify(fault.at)
          throw new UsageError(`pop3: expected at of a fault as one of ${pop3Moments.join(', ')}, got ${got}`)
        }
        if (fault.reply !== undefined) parseStatus(fault.reply)
      },
    })
  }

  /** The fault that is due at a moment; every one that is for it counts. */
  at(moment: Pop3Moment): Pop3Fault | undefined {
    return this.list.length === 0 ? undefined : this.meet(({ at }) => at === moment)
  }
}
