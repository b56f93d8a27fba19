// How SMTP stands on a tape: lines as an RFC prints them, `data` a mail without its dots as text or a file, `cut` one whose
// end never came, `chunk` what follows BDAT; what is no whole line of printable text, or no mail as it should be, `octets`.
// Secrets of AUTH are hidden. Left out: what SCRAM and NTLM prove with a nonce, which nobody can say without the secret.

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
import { type SmtpLine, splitCredential } from './credentials.ts'
import { MailDigester } from './mail-digest.ts'
import { SmtpFollower, type SmtpMessage } from './tape-follower.ts'
import { identity, steady } from './tape-likeness.ts'
import { encodeMail, writeChunk, writeMail } from './tape-mail.ts'
import { SmtpTapeReader } from './tape-reader.ts'
import { unescaped, writeLines } from './tape-text.ts'

const empty: TapeBody = { size: 0, octets: Buffer.alloc(0) }

function write(message: SmtpMessage, body: TapeBody = empty, writing: TapeWriting): TapeValue {
  switch (message.kind) {
    case 'command':
    case 'response':
      return writeLines(withoutSecret(message, writing), writing)
    case 'reply':
      return writeLines(message, writing)
    case 'data':
      return writeMail(message, body, writing)
    case 'chunk':
      return writeChunk(message, body, writing)
    case 'octets':
      return { octets: writing.body(body) }
  }
}

function withoutSecret(line: SmtpLine, writing: TapeWriting): Pick<SmtpLine, 'octets' | 'secrets'> {
  const [before, secret, after] = splitCredential(line) ?? []
  if (secret === undefined || hasPlaceholder(secret)) return line
  const placeholder = writing.hide(line.credential!, unescaped(secret))
  return { octets: Buffer.from(`${before}${placeholder}${after}`), secrets: true }
}

function encode({ message, body = empty }: Scripted<SmtpMessage>, reveal: Reveal): Outgoing {
  if (message.kind === 'data') return encodeMail(message, body, reveal)
  if (message.kind === 'chunk' || message.kind === 'octets') return outgoing(filled(body, reveal))
  const { octets, secrets } = message
  return outgoing(filled({ size: octets.length, octets, secrets }, reveal))
}

export const form: TapeForm<SmtpMessage> = {
  kind: () => 'dialogue',
  follow: () => new SmtpFollower(),
  write,
  reader: reading => new SmtpTapeReader(reading),
  encode,
  identity,
  steady,
  digester(message) {
    if (message.kind === 'data') return new MailDigester('header')
    return message.kind === 'chunk' ? new MailDigester(message.first ? 'header' : 'body') : undefined
  },
  refuse(_asked, why) {
    const text = why.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 400)
    return { octets: Buffer.from(`421 4.3.0 backlot: ${text}\r\n`), link: 'end' }
  },
}
