// A folder of files as a site, as Apache and nginx serve one: index files, MultiViews, ranges, conditions, codings.

import fs from 'node:fs'
import path from 'node:path'
import { UsageError } from '../../net/errors.ts'
import type { HttpHeaders } from '../../wire/http/message.ts'
import type { Responder } from './behaviour.ts'
import {
  type ContentCoding,
  codedTag,
  codingFor,
  compress,
  compressSource,
  isWorthCoding,
  notAcceptable,
} from './codings.ts'
import type { Exchange } from './exchange.ts'
import { type FileEntry, FileStore } from './files.ts'
import { listing } from './listing.ts'
import { type Answer, isSource, plain } from './reply.ts'
import { bytesContent, represent } from './representation.ts'
import { negotiate } from './variants.ts'

export interface HttpFolder {
  /** Path of the folder. */
  folder: string
  /** Names that stand for their folder, the first that is there. Default: index.html. */
  index?: readonly string[]
  /** Show what is in a folder without an index. Default: 403. */
  listing?: boolean
  /** Headers of every answer with content, after the usual ones. */
  headers?: HttpHeaders
  /** Media types by extension, beside the usual ones; with a charset where one is to be said. */
  types?: Readonly<Record<string, string>>
  /** Which language is given to a client that has no preference, the best first. Default: by the alphabet. */
  languages?: readonly string[]
}

export interface Negotiation {
  codings: readonly ContentCoding[]
  unacceptable: 406 | 'send'
}

const allow: [string, string][] = [['Allow', 'GET, HEAD, OPTIONS']]

/** Octets up to which a compressed form is made at once and kept. */
const maxCompressed = 1024 * 1024

