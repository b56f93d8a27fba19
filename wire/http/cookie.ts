// Cookies as servers set them (RFC 6265 §4.1, with SameSite and the prefixes of its successor), read as browsers do (§5).
// Left out on purpose: what names of the world are registries of others (the public suffix list).

import type { HttpHeaders } from './message.ts'

export type SameSite = 'Strict' | 'Lax' | 'None'

export interface SetCookie {
  readonly name: string
  readonly value: string
  /** Lower case, without a leading dot; undefined for the host that set it alone. */
  readonly domain: string | undefined
  /** Undefined for the folder of the page that set it. */
  readonly path: string | undefined
  /** Milliseconds of Unix time; undefined for as long as the session lasts. */
  readonly expires: number | undefined
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: SameSite | undefined
}

/** Octets of a name with its value; what is longer is no cookie. */
const maxOctets = 4096
/** The last moment that a Date can show. */
const lastMoment = 8.64e15

/** A Set-Cookie header, seen at `now` in milliseconds of Unix time; undefined for what no browser would keep. */
export function parseSetCookie(text: string, now: number): SetCookie | undefined {
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) return undefined
  const [pair = '', ...attributes] = text.split(';')
  const at = pair.indexOf('=')
  const name = at < 0 ? '' : pair.slice(0, at).trim()
  const value = pair.slice(at + 1).trim()
  if (name === '' || name.length + value.length > maxOctets) return undefined
  let domain: string | undefined
  let path: string | undefined
  let date: number | undefined
  let age: number | undefined
  let [secure, httpOnly] = [false, false]
  let sameSite: SameSite | undefined
  for (const attribute of attributes) {
    const equals = attribute.indexOf('=')
    const key = (equals < 0 ? attribute : attribute.slice(0, equals)).trim().toLowerCase()
    const said = equals < 0 ? '' : attribute.slice(equals + 1).trim()
    // Of an attribute that stands twice the last counts.
    if (key === 'domain') domain = said.replace(/^\./, '').toLowerCase() || undefined
    else if (key === 'path') path = said.startsWith('/') ? said : undefined
    else if (key === 'expires') date = parseCookieDate(said) ?? date
    else if (key === 'max-age' && /^-?\d+$/.test(said)) age = Number(said)
    else if (key === 'secure') secure = true
    else if (key === 'httponly') httpOnly = true
    else if (key === 'samesite') {
      sameSite = (['Strict', 'Lax', 'None'] as const).find(each => each.toLowerCase() === said.toLowerCase())
    }
  }
  const expires = age === undefined ? date : age <= 0 ? 0 : Math.min(now + age * 1000, lastMoment)
  if (name.startsWith('__Secure-') && !secure) return undefined
  if (name.startsWith('__Host-') && !(secure && path === '/' && domain === undefined)) return undefined
  if (sameSite === 'None' && !secure) return undefined
  return { name, value, domain, path, expires, secure, httpOnly, sameSite }
}

/** The values of all Set-Cookie headers. */
export function setCookies(headers: HttpHeaders): string[] {
  return headers.filter(([name]) => name.toLowerCase() === 'set-cookie').map(([, value]) => value)
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** A date in any of the many spellings that are about (RFC 6265 §5.1.1), in milliseconds of Unix time. */
export function parseCookieDate(text: string): number | undefined {
  let time: number[] | undefined
  let day: number | undefined
  let month: number | undefined
  let year: number | undefined
  for (const token of text.split(/[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/)) {
    const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)/.exec(token)
    const named = months.indexOf(token.slice(0, 3).toLowerCase())
    if (time === undefined && clock !== null) time = clock.slice(1).map(Number)
    else if (day === undefined && /^\d{1,2}(?!\d)/.test(token)) day = Number.parseInt(token, 10)
    else if (month === undefined && named >= 0) month = named
    else if (year === undefined && /^\d{2,4}(?!\d)/.test(token)) year = Number.parseInt(token, 10)
  }
  if (time === undefined || day === undefined || month === undefined || year === undefined) return undefined
  if (year >= 70 && year <= 99) year += 1900
  else if (year <= 69) year += 2000
  const [hour, minute, second] = time as [number, number, number]
  if (day < 1 || day > 31 || year < 1601 || hour > 23 || minute > 59 || second > 59) return undefined
  return Date.UTC(year, month, day, hour, minute, second)
}

/** Whether a host is a domain or within it (RFC 6265 §5.1.3); an address is only within itself. */
export function domainMatches(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && !/^[\d.]+$|:/.test(host))
}

/** Whether a path is a cookie's or below it (RFC 6265 §5.1.4). */
export function pathMatches(path: string, of: string): boolean {
  return path === of || (path.startsWith(of) && (of.endsWith('/') || path[of.length] === '/'))
}

/** The folder of a page, which is a cookie's path where it names none. */
export function defaultPath(path: string): string {
  const last = path.lastIndexOf('/')
  return last <= 0 ? '/' : path.slice(0, last)
}
