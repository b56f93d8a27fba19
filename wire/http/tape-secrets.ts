// Secrets of HTTP messages: where they stand in heads and bodies, by the names of headers, parameters, members and parts.
// All that is around a secret stays as it was, also the scheme of an Authorization and the attributes of a cookie.

import { isFresh, mayBeNumber, secretKind } from '../secret-names.ts'
import { escapePlaceholders, printable, type TapeBody } from '../tape.ts'
import { type BodyFields, fieldsOf, type Replace, replaceFields, replaceInUrls } from './body-fields.ts'

export type Hide = (kind: string, secret: string) => string

const hidden = /(?<!‹)‹secret:|\xe2\x80\xb9secret:/

/** Whether there is a placeholder, as text or where its octets stand for themselves; the escape of one is none. */
const isHidden = (value: string): boolean => value.includes('secret:') && hidden.test(value)

/** A number or name in `?key=` is a choice; what providers give out as keys is long. */
const longKey = /^(?=.*\d)(?=.*[A-Za-z])[\w-]{20,}$/

/** The kind of secret that a parameter of a URL is. */
function parameterKind(name: string, value: string): string | undefined {
  return name === 'key' && (longKey.test(value) || isHidden(value)) ? 'api-key' : secretKind(name)
}

const hideParameters =
  (hide: Hide): Replace =>
  (name, value) => {
    const kind = parameterKind(name, value)
    return kind === undefined || isHidden(value) ? undefined : hide(kind, value)
  }

/** Without any of these a head has no secret. */
const hint =
  /auth|cookie|token|key|secret|pass|pwd|sess|sid|sig|cred|jwt|assertion|otp|pin|code|cv[vc]|c[sx]rf|xsrf|saml|bearer|\/\/[^\s/]*@/i

/** `text` is lines of a head or of trailers, each with its end. */
export function hideInHead(text: string, hide: Hide): string {
  if (!hint.test(text)) return text
  let result = ''
  // A line that begins with a blank goes on with the one before (RFC 9112 §5.2).
  for (const line of text.split(/(?<=\n)(?![ \t])/)) {
    const end = line.endsWith('\r\n') ? line.length - 2 : line.endsWith('\n') ? line.length - 1 : line.length
    result += hideInLine(line.slice(0, end), hide) + line.slice(end)
  }
  return result
}

function hideInLine(line: string, hide: Hide): string {
  const colon = line.indexOf(':')
  const name = colon < 0 ? '' : line.slice(0, colon).trimEnd().toLowerCase()
  if (colon < 0 || name.includes(' ')) return replaceInUrls(line, hideParameters(hide))
  const start = colon + 1 + /^\s*/.exec(line.slice(colon + 1))![0].length
  const value = line.slice(start).trimEnd()
  if (value === '') return line
  const written = hideInValue(name, value, hide)
  return written === value ? line : line.slice(0, start) + written + line.slice(start + value.length)
}

function hideInValue(name: string, value: string, hide: Hide): string {
  if (name === 'authorization' || name === 'proxy-authorization') return hideCredentials(value, hide)
  if (name === 'cookie')
    return value
      .split(';')
      .map(pair => hideCookie(pair, hide))
      .join(';')
  if (name === 'set-cookie') {
    const semicolon = value.indexOf(';')
    return semicolon < 0
      ? hideCookie(value, hide)
      : hideCookie(value.slice(0, semicolon), hide) + value.slice(semicolon)
  }
  const kind = secretKind(name)
  if (kind !== undefined) return isHidden(value) ? value : hide(kind, value)
  return /[?#]|\/\//.test(value) ? replaceInUrls(value, hideParameters(hide)) : value
}

function hideCookie(pair: string, hide: Hide): string {
  const written = pair.slice(pair.indexOf('=') + 1)
  const bare = written.trim()
  const value = bare.length > 1 && bare.startsWith('"') && bare.endsWith('"') ? bare.slice(1, -1) : bare
  if (value === '' || isHidden(value)) return pair
  const start = pair.length - written.length + written.indexOf(value)
  return pair.slice(0, start) + hide('cookie', value) + pair.slice(start + value.length)
}

/** What is secret in the credentials of a scheme that has names for its parts. */
const secretParts: Readonly<Record<string, RegExp>> = {
  digest: /(\bresponse\s*=\s*"?)([^",\s]+)/gi,
  oauth: /(\boauth_(?:signature|token)\s*=\s*"?)([^",\s]+)/gi,
  'aws4-hmac-sha256': /(\b(?:Credential|Signature)\s*=\s*)([^/,\s]+)/g,
}

const schemeAndRest = /^([A-Za-z][\w.+-]{0,39})(\s+)(\S[\s\S]*)$/

/** The scheme of an Authorization; what has none is a secret from its first letter. */
export function schemeOf(credentials: string): string | undefined {
  return schemeAndRest.exec(credentials)?.[1]
}

