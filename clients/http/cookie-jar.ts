// Cookies that a client keeps and sends back (RFC 6265 §5.3, §5.4), on a clock that it is given, and its file, which is
// the one that curl, wget and Python's http.cookiejar read and write.

import { readFile, rename, writeFile } from 'node:fs/promises'
import { UsageError } from '../../net/errors.ts'
import {
  defaultPath,
  domainMatches,
  parseSetCookie,
  pathMatches,
  type SameSite,
  type SetCookie,
  setCookies,
} from '../../wire/http/cookie.ts'
import type { HttpHeaders } from '../../wire/http/message.ts'
import { realTime } from './timekeeper.ts'

export interface Cookie extends SetCookie {
  readonly domain: string
  readonly path: string
  /** Sent to the host that set it alone, not to those below it. */
  readonly hostOnly: boolean
}

export interface CookieJarOptions {
  /** By which cookies expire: a network's clock, or the machine's. Default: the machine's. */
  clock?: { now(): number }
}

/** As browsers keep them: beyond that the oldest go. */
const maxCookies = 3000
const maxPerDomain = 180

/** In files SameSite stands in a comment above its cookie, where others pass over it. */
const sameSiteLine = /^# SameSite=(Strict|Lax|None)$/

export class CookieJar {
  readonly #clock: { now(): number }
  /** By name, domain and path, the oldest first. */
  readonly #cookies = new Map<string, Cookie>()

  constructor({ clock = realTime }: CookieJarOptions = {}) {
    this.#clock = clock
  }

