// SEARCH (RFC 3501 §6.4.4, RFC 5032, RFC 7162 §3.1.5): which messages a key matches. What is cheap to know of a message is
// asked first, and its octets are read only where nothing else decides.

import type { SearchKey } from '../../wire/imap/search.ts'
import { hasSequence, placesOf, resolveSequenceSet, type SequenceSet } from '../../wire/imap/sequence-set.ts'
import type { FlagSet } from '../mail/flags.ts'
import type { MailMessage } from '../mail/message.ts'
import { casemap } from './casemap.ts'
import { decoderOf } from './charset.ts'
import { addressText, decodeHeaderText, fieldsOf, unfolded } from './header-text.ts'
import { searchable } from './searchable.ts'
import { sentDate } from './sent-date.ts'

export interface SearchContext {
  /** The server's clock, in milliseconds of Unix time. */
  readonly nowMs: number
  /** Whether a message is `\Recent` in this session. */
  isRecent(message: MailMessage): boolean
  /** As the client gave it. Default: UTF-8. */
  readonly charset?: string | undefined
}

/** Why a search is refused: `code` is what stands in the brackets of NO. */
export class SearchRefusal extends Error {
  override readonly name = 'SearchRefusal'
  readonly code: 'BADCHARSET' | 'LIMIT'

  constructor(code: 'BADCHARSET' | 'LIMIT', message: string) {
    super(message)
    this.code = code
  }
}

/** Charsets to tell a client of that asked for another. */
export const offeredCharsets: readonly string[] = ['US-ASCII', 'UTF-8', 'ISO-8859-1']

/** Keys within keys. */
const maxDepth = 200
/** Characters that one search looks through, over and over for many keys; some ten seconds' work. */
const maxWork = 20_000_000_000
/** What it costs to look at a field, in characters. */
const fieldWork = 100

const dayMs = 86_400_000

type Test = (message: MailMessage, index: number) => boolean

/** Higher is dearer. */
const free = 0
const header = 1
const body = 2

interface Compiled {
  readonly cost: number
  readonly test: Test
}

/**
 * Places in `messages` of those that match, ascending: sequence numbers less 1.
 *
 * @throws {SearchRefusal} BADCHARSET for a charset that is not known, LIMIT for too much work
 */
export function search(key: SearchKey, messages: readonly MailMessage[], context: SearchContext): number[] {
  const compiler = new Compiler(messages, context)
  const { places, test } = compiler.compileAll(key)
  const found: number[] = []
  for (const { first, last } of places) {
    for (let index = first; index <= last; index++) {
      if (test(messages[index]!, index)) found.push(index)
    }
  }
  return found
}

class Compiler {
  readonly #messages: readonly MailMessage[]
  readonly #context: SearchContext
  readonly #decode: (text: string) => string
  readonly #read = new MessageReading()
  #uids: number[] | undefined
  #work = 0

  constructor(messages: readonly MailMessage[], context: SearchContext) {
    this.#messages = messages
    this.#context = context
    const { charset = 'UTF-8' } = context
    const decode = decoderOf(charset)
    if (decode === undefined) {
      throw new SearchRefusal('BADCHARSET', `expected a charset such as ${offeredCharsets.join(', ')}, got ${charset}`)
    }
    this.#decode = text => decode(Buffer.from(text, 'latin1'))
  }

