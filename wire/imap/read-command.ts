// The arguments of each command (RFC 3501 §9), read by a table of verbs.

import type { AppendedMessage, ImapCommand, ImapCommandBody, SortCriterion } from './command.ts'
import { type InternalDate, parseInternalDate } from './date.ts'
import { readFetchItems } from './fetch.ts'
import { type Frame, ImapReader } from './reader.ts'
import { readSearch } from './search.ts'

type ReadArguments = (reader: ImapReader) => ImapCommandBody

/** Parameters of ID (RFC 2971 §3.3), and messages of one APPEND (RFC 3502). */
const maxIdParameters = 30
const maxMessages = 1000

const statusItems = new Set([
  'MESSAGES',
  'RECENT',
  'UIDNEXT',
  'UIDVALIDITY',
  'UNSEEN',
  'HIGHESTMODSEQ',
  'SIZE',
  'DELETED',
])
const selectOptions = new Set(['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE'])
const returnOptions = new Set(['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE'])
const searchOptions = new Set(['MIN', 'MAX', 'ALL', 'COUNT'])
const sortCriteria = new Set(['ARRIVAL', 'CC', 'DATE', 'FROM', 'SIZE', 'SUBJECT', 'TO', 'DISPLAYFROM', 'DISPLAYTO'])

/** One of some words, in upper case. */
function oneOf(reader: ImapReader, words: ReadonlySet<string>): string {
  const { at } = reader
  const word = reader.word()
  if (words.has(word)) return word
  reader.at = at
  return reader.fail(`one of ${[...words].join(', ')}`)
}

function argument(reader: ImapReader, what?: string): string {
  reader.space()
  return reader.astring(what)
}

const mailboxOf = (reader: ImapReader) => argument(reader, 'a mailbox')

function setOf(reader: ImapReader) {
  reader.space()
  return reader.sequenceSet()
}

type Bare = 'CAPABILITY' | 'NOOP' | 'LOGOUT' | 'STARTTLS' | 'CHECK' | 'CLOSE' | 'UNSELECT' | 'IDLE' | 'NAMESPACE'

function bare(verb: Bare): [string, ReadArguments] {
  return [verb, () => ({ verb })]
}

function onMailbox(verb: 'DELETE' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'GETQUOTAROOT'): [string, ReadArguments] {
  return [verb, reader => ({ verb, mailbox: mailboxOf(reader) })]
}

function onSet(verb: 'COPY' | 'MOVE'): [string, ReadArguments] {
  return [verb, reader => ({ verb, set: setOf(reader), mailbox: mailboxOf(reader) })]
}

function select(verb: 'SELECT' | 'EXAMINE'): [string, ReadArguments] {
  return [
    verb,
    reader => {
      const mailbox = mailboxOf(reader)
      if (!reader.skip(' ')) return { verb, mailbox, condstore: false }
      const parameters = reader.list(() => oneOf(reader, new Set(['CONDSTORE'])), 'a list of parameters')
      return { verb, mailbox, condstore: parameters.length > 0 }
    },
  ]
}

function list(verb: 'LIST' | 'LSUB'): [string, ReadArguments] {
  return [
    verb,
    reader => {
      reader.space()
      const isExtended = verb === 'LIST'
      const options = isExtended && reader.next === '('
      const select = options ? reader.list(() => oneOf(reader, selectOptions)) : []
      if (options) reader.space()
      const reference = reader.astring('a reference')
      reader.space()
      const isList = isExtended && reader.next === '('
      const patterns = isList ? reader.list(() => reader.listMailbox()) : [reader.listMailbox()]
      const listed = { verb, reference, patterns, select }
      if (!isExtended || !reader.skip(' ')) return options || isList ? { ...listed, return: [] } : listed
      if (!reader.skipWord('RETURN')) reader.fail('RETURN')
      reader.space()
      let status: string[] | undefined
      const wanted = reader.list(() => {
        if (!reader.skipWord('STATUS')) return oneOf(reader, returnOptions)
        reader.space()
        status = reader.list(() => oneOf(reader, statusItems))
        return 'STATUS'
      })
      return { ...listed, return: wanted.filter(option => option !== 'STATUS'), status }
    },
  ]
}

function append(reader: ImapReader): ImapCommandBody {
  const mailbox = mailboxOf(reader)
  const messages: AppendedMessage[] = []
  do {
    reader.space()
    if (messages.length === maxMessages) reader.fail(`at most ${maxMessages} messages`)
    messages.push(appended(reader))
  } while (reader.next === ' ')
  return { verb: 'APPEND', mailbox, messages }
}

