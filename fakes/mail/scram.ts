// The server's side of SCRAM (RFC 5802, RFC 7677). Left out: channel binding, the -PLUS mechanisms: a client that insists on
// it is refused, one that says it could is taken. A failure is told by the protocol alone, without `e=` (RFC 5802 §3).
//
//   C: n,,n=user,r=NONCE                          S: r=NONCE+MORE,s=SALT,i=COUNT
//   C: c=biws,r=NONCE+MORE,p=PROOF                S: v=SIGNATURE
//   C: (empty)

import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { decodeUtf8 } from '../../wire/smtp/command.ts'
import { equal, mayActFor } from './claim.ts'
import type { Exchange, Mechanism } from './sasl.ts'
import { saslPrep } from './saslprep.ts'

/** As low as RFC 7677 §4 lets it be: whoever logs in waits for it. */
const iterations = 4096

const clientFirst = /^([ny]|p=[A-Za-z0-9.-]+),(?:a=([^,]*))?,(n=([^,]+),r=([!-+--~]+)(?:,[A-Za-z]=[^,]+)*)$/s
const clientFinal = /^(c=([^,]+),r=([!-+--~]+)(?:,[A-Za-z]=[^,]+)*),p=([^,]+)$/s

export function scram(hash: 'sha1' | 'sha256'): Mechanism {
  return function* (initial, server): Exchange {
    const first = clientFirst.exec(utf8(initial ?? (yield Buffer.alloc(0))) ?? '')
    if (first === null) return undefined
    const [, flag = '', actor, bare, name = '', clientNonce] = first
    const [user, actingFor] = [userName(name), userName(actor ?? '')]
    if (!user || actingFor === undefined) return undefined
    const refused = { user, ok: false }
    // RFC 5802 §6: it insists on what is not offered.
    if (flag.startsWith('p')) return refused

    const known = server.find(user)
    const nonce = `${clientNonce}${server.nonce().replaceAll(',', '.')}`
    // Nobody can tell from it whether there is such a user.
    const salt = createHash('sha256')
      .update(`salt of ${known?.user ?? user}`)
      .digest()
      .subarray(0, 16)
    const serverFirst = `r=${nonce},s=${salt.toString('base64')},i=${iterations}`
    const final = clientFinal.exec(utf8(yield Buffer.from(serverFirst)) ?? '')
    if (final === null) return undefined
    const [, withoutProof, binding = '', answered, proof = ''] = final

    const password = saslPrep(known?.secret?.password ?? '')
    if (!password || answered !== nonce) return refused
    const header = `${flag},${actor === undefined ? '' : `a=${actor}`},`
    if (binding !== Buffer.from(header).toString('base64')) return refused
    const expected = scramOf(hash, { password, salt, iterations, message: `${bare},${serverFirst},${withoutProof}` })
    if (!equal(proof, expected.proof) || !mayActFor(server, user, actingFor)) return refused

    const end = yield Buffer.from(`v=${expected.signature}`)
    return end.length === 0 ? { user, ok: true } : undefined
  }
}

/** What a client proves itself by, and what a server does, in base64 (RFC 5802 §3). */
export function scramOf(
  hash: 'sha1' | 'sha256',
  given: { password: string; salt: Uint8Array; iterations: number; message: string },
): { proof: string; signature: string } {
  const hmac = (key: Uint8Array, text: string) => createHmac(hash, key).update(text).digest()
  const salted = pbkdf2Sync(given.password, given.salt, given.iterations, hash === 'sha1' ? 20 : 32, hash)
  const clientKey = hmac(salted, 'Client Key')
  const clientSignature = hmac(createHash(hash).update(clientKey).digest(), given.message)
  return {
    proof: Buffer.from(clientKey.map((octet, at) => octet ^ clientSignature[at]!)).toString('base64'),
    signature: hmac(hmac(salted, 'Server Key'), given.message).toString('base64'),
  }
}

const utf8 = (octets: Buffer) => decodeUtf8(octets.toString('latin1'))

/** RFC 5802 §5.1: `=2C` stands for a comma and `=3D` for an equals sign, which stands for nothing else. */
function userName(text: string): string | undefined {
  if (/=(?!2C|3D)/.test(text)) return undefined
  return saslPrep(text.replaceAll('=2C', ',').replaceAll('=3D', '='))
}
