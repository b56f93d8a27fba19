// What an IMAP fake does wrong on purpose, by the moment and how often it has come.

import { UsageError } from '../../net/errors.ts'
import { checkFault, FaultCounts } from '../fault-counts.ts'
import { type ImapMoment, imapMoments } from './moments.ts'
import type { ImapFault } from './options.ts'

const own = ['at', 'reply', 'raw', 'cut', 'drop', 'delay']
const replyForm = /^(?:(?:OK|NO|BAD)(?: |$)|[*+] ?)[^\r\n]*$/

export class ImapFaults extends FaultCounts<ImapFault> {
  constructor(list: readonly ImapFault[] | undefined, host: string) {
    super(list, {
      label: ({ at }) => `${at} of imap on ${host}`,
      check(fault) {
        checkFault('imap', fault, own)
        if (!imapMoments.includes(fault.at)) {
          const got = JSON.stringify(fault.at)
          throw new UsageError(`imap: expected at of a fault as one of ${imapMoments.join(', ')}, got ${got}`)
        }
        if (fault.reply !== undefined && !replyForm.test(fault.reply)) {
          const got = JSON.stringify(fault.reply.slice(0, 60))
          throw new UsageError(`imap: expected a reply such as NO [UNAVAILABLE] try again, or * BYE later, got ${got}`)
        }
      },
    })
  }

  /** The fault that is due at a moment; every one that is for it counts. */
  at(moment: ImapMoment): ImapFault | undefined {
    return this.list.length === 0 ? undefined : this.meet(({ at }) => at === moment)
  }
}
