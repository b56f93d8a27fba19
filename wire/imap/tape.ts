// How IMAP stands on a tape: lines as an RFC prints them, what a server says to one command together; a literal as `literal`
// and, where more than the end of the line stands behind it, `rest`; one whose end never came `cut`; what is none of it
// `octets`. Passwords and proofs are hidden. Tags and the sizes of literals are put right.

import { textOf } from '../smtp/credentials.ts'
import { MailDigester } from '../smtp/mail-digest.ts'
import { writeContent } from '../smtp/tape-mail.ts'
import { unescaped, writeLines } from '../smtp/tape-text.ts'
import {
  filled,
  hasPlaceholder,
  type Outgoing,
  outgoing,
  type Reveal,
  type Scripted,
  type TapeBody,
  type TapeForm,
  type TapeValue,
  type TapeWriting,
} from '../tape.ts'
import { ImapFitting } from './tape-fitting.ts'
import {
  type Announced,
  type ImapLine,
  type ImapLiteral,
  ImapTapeFollower,
  type ImapTapeMessage,
} from './tape-follower.ts'
import { identity, steady } from './tape-likeness.ts'
import { credentialIn, withSize } from './tape-line.ts'
import { ImapTapeReader } from './tape-reader.ts'

const empty: TapeBody = { size: 0, octets: Buffer.alloc(0) }
const crlf = Buffer.from('\r\n')
const nothing = Buffer.alloc(0)

function write(message: ImapTapeMessage, body: TapeBody = empty, writing: TapeWriting): TapeValue {
  switch (message.kind) {
    case 'command':
    case 'response':
      return writeLines(withoutSecret(message, message.credential, writing), writing)
    case 'lines':
      return writeLines(message, writing)
    case 'literal':
      return writeLiteral(message, body, writing)
    case 'octets':
      return { octets: writing.body(body) }
  }
}

type Text = Pick<ImapLine, 'octets' | 'secrets'>

function withoutSecret(message: ImapLine | ImapLiteral, credential: string | undefined, writing: TapeWriting): Text {
  if (credential === undefined) return message
  const place = message.kind === 'literal' ? { kind: 'rest' as const, verb: message.verb } : message
  const [before, secret, after] = credentialIn(place, textOf(message)) ?? []
  if (secret === undefined || hasPlaceholder(secret)) return message
  const placeholder = writing.hide(credential, unescaped(secret))
  return { octets: Buffer.from(`${before}${placeholder}${after}`), secrets: true }
}

function writeLiteral(literal: ImapLiteral, body: TapeBody, writing: TapeWriting): TapeValue {
  const { cut, credential, octets } = literal
  const type = literal.verb === 'APPEND' ? 'message/rfc822' : undefined
  const content = writeContent(hidden(body, credential, writing), type, writing)
  const isPlain = octets.equals(cut ? nothing : crlf)
  const rest = isPlain ? {} : { rest: writeLines(withoutSecret(literal, literal.restCredential, writing), writing) }
  return { [cut ? 'cut' : 'literal']: content, ...rest }
}

function hidden(body: TapeBody, credential: string | undefined, writing: TapeWriting): TapeBody {
  if (credential === undefined || body.octets === undefined || body.size === 0) return body
  const text = textOf({ octets: body.octets, secrets: body.secrets })
  if (hasPlaceholder(text)) return body
  const octets = Buffer.from(writing.hide(credential, unescaped(text)))
  return { size: octets.length, octets, secrets: true }
}

function encode({ message, body = empty }: Scripted<ImapTapeMessage>, reveal: Reveal): Outgoing {
  if (message.kind === 'octets') return outgoing(filled(body, reveal))
  const line = encodeLine(message, reveal)
  return message.kind === 'literal' ? [...outgoing(filled(body, reveal)), line] : [line]
}

function encodeLine({ octets, secrets, announced }: Text & { announced?: Announced }, reveal: Reveal): Buffer {
  const said = filled({ size: octets.length, octets, secrets }, reveal).octets!
  if (announced?.body === undefined) return said
  return Buffer.from(withSize(said.toString('latin1'), filled(announced.body, reveal).size), 'latin1')
}

export const form: TapeForm<ImapTapeMessage> = {
  kind: () => 'dialogue',
  follow: () => new ImapTapeFollower(),
  write,
  reader: reading => new ImapTapeReader(reading),
  encode,
  fitting: () => new ImapFitting(),
  identity,
  steady,
  digester(message) {
    if (message.kind !== 'literal') return undefined
    if (message.credential !== undefined) return { push() {}, digest: () => '‹›' }
    return message.verb === 'APPEND' ? new MailDigester('header') : undefined
  },
  refuse(asked, why) {
    const text = `backlot: ${why.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 400)}`
    const tag = asked === undefined || !('tag' in asked) || asked.tag === '' ? undefined : asked.tag
    const no = tag === undefined ? '' : `${tag.replace(/[^\x21-\x7e]/g, '')} NO [UNAVAILABLE] ${text}\r\n`
    return { octets: Buffer.from(`* BYE [UNAVAILABLE] ${text}\r\n${no}`), link: 'end' }
  },
}
