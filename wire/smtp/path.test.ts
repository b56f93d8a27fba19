import { expect, test } from 'vitest'
import { decodeXtext, encodeXtext, needsUtf8, parsePathArguments } from './path.ts'

const latin1 = (text: string) => Buffer.from(text).toString('latin1')
const parse = (args: string, word: 'FROM' | 'TO' = 'FROM') => parsePathArguments(latin1(args), word)

test.each([
  ['FROM:<Smith@bar.com>', 'Smith@bar.com', 'Smith', 'bar.com'],
  ['from: <a.b+c@Bar.COM>', 'a.b+c@Bar.COM', 'a.b+c', 'bar.com'],
  ['FROM:<@hosta.int,@jkl.org:userc@d.bar.org>', 'userc@d.bar.org', 'userc', 'd.bar.org'],
  ['FROM:<"Joe Blow"@x.org>', '"Joe Blow"@x.org', 'Joe Blow', 'x.org'],
  ['FROM:<"a>b@\\"c"@x.org>', '"a>b@\\"c"@x.org', 'a>b@"c', 'x.org'],
  ['FROM:<"plain"@x.org>', 'plain@x.org', 'plain', 'x.org'],
  ['FROM:<a@[192.0.2.1]>', 'a@[192.0.2.1]', 'a', '[192.0.2.1]'],
  ['FROM:<a@[IPv6:2001:db8::1]>', 'a@[IPv6:2001:db8::1]', 'a', '[ipv6:2001:db8::1]'],
  ['FROM:<a@localhost>', 'a@localhost', 'a', 'localhost'],
  ['FROM:<>', '', '', ''],
  ['FROM:<jürgen@bücher.example>', 'jürgen@bücher.example', 'jürgen', 'bücher.example'],
])('%s is read', (args, address, local, domain) => {
  expect(parse(args).path).toEqual({ address, local, domain })
})

test('the postmaster needs no domain', () => {
  expect(parse('TO:<Postmaster>', 'TO').path).toEqual({ address: 'Postmaster', local: 'Postmaster', domain: '' })
  expect(() => parse('FROM:<postmaster>')).toThrow('expected local@domain')
})

test('parameters are read with their keywords in upper case', () => {
  const { parameters } = parse('FROM:<a@b> size=1000 BODY=8BITMIME SMTPUTF8 X-1=a;b')
  expect([...parameters]).toEqual([
    ['SIZE', '1000'],
    ['BODY', '8BITMIME'],
    ['SMTPUTF8', true],
    ['X-1', 'a;b'],
  ])
})

test.each([
  ['', 501, '5.5.4'],
  ['<a@b>', 501, '5.5.4'],
  ['TO:<a@b>', 501, '5.5.4'],
  ['FROM:', 501, '5.5.4'],
  ['FROM:a@b', 501, '5.1.7'],
  ['FROM:<a@b', 501, '5.1.7'],
  ['FROM:<"a@b>', 501, '5.1.7'],
  ['FROM:<a@b> =x', 501, '5.5.4'],
  ['FROM:<a@b> SIZE=1 SIZE=2', 501, '5.5.4'],
  ['FROM:<a>', 501, '5.1.7'],
  ['FROM:<@b>', 501, '5.1.7'],
  ['FROM:<a@>', 501, '5.1.7'],
  ['FROM:<a b@c>', 501, '5.1.7'],
  ['FROM:<.a@c>', 501, '5.1.7'],
  ['FROM:<a..b@c>', 501, '5.1.7'],
  ['FROM:<a@c..d>', 501, '5.1.7'],
  ['FROM:<a@-c>', 501, '5.1.7'],
  ['FROM:<a@[300.1.1.1]>', 501, '5.1.7'],
  ['FROM:<a@b\0c>', 501, '5.1.7'],
  [`FROM:<a@${'b'.repeat(64)}.c>`, 501, '5.1.7'],
  [`FROM:<a@${'b.'.repeat(127)}bb>`, 501, '5.1.7'],
])('%j is refused', (args, code, enhanced) => {
  expect(() => parse(args)).toThrow(expect.objectContaining({ name: 'ProtocolError', code, enhanced }))
})

test('a recipient cannot be nobody', () => {
  expect(() => parse('TO:<>', 'TO')).toThrow(expect.objectContaining({ enhanced: '5.1.3' }))
})

test('octets that are not UTF-8 are no address', () => {
  expect(() => parsePathArguments('FROM:<\xff@b>', 'FROM')).toThrow(
    expect.objectContaining({ code: 553, enhanced: '5.6.7' }),
  )
})

test('an address beyond ASCII is known as such', () => {
  expect(needsUtf8(parse('FROM:<é@b>').path)).toBe(true)
  expect(needsUtf8(parse('FROM:<e@b>').path)).toBe(false)
})

test('xtext escapes what cannot stand in a parameter', () => {
  // By hand from RFC 3461 §4.
  expect(decodeXtext('a+2Bb+3Dc')).toBe('a+b=c')
  expect(encodeXtext('a+b=c d')).toBe('a+2Bb+3Dc+20d')
  expect(decodeXtext('+2')).toBeUndefined()
  expect(decodeXtext('a=b')).toBeUndefined()
  expect(decodeXtext('+C3+A9')).toBe('é')
})
