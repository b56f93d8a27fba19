import { expect, test } from 'vitest'
import { defaultPath, domainMatches, parseCookieDate, parseSetCookie, pathMatches, setCookies } from './cookie.ts'

const now = Date.UTC(2015, 2, 15)
const plain = { domain: undefined, path: undefined, expires: undefined, secure: false, httpOnly: false }
const lastDay = Date.UTC(2015, 2, 16, 8, 49, 37)

test.each([
  ['a=b', { ...plain, name: 'a', value: 'b' }],
  [' a = b c ; Path=/x', { ...plain, name: 'a', value: 'b c', path: '/x' }],
  ['a=', { ...plain, name: 'a', value: '' }],
  ['a="x=y"', { ...plain, name: 'a', value: '"x=y"' }],
  ['a=b; Domain=.Example.ORG', { ...plain, name: 'a', value: 'b', domain: 'example.org' }],
  ['a=b; path=x; domain=', { ...plain, name: 'a', value: 'b' }],
  [
    'a=b; secure; HTTPONLY; SameSite=lax',
    { ...plain, name: 'a', value: 'b', secure: true, httpOnly: true, sameSite: 'Lax' },
  ],
  ['a=b; SameSite=Sometimes', { ...plain, name: 'a', value: 'b' }],
  ['a=b; Expires=Mon, 16 Mar 2015 08:49:37 GMT', { ...plain, name: 'a', value: 'b', expires: lastDay }],
  [
    'a=b; Max-Age=60; Expires=Mon, 16 Mar 2015 08:49:37 GMT',
    { ...plain, name: 'a', value: 'b', expires: now + 60_000 },
  ],
  ['a=b; Max-Age=-1', { ...plain, name: 'a', value: 'b', expires: 0 }],
  ['a=b; Max-Age=99999999999999999', { ...plain, name: 'a', value: 'b', expires: 8.64e15 }],
  ['a=b; Path=/one; Path=/two', { ...plain, name: 'a', value: 'b', path: '/two' }],
  ['__Host-a=b; Secure; Path=/', { ...plain, name: '__Host-a', value: 'b', secure: true, path: '/' }],
])('%s is read as browsers read it', (text, expected) => {
  expect(parseSetCookie(text, now)).toEqual({ sameSite: undefined, ...expected })
})

test.each([
  '',
  'a',
  '=b',
  'a=b\x00',
  `a=${'x'.repeat(4096)}`,
  'a=b; SameSite=None',
  '__Secure-a=b',
  '__Host-a=b; Secure; Path=/; Domain=example.org',
  '__Host-a=b; Secure; Path=/x',
])('%s is no cookie', text => {
  expect(parseSetCookie(text, now)).toBeUndefined()
})

test.each([
  'Mon, 16 Mar 2015 08:49:37 GMT',
  'Monday, 16-Mar-15 08:49:37 GMT',
  'Mon Mar 16 08:49:37 2015',
  'Mon, 16-Mar-2015 8:49:37 GMT',
  '16 march 2015 08:49:37',
])('%s is a date', text => {
  expect(parseCookieDate(text)).toBe(lastDay)
})

test.each(['', 'tomorrow', 'Mon, 16 Mar 2015', '32 Mar 2015 08:49:37', '16 Mar 1600 08:49:37', '16 Mar 2015 24:00:00'])(
  '%s is no date',
  text => {
    expect(parseCookieDate(text)).toBeUndefined()
  },
)

test('a year of two digits is one of 1970 to 2069', () => {
  expect(parseCookieDate('16 Mar 70 00:00:00')).toBe(Date.UTC(1970, 2, 16))
  expect(parseCookieDate('16 Mar 69 00:00:00')).toBe(Date.UTC(2069, 2, 16))
})

test('a domain has what is below it, an address only itself', () => {
  expect(domainMatches('www.example.org', 'example.org')).toBe(true)
  expect(domainMatches('example.org', 'example.org')).toBe(true)
  expect(domainMatches('badexample.org', 'example.org')).toBe(false)
  expect(domainMatches('example.org', 'www.example.org')).toBe(false)
  expect(domainMatches('203.0.113.1', '0.113.1')).toBe(false)
})

test('a path has what is below it', () => {
  expect([pathMatches('/a', '/a'), pathMatches('/a/b', '/a'), pathMatches('/a/b', '/a/')]).toEqual([true, true, true])
  expect([pathMatches('/ab', '/a'), pathMatches('/', '/a')]).toEqual([false, false])
  expect([defaultPath('/'), defaultPath('/a'), defaultPath('/a/b'), defaultPath('')]).toEqual(['/', '/', '/a', '/'])
})

test('every Set-Cookie header counts, however its name is written', () => {
  expect(
    setCookies([
      ['set-cookie', 'a=b'],
      ['X', 'y'],
      ['Set-Cookie', 'c=d'],
    ]),
  ).toEqual(['a=b', 'c=d'])
})

test('long and hostile values are read in no time worth speaking of', () => {
  expect(parseSetCookie(`a=b${'; Expires=1 '.repeat(10_000)}`, now)).toMatchObject({ name: 'a' })
  expect(parseCookieDate('1:'.repeat(100_000))).toBeUndefined()
})
