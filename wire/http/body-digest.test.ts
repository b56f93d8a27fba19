import zlib from 'node:zlib'
import { expect, describe as group, test } from 'vitest'
import type { TapeValue } from '../tape.ts'
import { form } from './tape.ts'
import { type Gathered, heardOnce, readOnce, TapeInTest } from './tape-in-test.ts'
import type { HttpTaped } from './tape-message.ts'

const live = (request: string) => heardOnce(form, request)
const taped = (value: TapeValue) => readOnce(form, value)

function digest({ message, body }: Gathered<HttpTaped>, cut = 0): string | undefined {
  const digester = form.digester!(message)
  digester?.push(body!.octets!.subarray(0, cut))
  digester?.push(body!.octets!.subarray(cut))
  return digester?.digest()
}

const post = (type: string, body: string, fields = '') =>
  `POST / HTTP/1.1\r\n${fields}Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** The value that a tape has of a request, with placeholders for its secrets. */
function written(request: string): TapeValue {
  const { message, body } = live(request)
  return form.write(message, body, new TapeInTest().writing)
}

group('the digest of a body', () => {
  const multipart = (boundary: string, secret: string, file = '\x89PNG') =>
    post(
      `multipart/form-data; boundary=${boundary}`,
      `--${boundary}\r\nContent-Disposition: form-data; name="token"\r\n\r\n${secret}\r\n--${boundary}\r\nContent-Disposition: form-data; name="f"\r\n\r\n${file}\r\n--${boundary}--\r\n`,
    )
  const same: [name: string, one: string, other: string, different: string][] = [
    [
      'of a form',
      post('application/x-www-form-urlencoded', 'a=1&password=x'),
      post('application/x-www-form-urlencoded', 'a=1&password=%79y'),
      post('application/x-www-form-urlencoded', 'a=2&password=x'),
    ],
    [
      'of OAuth in a form',
      post('application/x-www-form-urlencoded', 'a=1&oauth_nonce=x&oauth_timestamp=1'),
      post('application/x-www-form-urlencoded', 'a=1&oauth_nonce=y&oauth_timestamp=2'),
      post('application/x-www-form-urlencoded', 'a=1&oauth_nonce=&oauth_timestamp=1'),
    ],
    [
      'of JSON',
      post('application/json', '{"a":1,"token":"x","pin":12}'),
      post('application/json', '{"a":1,"token":"y\\"","pin":34}'),
      post('application/json', '{"a":2,"token":"x","pin":12}'),
    ],
    [
      'of URLs in JSON',
      post('application/json', '{"a":"http://b/?sig=x"}'),
      post('application/json', '{"a":"http://b/?sig=yy"}'),
      post('application/json', '{"a":"http://c/?sig=x"}'),
    ],
    ['of parts', multipart('----a1', 's1'), multipart('----b2', 's22'), multipart('----a1', 's1', '\x88PNG')],
    [
      'of text in parts',
      multipart('----a1', 's1', 'text'),
      multipart('----b2', 's22', 'text'),
      multipart('----a1', 's1', 'test'),
    ],
  ]

  test.for(same)('%s is the same with other secrets, nonces and boundaries', ([, one, other, different]) => {
    const expected = digest(live(one))
    expect(expected).toMatch(/^[0-9a-f]{64}$/)
    expect(digest(live(other), 5)).toBe(expected)
    expect(digest(live(different))).not.toBe(expected)
    // On a tape, hidden and in clear.
    for (const each of [one, other]) expect(digest(taped(written(each)))).toBe(expected)
    const [head, ...body] = one.split('\r\n\r\n')
    if (!one.includes('\x89')) {
      expect(digest(taped({ head: head!.replaceAll('\r\n', '\n'), body: body.join('\r\n\r\n') }))).toBe(expected)
    }
  })

  test('is that of what is in a compressed one', () => {
    const packed = (level: number, type: string, text: string) =>
      post(type, zlib.gzipSync(text, { level }).toString('latin1'), 'Content-Encoding: gzip\r\n')
    for (const [type, text, other] of [
      ['text/plain', 'hello '.repeat(30), undefined],
      ['application/json', `{"token":"a","b":"${'hello '.repeat(30)}"}`, `{"token":"b","b":"${'hello '.repeat(30)}"}`],
    ] as const) {
      const expected = digest(live(packed(6, type, text)))
      expect(digest(live(packed(1, type, other ?? text)))).toBe(expected)
      expect(digest(taped(written(packed(6, type, text))))).toBe(expected)
      expect(digest(taped(written(packed(9, type, other ?? text))))).toBe(expected)
      expect(digest(live(packed(6, type, `${text} `)))).not.toBe(expected)
    }
    const broken = post('text/plain', 'no gzip', 'Content-Encoding: gzip\r\n')
    expect(digest(taped(written(broken)))).toBe(digest(live(broken)))
  })

  test('is that of the octets where nothing in them is left out', () => {
    expect(form.digester!(live(post('text/plain', 'a=1&password=x')).message)).toBeUndefined()
    expect(form.digester!(live('GET / HTTP/1.1\r\n\r\n').message)).toBeUndefined()
  })

  test('of a body that is too large to gather is that of its octets', () => {
    const body = (secret: string) => `{"token":"${secret}","b":"${'x'.repeat(1024 * 1024)}"}`
    const large = live(post('application/json', body('a')))
    expect(digest(large, 1000)).toBe(digest(large, 1_048_590))
    expect(digest(large)).not.toBe(digest(live(post('application/json', body('b')))))
  })

  test('takes what looks like a placeholder for what it is', () => {
    const request = post('application/json', Buffer.from('{"a":"‹secret:b›"}').toString('latin1'))
    expect(digest(taped(written(request)))).toBe(digest(live(request)))
  })
})
