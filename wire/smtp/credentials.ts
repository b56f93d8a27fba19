// Where the secrets of AUTH stand (RFC 4954): after the mechanism's name, and on the lines that answer challenges.

import { escapePlaceholders } from '../tape.ts'
import { decodeUtf8 } from './command.ts'

/** A line of a client, its end included. */
export interface SmtpLine {
  readonly kind: 'command' | 'response'
  readonly octets: Buffer
  /** `octets` are text of a tape, with placeholders in it. */
  readonly secrets?: boolean | undefined
  /** The kind of secret that the line is for. */
  readonly credential?: string | undefined
}

/** The kind of secret that a client sends as its `step`th message, counted from 0; undefined where it is none. */
export function credentialOf(mechanism: string, step: number): string | undefined {
  switch (mechanism) {
    case 'PLAIN':
      return 'password'
    case 'LOGIN':
      return step === 0 ? undefined : 'password'
    case 'CRAM-MD5':
      return 'cram-md5'
    default:
      return mechanism.startsWith('SCRAM-') ? 'scram' : 'token'
  }
}

/** A line as a tape has it. */
export function textOf({ octets, secrets }: Pick<SmtpLine, 'octets' | 'secrets'>): string {
  if (secrets) return octets.toString()
  const latin1 = octets.toString('latin1')
  return escapePlaceholders(decodeUtf8(latin1) ?? latin1)
}

/** What stands before a secret, the secret, and what stands after it. */
export function splitCredential(line: SmtpLine): [string, string, string] | undefined {
  if (line.credential === undefined) return undefined
  const text = textOf(line)
  const before = line.kind === 'response' ? '' : /^[ \t]*AUTH[ \t]+[^ \t\r\n]+[ \t]+/i.exec(text)?.[0]
  if (before === undefined) return undefined
  const secret = text.slice(before.length).trimEnd()
  // RFC 4954 §4: an empty answer, and the client's giving up.
  if (secret === '' || secret === '=' || secret === '*') return undefined
  return [before, secret, text.slice(before.length + secret.length)]
}
