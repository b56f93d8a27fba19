// Commands as a client sends them. Text that no quoted string can hold becomes a literal, for which a client waits unless
// the server has LITERAL+ (RFC 7888): octets come in pieces, and before each but the first is the wait.

import type { ImapCommand, ImapCommandBody } from './command.ts'
import { formatDay, formatInternalDate } from './date.ts'
import { formatFetchItem } from './fetch.ts'
import type { SearchKey } from './search.ts'
import { formatSequenceSet } from './sequence-set.ts'

/** Literals in a text under construction. */
type Piece = string | { readonly literal: Buffer }

/**
 * The octets of a command. With `unasked` they are one piece, its literals sent without leave.
 *
 * @example
 * encodeCommand({ kind: 'command', tag: 'a1', uid: false, verb: 'NOOP' }) // [<'a1 NOOP\r\n'>]
 */
export function encodeCommand(command: ImapCommand, { unasked = false }: { unasked?: boolean } = {}): Buffer[] {
  const pieces: Piece[] = [`${command.tag} ${command.uid ? 'UID ' : ''}${command.verb}`]
  for (const piece of argumentsOf(command)) pieces.push(' ', ...piece)
  const parts: Buffer[] = []
  let text = ''
  let octets: Buffer[] = []
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece
      continue
    }
    octets.push(Buffer.from(`${text}{${piece.literal.length}${unasked ? '+' : ''}}\r\n`, 'latin1'))
    text = ''
    if (!unasked) {
      parts.push(Buffer.concat(octets))
      octets = []
    }
    octets.push(piece.literal)
  }
  parts.push(Buffer.concat([...octets, Buffer.from(`${text}\r\n`, 'latin1')]))
  return parts
}