function appended(reader: ImapReader): AppendedMessage {
  const { flags, date, isUtf8 } = appendOptions(reader)
  const octets = reader.literal() ?? reader.fail('a literal with the message')
  if (isUtf8) reader.take(')')
  return { flags, date, octets }
}

/** What stands before the literal of a message. */
export function appendOptions(reader: ImapReader): Omit<AppendedMessage, 'octets'> & { isUtf8: boolean } {
  const flags = reader.next === '(' ? reader.list(() => reader.flag(), 'a list of flags') : undefined
  if (flags !== undefined) reader.space()
  let date: InternalDate | undefined
  if (reader.next === '"') {
    const { at } = reader
    date = parseInternalDate(reader.quoted('a date'))
    if (date === undefined) {
      reader.at = at
      reader.fail('a date such as "25-Nov-2026 01:41:34 +0000"')
    }
    reader.space()
  }
  // RFC 6855 §4: a literal in parentheses behind UTF8.
  const isUtf8 = reader.skipWord('UTF8')
  if (isUtf8) {
    reader.space()
    reader.take('(')
  }
  return { flags: flags ?? [], date, isUtf8 }
}

/** `RETURN (…) ` where it is next (RFC 4731). */
function returned(reader: ImapReader): { return?: string[] } {
  if (!reader.skipWord('RETURN')) return {}
  reader.space()
  const options = reader.list(() => oneOf(reader, searchOptions))
  reader.space()
  return { return: options }
}

function search(reader: ImapReader): ImapCommandBody {
  reader.space()
  const options = returned(reader)
  if (!reader.skipWord('CHARSET')) return { verb: 'SEARCH', ...options, key: readSearch(reader) }
  const charset = argument(reader, 'a charset')
  reader.space()
  return { verb: 'SEARCH', ...options, charset, key: readSearch(reader) }
}

function sort(reader: ImapReader): ImapCommandBody {
  reader.space()
  const options = returned(reader)
  const criteria = reader.list((): SortCriterion => {
    const reverse = reader.skipWord('REVERSE')
    if (reverse) reader.space()
    return { by: oneOf(reader, sortCriteria) as SortCriterion['by'], reverse }
  }, 'a list of criteria')
  if (criteria.length === 0) reader.fail('a criterion before')
  const charset = argument(reader, 'a charset')
  reader.space()
  return { verb: 'SORT', ...options, criteria, charset, key: readSearch(reader) }
}

function thread(reader: ImapReader): ImapCommandBody {
  reader.space()
  const algorithm = reader.word('an algorithm')
  const charset = argument(reader, 'a charset')
  reader.space()
  return { verb: 'THREAD', algorithm, charset, key: readSearch(reader) }
}

/** `(CHANGEDSINCE 5)` where it is next. */
function since(reader: ImapReader, word: 'CHANGEDSINCE' | 'UNCHANGEDSINCE'): number | undefined {
  let modSequence: number | undefined
  reader.list(() => {
    if (!reader.skipWord(word)) reader.fail(word)
    reader.space()
    modSequence = reader.modSequence()
  })
  return modSequence
}

function fetch(reader: ImapReader): ImapCommandBody {
  const set = setOf(reader)
  reader.space()
  const items = readFetchItems(reader)
  if (items.length === 0) reader.fail('an item in the parentheses before')
  return { verb: 'FETCH', set, items, changedSince: reader.skip(' ') ? since(reader, 'CHANGEDSINCE') : undefined }
}

const acts = { '': 'replace', '+': 'add', '-': 'remove' } as const

function store(reader: ImapReader): ImapCommandBody {
  const set = setOf(reader)
  reader.space()
  const unchangedSince = reader.next === '(' ? since(reader, 'UNCHANGEDSINCE') : undefined
  if (unchangedSince !== undefined) reader.space()
  const { at } = reader
  const found = /^([+-]?)FLAGS(\.SILENT)?$/.exec(reader.word('FLAGS, +FLAGS or -FLAGS'))
  if (found === null) {
    reader.at = at
    return reader.fail('FLAGS, +FLAGS or -FLAGS')
  }
  reader.space()
  const flags = reader.next === '(' ? reader.list(() => reader.flag()) : many(reader, () => reader.flag())
  const act = acts[found[1] as keyof typeof acts]
  return { verb: 'STORE', set, act, silent: found[2] !== undefined, flags, unchangedSince }
}

/** One or more up to the end of the line, blanks between. */
function many<Item>(reader: ImapReader, item: () => Item): Item[] {
  const items = [item()]
  while (reader.skip(' ')) items.push(item())
  return items
}

