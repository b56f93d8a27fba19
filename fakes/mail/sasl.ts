// The server's side of SASL mechanisms (RFC 4422): PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195), SCRAM (RFC 5802), XOAUTH2,
// OAUTHBEARER (RFC 7628), EXTERNAL. Each is a generator: it yields challenges, is sent responses, returns what came of it.

import { createHmac } from 'node:crypto'
import { type Claim, claim, equal, mayActFor, type SaslServer } from './claim.ts'
import { scram } from './scram.ts'

/** Yields challenges and takes responses; returns undefined where a response makes no sense. */
export type Exchange = Generator<Buffer, Claim | undefined, Buffer>

/** @param initial the initial response, if the client sent one */
export type Mechanism = (initial: Buffer | undefined, server: SaslServer) => Exchange

const nothing = Buffer.alloc(0)

function* plain(initial: Buffer | undefined, server: SaslServer): Exchange {
  const parts = (initial ?? (yield nothing)).toString().split('\0')
  const [name, user, password] = parts as [string, string, string]
  if (parts.length !== 3 || user === '') return undefined
  const { ok } = claim(server, user, secret => equal(password, secret.password))
  return { user, ok: ok && mayActFor(server, user, name) }
}

function* login(initial: Buffer | undefined, server: SaslServer): Exchange {
  const user = (initial ?? (yield Buffer.from('Username:'))).toString()
  const password = (yield Buffer.from('Password:')).toString()
  return claim(server, user, secret => equal(password, secret.password))
}

function* cramMd5(initial: Buffer | undefined, server: SaslServer): Exchange {
  if (initial !== undefined) return undefined
  const challenge = Buffer.from(server.nonce())
  const response = (yield challenge).toString()
  const blank = response.lastIndexOf(' ')
  if (blank < 1) return undefined
  const digest = response.slice(blank + 1)
  return claim(server, response.slice(0, blank), secret =>
    equal(digest, createHmac('md5', secret.password).update(challenge).digest('hex')),
  )
}

const oauthError = Buffer.from('{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}')

function bearer(server: SaslServer, user: string | undefined, given: string | undefined): Claim | undefined {
  if (user === undefined || given === undefined) return undefined
  return { ...claim(server, user, secret => equal(given, secret.token)), errorChallenge: oauthError }
}

const bearerToken = /\x01auth=Bearer ([^\x01]*)\x01/i

function* xoauth2(initial: Buffer | undefined, server: SaslServer): Exchange {
  const text = (initial ?? (yield nothing)).toString()
  return bearer(server, /(?:^|\x01)user=([^\x01]*)\x01/.exec(text)?.[1], bearerToken.exec(text)?.[1])
}

function* oauthBearer(initial: Buffer | undefined, server: SaslServer): Exchange {
  const text = (initial ?? (yield nothing)).toString()
  return bearer(server, /^[ny],a=([^,]*),/.exec(text)?.[1], bearerToken.exec(text)?.[1])
}

/** RFC 4422 appendix A: TLS knows who it is; the response says in whose name. */
function* external(initial: Buffer | undefined, server: SaslServer): Exchange {
  const name = (initial ?? (yield nothing)).toString()
  const certified = server.certified()
  const user = certified.find(each => server.find(each) !== undefined)
  if (user === undefined) return { user: name || (certified[0] ?? ''), ok: false }
  return { user, ok: mayActFor(server, user, name) }
}

export const mechanisms: ReadonlyMap<string, Mechanism> = new Map<string, Mechanism>([
  ['PLAIN', plain],
  ['LOGIN', login],
  ['CRAM-MD5', cramMd5],
  ['SCRAM-SHA-1', scram('sha1')],
  ['SCRAM-SHA-256', scram('sha256')],
  ['XOAUTH2', xoauth2],
  ['OAUTHBEARER', oauthBearer],
  ['EXTERNAL', external],
])

/** Base64 (RFC 4648 §4) in full, or undefined. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  return Buffer.from(text, 'base64')
}