  /** What is asked of the messages at some places, which sets of numbers narrow beforehand. */
  compileAll(key: SearchKey): { places: SequenceSet; test: Test } {
    let places: SequenceSet = this.#messages.length === 0 ? [] : [{ first: 0, last: this.#messages.length - 1 }]
    const others: SearchKey[] = []
    const keys = [key]
    for (let each = keys.pop(); each !== undefined; each = keys.pop()) {
      if (each.key === 'AND') for (const inner of each.all) keys.push(inner)
      else if (each.key === 'SEQUENCE' || each.key === 'UID') places = intersection(places, this.#places(each))
      else if (each.key !== 'ALL') others.push(each)
    }
    return { places, test: this.#compile({ key: 'AND', all: others }, 0).test }
  }

  #compile(key: SearchKey, depth: number): Compiled {
    if (depth > maxDepth) throw new SearchRefusal('LIMIT', `expected keys at most ${maxDepth} deep, got deeper ones`)
    switch (key.key) {
      case 'AND': {
        const all = key.all.map(each => this.#compile(each, depth + 1)).sort((a, b) => a.cost - b.cost)
        const tests = all.map(({ test }) => test)
        const cost = all.at(-1)?.cost ?? free
        if (tests.length === 1) return { cost, test: tests[0]! }
        return {
          cost,
          test: (message, index) => {
            for (const test of tests) if (!test(message, index)) return false
            return true
          },
        }
      }
      case 'OR': {
        const [a, b] = [this.#compile(key.either, depth + 1), this.#compile(key.or, depth + 1)].sort(
          (x, y) => x.cost - y.cost,
        )
        return { cost: b!.cost, test: (message, index) => a!.test(message, index) || b!.test(message, index) }
      }
      case 'NOT': {
        const { cost, test } = this.#compile(key.not, depth + 1)
        return { cost, test: (message, index) => !test(message, index) }
      }
      case 'BCC':
      case 'CC':
      case 'FROM':
      case 'TO':
        return this.#field(key.key.toLowerCase(), key.text, addressText, 'addresses')
      case 'SUBJECT':
        return this.#field('subject', key.text, value => value.trimStart().replace(/[ \t]+/g, ' '), 'text')
      case 'HEADER':
        return this.#field(key.field.toLowerCase(), key.text, value => value)
      case 'BODY':
      case 'TEXT':
        return this.#text(key.text, key.key === 'TEXT')
      case 'SENTBEFORE':
        return { cost: header, test: message => sentDay(message) < key.day }
      case 'SENTON':
        return { cost: header, test: message => sentDay(message) === key.day }
      case 'SENTSINCE':
        return { cost: header, test: message => sentDay(message) >= key.day }
      default:
        return { cost: free, test: this.#known(key) }
    }
  }

  /** What is known of a message without its octets. */
  #known(key: SearchKey): Test {
    const { isRecent, nowMs } = this.#context
    switch (key.key) {
      case 'ALL':
        return () => true
      case 'ANSWERED':
      case 'DELETED':
      case 'DRAFT':
      case 'FLAGGED':
      case 'SEEN':
        return flagged(`\\${key.key}`, true)
      case 'UNANSWERED':
      case 'UNDELETED':
      case 'UNDRAFT':
      case 'UNFLAGGED':
      case 'UNSEEN':
        return flagged(`\\${key.key.slice(2)}`, false)
      case 'KEYWORD':
        return flagged(key.flag, true)
      case 'UNKEYWORD':
        return flagged(key.flag, false)
      case 'RECENT':
        return message => isRecent(message)
      case 'OLD':
        return message => !isRecent(message)
      case 'NEW':
        return message => !message.flags.seen && isRecent(message)
      case 'LARGER':
        return message => message.size > key.octets
      case 'SMALLER':
        return message => message.size < key.octets
      case 'BEFORE':
        return message => message.internalMs < key.day
      case 'ON':
        return message => message.internalMs >= key.day && message.internalMs < key.day + dayMs
      case 'SINCE':
        return message => message.internalMs >= key.day
      case 'OLDER': {
        const limit = seconds(nowMs) - key.seconds
        return message => seconds(message.internalMs) <= limit
      }
      case 'YOUNGER': {
        const limit = seconds(nowMs) - key.seconds
        return message => seconds(message.internalMs) >= limit
      }
      // One number stands for all that may change of a message, whatever entry is named (RFC 7162 §3.1.5).
      case 'MODSEQ':
        return message => message.modSeq >= key.modSequence
      case 'SEQUENCE':
      case 'UID': {
        const places = this.#places(key)
        return (_message, index) => hasSequence(places, index)
      }
      default:
        throw new Error(`expected a key that needs no octets, got ${key.key}`)
    }
  }

  #places(key: { key: 'SEQUENCE' | 'UID'; set: SequenceSet }): SequenceSet {
    const messages = this.#messages
    if (key.key === 'SEQUENCE') {
      return resolveSequenceSet(key.set, messages.length).map(({ first, last }) => ({
        first: first - 1,
        last: last - 1,
      }))
    }
    this.#uids ??= messages.map(({ uid }) => uid)
    return placesOf(resolveSequenceSet(key.set, this.#uids.at(-1) ?? 0), this.#uids)
  }

  #field(name: string, text: string, read: (value: string) => string, kind = ''): Compiled {
    const wanted = casemap(this.#decode(text))
    if (wanted === '') return { cost: header, test: ({ raw }) => fieldsOf(raw, name, 1).length > 0 }
    const values = (raw: Buffer) =>
      fieldsOf(raw, name).map(field => casemap(decodeHeaderText(read(unfolded(raw, field)))))
    const about = `${kind}:${name}`
    return { cost: header, test: ({ raw }) => this.#isIn(this.#read.of(raw, about, values), wanted) }
  }

  #text(text: string, withHeaders: boolean): Compiled {
    const wanted = casemap(this.#decode(text))
    if (wanted === '') return { cost: free, test: () => true }
    const texts = (raw: Buffer) => searchable(raw, withHeaders)
    const about = withHeaders ? 'text' : 'body'
    return { cost: body, test: ({ raw }) => this.#isIn(this.#read.of(raw, about, texts), wanted) }
  }

  #isIn(texts: readonly string[], wanted: string): boolean {
    this.#work += fieldWork
    for (const text of texts) {
      this.#work += text.length
      if (text.includes(wanted)) return true
    }
    if (this.#work > maxWork) throw new SearchRefusal('LIMIT', 'expected fewer keys that look for text, got too many')
    return false
  }
}

/** What was read of the message that is looked at, for keys that read the same of it. */
class MessageReading {
  #raw: Buffer | undefined
  readonly #texts = new Map<string, readonly string[]>()

  of(raw: Buffer, about: string, read: (raw: Buffer) => readonly string[]): readonly string[] {
    if (raw !== this.#raw) {
      this.#raw = raw
      this.#texts.clear()
    }
    let texts = this.#texts.get(about)
    if (texts === undefined) this.#texts.set(about, (texts = read(raw)))
    return texts
  }
}

function flagged(flag: string, wanted: boolean): Test {
  // Messages with the same flags share them.
  const known = new Map<FlagSet, boolean>()
  return ({ flags }) => {
    let matches = known.get(flags)
    if (matches === undefined) known.set(flags, (matches = flags.has(flag) === wanted))
    return matches
  }
}

/** The day that its header gives, as midnight of UTC, whatever hour and zone it gives beside it; without one that of 1970. */
function sentDay(message: MailMessage): number {
  const sent = sentDate(message)
  return sent === undefined ? 0 : Math.floor((sent.timeMs + sent.zoneMs) / dayMs) * dayMs
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}

/** Of two sets in ascending order. */
function intersection(a: SequenceSet, b: SequenceSet): SequenceSet {
  const both: { first: number; last: number }[] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const first = Math.max(a[i]!.first, b[j]!.first)
    const last = Math.min(a[i]!.last, b[j]!.last)
    if (first <= last) both.push({ first, last })
    if (a[i]!.last < b[j]!.last) i++
    else j++
  }
  return both
}