function id(reader: ImapReader): ImapCommandBody {
  reader.space()
  if (reader.skipWord('NIL')) return { verb: 'ID', parameters: [] }
  const parameters = reader.list((): [string, string | undefined] => {
    const name = reader.string('the name of a parameter')
    reader.space()
    return [name, reader.skipWord('NIL') ? undefined : reader.string()]
  })
  if (parameters.length > maxIdParameters) reader.fail(`at most ${maxIdParameters} parameters before`)
  return { verb: 'ID', parameters }
}

const verbs = new Map<string, ReadArguments>([
  bare('CAPABILITY'),
  bare('NOOP'),
  bare('LOGOUT'),
  bare('STARTTLS'),
  bare('CHECK'),
  bare('CLOSE'),
  bare('UNSELECT'),
  bare('IDLE'),
  bare('NAMESPACE'),
  ['EXPUNGE', () => ({ verb: 'EXPUNGE' })],
  ['LOGIN', reader => ({ verb: 'LOGIN', user: argument(reader, 'a user'), password: argument(reader, 'a password') })],
  [
    'AUTHENTICATE',
    reader => {
      const mechanism = argument(reader, 'a mechanism').toUpperCase()
      // RFC 4959 §3: `=` is an answer without octets.
      const initial = reader.skip(' ')
        ? (/^[A-Za-z0-9+/]*={0,2}$/.exec(reader.text.slice(reader.at))?.[0] ?? '')
        : undefined
      if (initial === '') reader.fail('base64')
      if (initial !== undefined) reader.at = reader.text.length
      return { verb: 'AUTHENTICATE', mechanism, initial }
    },
  ],
  select('SELECT'),
  select('EXAMINE'),
  [
    'CREATE',
    reader => {
      const mailbox = mailboxOf(reader)
      if (!reader.skip(' ')) return { verb: 'CREATE', mailbox, use: [] }
      reader.take('(')
      if (!reader.skipWord('USE')) reader.fail('USE')
      reader.space()
      const use = reader.list(() => reader.flag())
      reader.take(')')
      return { verb: 'CREATE', mailbox, use }
    },
  ],
  onMailbox('DELETE'),
  onMailbox('SUBSCRIBE'),
  onMailbox('UNSUBSCRIBE'),
  onMailbox('GETQUOTAROOT'),
  ['RENAME', reader => ({ verb: 'RENAME', from: mailboxOf(reader), to: mailboxOf(reader) })],
  list('LIST'),
  list('LSUB'),
  [
    'STATUS',
    reader => {
      const mailbox = mailboxOf(reader)
      reader.space()
      const items = reader.list(() => oneOf(reader, statusItems))
      return { verb: 'STATUS', mailbox, items: items.length > 0 ? items : reader.fail('an item before') }
    },
  ],
  ['APPEND', append],
  ['SEARCH', search],
  ['SORT', sort],
  ['THREAD', thread],
  ['FETCH', fetch],
  ['STORE', store],
  onSet('COPY'),
  onSet('MOVE'),
  [
    'ENABLE',
    reader => {
      reader.space()
      return { verb: 'ENABLE', capabilities: many(reader, () => reader.word('a capability')) }
    },
  ],
  ['ID', id],
  ['GETQUOTA', reader => ({ verb: 'GETQUOTA', root: argument(reader, 'a quota root') })],
  [
    'SETQUOTA',
    reader => {
      const root = argument(reader, 'a quota root')
      reader.space()
      const limits = reader.list((): [string, number] => {
        const resource = reader.word('a resource')
        reader.space()
        return [resource, reader.number()]
      })
      return { verb: 'SETQUOTA', root, limits }
    },
  ],
])

/** What may stand behind UID (RFC 3501 §6.4.8, RFC 4315 §2.1, RFC 5256, RFC 6851). */
const byUid = new Set(['COPY', 'EXPUNGE', 'FETCH', 'MOVE', 'SEARCH', 'SORT', 'STORE', 'THREAD'])

/** @throws {ProtocolError} where the words are no command. */
export function readCommand(frame: Frame): ImapCommand {
  const reader = new ImapReader(frame)
  const tag = reader.tag()
  reader.space()
  let { at } = reader
  let verb = reader.word('a command')
  const uid = verb === 'UID'
  if (uid) {
    reader.space()
    at = reader.at
    verb = reader.word('a command')
  }
  const read = verbs.get(verb)
  if (read === undefined || (uid && !byUid.has(verb))) {
    reader.at = at
    return reader.fail(uid ? `one of ${[...byUid].join(', ')}` : 'a command')
  }
  const body = uid && verb === 'EXPUNGE' ? ({ verb: 'EXPUNGE', set: setOf(reader) } as const) : read(reader)
  reader.end()
  return { kind: 'command', tag, uid, ...body }
}
