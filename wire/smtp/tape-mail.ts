// How a mail stands on a tape, and how it is sent again: without its stuffed dots and its end where those can be put back,
// else as the octets that crossed.

import { ByteQueue } from '../byte-queue.ts'
import { excerpt, ProtocolError } from '../decoder.ts'
import {
  filled,
  type Outgoing,
  octetsOfLines,
  outgoing,
  type Reveal,
  type Scripted,
  type TapeBody,
  type TapeMapping,
  type TapeReading,
  type TapeValue,
  type TapeWriting,
} from '../tape.ts'
import { encodeData, SmtpDataReader } from './data.ts'
import type { SmtpChunk } from './progress.ts'
import type { SmtpData } from './tape-follower.ts'
import { hasSecrets, textOfLines } from './tape-text.ts'

/** Longer mails are files. */
const maxText = 16 * 1024
const DOT = 0x2e
const dot = Buffer.from('.')
const crlf = Buffer.from('\r\n')
const end = Buffer.from('.\r\n')
const nothing = Buffer.alloc(0)

export function writeMail(mail: SmtpData, body: TapeBody, writing: TapeWriting): TapeValue {
  const sent = unlikeStuffed(mail, body)
  if (sent !== undefined) return { octets: writing.body(sent) }
  const key = mail.cut ? 'cut' : 'data'
  const value = writeContent(body, 'message/rfc822', writing)
  if (mail.dots === undefined || typeof value === 'string' || !('file' in value)) return { [key]: value }
  // Who sends a file cannot look into it.
  return { [key]: value, dots: mail.dots === 'many' ? 'many' : mail.dots.join(' ') }
}

export function writeChunk({ first }: SmtpChunk, body: TapeBody, writing: TapeWriting): TapeValue {
  return { chunk: writeContent(body, first ? 'message/rfc822' : undefined, writing) }
}

/** Text in which each line feed is CRLF, its last line with an end or without; else octets. */
export function writeContent(body: TapeBody, type: string | undefined, writing: TapeWriting): TapeValue {
  const { octets, size, secrets } = body
  if (octets !== undefined && size <= maxText) {
    const text = textOfLines({ octets: Buffer.concat([octets, crlf]), secrets })
    if (text !== undefined) return writing.sweep(text.slice(0, -1))
  }
  const value = writing.body(body, type)
  return typeof value === 'string' ? { octets: value } : value
}

/** What stands under `data` or `cut`, and `dots` beside it. */
export function readMail(key: 'data' | 'cut', value: TapeMapping, reading: TapeReading): Scripted<SmtpData> {
  const { [key]: held, dots } = value
  if (dots !== undefined && (typeof dots !== 'string' || !/^(?:many|\d{1,15}(?: \d{1,15})*)$/.test(dots))) {
    throw new ProtocolError('smtp', `expected places of dots, got ${excerpt(Buffer.from(JSON.stringify(dots)))}`)
  }
  const places = dots === undefined || dots === 'many' ? dots : (dots as string).split(' ').map(Number)
  return { message: { kind: 'data', cut: key === 'cut', dots: places }, body: readContent(held!, reading) }
}

export function readContent(value: TapeValue, reading: TapeReading): TapeBody {
  if (typeof value !== 'string') return reading.body('octets' in value ? value.octets! : value)
  const octets = octetsOfLines(value)
  return { size: octets.length, octets, secrets: hasSecrets(value) }
}

/** Octets that crossed after DATA; undefined where they are more than a mail. */
export function mailOf(octets: Buffer, secrets: boolean | undefined): Scripted<SmtpData> | undefined {
  const queue = new ByteQueue()
  queue.append(octets)
  const { octets: read, last, dots } = new SmtpDataReader(queue).next() ?? { octets: nothing, last: false }
  const left = queue.takeAll()
  if (left.length > 0 && (last || left[0] === DOT)) return undefined
  // A CR where the mail was cut.
  const mail = Buffer.concat([read, left])
  return { message: { kind: 'data', cut: !last, dots }, body: { size: mail.length, octets: mail, secrets } }
}

/** @throws {ProtocolError} for a file with more lines that begin with a dot than are remembered. */
export function encodeMail(mail: SmtpData, body: TapeBody, reveal: Reveal): Outgoing {
  const sent = unlikeStuffed(mail, body)
  if (sent !== undefined) return outgoing(filled(sent, reveal))
  const { octets } = filled(body, reveal)
  if (octets === undefined) return mailInFile(mail, body)
  const whole = encodeData(octets)
  if (!mail.cut) return [whole]
  const isClosed = octets.length === 0 || octets.subarray(-2).equals(crlf)
  return [whole.subarray(0, -(isClosed ? end.length : crlf.length + end.length))]
}

/** What was sent where lines begin with a dot that were not stuffed, so that the mail alone does not tell. */
function unlikeStuffed({ dots, cut }: SmtpData, { octets, secrets }: TapeBody): TapeBody | undefined {
  if (octets === undefined || dots === undefined || dots === 'many') return undefined
  if (dots.every(at => octets[at] === DOT)) return undefined
  const parts = [0, ...dots].map((from, index) => octets.subarray(from, dots[index]))
  const sent = Buffer.concat([
    ...parts.flatMap((part, index) => (index === 0 ? [part] : [dot, part])),
    cut ? nothing : end,
  ])
  return { size: sent.length, octets: sent, secrets }
}

/** Parts of the file with dots between. */
function mailInFile({ dots = [], cut }: SmtpData, { file, size }: TapeBody): Outgoing {
  if (dots === 'many') {
    throw new ProtocolError('smtp', `expected to know where dots are to be put in ${file}, got too many of them`)
  }
  const parts = [0, ...dots].flatMap((start, index) => {
    const part = { file: file!, start, size: (dots[index] ?? size) - start }
    return [...(index === 0 ? [] : [dot]), ...(part.size > 0 ? [part] : [])]
  })
  return cut ? parts : [...parts, end]
}
