// What an SMTP fake does wrong on purpose, by the moment and how often it has come.

import { UsageError } from '../../net/errors.ts'
import { parseReply } from '../../wire/smtp/reply.ts'
import { checkFault, FaultCounts } from '../fault-counts.ts'
import { type SmtpMoment, smtpMoments } from './moments.ts'
import type { SmtpFault } from './options.ts'

const own = ['at', 'reply', 'raw', 'drop', 'delay']

export class SmtpFaults extends FaultCounts<SmtpFault> {
  constructor(list: readonly SmtpFault[] | undefined, host: string) {
    super(list, {
      label: ({ at }) => `${at} of smtp on ${host}`,
      check(fault) {
        checkFault('smtp', fault, own)
        if (!smtpMoments.includes(fault.at)) {
          const got = JSON.stringify(fault.at)
          throw new UsageError(`smtp: expected at of a fault as one of ${smtpMoments.join(', ')}, got ${got}`)
        }
        if (fault.reply !== undefined) parseReply(fault.reply)
      },
    })
  }

  /** The fault that is due at a moment; every one that is for it counts. */
  at(moment: SmtpMoment): SmtpFault | undefined {
    return this.list.length === 0 ? undefined : this.meet(({ at }) => at === moment)
  }
}
