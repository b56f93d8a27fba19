// What is alike in two recordings of one HTTP message: all but what a server or client gives anew each time. Dates, ids
// for tracing, ages and boundaries are shown as `…`, so that a difference that is left is one.

import { isFresh } from '../secret-names.ts'
import type { TapeMapping, TapeValue } from '../tape.ts'
import { boundaryOf, replaceInUrls } from './body-fields.ts'

const volatile = new Set([
  ...['date', 'age', 'expires', 'x-runtime', 'x-response-time', 'server-timing', 'x-timer', 'x-served-by'],
  ...['x-request-id', 'x-correlation-id', 'x-trace-id', 'request-id', 'correlation-id', 'trace-id', 'x-amzn-trace-id'],
  ...[
    'x-amz-request-id',
    'x-amzn-requestid',
    'x-amz-id-2',
    'x-amz-cf-id',
    'x-amz-date',
    'x-ms-request-id',
    'x-ms-date',
  ],
  ...['x-github-request-id', 'x-cloud-trace-context', 'cf-ray', 'traceparent', 'tracestate', 'x-b3-traceid'],
  ...[
    'x-b3-spanid',
    'x-b3-parentspanid',
    'b3',
    'fly-request-id',
    'x-vercel-id',
    'x-nf-request-id',
    'x-envoy-upstream-service-time',
  ],
  ...['sec-websocket-key', 'sec-websocket-accept', 'content-length'],
])

const freshParts =
  /(\b(?:oauth_nonce|oauth_timestamp|oauth_signature|nonce|cnonce|nc|response|Signature)\s*=\s*"?)([^",\s]+)/gi
/** The day of a SigV4 credential: `‹…›/20261125/eu-west-1/s3/aws4_request`. */
const credentialDay = /(\bCredential\s*=\s*[^/,\s]+\/)\d{8}\//g
const placeholderNumber = /(‹secret:[a-z][a-z0-9-]*):\d+›/g

/** A message's value with `…` for what differs from one recording to the next. */
export function steadyValue(value: TapeValue): TapeValue {
  if (typeof value === 'string') return steadyHead(value, false)
  if (Array.isArray(value)) return value
  const { chunks: _, coding, coded: __, answered: ___, ...rest } = value as TapeMapping
  const { head } = rest
  const steady: Record<string, TapeValue> = { ...rest }
  if (typeof coding === 'string') steady.coding = coding.split(' ')[0]!
  if (typeof head !== 'string') return steady
  steady.head = steadyHead(head, rest.body !== undefined)
  const type = /^content-type:(.*)$/im.exec(head)?.[1]
  const boundary = type === undefined ? undefined : boundaryOf(`;${type}`)
  if (boundary !== undefined && rest.body !== undefined) steady.body = withoutBoundary(rest.body, boundary)
  return steady
}

/** Where there is a body, a length that differs is seen by the body. */
function steadyHead(text: string, hasBody: boolean): string {
  return text
    .split('\n')
    .map((line, index) => (index === 0 && !/^[\w-]+:/.test(line) ? steadyUrls(line) : steadyLine(line, hasBody)))
    .join('\n')
}

const steadyUrls = (text: string): string => replaceInUrls(text, name => (isFresh(name) ? '…' : undefined))

function steadyLine(line: string, hasBody: boolean): string {
  const colon = line.indexOf(':')
  if (colon < 0) return line
  const name = line.slice(0, colon).toLowerCase()
  const value = line.slice(colon + 1)
  const steady = (text: string) => line.slice(0, colon + 1) + text
  switch (name) {
    case 'content-length':
      return hasBody ? steady(' …') : line
    case 'set-cookie':
      return steady(value.replace(placeholderNumber, '$1›').replace(/(;\s*expires=)[^;]+/i, '$1…'))
    case 'cookie':
      return steady(value.replace(placeholderNumber, '$1›'))
    case 'authorization':
    case 'proxy-authorization':
    case 'www-authenticate':
    case 'proxy-authenticate':
    case 'authentication-info':
      return steady(value.replace(freshParts, '$1…').replace(credentialDay, '$1…/'))
    case 'content-type':
      return steady(value.replace(/(;\s*boundary=)("[^"]*"|[^\s;]*)/i, '$1…'))
    default:
      return volatile.has(name) ? steady(' …') : steadyUrls(line)
  }
}

function withoutBoundary(body: TapeValue, boundary: string): TapeValue {
  const without = (text: string) => text.replaceAll(`--${boundary}`, '--…')
  if (typeof body === 'string') return without(body)
  const { lines } = body as TapeMapping
  return typeof lines === 'string' ? { ...(body as TapeMapping), lines: without(lines) } : body
}
