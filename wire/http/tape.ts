// HTTP/1.1 on a tape (RFC 9110, 9112): messages as their heads' lines and their bodies, matched by method, target, host
// and what else asks for another thing, without what differs from run to run. Chunks keep their sizes where they are few.

import { createHash } from 'node:crypto'
import type { Refusal, TapeForm } from '../tape.ts'
import { bodyDigester } from './body-digest.ts'
import { header, headerHasToken } from './message.ts'
import { encodeTaped } from './tape-encode.ts'
import { HttpFollower } from './tape-follower.ts'
import { aliasesOf, identityOf, preferenceOf } from './tape-identity.ts'
import type { HttpTaped } from './tape-message.ts'
import { HttpTapeReader } from './tape-read.ts'
import { steadyValue } from './tape-steady.ts'
import { writeTaped } from './tape-write.ts'

/** A client with `Expect: 100-continue` may wait for this with its body (RFC 9110 §10.1.1). */
function begun(message: HttpTaped): Buffer | undefined {
  if (message.kind !== 'request' || message.head.version === '1.0') return undefined
  if (!headerHasToken(message.head.headers, 'expect', '100-continue')) return undefined
  return Buffer.from('HTTP/1.1 100 Continue\r\n\r\n')
}

function refuse(asked: HttpTaped | undefined, why: string): Refusal {
  // Octets of another protocol have no answer in this one.
  if (asked?.kind === 'octets' && asked.octets === undefined) return { link: 'reset' }
  const body = `backlot: ${why}\n`
  const head = [
    'HTTP/1.1 502 Bad Gateway',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  const isHead = asked?.kind === 'request' && asked.head.method === 'HEAD'
  return { octets: Buffer.from(`${head.join('\r\n')}\r\n\r\n${isHead ? '' : body}`), link: 'end' }
}

/** What a client makes of its key, to know that a server speaks WebSocket (RFC 6455 §4.2.2). */
const webSocket = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const accept = /^(sec-websocket-accept[ \t]*:[ \t]*)\S+/im

function fit(octets: Buffer, asked: HttpTaped): Buffer {
  if (asked.kind !== 'request' || octets.length < 12 || octets.toString('latin1', 8, 12) !== ' 101') return octets
  const key = header(asked.head.headers, 'sec-websocket-key')
  if (key === undefined) return octets
  const proof = createHash('sha1')
    .update(key + webSocket)
    .digest('base64')
  return Buffer.from(octets.toString('latin1').replace(accept, `$1${proof}`), 'latin1')
}

export const form: TapeForm<HttpTaped> = {
  kind: () => 'exchanges',
  alpn: ['http/1.1', 'http/1.0'],
  follow: () => new HttpFollower(),
  write: writeTaped,
  reader: reading => new HttpTapeReader(reading),
  encode: encodeTaped,
  fit,
  identity: identityOf,
  aliases: aliasesOf,
  preference: preferenceOf,
  steady: (_from, value) => steadyValue(value),
  digester: bodyDigester,
  begun,
  refuse,
}