  /** What has not expired, the oldest first. */
  get cookies(): readonly Cookie[] {
    this.#expire()
    return [...this.#cookies.values()]
  }

  /** Keeps what a response from a URL sets, as far as it may. */
  take(url: URL, headers: HttpHeaders): void {
    for (const text of setCookies(headers)) this.set(url, text)
  }

  /** Keeps a cookie as a Set-Cookie header sets it, and says whether it did. */
  set(url: URL, text: string): boolean {
    const set = parseSetCookie(text, this.#clock.now())
    const host = hostOf(url)
    if (set === undefined) return false
    // A domain of one label would be everybody's below it, and a host may only speak for what it is within.
    const { domain = host } = set
    if (set.domain !== undefined && (!domainMatches(host, domain) || (domain !== host && !domain.includes('.'))))
      return false
    const secure = url.protocol === 'https:'
    if (set.secure && !secure) return false
    const cookie: Cookie = {
      ...set,
      domain,
      path: set.path ?? defaultPath(url.pathname),
      hostOnly: set.domain === undefined,
    }
    const key = keyOf(cookie)
    const known = this.#cookies.get(key)
    // What was set in secret is not overwritten in the clear.
    if (known?.secure && !secure) return false
    if ((cookie.expires ?? Number.POSITIVE_INFINITY) <= this.#clock.now()) return this.#cookies.delete(key)
    this.#keep(key, cookie)
    return true
  }

  /**
   * The Cookie header for a request, longer paths first; undefined where there is none. `from` is the page that makes the
   * request, for SameSite; without it the user does.
   */
  headerFor(url: URL, method = 'GET', from?: URL): string | undefined {
    this.#expire()
    const host = hostOf(url)
    const safe = ['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(method)
    const crossSite = from !== undefined && siteOf(from) !== siteOf(url)
    const sent = [...this.#cookies.values()].filter(
      ({ domain, hostOnly, path, secure, sameSite }) =>
        (hostOnly ? host === domain : domainMatches(host, domain)) &&
        pathMatches(url.pathname, path) &&
        (!secure || url.protocol === 'https:') &&
        !(crossSite && (sameSite === 'Strict' || (sameSite !== 'None' && !safe))),
    )
    if (sent.length === 0) return undefined
    return sent
      .toSorted((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  /** Forgets everything, or what lasts only as long as the session. */
  clear({ session = false }: { session?: boolean } = {}): void {
    for (const [key, { expires }] of this.#cookies) if (!session || expires === undefined) this.#cookies.delete(key)
  }

  /** Writes all into a file, in its place in one step. Session cookies are among them. */
  async save(file: string): Promise<void> {
    const lines = this.cookies.flatMap(
      ({ name, value, domain, path, expires, secure, httpOnly, sameSite, hostOnly }) => {
        const who = `${httpOnly ? '#HttpOnly_' : ''}${hostOnly ? '' : '.'}${domain}`
        const yes = (is: boolean) => (is ? 'TRUE' : 'FALSE')
        const until = expires === undefined ? 0 : Math.ceil(expires / 1000)
        const line = [who, yes(!hostOnly), path, yes(secure), until, name, value].join('\t')
        return sameSite === undefined ? [line] : [`# SameSite=${sameSite}`, line]
      },
    )
    const partial = `${file}.partial`
    await writeFile(partial, `# Netscape HTTP Cookie File\n${lines.map(line => `${line}\n`).join('')}`, { mode: 0o600 })
    await rename(partial, file)
  }

  /**
   * Adds what a file holds and has not expired.
   *
   * @throws {UsageError} where it is no file of cookies, with the line.
   */
  async load(file: string): Promise<void> {
    let sameSite: SameSite | undefined
    for (const [at, line] of (await readFile(file, 'utf8')).split(/\r?\n/).entries()) {
      const comment = sameSiteLine.exec(line)
      if (comment !== null) sameSite = comment[1] as SameSite
      else if (line.trim() !== '' && (!line.startsWith('#') || line.startsWith('#HttpOnly_'))) {
        const cookie = readLine(line, sameSite)
        if (cookie === undefined) {
          const problem = `expected a line of seven fields between tabs, got ${JSON.stringify(line.slice(0, 100))}`
          throw new UsageError(`${file}:${at + 1}: ${problem}`)
        }
        this.#keep(keyOf(cookie), cookie)
        sameSite = undefined
      }
    }
    this.#expire()
  }

  #keep(key: string, cookie: Cookie): void {
    // An old one that is set again keeps its age.
    if (this.#cookies.has(key)) {
      this.#cookies.set(key, cookie)
      return
    }
    const own = [...this.#cookies].filter(([, { domain }]) => domain === cookie.domain)
    if (own.length >= maxPerDomain) this.#cookies.delete(own[0]![0])
    if (this.#cookies.size >= maxCookies) this.#cookies.delete(this.#cookies.keys().next().value!)
    this.#cookies.set(key, cookie)
  }

  #expire(): void {
    const now = this.#clock.now()
    for (const [key, { expires }] of this.#cookies) {
      if (expires !== undefined && expires <= now) this.#cookies.delete(key)
    }
  }
}

function readLine(line: string, sameSite: SameSite | undefined): Cookie | undefined {
  const httpOnly = line.startsWith('#HttpOnly_')
  const fields = line.slice(httpOnly ? '#HttpOnly_'.length : 0).split('\t')
  const [domain, below, path, secure, expires, name, value] = fields
  const isFlag = (text: string | undefined) => text === 'TRUE' || text === 'FALSE'
  if (fields.length !== 7 || !isFlag(below) || !isFlag(secure) || !/^\d+$/.test(expires!) || !domain || !name) {
    return undefined
  }
  return {
    name,
    value: value!,
    domain: domain.replace(/^\./, '').toLowerCase(),
    path: path!.startsWith('/') ? path! : '/',
    expires: expires === '0' ? undefined : Number(expires) * 1000,
    secure: secure === 'TRUE',
    httpOnly,
    sameSite,
    hostOnly: below === 'FALSE',
  }
}

const keyOf = ({ name, domain, path }: Cookie) => `${name}\t${domain}\t${path}`

const hostOf = (url: URL) => url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')

/** Scheme and the last two labels, for want of the list of registries. */
function siteOf(url: URL): string {
  const host = hostOf(url)
  return `${url.protocol}${/^[\d.]+$|:/.test(host) ? host : host.split('.').slice(-2).join('.')}`
}