function hideCredentials(value: string, hide: Hide): string {
  const match = schemeAndRest.exec(value)
  if (match === null) return isHidden(value) ? value : hide('authorization', value)
  const [, scheme, blank, rest] = match as unknown as [string, string, string, string]
  const lower = scheme.toLowerCase()
  const parts = secretParts[lower]
  const written = parts === undefined ? rest : hideParts(rest, parts, lower === 'oauth', hide)
  if (written !== rest || isHidden(rest)) return scheme + blank + written
  return scheme + blank + hide(lower === 'bearer' || lower === 'token' ? 'token' : 'authorization', rest)
}

function hideParts(text: string, parts: RegExp, isEncoded: boolean, hide: Hide): string {
  return text.replace(parts, (all, before: string, secret: string) => {
    if (isHidden(secret)) return all
    const kind = /token/i.test(before) ? 'token' : /credential/i.test(before) ? 'key' : 'signature'
    return before + hide(kind, isEncoded ? decodeUri(secret) : secret)
  })
}

function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What grants of OAuth 2 call `code` is a secret; elsewhere a code is mostly a number of a result. */
const hasGrant = /grant_type/

type Ask = (name: string, value: string, isNumber: boolean) => string | undefined

function bodyKind(text: string): Ask {
  const isGrant = hasGrant.test(text)
  return (name, value, isNumber) => {
    const kind = isGrant && name === 'code' ? 'code' : secretKind(name)
    return kind !== undefined && (!isNumber || mayBeNumber(kind) || isHidden(value)) ? kind : undefined
  }
}

/** A body without its secrets: text of a tape where it is text, with asterisks where placeholders would not be read. */
export function hideInBody(body: TapeBody, contentType: string | undefined, hide: Hide): TapeBody {
  const fields = fieldsOf(contentType)
  if (fields === undefined || body.octets === undefined) return body
  const text = body.secrets ? body.octets.toString() : printableBody(body.octets)
  if (text === undefined) return blotInBody(body, body.octets, fields, hide)
  const kindOf = bodyKind(text)
  const written = replaceFields(text, fields, (name, value, isNumber) => {
    const kind = kindOf(name, value, isNumber)
    if (kind === undefined) return fields.kind === 'json' ? replaceInString(value, hideParameters(hide)) : undefined
    return isHidden(value) ? undefined : hide(kind, value)
  })
  return written === text ? body : ofText(written, 'utf8')
}

/** Text of a tape for printable text, whose lines may end by CRLF. */
export function printableBody(octets: Buffer): string | undefined {
  if (!octets.includes(13)) return printable(octets)
  const lines = Buffer.from(octets.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
  return printable(lines) === undefined ? undefined : escapePlaceholders(octets.toString())
}

/** JSON's texts are often URLs to be called, with what allows that in them. */
function replaceInString(value: string, replace: Replace): string | undefined {
  if (!value.includes('://')) return undefined
  const replaced = replaceInUrls(value, replace)
  return replaced === value ? undefined : JSON.stringify(replaced).slice(1, -1)
}

/** In what is no text nobody would find a placeholder, and the octets around a secret must stay. */
function blotInBody(body: TapeBody, octets: Buffer, fields: BodyFields, hide: Hide): TapeBody {
  const text = octets.toString('latin1')
  const kindOf = bodyKind(text)
  const blotted = replaceFields(text, fields, (name, value, isNumber) => {
    const kind = kindOf(name, value, isNumber)
    const blot = (isNumber ? '0' : '*').repeat(value.length)
    if (kind === undefined || value === blot) return undefined
    hide(kind, Buffer.from(value, 'latin1').toString())
    return blot
  })
  return blotted === text ? body : ofText(blotted, 'latin1')
}

function ofText(text: string, encoding: 'latin1' | 'utf8'): TapeBody {
  const octets = Buffer.from(text, encoding)
  return { size: octets.length, octets, ...(encoding === 'utf8' ? { secrets: true } : {}) }
}

/** A request's target as its identity has it: secrets, nonces and times of signatures left out. */
export function maskTarget(target: string): string {
  return replaceInUrls(target, (name, value) => (isMasked(name, value) ? '‹›' : undefined))
}

const isMasked = (name: string, value: string): boolean => parameterKind(name, value) !== undefined || isFresh(name)

/** A body as its digest has it, in latin1. */
export function maskBody(text: string, fields: BodyFields): string {
  const kindOf = bodyKind(text)
  return replaceFields(text, fields, (name, value, isNumber) => {
    if (kindOf(name, value, isNumber) !== undefined || (fields.kind === 'form' && isFresh(name))) return '*'
    return fields.kind === 'json'
      ? replaceInString(value, (...asked) => (isMasked(asked[0], asked[1]) ? '*' : undefined))
      : undefined
  })
}

/** Octets without a protocol, in which there may be a head that breaks the rules of one. */
export function hideInOctets(body: TapeBody, hide: Hide): TapeBody {
  if (body.octets === undefined) return body
  const text = body.secrets ? body.octets.toString() : printableHead(body.octets)
  if (text === undefined) return body
  const written = hideInHead(text, hide)
  return written === text ? body : ofText(written, 'utf8')
}

function printableHead(octets: Buffer): string | undefined {
  const text = octets.toString()
  return octets.includes(0) || text.includes('\ufffd') ? undefined : escapePlaceholders(text)
}
