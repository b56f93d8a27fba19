// Puts into messages of a tape what stands behind their placeholders, written as the place wants it: percent-encoded in a
// URL or a form, escaped in JSON, on one line in a header.

import { fillPlaceholders, type Reveal } from '../tape.ts'
import type { BodyFields } from './body-fields.ts'

type Write = (secret: string, number: number) => string

const anywhere = /‹‹secret:|‹secret:[^›]{1,80}›/g

/** `writing` says how a secret is written that stands at an offset. */
function fill(text: string, reveal: Reveal, writing: (at: number) => Write): string {
  return text.replace(anywhere, (all, at: number) =>
    fillPlaceholders(all, (kind, number) => writing(at)(reveal(kind, number), number)),
  )
}

const plain: Write = secret => secret
const onOneLine: Write = secret => secret.replace(/[\0\r\n]/g, '')
const inQuery: Write = secret => encodeText(secret, encodeURIComponent)
const inPath: Write = secret => encodeText(secret, encodeURI)
const inString: Write = secret => JSON.stringify(secret).slice(1, -1)
const inUrlInString: Write = secret => inString(inQuery(secret, 0), 0)
/** What stands in for a number is one. */
const asNumber: Write = (secret, number) =>
  /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(secret) ? secret : String(100_000 + number)

function encodeText(text: string, encode: (text: string) => string): string {
  return encode(text.toWellFormed())
}

/** What stands in a parameter of a URL, or before its host; `text` is all that comes before it on its line. */
const inParameter = /[?#&][^\s<>"']*$|\/\/[^\s/<>"']*$/
const inOauth = /\boauth_\w+\s*=\s*"?$/i

/** `text` is the lines of a head. */
export function fillHead(text: string, reveal: Reveal, isRequest: boolean): string {
  const firstLine = isRequest ? text.indexOf('\n') : 0
  return fill(text, reveal, at => {
    const before = text.slice(text.lastIndexOf('\n', at) + 1, at)
    if (inParameter.test(before) || inOauth.test(before)) return inQuery
    return at < firstLine ? inPath : onOneLine
  })
}

export function fillBody(text: string, reveal: Reveal, fields: BodyFields | undefined): string {
  if (fields?.kind === 'form') return fill(text, reveal, () => inQuery)
  if (fields?.kind !== 'json') return fill(text, reveal, () => plain)
  let scanned = 0
  let isString = false
  let start = 0
  return fill(text, reveal, at => {
    for (; scanned < at; scanned++) {
      const code = text.charCodeAt(scanned)
      if (isString && code === 92) scanned++
      else if (code === 34) {
        isString = !isString
        start = scanned + 1
      }
    }
    if (!isString) return asNumber
    return inParameter.test(text.slice(Math.max(start, at - maxUrl), at)) ? inUrlInString : inString
  })
}

/** Characters of a URL that are looked at in search of what a placeholder is in it. */
const maxUrl = 8192
