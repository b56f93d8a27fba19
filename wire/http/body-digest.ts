// The identity of a request's body: forms, JSON and multipart bodies without their secrets and boundaries, compressed
// bodies by what is in them, all others by their octets. A body on a tape has the same as the one that was sent.

import { createHash } from 'node:crypto'
import type { Digester } from '../tape.ts'
import { type BodyFields, fieldsOf, nextDelimiter } from './body-fields.ts'
import { header } from './message.ts'
import { type CodingName, codingOf, decodeCoding, maxDecoded } from './tape-coding.ts'
import type { HttpTaped } from './tape-message.ts'
import { maskBody } from './tape-secrets.ts'

/** Octets that are gathered; of a larger body they count as they are. */
const maxGathered = 1024 * 1024

/** Undefined where a hash of the octets is all. */
export function bodyDigester(message: HttpTaped): Digester | undefined {
  if (message.kind !== 'request') return undefined
  const { headers } = message.head
  const fields = fieldsOf(header(headers, 'content-type'))
  const isDecoded = message.coding !== undefined
  const coding = isDecoded ? undefined : codingOf(headers)
  if (fields === undefined && coding === undefined && !isDecoded) return undefined
  // What was compressed was small enough before it was not.
  return new GatheringDigester(fields, coding, isDecoded ? maxDecoded : maxGathered)
}

class GatheringDigester implements Digester {
  readonly #fields: BodyFields | undefined
  readonly #coding: CodingName | undefined
  readonly #limit: number
  readonly #hash = createHash('sha256')
  #gathered: Buffer[] | undefined = []
  #size = 0

  constructor(fields: BodyFields | undefined, coding: CodingName | undefined, limit: number) {
    this.#fields = fields
    this.#coding = coding
    this.#limit = limit
  }

  push(octets: Buffer): void {
    if (this.#gathered === undefined) {
      this.#hash.update(octets)
      return
    }
    this.#gathered.push(octets)
    this.#size += octets.length
    if (this.#size <= this.#limit) return
    for (const each of this.#gathered) this.#hash.update(each)
    this.#gathered = undefined
  }

  digest(): string {
    if (this.#gathered !== undefined) this.#update(Buffer.concat(this.#gathered))
    return this.#hash.digest('hex')
  }

  #update(octets: Buffer): void {
    const decoded = this.#coding === undefined ? octets : (decodeCoding(this.#coding, octets) ?? octets)
    if (this.#fields === undefined) this.#hash.update(decoded)
    else this.#hash.update(maskOf(decoded, this.#fields), 'latin1')
  }
}

// `‹secret:` and its escape are the same here; a live body has the one where the tape has the other.
const escaping = /(?:\xe2\x80\xb9)+(?=\xe2\x80\xb9secret:)/g

function maskOf(octets: Buffer, fields: BodyFields): string {
  const text = octets.toString('latin1')
  const masked = maskBody(text, fields)
  const plain = masked.includes('\xe2\x80\xb9secret:') ? masked.replace(escaping, '') : masked
  return fields.kind === 'multipart' ? withoutBoundary(plain, fields.boundary) : plain
}

/** Boundaries are drawn anew for each body. */
function withoutBoundary(text: string, boundary: string): string {
  const delimiter = `--${boundary}`
  let result = ''
  let kept = 0
  for (let at = nextDelimiter(text, delimiter, 0); at >= 0; at = nextDelimiter(text, delimiter, kept)) {
    result += `${text.slice(kept, at)}--`
    kept = at + delimiter.length
  }
  return result + text.slice(kept)
}
