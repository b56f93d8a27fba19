// Matchers on what the services of a network have seen: mails, questions for names, requests, turns of a tape.

import { type MatcherState, type MockInstance, vi } from 'vitest'
import type { DnsQuery, HttpSeen, SmtpState } from '../index.ts'
import { compare, type Expected, type Text, type Things } from './comparison.ts'
import { dnsKind, given, httpKind, smtpKind, tapeKind } from './services.ts'

type SmtpMessage = SmtpState['delivered'][number]

/** What a mail is to be like; what is left out may be anything. */
export interface ExpectedMail {
  /** The envelope's sender. */
  from?: Text
  /** One of the envelope's recipients, or all of them in any order. */
  to?: Text | readonly Text[]
  subject?: Text
  /** The plain text, decoded. */
  text?: Text
  html?: Text
  /** Fields of the header by name, in any case. */
  headers?: Readonly<Record<string, Text>>
  /** The name of one of its attachments, or of all of them in any order. */
  attachments?: Text | readonly Text[]
  /** Who logged in to send it. */
  user?: Text
  /** Whether all of it went over TLS. */
  secure?: boolean
}

/** What a question for a name is to be like; what is left out may be anything, but for `rcode`. */
export interface ExpectedQuery {
  name?: Text
  /** `A`, `MX`… */
  type?: Text
  /** What it was told. Default: `NOERROR`. */
  rcode?: Text
  transport?: 'udp' | 'tcp'
  client?: Text
}

/** What a request is to be like; what is left out may be anything. */
export interface ExpectedRequest {
  method?: Text
  /** Absolute. */
  url?: Text
  /** With the query. */
  path?: Text
  /** By name, in any case; values of one name are joined by `, `. */
  headers?: Readonly<Record<string, Text>>
  /** As text; an object is compared with the body read as JSON, as far as it goes. */
  body?: Text | Readonly<Record<string, unknown>> | readonly unknown[]
}

export interface Times {
  /** Exactly how often. Default: at least once. */
  times?: number
}

interface Outcome {
  pass: boolean
  message: () => string
}

/** For `expect.extend`; `vitest.ts` has their types. */
export const matchers = {
  toHaveDelivered(this: MatcherState, received: unknown, expected: ExpectedMail = {}, times: Times = {}): Outcome {
    const { delivered } = given('toHaveDelivered', smtpKind, received)
    return compare(this, mails(delivered), expected as Expected, times)
  },

  toHaveResolved(
    this: MatcherState,
    received: unknown,
    expected: Text | ExpectedQuery = {},
    times: Times = {},
  ): Outcome {
    // vitest has a matcher of this name for mock functions.
    if (vi.isMockFunction(received)) return settled(received)
    const { queries } = given('toHaveResolved', dnsKind, received)
    const wanted: ExpectedQuery = isText(expected) ? { name: expected } : expected
    const name = typeof wanted.name === 'string' ? { name: plainName(wanted.name) } : {}
    return compare(this, questions(queries), { ...wanted, ...name, rcode: wanted.rcode ?? 'NOERROR' }, times)
  },

  toHaveServed(
    this: MatcherState,
    received: unknown,
    expected: Text | ExpectedRequest = {},
    times: Times = {},
  ): Outcome {
    const { requests } = given('toHaveServed', httpKind, received)
    if (!isText(expected)) return compare(this, served(requests), expected as Expected, times)
    const isPath = typeof expected === 'string' && expected.startsWith('/')
    return compare(this, served(requests), isPath ? { path: expected } : { url: expected }, times)
  },

  toHaveNoUnusedTurns(this: MatcherState, received: unknown): Outcome {
    const { count, first } = given('toHaveNoUnusedTurns', tapeKind, received).unused()
    const turns = count === 1 ? '1 was not' : `${count} were not`
    return {
      pass: count === 0,
      message: () =>
        count === 0
          ? 'toHaveNoUnusedTurns: expected turns of the client on the tape that are not used, got none'
          : `toHaveNoUnusedTurns: expected every turn of the client on the tape to be used, but ${turns}, the first at ` +
            `${first}; record it again by vitest run -u, or take them off the tape`,
    }
  },
}

function settled(mock: MockInstance): Outcome {
  const pass = mock.mock.settledResults.some(({ type }) => type === 'fulfilled')
  const name = JSON.stringify(mock.getMockName())
  return { pass, message: () => `expected ${name} to ${pass ? 'not ' : ''}be successfully resolved at least once` }
}

function isText(expected: unknown): expected is Text {
  return typeof expected === 'string' || expected instanceof RegExp || 'asymmetricMatch' in Object(expected)
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

function mails(list: readonly SmtpMessage[]): Things<SmtpMessage> {
  return {
    matcher: 'toHaveDelivered',
    one: 'a mail',
    many: 'mails',
    done: 'delivered',
    list,
    fields: ['from', 'to', 'subject', 'text', 'html', 'headers', 'attachments', 'user', 'secure'],
    field(mail, name, expected) {
      if (name === 'attachments') return mail.attachments.map(attachment => attachment.name)
      if (name !== 'headers') return mail[name as Exclude<keyof ExpectedMail, 'headers' | 'attachments'>]
      return Object.fromEntries(Object.keys(expected as object).map(key => [key, mail.header(key)]))
    },
    summary: ({ from, to, subject }) =>
      `<${from}> to ${to.map(each => `<${each}>`).join(', ')}: ${subject ?? '(no subject)'}`,
  }
}

function questions(list: readonly DnsQuery[]): Things<DnsQuery> {
  return {
    matcher: 'toHaveResolved',
    one: 'a question',
    many: 'questions',
    done: 'answered',
    list,
    fields: ['name', 'type', 'rcode', 'transport', 'client'],
    field: (query, name) => (name === 'name' ? plainName(query.name) : query[name as keyof DnsQuery]),
    summary: ({ name, type, rcode, transport }) => `${name} ${type} over ${transport}: ${rcode}`,
  }
}

function served(list: readonly HttpSeen[]): Things<HttpSeen> {
  return {
    matcher: 'toHaveServed',
    one: 'a request',
    many: 'requests',
    done: 'served',
    list,
    fields: ['method', 'url', 'path', 'headers', 'body'],
    structured: 'body',
    field(request, name, expected) {
      if (name === 'path') return pathOf(request.url)
      if (name === 'body') return bodyOf(request, expected)
      if (name !== 'headers') return request[name as 'method' | 'url']
      return Object.fromEntries(Object.keys(expected as object).map(key => [key, headerOf(request, key)]))
    },
    summary: ({ method, url }) => `${method} ${url}`,
  }
}

function pathOf(url: string): string {
  if (!URL.canParse(url)) return url
  const { pathname, search } = new URL(url)
  return `${pathname}${search}`
}

function headerOf({ headers }: HttpSeen, wanted: string): string | undefined {
  const values = headers.filter(([name]) => name.toLowerCase() === wanted.toLowerCase()).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

function bodyOf({ body }: HttpSeen, expected: unknown): unknown {
  const text = body.toString()
  if (isText(expected)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
