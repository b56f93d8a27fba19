// How POP3 stands on a tape: lines as an RFC prints them; a response of several lines as those lines, without the dot that
// ends them; of a mail `reply` and `data`, of one whose end never came `cut`; what is none of it `octets`. Passwords and
// digests are hidden.

import type { Side } from '../decoder.ts'
import { textOf } from '../smtp/credentials.ts'
import { withoutDates } from '../smtp/mail-digest.ts'
import { encodeMail, writeMail } from '../smtp/tape-mail.ts'
import { closed, textOfLines, unescaped, writeLines } from '../smtp/tape-text.ts'
import {
  filled,
  hasPlaceholder,
  type Outgoing,
  outgoing,
  type Reveal,
  type Scripted,
  type TapeBody,
  type TapeForm,
  type TapeMapping,
  type TapeValue,
  type TapeWriting,
} from '../tape.ts'
import { parseCommand } from './command.ts'
import { type Pop3Line, splitCredential } from './progress.ts'
import { Pop3Follower, type Pop3Message, type Pop3Response } from './tape-follower.ts'
import { Pop3TapeReader } from './tape-reader.ts'

const empty: TapeBody = { size: 0, octets: Buffer.alloc(0) }
/** Longer lists are files. */
const maxText = 16 * 1024

function write(message: Pop3Message, body: TapeBody = empty, writing: TapeWriting): TapeValue {
  switch (message.kind) {
    case 'command':
    case 'response':
      return writeLines(withoutSecret(message, writing), writing)
    case 'response from the server':
      return message.follows === undefined ? writeLines(message, writing) : writeResponse(message, body, writing)
    case 'octets':
      return { octets: writing.body(body) }
  }
}

function withoutSecret(line: Pop3Line, writing: TapeWriting): Pick<Pop3Line, 'octets' | 'secrets'> {
  const [before, secret, after] = splitCredential(line) ?? []
  if (secret === undefined || hasPlaceholder(secret)) return line
  const placeholder = writing.hide(line.credential!, unescaped(secret))
  return { octets: Buffer.from(`${before}${placeholder}${after}`), secrets: true }
}

function writeResponse(response: Pop3Response, body: TapeBody, writing: TapeWriting): TapeValue {
  const { follows, cut, dots } = response
  const status = textOfLines(response)
  const lines = body.octets?.length === 0 ? '' : linesOf(body)
  const isText = status !== undefined && lines !== undefined && !cut && dots === undefined
  if (follows === 'lines' && isText) return writing.sweep(status + lines)
  return {
    reply: writeLines(response, writing),
    ...(writeMail({ kind: 'data', cut, dots }, body, writing) as TapeMapping),
  }
}

function linesOf({ octets, size, secrets }: TapeBody): string | undefined {
  return octets === undefined || size > maxText ? undefined : textOfLines({ octets, secrets })
}

function encode({ message, body = empty }: Scripted<Pop3Message>, reveal: Reveal): Outgoing {
  if (message.kind === 'octets') return outgoing(filled(body, reveal))
  const { octets, secrets } = message
  const line = outgoing(filled({ size: octets.length, octets, secrets }, reveal))
  if (message.kind !== 'response from the server' || message.follows === undefined) return line
  const { cut, dots } = message
  return [...line, ...encodeMail({ kind: 'data', cut, dots }, body, reveal)]
}

/** A message without secrets and the case that does not matter. */
function identity(message: Pop3Message): string {
  switch (message.kind) {
    case 'command':
    case 'response': {
      const line = lineIdentity(message)
      return message.octets.at(-1) === 0x0a ? line : `${line} (cut)`
    }
    case 'response from the server':
      return textOf(message)
    case 'octets':
      return message.kind
  }
}

function lineIdentity(line: Pop3Line): string {
  const [before, secret] = splitCredential(line) ?? []
  const text = (secret === undefined ? textOf(line) : `${before}‹›`).trim()
  if (line.kind === 'response') return text
  const { verb, args } = parseCommand(text)
  const words = args.trim().replace(/[ \t]+/g, ' ')
  const shown = verb === 'AUTH' ? words.replace(/^\S+/, mechanism => mechanism.toUpperCase()) : words
  return shown === '' ? verb : `${verb} ${shown}`
}

/** A value without what differs in another recording of the same: dates, APOP's timestamp, unique ids. */
function steady(from: Side, value: TapeValue): TapeValue {
  if (from === 'client' || typeof value !== 'string') return value
  const [first = '', ...lines] = closed(value).slice(0, -1).split('\n')
  const challenge = /^(\+ )([\w+/]+={0,2})$/.exec(first)
  if (challenge !== null && /^<.*>$/.test(Buffer.from(challenge[2]!, 'base64').toString('latin1'))) return '+ …'
  const status = withoutDates(first).replace(/<[^<>\s]+@[^<>\s]+>/, '<…>')
  const ids = (line: string) => line.replace(/^(\+OK |)(\d+ )(?=\S*[^\d\s]|\S{12})\S+$/, '$1$2…')
  return [ids(status), ...lines.map(ids)].join('\n')
}

export const form: TapeForm<Pop3Message> = {
  kind: () => 'dialogue',
  follow: () => new Pop3Follower(),
  write,
  reader: reading => new Pop3TapeReader(reading),
  encode,
  identity,
  steady,
  refuse(_asked, why) {
    const text = why.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 400)
    return { octets: Buffer.from(`-ERR [SYS/TEMP] backlot: ${text}\r\n`), link: 'end' }
  },
}
