// A DNS message as a tape has it: the words of dig for its head, records as lines of a zone file.
// Left out: what only a broken or future message has, such as header bits without a name; those are octets on a tape.

import { ProtocolError } from '../decoder.ts'
import type { TapeMapping, TapeValue } from '../tape.ts'
import { formatEdns, parseEdns, wrong } from './edns-text.ts'
import { type DnsMessage, type DnsQuestion, needsEdns, type Opcode, parseOpcode, parseRcode } from './message.ts'
import { classCode, className, parseType } from './record.ts'
import { formatRecord } from './text.ts'
import { absolute, resolveName } from './words.ts'
import { parseZone } from './zone-file.ts'

/** What a value says of a message. */
export interface DnsValue {
  readonly message: DnsMessage
  /** The id is in the value; otherwise it is that of the query. */
  readonly hasId: boolean
  /** The client's part of a cookie, which is not in the value. */
  readonly cookie?: Buffer | undefined
  /** Where its names point, if not as our encoder lets them: see pointers.ts. */
  readonly pointers?: readonly number[] | undefined
}

const flags = [
  ['qr', 'response'],
  ['aa', 'authoritative'],
  ['tc', 'truncated'],
  ['rd', 'recursionDesired'],
  ['ra', 'recursionAvailable'],
  ['ad', 'authenticData'],
  ['cd', 'checkingDisabled'],
] as const

interface SectionNames {
  question: string
  answers: string
  authorities: string
  additionals: string
}

const usual = { question: 'question', answers: 'answer', authorities: 'authority', additionals: 'additional' }
/** As nsupdate calls them (RFC 2136 §2). */
const ofUpdate = { question: 'zone', answers: 'prerequisite', authorities: 'update', additionals: 'additional' }

function sectionNames(opcode: Opcode): SectionNames {
  return opcode === 'UPDATE' ? ofUpdate : usual
}

const recordSections = ['answers', 'authorities', 'additionals'] as const

export function formatValue({ message, hasId, cookie, pointers }: DnsValue): TapeMapping {
  const { edns, opcode, questions, rcode } = message
  const names = sectionNames(opcode)
  const set = flags.filter(([, property]) => message[property]).map(([flag]) => flag)
  const asked = questions.map(formatQuestion)
  const question: Record<string, TapeValue> = asked.length === 0 ? {} : { [names.question]: asked }
  if (asked.length === 1) question[names.question] = asked[0]!
  const value: Record<string, TapeValue> = {}
  if (hasId) value.id = String(message.id)
  if (opcode !== 'QUERY') value.opcode = opcode
  if (!message.response) Object.assign(value, question)
  if (set.length > 0) value.flags = set.join(' ')
  if (rcode !== 'NOERROR') value.rcode = rcode
  if (message.response) Object.assign(value, question)
  for (const section of recordSections) {
    const records = message[section]
    if (records.length > 0) value[names[section]] = records.map(record => `${formatRecord(record)}\n`).join('')
  }
  if (edns !== undefined) value.edns = formatEdns(edns, cookie)
  if (pointers !== undefined) value.pointers = pointers.join(' ')
  return value
}

/** A question as dig prints it: the class only where it is not IN. */
export function formatQuestion({ name, type, class: ofClass }: DnsQuestion): string {
  return [absolute(name), ...(ofClass === 'IN' ? [] : [ofClass]), type].join(' ')
}

/**
 * The message of a value. Where the value has no id it is 0, and where it has the client's own part of a cookie only by
 * name, that is zeros.
 *
 * @throws {ProtocolError} naming what was expected.
 */
export function parseValue(value: TapeMapping): DnsValue {
  const { id, opcode = 'QUERY', flags: set = '', rcode = 'NOERROR', edns, pointers, ...sections } = value
  const ofOpcode = parseOpcode(text('opcode', opcode)) ?? fail('an opcode such as QUERY or UPDATE', opcode)
  const message: DnsMessage = {
    id: id === undefined ? 0 : numberOf('id', id, 65535),
    response: false,
    opcode: ofOpcode,
    authoritative: false,
    truncated: false,
    recursionDesired: false,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: parseRcode(text('rcode', rcode)) ?? fail('a code of a response such as NXDOMAIN as rcode', rcode),
    questions: [],
    answers: [],
    authorities: [],
    additionals: [],
  }
  for (const word of words(text('flags', set))) {
    const flag = flags.find(([known]) => known === word)
    message[flag?.[1] ?? fail(`flags out of ${flags.map(([known]) => known).join(', ')}`, word)] = true
  }
  parseSections(message, sections)
  let cookie: Buffer | undefined
  if (edns !== undefined) {
    message.edns = parseEdns(edns)
    cookie = Buffer.alloc(8)
  } else if (needsEdns(message.rcode)) fail(`edns beside the rcode ${message.rcode}`, 'none')
  return {
    message,
    hasId: id !== undefined,
    cookie,
    pointers:
      pointers === undefined
        ? undefined
        : words(text('pointers', pointers)).map(word => numberOf('pointers', word, 0x3fff)),
  }
}

function parseSections(message: DnsMessage, sections: TapeMapping): void {
  const names = sectionNames(message.opcode)
  for (const [key, given] of Object.entries(sections)) {
    if (key === names.question) {
      const asked: readonly TapeValue[] = Array.isArray(given) ? given : [given as TapeValue]
      message.questions = asked.map(question => parseQuestion(key, question))
      continue
    }
    const section = recordSections.find(known => names[known] === key)
    if (section === undefined) {
      const known = ['id', 'opcode', 'flags', 'rcode', ...Object.values(names), 'edns', 'pointers']
      throw wrong(`a message of ${known.join(', ')}, or octets`, key)
    }
    message[section] = parseRecords(key, text(key, given))
  }
}

function parseQuestion(key: string, given: TapeValue): DnsQuestion {
  const parts = words(text(key, given))
  const [name, ofClass, type] = parts.length === 2 ? [parts[0], 'IN', parts[1]] : parts
  const code = classCode((ofClass ?? '').toUpperCase())
  if (parts.length < 2 || parts.length > 3 || code === undefined)
    throw wrong(`${key} such as www.example.org. A`, given)
  return {
    name: within(key, () => resolveName(name!, '.')),
    type: parseType(type!) ?? fail(`a type of record in ${key}`, type!),
    class: className(code),
  }
}

function parseRecords(key: string, lines: string): DnsMessage['answers'] {
  return within(key, () => parseZone(lines, { ofMessage: true }))
}

/** Says where in the value something is wrong. */
function within<Result>(key: string, parse: () => Result): Result {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new ProtocolError('dns', `${key}: ${error.message.replace(/^dns( zone)?: /, '')}`, { cause: error })
  }
}

function words(given: string): string[] {
  return given.split(/\s+/).filter(word => word !== '')
}

function text(key: string, value: TapeValue | undefined): string {
  return typeof value === 'string' ? value : fail(`${key} as text`, value ?? '')
}

function numberOf(key: string, value: TapeValue, max: number): number {
  const given = text(key, value)
  return /^\d{1,5}$/.test(given) && Number(given) <= max ? Number(given) : fail(`${key} from 0 to ${max}`, given)
}

function fail(expected: string, got: TapeValue): never {
  throw wrong(expected, got)
}
