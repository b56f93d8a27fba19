import { expect, test } from 'vitest'
import { Bindings } from './live.ts'
import { kindOf, SecretBook, standIn } from './secrets.ts'

test('placeholders are numbered by first appearance, one for each secret', () => {
  const book = new SecretBook()
  expect(['one', 'two', 'one', 'two'].map(secret => book.hide('password', secret))).toEqual([
    '‹secret:password›',
    '‹secret:password:2›',
    '‹secret:password›',
    '‹secret:password:2›',
  ])
  expect(book.hide('cookie', 'three')).toBe('‹secret:cookie›')
})

test('what is a placeholder already stays one, and its number is nobody else’s', () => {
  const book = new SecretBook()
  book.reserve('password', 2)
  expect(book.hide('password', '‹secret:password:2›')).toBe('‹secret:password:2›')
  expect(book.hide('password', 'new')).toBe('‹secret:password:3›')
})

test('a named secret is hidden wherever it stands, as it is spelled in URLs, in JSON and in base64', () => {
  const secret = 'p w/"ö'
  const book = new SecretBook(new Map([['DB password', secret]]))
  const spelled = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify({ secret }),
    Buffer.from(secret).toString('base64'),
  ]
  expect(spelled.map(text => book.sweep(`<${text}>`))).toEqual([
    '<‹secret:db-password›>',
    '<‹secret:db-password›>',
    '<{"secret":"‹secret:db-password›"}>',
    '<‹secret:db-password›>',
  ])
})

test('a password that was seen in its field is hidden in text too, but no short word', () => {
  const book = new SecretBook()
  book.hide('password', 'correct horse')
  book.hide('password', 'cat')
  expect(book.sweep('the cat said correct horse')).toBe('the cat said ‹secret:password›')
})

test('of very many secrets the last ones are looked for, and the named ones always', () => {
  const book = new SecretBook(new Map([['name', 'the named one']]))
  for (let count = 0; count < 1000; count++) book.hide('password', `long password ${count}`)
  expect(book.sweep('the named one, long password 999')).toBe('‹secret:name›, ‹secret:password:1000›')
})

test('a name of any kind becomes one that a placeholder can have', () => {
  expect(['SMTP_PASSWORD', ' x ', '42', '9a'].map(kindOf)).toEqual(['smtp-password', 'x', 'secret', 'a'])
  expect([standIn('token', 1), standIn('token', 2)]).toEqual(['secret-token', 'secret-token-2'])
})

const login = (text: string) => ({ user: 'ada', pass: text })
const said = (...secrets: string[]) => new Map([['password', secrets]])

test('any secret stands for a placeholder, and it is the same secret from then on', () => {
  const bindings = new Bindings()
  const value = login('‹secret:password›')
  expect(bindings.agree(value, said('mine'))).toBe(true)
  bindings.bind(value, said('mine'))
  expect(bindings.secret('password', 1)).toBe('mine')
  expect(bindings.agree(value, said('mine'))).toBe(true)
  expect(bindings.agree(value, said('another'))).toBe(false)
  // What was two secrets on the tape is two secrets.
  expect(bindings.agree(login('‹secret:password:2›'), said('mine'))).toBe(false)
  expect(bindings.agree(login('‹secret:password:2›'), said('another'))).toBe(true)
})

test('an escaped placeholder is text', () => {
  const bindings = new Bindings()
  bindings.bind(login('‹‹secret:password›'), said('mine'))
  expect(bindings.secret('password', 1)).toBeUndefined()
})