const astring = (text: string): Piece[] => [
  /^[^\x00-\x20\x7f-\xff(){%*"\\]+$/.test(text) && text.toUpperCase() !== 'NIL' ? text : string(text),
]

function string(text: string): Piece {
  if (/[\x00\r\n\x80-\xff]/.test(text) || text.length > 1000) return { literal: Buffer.from(text, 'latin1') }
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

const words = (list: readonly string[]): Piece[] => [`(${list.join(' ')})`]

function joined(open: string, lists: readonly (readonly Piece[])[], close: string): Piece[] {
  return [open, ...lists.flatMap((list, index) => (index === 0 ? list : [' ', ...list])), close]
}

function argumentsOf(command: ImapCommandBody): Piece[][] {
  switch (command.verb) {
    case 'LOGIN':
      return [astring(command.user), astring(command.password)]
    case 'AUTHENTICATE':
      return [[command.mechanism], ...optional(command.initial, initial => [initial])]
    case 'SELECT':
    case 'EXAMINE':
      return [astring(command.mailbox), ...(command.condstore ? [words(['CONDSTORE'])] : [])]
    case 'CREATE':
      return [astring(command.mailbox), ...(command.use.length > 0 ? [[`(USE (${command.use.join(' ')}))`]] : [])]
    case 'DELETE':
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
    case 'GETQUOTAROOT':
      return [astring(command.mailbox)]
    case 'RENAME':
      return [astring(command.from), astring(command.to)]
    case 'LIST':
    case 'LSUB':
      return listArguments(command)
    case 'STATUS':
      return [astring(command.mailbox), words(command.items)]
    case 'APPEND':
      return [
        astring(command.mailbox),
        ...command.messages.flatMap(({ flags, date, octets }): Piece[][] => [
          ...(flags.length > 0 ? [words(flags)] : []),
          ...optional(date, moment => [`"${formatInternalDate(moment)}"`]),
          [{ literal: octets }],
        ]),
      ]
    case 'SEARCH':
      return [
        ...optional(command.return, options => [`RETURN (${options.join(' ')})`]),
        ...optional(command.charset, charset => ['CHARSET ', ...astring(charset)]),
        keys(command.key),
      ]
    case 'SORT':
      return [
        ...optional(command.return, options => [`RETURN (${options.join(' ')})`]),
        words(command.criteria.map(({ by, reverse }) => (reverse ? `REVERSE ${by}` : by))),
        astring(command.charset ?? 'UTF-8'),
        keys(command.key),
      ]
    case 'THREAD':
      return [[command.algorithm], astring(command.charset ?? 'UTF-8'), keys(command.key)]
    case 'FETCH':
      return [
        [formatSequenceSet(command.set)],
        words(command.items.map(formatFetchItem)),
        ...optional(command.changedSince, since => [`(CHANGEDSINCE ${since})`]),
      ]
    case 'STORE': {
      const sign = { replace: '', add: '+', remove: '-' }[command.act]
      return [
        [formatSequenceSet(command.set)],
        ...optional(command.unchangedSince, since => [`(UNCHANGEDSINCE ${since})`]),
        [`${sign}FLAGS${command.silent ? '.SILENT' : ''}`],
        words(command.flags),
      ]
    }
    case 'COPY':
    case 'MOVE':
      return [[formatSequenceSet(command.set)], astring(command.mailbox)]
    case 'EXPUNGE':
      return optional(command.set, set => [formatSequenceSet(set)])
    case 'ENABLE':
      return [[command.capabilities.join(' ')]]
    case 'ID': {
      const pairs = command.parameters.map(([name, value]) => [
        string(name),
        ' ',
        value === undefined ? 'NIL' : string(value),
      ])
      return [pairs.length === 0 ? ['NIL'] : joined('(', pairs, ')')]
    }
    case 'GETQUOTA':
      return [astring(command.root)]
    case 'SETQUOTA':
      return [astring(command.root), words(command.limits.map(([resource, limit]) => `${resource} ${limit}`))]
    default:
      return []
  }
}

function optional<Value>(value: Value | undefined, write: (value: Value) => Piece[]): Piece[][] {
  return value === undefined ? [] : [write(value)]
}

function listArguments(command: Extract<ImapCommandBody, { verb: 'LIST' | 'LSUB' }>): Piece[][] {
  const { select, reference, patterns, status } = command
  const wanted = [...(command.return ?? []), ...(status === undefined ? [] : [`STATUS (${status.join(' ')})`])]
  const pattern = (text: string): Piece[] => [/^[^\x00-\x20\x7f-\xff(){"\\]+$/.test(text) ? text : string(text)]
  return [
    ...(select.length > 0 ? [words(select)] : []),
    astring(reference),
    patterns.length === 1 ? pattern(patterns[0]!) : joined('(', patterns.map(pattern), ')'),
    ...(wanted.length > 0 ? [['RETURN ', ...words(wanted)]] : []),
  ]
}

/** Keys of a search side by side where they stand alone. */
function keys(search: SearchKey): Piece[] {
  return search.key === 'AND' ? joined('', search.all.map(key), '') : key(search)
}

function key(search: SearchKey): Piece[] {
  switch (search.key) {
    case 'KEYWORD':
    case 'UNKEYWORD':
      return [`${search.key} ${search.flag}`]
    case 'BCC':
    case 'BODY':
    case 'CC':
    case 'FROM':
    case 'SUBJECT':
    case 'TEXT':
    case 'TO':
      return [`${search.key} `, ...astring(search.text)]
    case 'HEADER':
      return ['HEADER ', ...astring(search.field), ' ', ...astring(search.text)]
    case 'BEFORE':
    case 'ON':
    case 'SINCE':
    case 'SENTBEFORE':
    case 'SENTON':
    case 'SENTSINCE':
      return [`${search.key} ${formatDay(search.day)}`]
    case 'LARGER':
    case 'SMALLER':
      return [`${search.key} ${search.octets}`]
    case 'OLDER':
    case 'YOUNGER':
      return [`${search.key} ${search.seconds}`]
    case 'UID':
      return [`UID ${formatSequenceSet(search.set)}`]
    case 'SEQUENCE':
      return [formatSequenceSet(search.set)]
    case 'MODSEQ':
      return search.entry === undefined
        ? [`MODSEQ ${search.modSequence}`]
        : ['MODSEQ ', string(search.entry.name), ` ${search.entry.type} ${search.modSequence}`]
    case 'NOT':
      return ['NOT ', ...key(search.not)]
    case 'OR':
      return ['OR ', ...key(search.either), ' ', ...key(search.or)]
    case 'AND':
      return joined('(', search.all.map(key), ')')
    default:
      return [search.key]
  }
}
