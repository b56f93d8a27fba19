import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { blobFolder } from './blobs.ts'
import { checkTape } from './check.ts'
import { loadForms } from './forms.ts'
import { replayed, tapeOf } from './in-tests.ts'
import { scrubTape } from './scrub.ts'
import { TapeFile } from './tape-file.ts'

const forms = await loadForms()

const login = `
# kept by hand
conversation: 1
service: http a.example:80
turns:
  - client:
      head: |
        POST /login HTTP/1.1
        Host: a.example
        Content-Type: application/x-www-form-urlencoded
        Content-Length: 31
      body: user=ada&password=correct-horse
  - server: |
      HTTP/1.1 302 Found
      Set-Cookie: session=0123456789abcdef; Path=/
      Content-Length: 0
  - client: |
      GET /home?access_token=tok-123456789 HTTP/1.1
      Host: a.example
      Authorization: Basic YWRhOmNvcnJlY3QtaG9yc2U=
      Cookie: session=0123456789abcdef
  - server:
      head: |
        HTTP/1.1 200 OK
        Content-Length: 26
      body: your word is correct-horse`

const secrets = ['correct-horse', '0123456789abcdef', 'tok-123456789', 'YWRhOmNvcnJlY3QtaG9yc2U=']

function findings(file: string): string[] {
  using tape = new TapeFile(file)
  return checkTape(tape, forms).map(({ line, kind, message }) => `${line} ${kind} ${message}`)
}

function scrub(file: string, to = file, named?: ReadonlyMap<string, string>): number {
  using tape = new TapeFile(file)
  return scrubTape(tape, forms, { file: to, ...(named === undefined ? {} : { secrets: named }) }).turns
}

test('a tape from before redaction has its secrets found, taken out, and not found again', () => {
  const file = tapeOf(login)
  expect(findings(file).filter(each => each.includes('a secret in clear'))).not.toEqual([])
  expect(scrub(file)).toBe(4)
  const clean = readFileSync(file, 'utf8')
  for (const secret of secrets) expect(clean).not.toContain(secret)
  expect(clean).toContain('‹secret:password›')
  expect(findings(file)).toEqual([])
  expect(scrub(file)).toBe(0)
  expect(readFileSync(file, 'utf8')).toBe(clean)
})

test.for(['correct-horse', 'battery-staple'])(
  'what was scrubbed is replayed to a client with the password %s',
  async password => {
    const file = tapeOf(login)
    scrub(file)
    const { misses } = await replayed(file)
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const entered = await fetch('http://a.example/login', {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: `user=ada&password=${password}`,
    })
    expect(entered.status).toBe(302)
    const home = await fetch('http://a.example/home?access_token=another', {
      headers: { Authorization: `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`, Cookie: 'session=x' },
    })
    expect(await home.text()).toBe(`your word is ${password}`)
    expect(misses.list).toEqual([])
  },
)

test('a secret that is named goes from where no protocol looks for one', () => {
  const file = tapeOf(`
conversation: 1
service: tcp a.example:7
turns:
  - client: "HELLO s3cr3t-of-mine\\r\\n"
  - server: OK`)
  expect(findings(file)).toEqual([])
  expect(scrub(file, file, new Map([['word', 's3cr3t-of-mine']]))).toBe(1)
  expect(readFileSync(file, 'utf8')).not.toContain('s3cr3t-of-mine')
})

test('a clean copy takes the files of bodies with it and leaves the tape as it was', () => {
  const file = tapeOf(login.replace('body: your word is correct-horse', 'body: {file: page.html}'))
  mkdirSync(blobFolder(file))
  writeFileSync(join(blobFolder(file), 'page.html'), '<p>26 octets of a page</p>')
  const before = readFileSync(file, 'utf8')
  const copy = join(dirname(file), 'clean.tape.yaml')
  expect(scrub(file, copy)).toBe(3)
  expect(readFileSync(file, 'utf8')).toBe(before)
  expect(findings(copy)).toEqual([])
  expect(readFileSync(join(blobFolder(copy), 'page.html'), 'utf8')).toBe('<p>26 octets of a page</p>')
})

test('a tape that cannot be read is left as it was, and the place is said', () => {
  const file = tapeOf(login.replace('body: your word', 'bodi: your word'))
  const before = readFileSync(file, 'utf8')
  expect(() => scrub(file)).toThrow(`${file}:27: http: expected head, body, `)
  expect(readFileSync(file, 'utf8')).toBe(before)
  expect(readdirSync(dirname(file))).toEqual(['test.tape.yaml'])
})
