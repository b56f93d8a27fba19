// What is alike in two dialogues of IMAP: which of a client's messages are the same, and what of a response is new each
// time. Tags never count, nor how a set of numbers, a list of items or a string is spelt.

import { ProtocolError, type Side } from '../decoder.ts'
import { textOf } from '../smtp/credentials.ts'
import { steadyMail, withoutDates } from '../smtp/mail-digest.ts'
import type { TapeMapping, TapeValue } from '../tape.ts'
import type { ImapCommand } from './command.ts'
import { encodeCommand } from './encode-command.ts'
import { type FetchItem, formatFetchItem } from './fetch.ts'
import { readCommand } from './read-command.ts'
import type { SearchKey } from './search.ts'
import { resolveSequenceSet, type SequenceSet } from './sequence-set.ts'
import type { ImapLine, ImapLiteral, ImapTapeMessage } from './tape-follower.ts'
import { credentialIn, markOf, sayOf } from './tape-line.ts'

/** A message without tag, secrets, sizes and the spelling that does not matter. */
export function identity(message: ImapTapeMessage): string {
  switch (message.kind) {
    case 'command':
    case 'response':
      return message.octets.at(-1) === 0x0a ? lineIdentity(message) : `${lineIdentity(message)} (cut)`
    case 'literal':
      return literalIdentity(message)
    case 'lines':
      return textOf(message)
    case 'octets':
      return message.kind
  }
}

function literalIdentity(literal: ImapLiteral): string {
  if (literal.cut) return 'literal (cut)'
  const text = textOf(literal)
  const [before] = literal.restCredential === undefined ? [] : (credentialIn({ kind: 'rest', verb: '' }, text) ?? [])
  return `literal ${before === undefined ? withoutSize(text) : '‹›'}`.trim()
}

const withoutSize = (text: string) => text.trim().replace(/\{\d+[+-]?\}$/, '{}')

function lineIdentity(line: ImapLine): string {
  const text = textOf(line)
  const split = line.credential === undefined ? undefined : credentialIn(line, text)
  if (line.kind === 'response') return split === undefined ? text.trim() : '‹›'
  const { verb, args } = sayOf(text)
  if (split !== undefined) {
    const shown = split[0]
      .replace(/^[^ ]+ +[A-Z]+ +/i, '')
      .replaceAll('"', '')
      .trim()
    return `${verb} ${verb === 'AUTHENTICATE' ? shown.toUpperCase() : shown} ‹›`
  }
  // What a client says about itself is another with each version.
  if (verb === 'ID') return verb
  return commandIdentity(line, text) ?? `${verb}${withoutSize(args) === '' ? '' : ` ${withoutSize(args)}`}`
}

/** Undefined where the line alone is no command. */
function commandIdentity({ octets, verb }: ImapLine, text: string): string | undefined {
  const mark = markOf(text)
  if (mark !== undefined && verb !== 'APPEND') return undefined
  const line = octets.toString('latin1').replace(/\r?\n$/, '')
  const literals = mark === undefined ? [] : [{ at: line.length, octets: Buffer.alloc(0) }]
  try {
    const command = readCommand({ text: line, literals })
    if (command.verb === 'APPEND') {
      const flags = command.messages.map(message => sorted(message.flags).join(' '))
      return `APPEND ${mailbox(command.mailbox)} (${flags.join(')(')}) {}`
    }
    const pieces = encodeCommand(normal({ ...command, tag: '' }), { unasked: true })
    return Buffer.concat(pieces).toString('latin1').trim()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return undefined
  }
}

/** A command as any other of the same meaning. */
function normal(command: ImapCommand): ImapCommand {
  switch (command.verb) {
    case 'FETCH': {
      const items = command.items.filter(item => !(command.uid && 'item' in item && item.item === 'UID'))
      return { ...command, set: ordered(command.set), items: sortedItems(items.length === 0 ? command.items : items) }
    }
    case 'STORE':
      return { ...command, set: ordered(command.set), flags: sorted(command.flags) }
    case 'COPY':
    case 'MOVE':
      return { ...command, set: ordered(command.set), mailbox: mailbox(command.mailbox) }
    case 'EXPUNGE':
      return command.set === undefined ? command : { ...command, set: ordered(command.set) }
    case 'STATUS':
      return { ...command, mailbox: mailbox(command.mailbox), items: command.items.toSorted() }
    case 'SELECT':
    case 'EXAMINE':
    case 'CREATE':
    case 'DELETE':
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
    case 'GETQUOTAROOT':
      return { ...command, mailbox: mailbox(command.mailbox) } as ImapCommand
    case 'ENABLE':
      return { ...command, capabilities: command.capabilities.map(each => each.toUpperCase()).toSorted() }
    case 'SEARCH':
    case 'SORT':
    case 'THREAD':
      return { ...command, key: key(command.key) }
    default:
      return command
  }
}

