// What makes an HTTP request the same as another: method, target, host, and what asks for another part, version or form
// of the same thing. All else (User-Agent, Cookie, Connection, dates, ids for tracing) differs between programs, versions
// and runs, and a match that hangs on it finds nothing.

import { form as raw } from '../raw.ts'
import { escapePlaceholders } from '../tape.ts'
import type { HttpTaped } from './tape-message.ts'
import { maskTarget, schemeOf } from './tape-secrets.ts'

const nonAscii = /[\x80-\xff]/

/** latin1 as the text that its octets are, with a placeholder where the tape has one. */
function textOf(value: string, isTape: boolean | undefined): string {
  if (!nonAscii.test(value)) return value
  const text = Buffer.from(value, 'latin1').toString()
  return isTape ? text : escapePlaceholders(text)
}

/** Without the host: clients that are led to an address of this machine name no other. */
export function aliasesOf(message: HttpTaped): readonly string[] {
  const identity = identityOf(message)
  const other = identity.replace(/\nhost: [^\n]*/, '')
  return other === identity ? [] : [other]
}

export function identityOf(message: HttpTaped): string {
  if (message.kind === 'octets') return raw.identity(message)
  if (message.kind === 'response') return ''
  const { head, secrets } = message
  let { target } = head
  let host: string | undefined
  let fields = ''
  for (const [name, value] of head.headers) {
    const field = fieldOf(name)
    if (field === undefined) continue
    if (field === 'host') host ??= hostOf(value)
    else if (field === 'authorization') fields += `\n${field}: ${schemeOf(value)?.toLowerCase() ?? '‹›'}`
    else fields += `\n${field}: ${field === 'content-type' ? typeOf(value) : textOf(value, secrets)}`
  }
  if (target.length > 7 && target.charCodeAt(0) !== 47) {
    const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target)
    if (absolute !== null) {
      host = hostOf(absolute[1]!.slice(absolute[1]!.lastIndexOf('@') + 1))
      target = absolute[2]!.startsWith('/') ? absolute[2]! : `/${absolute[2]}`
    }
  }
  const asked = `${head.method} ${maskTarget(textOf(target, secrets))}`
  return host === undefined || host === '' ? asked + fields : `${asked}\nhost: ${host}${fields}`
}

/** The field of the identity that a header is, if any; by its length first, since most are none. */
function fieldOf(name: string): string | undefined {
  switch (name.length) {
    case 4:
      return known(name, 'host')
    case 5:
      return known(name, 'range')
    case 8:
      return known(name, 'if-match') ?? known(name, 'if-range')
    case 12:
      return known(name, 'content-type')
    case 13:
      return known(name, 'authorization') ?? known(name, 'if-none-match')
    case 17:
      return known(name, 'if-modified-since')
    case 19:
      return known(name, 'if-unmodified-since')
    default:
      return undefined
  }
}

const known = <Name extends string>(name: string, wanted: Name): Name | undefined =>
  name === wanted || name.toLowerCase() === wanted ? wanted : undefined

const address = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[.*|localhost|.*\.localhost)$/

/** Without its port; empty for addresses and names of this machine, which stand for any server when one is tried out. */
function hostOf(authority: string): string {
  const colon = authority.lastIndexOf(':')
  const host = (colon > authority.lastIndexOf(']') ? authority.slice(0, colon) : authority)
    .toLowerCase()
    .replace(/\.$/, '')
  return address.test(host) ? '' : host
}

function typeOf(value: string): string {
  const semicolon = value.indexOf(';')
  if (semicolon < 0) return value.toLowerCase()
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(value)
  const type = value.slice(0, semicolon).trim().toLowerCase()
  return charset === null ? type : `${type}; charset=${charset[1]!.toLowerCase()}`
}

const choices = new Set(['accept', 'accept-charset', 'accept-encoding', 'accept-language'])

/** What a client would rather have, of what an identity gives. */
export function preferenceOf(message: HttpTaped): string {
  if (message.kind !== 'request') return ''
  let preference = ''
  for (const [name, value] of message.head.headers) {
    if (!/^accept/i.test(name) || !choices.has(name.toLowerCase())) continue
    const list = value
      .toLowerCase()
      .replace(/\s+/g, '')
      .split(',')
      .map(plainWeight)
      .filter(each => each !== '')
      .join(', ')
    if (list !== '' && list !== '*/*' && list !== 'identity') preference += `${name.toLowerCase()}: ${list}\n`
  }
  return preference
}

/** `q=0.80` is `q=0.8`, and `q=1` says nothing. */
function plainWeight(element: string): string {
  return element.replace(/;q=(\d(?:\.\d{1,3})?)$/, (_, weight: string) =>
    Number(weight) === 1 ? '' : `;q=${Number(weight)}`,
  )
}
