// SEARCH, SORT and THREAD (RFC 3501 §6.4.4, RFC 5256), and what of their results is wanted (RFC 4731, RFC 5267).

import type { ImapCommand } from '../../wire/imap/command.ts'
import type { SearchKey } from '../../wire/imap/search.ts'
import { formatSequenceSet, sequenceSetOf } from '../../wire/imap/sequence-set.ts'
import type { MailMessage } from '../mail/message.ts'
import { type Outcome, ok } from './outcome.ts'
import { ImapRefusal } from './refusal.ts'
import { offeredCharsets, SearchRefusal, search } from './search.ts'
import type { ImapSession } from './session.ts'
import { sort } from './sort.ts'
import { type ThreadAlgorithm, thread } from './thread.ts'
import { threadText } from './thread-text.ts'

type Find = Extract<ImapCommand, { verb: 'SEARCH' | 'SORT' | 'THREAD' }>

const algorithms: readonly ThreadAlgorithm[] = ['ORDEREDSUBJECT', 'REFERENCES', 'REFS']

export function find(session: ImapSession, command: Find): Outcome {
  const { verb, uid, tag } = command
  const messages = session.view!.messages
  const said = usesModSeq(command.key) ? session.enableCondstore() : ''
  const found = searched(session, command, messages)
  const numbers = (indices: readonly number[]) => indices.map(index => (uid ? messages[index]!.uid : index + 1))
  if (verb === 'THREAD') {
    const algorithm = algorithms.find(each => each === command.algorithm)
    if (algorithm === undefined) throw new ImapRefusal('BAD', 'Unknown thread algorithm.')
    const roots = thread(algorithm, found, messages)
    const text = threadText(roots, index => (uid ? messages[index]!.uid : index + 1))
    return ok('Thread completed', { said: `${said}* THREAD${text === '' ? '' : ` ${text}`}\r\n`, expunges: uid })
  }
  const ordered = verb === 'SORT' ? sort(command.criteria, found, messages) : found
  const modSeq = usesModSeq(command.key) && found.length > 0 ? highestModSeq(found, messages) : undefined
  const results = numbers(ordered)
  const text = verb === 'SORT' ? 'Sort completed' : 'Search completed'
  if (command.return === undefined) {
    const list = [verb, ...results].join(' ')
    return ok(text, { said: `${said}* ${list}${modSeq === undefined ? '' : ` (MODSEQ ${modSeq})`}\r\n`, expunges: uid })
  }
  if (!session.server.offers('ESEARCH')) throw new ImapRefusal('BAD', 'RETURN is not known')
  const items = extended(results, command.return)
  if (modSeq !== undefined) items.push(`MODSEQ ${modSeq}`)
  const response = [`* ESEARCH (TAG "${tag}")`, ...(uid ? ['UID'] : []), ...items].join(' ')
  return ok(text, { said: `${said}${response}\r\n`, expunges: uid })
}

function searched(session: ImapSession, { key, charset }: Find, messages: readonly MailMessage[]): number[] {
  const { view, server } = session
  try {
    return search(key, messages, {
      nowMs: server.clock.now(),
      isRecent: message => view!.isRecent(message),
      charset,
    })
  } catch (error) {
    if (!(error instanceof SearchRefusal)) throw error
    throw new ImapRefusal('NO', error.message, `BADCHARSET (${offeredCharsets.join(' ')})`)
  }
}

/** MIN, MAX, ALL, COUNT in this order. In SORT the least is the first, and ranges follow one another as the results do. */
function extended(results: readonly number[], wanted: readonly string[]): string[] {
  const has = (item: string) => wanted.includes(item) || (item === 'ALL' && wanted.length === 0)
  const items: string[] = []
  if (results.length > 0) {
    if (has('MIN')) items.push(`MIN ${results[0]}`)
    if (has('MAX')) items.push(`MAX ${results.at(-1)}`)
    if (has('ALL')) items.push(`ALL ${formatSequenceSet(sequenceSetOf(results))}`)
  }
  if (has('COUNT')) items.push(`COUNT ${results.length}`)
  return items
}

function highestModSeq(indices: readonly number[], messages: readonly MailMessage[]): number {
  let highest = 0
  for (const index of indices) highest = Math.max(highest, messages[index]!.modSeq)
  return highest
}

function usesModSeq(key: SearchKey): boolean {
  switch (key.key) {
    case 'MODSEQ':
      return true
    case 'NOT':
      return usesModSeq(key.not)
    case 'OR':
      return usesModSeq(key.either) || usesModSeq(key.or)
    case 'AND':
      return key.all.some(usesModSeq)
  }
  return false
}
