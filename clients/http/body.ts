// What a request carries: text, octets, a file, a form as a browser sends it. Files are sent as they are read.

import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { mediaTypeOf } from '../../wire/http/media-types.ts'

/** A file of this machine. */
interface HttpFile {
  file: string
  /** Default: by the extension. */
  type?: string
}

/** A field of a multipart form: a value, or a file with the name that the server is told. */
type HttpPart =
  | { name: string; value: string }
  | { name: string; file: string; filename?: string; type?: string }
  | { name: string; bytes: Uint8Array; filename: string; type?: string }

export type HttpRequestBody =
  | string
  | Uint8Array
  | AsyncIterable<Uint8Array>
  | HttpFile
  | { form: Readonly<Record<string, string>> | readonly (readonly [string, string])[] }
  | { multipart: readonly HttpPart[] }
  | { json: unknown }

/** A body ready to be sent, and sent again after a redirect. */
export interface Outgoing {
  readonly type: string | undefined
  /** Octets; undefined where only the end will tell, which makes it chunked. */
  readonly length: number | undefined
  /** False for what can only be read once. */
  readonly repeatable: boolean
  pieces(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

function octets(bytes: Uint8Array, type?: string): Outgoing {
  return { type, length: bytes.length, repeatable: true, pieces: () => [bytes] }
}

export async function outgoing(body: HttpRequestBody): Promise<Outgoing> {
  if (typeof body === 'string') return octets(Buffer.from(body), 'text/plain; charset=utf-8')
  if (body instanceof Uint8Array) return octets(body)
  if (Symbol.asyncIterator in body) return { type: undefined, length: undefined, repeatable: false, pieces: () => body }
  if ('form' in body) {
    const { form } = body
    const pairs: [string, string][] = Array.isArray(form)
      ? form.map(([name, value]) => [String(name), String(value)])
      : Object.entries(form as Record<string, string>)
    return octets(Buffer.from(String(new URLSearchParams(pairs))), 'application/x-www-form-urlencoded')
  }
  if ('json' in body) return octets(Buffer.from(JSON.stringify(body.json)), 'application/json')
  if ('multipart' in body) return multipart(body.multipart)
  const { size } = await fs.promises.stat(body.file)
  return {
    type: body.type ?? typeOf(body.file),
    length: size,
    repeatable: true,
    pieces: () => fs.createReadStream(body.file),
  }
}

const typeOf = (name: string) => mediaTypeOf(path.extname(name).slice(1)) ?? 'application/octet-stream'

/** RFC 7578, with names escaped as browsers do. */
async function multipart(parts: readonly HttpPart[]): Promise<Outgoing> {
  const boundary = `----backlot-${randomUUID()}`
  const pieces: (Uint8Array | { file: string })[] = []
  let length = 0
  const add = (bytes: Uint8Array) => {
    pieces.push(bytes)
    length += bytes.length
  }
  for (const part of parts) {
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${quote(part.name)}"`
    if (!('value' in part)) {
      const filename = part.filename ?? path.basename('file' in part ? part.file : '')
      head += `; filename="${quote(filename)}"\r\nContent-Type: ${part.type ?? typeOf(filename)}`
    }
    add(Buffer.from(`${head}\r\n\r\n`))
    if ('value' in part) add(Buffer.from(part.value))
    else if ('bytes' in part) add(part.bytes)
    else {
      pieces.push({ file: part.file })
      length += (await fs.promises.stat(part.file)).size
    }
    add(Buffer.from('\r\n'))
  }
  add(Buffer.from(`--${boundary}--\r\n`))
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    length,
    repeatable: true,
    async *pieces() {
      for (const piece of pieces) {
        if (piece instanceof Uint8Array) yield piece
        else yield* fs.createReadStream(piece.file)
      }
    },
  }
}

const quote = (text: string) => text.replace(/["\r\n]/g, letter => encodeURIComponent(letter))