const mailbox = (name: string) => (/^inbox$/i.test(name) ? 'INBOX' : name)
const ordered = (set: SequenceSet) => resolveSequenceSet(set, Number.POSITIVE_INFINITY)

/** RFC 3501 §2.3.2: flags are alike in any case. */
const sorted = (flags: readonly string[]) => flags.map(flag => flag.toLowerCase()).toSorted()

function sortedItems(items: readonly FetchItem[]): FetchItem[] {
  const named = items.map(item => ({ item, name: formatFetchItem(item) }))
  return named.sort((one, other) => (one.name < other.name ? -1 : 1)).map(({ item }) => item)
}

function key(search: SearchKey): SearchKey {
  switch (search.key) {
    case 'UID':
    case 'SEQUENCE':
      return { ...search, set: ordered(search.set) }
    case 'NOT':
      return { ...search, not: key(search.not) }
    case 'OR':
      return { ...search, either: key(search.either), or: key(search.or) }
    case 'AND':
      return { ...search, all: search.all.map(key) }
    default:
      return search
  }
}

/** What servers say anew each time, up to a group that is kept. */
const fresh: readonly RegExp[] = [
  /(\[(?:UIDVALIDITY|HIGHESTMODSEQ|APPENDUID|COPYUID) )\d+/gi,
  /(\b(?:UIDVALIDITY|HIGHESTMODSEQ) )\d+/gi,
  /(\bMODSEQ \()\d+(?=\))/gi,
  /(\b(?:EMAILID|THREADID|MAILBOXID) \()[^)]*/gi,
  // How long it took Dovecot.
  /( \()\d+\.\d{3} \+ \d+\.\d{3}(?: \+ \d+\.\d{3})? secs(?=\)\.?$)/g,
  // RFC 3501 §9, date-time.
  /(")[ \d]\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d [+-]\d{4}(?=")/g,
  /(\{)\d+(?=\}$)/g,
  // Who came first is told what is recent (RFC 3501 §2.3.2).
  /(^\* )\d+(?= RECENT$)/gi,
]

/** A challenge that is another each time: of CRAM-MD5, SCRAM, DIGEST-MD5 and NTLM. */
const challenge = /^<[^>]*>$|(?:^|,)(?:r|v|nonce)=|^NTLMSSP\0/

/** A value without what differs in another recording of the same. */
export function steady(from: Side, value: TapeValue): TapeValue {
  if (typeof value === 'string') {
    return value
      .split('\n')
      .map(from === 'server' ? steadyResponse : steadyLine)
      .join('\n')
      .trimEnd()
  }
  return Array.isArray(value) ? value : steadyLiteral(value as TapeMapping)
}

function steadyLine(line: string): string {
  const { tag, verb, args } = sayOf(line)
  if (verb === '') return line
  if (verb === 'ID') return '… ID …'
  const untagged = `…${line.slice(tag.length)}`
  return args.length > 2048 ? untagged : withoutNews(untagged.replace(/(\{)\d+[+-]?(?=\}$)/, '$1…'))
}

function steadyResponse(line: string): string {
  const [, base64] = /^\+ ([\w+/]+={0,2})$/.exec(line) ?? []
  if (base64 !== undefined && challenge.test(Buffer.from(base64, 'base64').toString('latin1'))) return '+ …'
  const untagged = line
    .replace(/^[^ *+]\S*(?= (?:OK|NO|BAD)\b)/i, '…')
    .replace(/(\(TAG )[^)]*/, '$1…')
    .replace(/ \\Recent\b|\\Recent ?/gi, '')
  return untagged.length > 2048 ? untagged : withoutNews(untagged)
}

function withoutNews(line: string): string {
  let text = withoutDates(line)
  for (const each of fresh) text = text.replace(each, '$1…')
  return text
}

function steadyLiteral(value: TapeMapping): TapeMapping {
  const masked = Object.entries(value).map(([name, held]): [string, TapeValue] => {
    if (name === 'rest') return [name, typeof held === 'string' ? withoutNews(held) : held]
    if (name !== 'literal' && name !== 'cut') return [name, held]
    if (typeof held === 'string') return [name, steadyMail(held)]
    const octets = Array.isArray(held) ? undefined : (held as TapeMapping).octets
    return [name, typeof octets === 'string' ? { octets: steadyMail(octets) } : held]
  })
  return Object.fromEntries(masked)
}