export function folderResponder(behaviour: HttpFolder, negotiation: Negotiation): (epoch: number) => Responder {
  const { folder, index = ['index.html'] } = behaviour
  const stat = fs.statSync(folder, { throwIfNoEntry: false })
  if (!stat?.isDirectory())
    throw new UsageError(`expected a folder for http, got ${JSON.stringify(folder)}, which is none`)
  return epoch => {
    const files = new FileStore(folder, behaviour.types ?? {}, epoch)

    const respond = (exchange: Exchange): Answer | undefined | Promise<Answer> => {
      const { method, target } = exchange
      if (method === 'OPTIONS') return { status: 204, reason: 'No Content', headers: [...allow], body: undefined }
      if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Method Not Allowed', allow)
      const question = target.search(/[?#]/)
      const name = readPath(question < 0 ? target : target.slice(0, question))
      if (typeof name === 'number') return plain(name, name === 400 ? 'Bad Request' : 'Not Found')
      const usual = name.endsWith('/') && index.length > 0 ? files.fresh(name + index[0]) : undefined
      if (usual !== undefined) return send(exchange, usual)
      const found = files.find(name, exchange.clock.now())
      if (found === 'outside') return plain(403, 'Forbidden')
      if (found === undefined) return name.endsWith('/') ? undefined : variant(exchange, name)
      if (found !== 'folder') return name.endsWith('/') ? undefined : send(exchange, found)
      if (!name.endsWith('/')) {
        const location = `${exchange.origin}${encodeURI(name)}/${question < 0 ? '' : target.slice(question)}`
        return plain(301, 'Moved Permanently', [['Location', location]])
      }
      for (const each of index) {
        const file = files.find(name + each, exchange.clock.now())
        if (file !== undefined && file !== 'folder' && file !== 'outside') return send(exchange, file)
      }
      const chosen = variant(exchange, `${name}${path.posix.parse(index[0] ?? 'index').name}`)
      if (chosen !== undefined) return chosen
      const names = behaviour.listing ? files.names(name) : undefined
      if (names === undefined) return plain(403, 'Forbidden')
      const body = listing(name, names)
      return { status: 200, reason: 'OK', headers: [['Content-Type', 'text/html; charset=utf-8']], body }
    }

    /** One of several files that stand for a name, told apart by language and type. */
    const variant = (exchange: Exchange, name: string): Answer | undefined | Promise<Answer> => {
      const { languages = [] } = behaviour
      const chosen = negotiate(exchange, files.variants(name), { languages, unacceptable: negotiation.unacceptable })
      if (chosen === undefined) return undefined
      if (chosen === 'refused') return notAcceptable()
      const file = files.find(`${path.posix.dirname(name).replace(/\/$/, '')}/${chosen.name}`, exchange.clock.now())
      if (file === undefined || file === 'folder' || file === 'outside') return undefined
      const headers: [string, string][] = [['Content-Location', chosen.name]]
      headers.push(['Vary', ['negotiate', ...chosen.vary].join(',')], ['TCN', 'choice'])
      if (chosen.language !== undefined) headers.push(['Content-Language', chosen.language])
      return send(exchange, file, headers, chosen.type)
    }

    const send = (
      exchange: Exchange,
      file: FileEntry,
      extra: [string, string][] = [],
      type = file.type,
    ): Answer | Promise<Answer> => {
      const ranged = exchange.header('range') !== undefined && exchange.method === 'GET'
      const accept = exchange.header('accept-encoding')
      // HTTP/1.0 clients get what is on the disk, as from nginx.
      const offered = ranged || exchange.head.version === '1.0' ? [] : negotiation.codings
      const coding = codingFor(accept, offered, type, file.content.size)
      if (coding === 'refused' && negotiation.unacceptable === 406) return notAcceptable()
      const headers: [string, string][] = [
        ['Content-Type', type],
        ['Last-Modified', file.lastModified],
        ['ETag', file.etag],
        ...extra,
      ]
      if (negotiation.codings.length > 0 && isWorthCoding(type, file.content.size)) addVary(headers)
      if (behaviour.headers !== undefined) headers.push(...(behaviour.headers as [string, string][]))
      const answer: Answer = { status: 200, reason: 'OK', headers, body: undefined }
      if (coding === 'identity' || coding === 'refused') {
        return represent(exchange, answer, { etag: file.etag, modified: file.modified }, file.content)
      }
      return sendCoded(exchange, answer, file, coding)
    }
    return respond
  }
}

function addVary(headers: [string, string][]): void {
  const vary = headers.find(([name]) => name === 'Vary')
  if (vary === undefined) headers.push(['Vary', 'Accept-Encoding'])
  else vary[1] += ',Accept-Encoding'
}

function sendCoded(
  exchange: Exchange,
  answer: Answer,
  file: FileEntry,
  coding: ContentCoding,
): Answer | Promise<Answer> {
  const etag = codedTag(file.etag, coding)
  for (const field of answer.headers) if (field[0] === 'ETag') field[1] = etag
  answer.headers.push(['Content-Encoding', coding])
  const validators = { etag, modified: file.modified }
  const known = file.coded.get(coding)
  if (known !== undefined) return represent(exchange, answer, validators, bytesContent(known))
  const whole = file.content.read(0, file.content.size)
  if (isSource(whole) || whole.length > maxCompressed) {
    // Too large to keep: compressed as it is sent, so its size is not known before and a part cannot be given.
    const checked = represent(exchange, answer, validators, { size: 0, read: () => Buffer.alloc(0) })
    if (checked.status !== 200) {
      if (isSource(whole)) whole.cancel()
      return checked
    }
    const { length: _length, ...rest } = checked
    const source = isSource(whole) ? whole : once(whole)
    if (exchange.method === 'HEAD') {
      source.cancel()
      return rest
    }
    return { ...rest, body: compressSource(coding, source) }
  }
  const done = compress(coding, whole)
  const keep = (bytes: Buffer) => {
    file.coded.set(coding, bytes)
    return represent(exchange, answer, validators, bytesContent(bytes))
  }
  return done instanceof Promise ? done.then(keep) : keep(done)
}

function once(bytes: Uint8Array) {
  let left: Uint8Array | undefined = bytes
  return {
    async read() {
      const piece = left
      left = undefined
      return piece
    },
    cancel() {
      left = undefined
    },
  }
}

/**
 * The decoded path. 400 for what no client means well: `..`, a broken escape, NUL; 404 for what no file may be named here:
 * an escaped slash, a backslash, a name that begins with a dot.
 */
function readPath(target: string): string | 400 | 404 {
  let name: string
  try {
    if (/%2f|%5c|\\/i.test(target)) return 404
    name = target.includes('%') ? decodeURIComponent(target) : Buffer.from(target, 'latin1').toString()
  } catch {
    return 400
  }
  if (name.includes('\0')) return 400
  if (name.includes('//')) name = name.replace(/\/{2,}/g, '/')
  if (!name.includes('/.')) return name
  const segments = name.split('/')
  if (segments.includes('..')) return 400
  if (segments.some(each => each.startsWith('.') && each !== '.well-known')) return 404
  return name
}
