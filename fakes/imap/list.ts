// LIST and LSUB (RFC 3501 §6.3.8), with what LIST has learnt: selections and returns (RFC 5258), special uses (RFC 6154),
// STATUS (RFC 5819).

import type { ImapCommand } from '../../wire/imap/command.ts'
import type { MailboxName } from '../mail/account.ts'
import { nameOf, wireName } from './names.ts'
import { type Outcome, ok } from './outcome.ts'
import { compilePattern } from './pattern.ts'
import { ImapRefusal } from './refusal.ts'
import { statusResponse } from './select.ts'
import type { ImapServer } from './server.ts'
import type { ImapSession } from './session.ts'

type Command<Verb extends string> = Extract<ImapCommand, { verb: Verb }>

/** Patterns of one LIST; each is held against every name. */
const maxPatterns = 100

/** A name, what is known of it, and whether it only stands for what lies below. */
interface Listed {
  readonly name: string
  readonly known: MailboxName | undefined
  /** RECURSIVEMATCH: something below it is subscribed to. */
  readonly childInfo?: boolean
}

export function list(session: ImapSession, command: Command<'LIST' | 'LSUB'>): Outcome {
  const { verb, patterns, reference, select } = command
  const { separator } = session.account!
  checkOffered(session.server, command)
  const completed = ok(`${verb === 'LIST' ? 'List' : 'Lsub'} completed`)
  if (patterns.length === 1 && patterns[0] === '') {
    return verb === 'LSUB' ? completed : { ...completed, said: `* LIST (\\Noselect) "${separator}" ""\r\n` }
  }
  if (patterns.length > maxPatterns) {
    throw new ImapRefusal('NO', `expected at most ${maxPatterns} patterns, got ${patterns.length}`, 'LIMIT')
  }
  const wanted = matching(session, reference, patterns, separator)
  const subscribed = verb === 'LSUB' || select.includes('SUBSCRIBED')
  const names = subscribed
    ? subscriptionsOf(
        session,
        wanted,
        verb === 'LSUB' ? 'unmatched' : select.includes('RECURSIVEMATCH') ? 'always' : 'never',
      )
    : session.account!.list().flatMap(known => (wanted(known.name) ? [{ name: known.name, known }] : []))
  const chosen = select.includes('SPECIAL-USE')
    ? names.filter(({ known }) => known?.mailbox?.specialUse !== undefined)
    : names
  return { ...completed, body: responses(session, command, chosen) }
}

/** @throws {ImapRefusal} for a form of LIST that its capabilities would bring. */
function checkOffered(server: ImapServer, { select, return: returned, status }: Command<'LIST' | 'LSUB'>): void {
  const isExtended = returned !== undefined || select.length > 0
  const lacking = [
    ...(isExtended && !server.offers('LIST-EXTENDED') ? ['LIST-EXTENDED'] : []),
    ...(status !== undefined && !server.offers('LIST-STATUS') ? ['LIST-STATUS'] : []),
  ]
  if (lacking.length > 0) throw new ImapRefusal('BAD', `${lacking.join(' and ')} is not known`)
}

function* responses(session: ImapSession, command: Command<'LIST' | 'LSUB'>, names: readonly Listed[]) {
  const { verb, status } = command
  const { separator } = session.account!
  for (const listed of names) {
    const flags = (verb === 'LSUB' ? lsubFlags(session, listed) : flagsOf(session, command, listed)).join(' ')
    const childInfo = listed.childInfo && verb === 'LIST' ? ' (CHILDINFO ("SUBSCRIBED"))' : ''
    yield `* ${verb} (${flags}) "${separator}" ${wireName(session, listed.name)}${childInfo}\r\n`
    if (status !== undefined && listed.known?.mailbox !== undefined) {
      yield statusResponse(session, listed.known.mailbox, status)
    }
  }
}

function matching(session: ImapSession, reference: string, patterns: readonly string[], separator: string) {
  const compiled = patterns.map(pattern => {
    const whole = nameOf(session, reference + pattern)
    const [exact, inbox] = [compilePattern(whole, separator), compilePattern(whole.toUpperCase(), separator)]
    // RFC 3501 §5.1: INBOX in any case.
    return (name: string) => exact(name) || (name === 'INBOX' && inbox(name))
  })
  return (name: string) => compiled.some(matches => matches(name))
}

/**
 * Subscriptions that match, and names that match and have some below them: for LSUB where those do not match, such as with
 * `%`, for RECURSIVEMATCH always.
 */
function subscriptionsOf(
  session: ImapSession,
  wanted: (name: string) => boolean,
  above: 'never' | 'unmatched' | 'always',
): Listed[] {
  const { subscriptions, separator } = session.account!
  const known = new Map(session.account!.list().map(each => [each.name, each]))
  const names = new Map<string, Listed>()
  for (const name of [...subscriptions].sort()) {
    const isWanted = wanted(name)
    if (isWanted) names.set(name, { name, known: known.get(name) })
    if (above === 'never' || (above === 'unmatched' && isWanted)) continue
    for (let at = name.indexOf(separator); at >= 0; at = name.indexOf(separator, at + 1)) {
      const superior = name.slice(0, at)
      if (wanted(superior)) names.set(superior, { name: superior, known: known.get(superior), childInfo: true })
    }
  }
  return [...names.values()]
}

/** LSUB's only flag: the name is no subscription, but others below it are. */
function lsubFlags({ account }: ImapSession, { name }: Listed): string[] {
  return account!.subscriptions.has(name) ? [] : ['\\Noselect']
}

function flagsOf(
  { account, server }: ImapSession,
  command: Command<'LIST' | 'LSUB'>,
  { name, known }: Listed,
): string[] {
  const { select, return: returned } = command
  const plain = returned === undefined && select.length === 0
  const flags: string[] = []
  if ((select.includes('SUBSCRIBED') || returned?.includes('SUBSCRIBED')) && account!.subscriptions.has(name)) {
    flags.push('\\Subscribed')
  }
  // RFC 5258 §3: the one means the other, and clients of old know the other alone.
  if (known?.mailbox === undefined) flags.push(plain ? '\\Noselect' : '\\NonExistent')
  if (known !== undefined && ((plain && server.offers('CHILDREN')) || returned?.includes('CHILDREN'))) {
    flags.push(known.hasChildren ? '\\HasChildren' : '\\HasNoChildren')
  }
  const use = known?.mailbox?.specialUse
  // RFC 6154 §2: a server may say so also where it is not asked.
  if (use !== undefined && server.offers('SPECIAL-USE')) flags.push(use)
  return flags
}
