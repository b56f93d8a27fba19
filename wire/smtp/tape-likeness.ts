// What is alike in two dialogues of SMTP: which of a client's messages are the same, and what of a reply is new each time.

import type { Side } from '../decoder.ts'
import type { TapeMapping, TapeValue } from '../tape.ts'
import { parseCommand } from './command.ts'
import { type SmtpLine, splitCredential, textOf } from './credentials.ts'
import { steadyMail, withoutDates } from './mail-digest.ts'
import type { SmtpMessage } from './tape-follower.ts'

/** A message without secrets, the client's name, sizes and the case that does not matter. */
export function identity(message: SmtpMessage): string {
  switch (message.kind) {
    case 'command':
    case 'response': {
      const line = lineIdentity(message)
      return message.octets.at(-1) === 0x0a ? line : `${line} (cut)`
    }
    case 'reply':
      return textOf(message)
    case 'data':
      return message.cut ? 'data (cut)' : 'data'
    default:
      return message.kind
  }
}

function lineIdentity(line: SmtpLine): string {
  const split = splitCredential(line)
  if (split !== undefined) return `${split[0].toUpperCase()}‹›`.trim().replace(/[ \t]+/g, ' ')
  const text = textOf(line).trim()
  if (line.kind === 'response') return text
  const { verb, args } = parseCommand(text)
  switch (verb) {
    case 'EHLO':
    case 'HELO':
    case 'LHLO':
      return verb
    case 'MAIL':
    case 'RCPT':
      return `${verb} ${pathIdentity(args)}`
    case 'BDAT':
      return /[ \t]LAST$/i.test(args) ? 'BDAT LAST' : 'BDAT'
    case 'AUTH':
      return `AUTH ${args.replace(/^[^ \t]+[ \t]*/, mechanism => mechanism.toUpperCase())}`
    default:
      return args === '' ? verb : `${verb} ${args}`
  }
}

/** RFC 5321 §2.4: words and domains are alike in any case, the part before the @ is not. */
function pathIdentity(args: string): string {
  const found = /^(FROM|TO)[ \t]*:[ \t]*(<(?:"(?:[^"\\]|\\.)*"|[^">])*>|[^ \t]*)(.*)$/is.exec(args)
  if (found === null) return args
  const [, word, path, parameters] = found as unknown as [string, string, string, string]
  const at = path.lastIndexOf('@')
  const kept = parameters.split(/[ \t]+/).filter(each => each !== '' && !/^SIZE=/i.test(each))
  const words = kept.map(each => each.replace(/^[^=]*/, keyword => keyword.toUpperCase()))
  return [`${word.toUpperCase()}:${path.slice(0, at + 1)}${path.slice(at + 1).toLowerCase()}`, ...words].join(' ')
}

/** What servers say anew each time, up to a group that is kept. */
const fresh: readonly RegExp[] = [
  // Postfix, and whoever answers as it does.
  /(\bqueued as )[^ ]+/g,
  // Exim.
  /(\bid=)[\w-]+/g,
  // Gmail: in the banner, and in each reply; the time in seconds stands before.
  /( )(?:\d{9,11} )?[\w.-]+(?= - gsmtp$)/g,
  // Sendmail and OpenSMTPD.
  /(^250[ -]2\.0\.0 )\w+(?= Message accepted for delivery)/g,
  // qmail, Amazon's SES.
  /(^250 ok )\d{9,11} qp \d+/gi,
  /(^250 Ok )[\da-f]{16}-[\da-f-]{20,}/g,
  // Exchange: a message id, how long it took, and a number in the banner.
  /(\bOK )<[^>]*>.*(?= Queued mail for delivery)/g,
  /(\[)[\dA-F]{16}(?=\]$)/g,
]

/** A challenge that is another each time: of CRAM-MD5, SCRAM, DIGEST-MD5 and NTLM. */
const challenge = /^<[^>]*>$|(?:^|,)(?:r|v|nonce)=|^NTLMSSP\0/

/** A value without what differs in another recording of the same. */
export function steady(from: Side, value: TapeValue): TapeValue {
  if (typeof value !== 'string')
    return from === 'client' && !Array.isArray(value) ? steadyContent(value as TapeMapping) : value
  if (from === 'server') return value.split('\n').map(steadyReply).join('\n')
  return value.replace(/^(MAIL\b.* SIZE=)\d+/i, '$1…').replace(/^(BDAT )\d+/i, '$1…')
}

function steadyReply(line: string): string {
  const [, start, base64] = /^(334[ -])([\w+/]+={0,2})$/.exec(line) ?? []
  if (start !== undefined) return challenge.test(Buffer.from(base64!, 'base64').toString('latin1')) ? `${start}…` : line
  // RFC 5321 §4.5.3.1.5: 512 octets.
  if (line.length > 2048) return line
  let text = withoutDates(line)
  for (const each of fresh) text = text.replace(each, '$1…')
  return text
}

/** A mail that stands in a file of its own is compared by that. */
function steadyContent(value: TapeMapping): TapeMapping {
  const masked = Object.entries(value).map(([key, held]): [string, TapeValue] => {
    if (key !== 'data' && key !== 'cut' && key !== 'chunk') return [key, held]
    if (typeof held === 'string') return [key, steadyMail(held)]
    const octets = Array.isArray(held) ? undefined : (held as TapeMapping).octets
    return [key, typeof octets === 'string' ? { octets: steadyMail(octets) } : held]
  })
  return Object.fromEntries(masked)
}
