// The server's side of SASL mechanisms (RFC 4422): PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195), XOAUTH2, OAUTHBEARER
// (RFC 7628). Each is a generator: it yields challenges, is sent responses, returns who the client claims to be.

import { createHmac, timingSafeEqual } from 'node:crypto'

/** A claim, and how it is checked against what is known of the user. */
export interface Claim {
  user: string
  proves(secret: { password: string; token: string }): boolean
  /** What a failed claim is answered with before the refusal; the client sends an empty response (XOAUTH2). */
  errorChallenge?: Buffer
}

/** Yields challenges and takes responses; returns undefined where a response makes no sense. */
export type Exchange = Generator<Buffer, Claim | undefined, Buffer>

/** @param initial the initial response, if the client sent one
 *  @param nonce for challenges that must not repeat */
export type Mechanism = (initial: Buffer | undefined, nonce: () => string) => Exchange

const nothing = Buffer.alloc(0)

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function password(user: string, given: string): Claim {
  return { user, proves: secret => equal(given, secret.password) }
}

function* plain(initial: Buffer | undefined): Exchange {
  const parts = (initial ?? (yield nothing)).toString().split('\0')
  return parts.length === 3 && parts[1] !== '' ? password(parts[1]!, parts[2]!) : undefined
}

function* login(initial: Buffer | undefined): Exchange {
  const user = (initial ?? (yield Buffer.from('Username:'))).toString()
  return password(user, (yield Buffer.from('Password:')).toString())
}

function* cramMd5(initial: Buffer | undefined, nonce: () => string): Exchange {
  if (initial !== undefined) return undefined
  const challenge = Buffer.from(nonce())
  const response = (yield challenge).toString()
  const blank = response.lastIndexOf(' ')
  if (blank < 1) return undefined
  const digest = response.slice(blank + 1)
  return {
    user: response.slice(0, blank),
    proves: secret => equal(digest, createHmac('md5', secret.password).update(challenge).digest('hex')),
  }
}

const oauthError = Buffer.from('{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}')

function bearer(user: string | undefined, given: string | undefined): Claim | undefined {
  if (user === undefined || given === undefined) return undefined
  return { user, proves: secret => equal(given, secret.token), errorChallenge: oauthError }
}

function* xoauth2(initial: Buffer | undefined): Exchange {
  const text = (initial ?? (yield nothing)).toString()
  return bearer(/(?:^|\x01)user=([^\x01]*)\x01/.exec(text)?.[1], /\x01auth=Bearer ([^\x01]*)\x01/i.exec(text)?.[1])
}

function* oauthBearer(initial: Buffer | undefined): Exchange {
  const text = (initial ?? (yield nothing)).toString()
  return bearer(/^[ny],a=([^,]*),/.exec(text)?.[1], /\x01auth=Bearer ([^\x01]*)\x01/i.exec(text)?.[1])
}

export const mechanisms: ReadonlyMap<string, Mechanism> = new Map<string, Mechanism>([
  ['PLAIN', plain],
  ['LOGIN', login],
  ['CRAM-MD5', cramMd5],
  ['XOAUTH2', xoauth2],
  ['OAUTHBEARER', oauthBearer],
])

/** Base64 (RFC 4648 §4) in full, or undefined. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  return Buffer.from(text, 'base64')
}
