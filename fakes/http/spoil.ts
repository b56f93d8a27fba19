// The octets of an answer that a fault sends wrongly: cut, slow, with another length, or nothing of the protocol at all.

import type { Clock } from '../../net/clock.ts'
import { encodeChunk, encodeLastChunk } from '../../wire/http/encode.ts'
import { reasonOf } from '../../wire/http/message.ts'
import { type Answer, isSource, type Spoil } from './reply.ts'

/** Octets of one piece of a whole body. */
const pieceBytes = 16 * 1024

/** What crosses instead of the answer, piece by piece. `head` is the usual one; `body` says whether there is one. */
export async function* spoiledOctets(
  answer: Answer & { readonly spoil: Spoil },
  { head, chunked, bodiless }: { head: string; chunked: boolean; bodiless: boolean },
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  const { interim, raw, contentLength, afterBytes, slow } = answer.spoil
  for (const status of interim) yield latin1(`HTTP/1.1 ${status} ${reasonOf(status)}\r\n\r\n`)
  if (raw !== undefined) {
    yield typeof raw === 'string' ? latin1(raw) : raw
    return
  }
  yield latin1(contentLength === undefined ? head : withLength(head, contentLength))
  const inChunks = chunked && contentLength === undefined
  if (bodiless) return
  let left = afterBytes ?? Number.POSITIVE_INFINITY
  let isFirst = true
  for await (const piece of piecesOf(answer, slow?.bytes ?? (slow === undefined ? pieceBytes : 1))) {
    const octets = piece.subarray(0, left)
    left -= octets.length
    if (slow !== undefined && !isFirst) await new Promise<void>(resolve => clock.after(slow.every, resolve))
    isFirst = false
    if (octets.length > 0) yield inChunks ? encodeChunk(octets) : octets
    if (left === 0) return
  }
  if (inChunks && afterBytes === undefined) yield latin1(encodeLastChunk(answer.trailers))
}

const latin1 = (text: string) => Buffer.from(text, 'latin1')

async function* piecesOf({ body }: Answer, bytes: number): AsyncGenerator<Uint8Array> {
  if (body === undefined) return
  const source = isSource(body) ? body : undefined
  let whole: Uint8Array | undefined = source === undefined ? Buffer.from(body as string | Uint8Array) : undefined
  try {
    for (;;) {
      const piece = source === undefined ? whole : await source.read()
      whole = undefined
      if (piece === undefined) return
      for (let at = 0; at < piece.length; at += bytes) yield piece.subarray(at, at + bytes)
    }
  } finally {
    source?.cancel()
  }
}

/** A head that says another length, and no other framing. */
function withLength(head: string, length: number): string {
  const lines = head.split('\r\n').filter(line => !/^(content-length|transfer-encoding):/i.test(line))
  // The last two are empty: the end of the last line, and the line that ends the head.
  return [...lines.slice(0, -2), `Content-Length: ${length}`, '', ''].join('\r\n')
}
