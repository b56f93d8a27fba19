import zlib from 'node:zlib'
import { expect, describe as group, test } from 'vitest'
import { form } from './tape.ts'
import { readAll, record, say, TapeInTest } from './tape-in-test.ts'
import { hideInHead } from './tape-secrets.ts'

const hide = (kind: string, secret: string) => `<${kind} ${secret}>`

const heads: [name: string, line: string, hidden: string][] = [
  ['Basic', 'Authorization: Basic YW5uOnM=', 'Authorization: Basic <authorization YW5uOnM=>'],
  ['Bearer', 'authorization:  bearer a.b-c ', 'authorization:  bearer <token a.b-c> '],
  ['a proxy', 'Proxy-Authorization: Basic YQ==', 'Proxy-Authorization: Basic <authorization YQ==>'],
  ['Negotiate', 'Authorization: Negotiate YIIZ==', 'Authorization: Negotiate <authorization YIIZ==>'],
  ['no scheme', 'Authorization: s3cret', 'Authorization: <authorization s3cret>'],
  ['what is no scheme', 'Authorization: a=b c', 'Authorization: <authorization a=b c>'],
  [
    'Digest',
    'Authorization: Digest username="Mufasa", nonce="dcd", uri="/a?x=1", response="6629fae4", opaque="5ccc"',
    'Authorization: Digest username="Mufasa", nonce="dcd", uri="/a?x=1", response="<signature 6629fae4>", opaque="5ccc"',
  ],
  [
    'OAuth 1, decoded',
    'Authorization: OAuth oauth_consumer_key="dpf", oauth_token="hh%2Fb", oauth_nonce="kllo", oauth_signature="tR3%2BTy%3D"',
    'Authorization: OAuth oauth_consumer_key="dpf", oauth_token="<token hh/b>", oauth_nonce="kllo", oauth_signature="<signature tR3+Ty=>"',
  ],
  [
    'SigV4',
    'Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=5d67',
    'Authorization: AWS4-HMAC-SHA256 Credential=<key AKIDEXAMPLE>/20150830/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=<signature 5d67>',
  ],
  ['a scheme in an unknown shape', 'Authorization: Digest abc', 'Authorization: Digest <authorization abc>'],
  ['folded', 'Authorization: Basic\n YQ==', 'Authorization: Basic\n <authorization YQ==>'],
  [
    'cookies',
    'Cookie: sid=a1; $b="q"; c=; =d; e',
    'Cookie: sid=<cookie a1>; $b="<cookie q>"; c=; =<cookie d>; <cookie e>',
  ],
  ['a cookie whose value is also its name', 'Cookie: a=a; b=a=b', 'Cookie: a=<cookie a>; b=<cookie a=b>'],
  [
    'a cookie to set',
    'Set-Cookie: sid=a1; Path=/; Expires=Wed, 09 Jun 2027 10:18:14 GMT; HttpOnly',
    'Set-Cookie: sid=<cookie a1>; Path=/; Expires=Wed, 09 Jun 2027 10:18:14 GMT; HttpOnly',
  ],
  ['an API key', 'X-Api-Key: k-1', 'X-Api-Key: <api-key k-1>'],
  ['a token', 'X-Amz-Security-Token: FwoG/+==', 'X-Amz-Security-Token: <token FwoG/+==>'],
  ['a challenge', 'WWW-Authenticate: Basic realm="a"', 'WWW-Authenticate: Basic realm="a"'],
  ['the key of WebSocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZQ==', 'Sec-WebSocket-Key: dGhlIHNhbXBsZQ=='],
  ['CORS', 'Access-Control-Allow-Credentials: true', 'Access-Control-Allow-Credentials: true'],
  [
    'a target',
    'GET /a?b=c&access_token=x%2Fy&key=name#f HTTP/1.1',
    'GET /a?b=c&access_token=<token x/y>&key=name#f HTTP/1.1',
  ],
  [
    'a long key in a target',
    'GET /maps?key=AIzaSyD4x8Qb2c5f7g9h1j3k5l7m9n1p3q5r7 HTTP/1.1',
    'GET /maps?key=<api-key AIzaSyD4x8Qb2c5f7g9h1j3k5l7m9n1p3q5r7> HTTP/1.1',
  ],
  [
    'a password in a target',
    'GET http://ann:s3@a.example/ HTTP/1.1',
    'GET http://ann:<password s3>@a.example/ HTTP/1.1',
  ],
  [
    'where a redirect leads',
    'Location: https://a.example/cb#access_token=ya29&state=1',
    'Location: https://a.example/cb#access_token=<token ya29>&state=1',
  ],
  ['a link', 'Link: </a?sig=5d&page=2>; rel="next"', 'Link: </a?sig=<signature 5d>&page=2>; rel="next"'],
  ['what is hidden already', 'Authorization: Bearer ‹secret:token›', 'Authorization: Bearer ‹secret:token›'],
  ['what only looks so', 'X-Token: ‹‹secret:token›', 'X-Token: <token ‹‹secret:token›>'],
]

test.for(heads)('in a head is hidden: %s', ([, line, hidden]) => {
  for (const [before, after, end] of [
    ['', '', '\n'],
    ['Host: a\n', 'Accept: */*\n', '\n'],
    ['A: b\r\n', '', '\r\n'],
  ] as const) {
    expect(hideInHead(before + line + end + after, hide)).toBe(before + hidden + end + after)
  }
})

test('a head with much of nothing in it is looked through at once', () => {
  const blanks = `Cookie: a="${' '.repeat(200_000)}x\nAuthorization: Digest ${'response '.repeat(20_000)}\n`
  expect(hideInHead(blanks, () => '*')).toContain('*')
})

/** The values of a request with a body and of a response with it. */
function values(
  type: string,
  body: string,
  fields = '',
): { tape: TapeInTest; request: unknown; response: unknown; text: string } {
  const tape = new TapeInTest()
  const head = `${fields}Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const [[, request], [, response]] = record(
    form,
    [
      ['client', `POST / HTTP/1.1\r\n${head}`],
      ['server', `HTTP/1.1 200 OK\r\n${head}`],
    ],
    tape,
  ) as [[unknown, { body: unknown }], [unknown, { body: unknown }]]
  return { tape, request: request.body, response: response.body, text: JSON.stringify([request, response]) }
}

const bodies: [name: string, type: string, body: string, hidden: unknown, secrets: string[]][] = [
  [
    'a form',
    'application/x-www-form-urlencoded',
    'user=ann&password=s%26e+c&x=1',
    'user=ann&password=‹secret:password›&x=1',
    ['s&e c'],
  ],
  [
    'a grant of OAuth 2',
    'application/x-www-form-urlencoded',
    'grant_type=authorization_code&code=SplxlOBe&client_secret=abc1&redirect_uri=x',
    'grant_type=authorization_code&code=‹secret:code›&client_secret=‹secret:secret›&redirect_uri=x',
    ['SplxlOBe', 'abc1'],
  ],
  ['a code that is none of a grant', 'application/x-www-form-urlencoded', 'code=17', 'code=17', []],
  [
    'JSON',
    'application/json; charset=utf-8',
    '{ "access_token":"a\\"b\\/c", "expires_in": 3600,\n "user": {"apiKey": "k1", "name": "ann", "pin": 1234}, "token": null }',
    '{ "access_token":"‹secret:token›", "expires_in": 3600,\n "user": {"apiKey": "‹secret:api-key›", "name": "ann", "pin": ‹secret:pin›}, "token": null }',
    ['a"b/c', 'k1', '1234'],
  ],
  [
    'URLs in JSON',
    'application/vnd.x+json',
    '{"put":"https://a.example/b?X-Amz-Signature=5d67&c=d","text":"what?token=x"}',
    '{"put":"https://a.example/b?X-Amz-Signature=‹secret:signature›&c=d","text":"what?token=x"}',
    ['5d67'],
  ],
  [
    'numbers that count',
    'application/json',
    '{"tokens":5,"token":6,"session":7}',
    '{"tokens":5,"token":6,"session":7}',
    [],
  ],
  [
    'parts of a form',
    'multipart/form-data; boundary=b',
    '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\ns3\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
    '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n‹secret:password›\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
    ['s3'],
  ],
  [
    'JSON with CRLF',
    'application/json',
    '{\r\n"token": "t1"\r\n}\r\n',
    '{\r\n"token": "‹secret:token›"\r\n}\r\n',
    ['t1'],
  ],
  ['text', 'text/plain', '{"token":"t1"}&password=x', '{"token":"t1"}&password=x', []],
]

test.for(bodies)('in a body is hidden: %s', ([, type, body, hidden, secrets]) => {
  const { tape, request, response } = values(type, body)
  expect([request, response]).toEqual([hidden, hidden])
  expect([...tape.secrets.values()]).toEqual(secrets)
})

test('in octets that are no text a secret is blotted out, and all around it stays', () => {
  const body = (secret: string) =>
    `--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n${secret}\r\n--b\r\nContent-Disposition: form-data; name="f"; filename="x.png"\r\n\r\n\x89PNG\x00\xff\r\n--b--\r\n`
  const { request } = values('multipart/form-data; boundary=b', body('s3cret'))
  expect(Buffer.from((request as { base64: string }).base64, 'base64').toString('latin1')).toBe(body('******'))
  // Once is enough.
  expect(values('multipart/form-data; boundary=b', body('******')).tape.secrets.size).toBe(0)
})

test('a picture that says it is JSON keeps its octets', () => {
  const octets = Buffer.from([...Array(256).keys()])
    .toString('latin1')
    .repeat(2)
  const { request } = values('application/json', octets)
  expect(request).toEqual({ base64: Buffer.from(octets, 'latin1').toString('base64') })
})

test('in a compressed body secrets are hidden, also where nothing compresses it to the same octets', () => {
  for (const packed of [
    zlib.gzipSync('{"token":"t-secret"}'),
    zlib.gzipSync('{"token":"t-secret"}', { memLevel: 1, windowBits: 9 }),
  ]) {
    for (const dated of [packed, Buffer.concat([packed.subarray(0, 4), Buffer.of(1), packed.subarray(5)])]) {
      const tape = new TapeInTest()
      const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${dated.length}\r\n\r\n`
      const [, [, value]] = record(
        form,
        [
          ['client', 'GET / HTTP/1.1\r\n\r\n'],
          ['server', Buffer.concat([Buffer.from(head), dated])],
        ],
        tape,
      ) as unknown as [unknown, [unknown, object]]
      expect(value).toMatchObject({ body: '{"token":"‹secret:token›"}', coding: expect.stringMatching(/^gzip( 6)?$/) })
      expect(value).not.toHaveProperty('coded')
    }
  }
})

test('one secret has one placeholder wherever it stands', () => {
  const tape = new TapeInTest()
  const spoken = record(
    form,
    [
      ['client', 'POST /token HTTP/1.1\r\nAuthorization: Basic YQ==\r\n\r\n'],
      [
        'server',
        'HTTP/1.1 200 OK\r\nSet-Cookie: a=c00kie; Path=/\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\r\n{"access_token":"ya29.x"}',
      ],
      ['client', 'GET /?access_token=ya29.x HTTP/1.1\r\nCookie: b=1; a=c00kie\r\nAuthorization: Bearer ya29.x\r\n\r\n'],
    ],
    tape,
  )
  expect(spoken).toEqual([
    ['client', 'POST /token HTTP/1.1\nAuthorization: Basic ‹secret:authorization›\n'],
    [
      'server',
      {
        head: 'HTTP/1.1 200 OK\nSet-Cookie: a=‹secret:cookie›; Path=/\nContent-Type: application/json\nContent-Length: 25\n',
        body: '{"access_token":"‹secret:token›"}',
      },
    ],
    [
      'client',
      'GET /?access_token=‹secret:token› HTTP/1.1\nCookie: b=‹secret:cookie:2›; a=‹secret:cookie›\nAuthorization: Bearer ‹secret:token›\n',
    ],
  ])
})

test('secrets are hidden in heads that break the rules or are no text', () => {
  for (const head of [
    'GET / HTTP/1.0\nAuthorization: Basic c2VjcmV0\n\n',
    'GET / HTTP/1.1\r\nX: \xe9\r\nAuthorization: Basic c2VjcmV0\r\n\r\n',
    'GET  / HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\n\r\n',
    'GET / HTTP/1.1\r\nAuthorization : Basic c2VjcmV0\r\n\r\n',
    'GET / HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\n',
  ]) {
    const tape = new TapeInTest()
    const text = JSON.stringify(record(form, [['client', head]], tape))
    expect(text).toContain('Authorization')
    expect(text).not.toContain('c2VjcmV0')
    expect([...tape.secrets.values()]).toEqual(['c2VjcmV0'])
  }
})

group('what stands behind a placeholder', () => {
  const secret = 'a"b\\c/d e&f=g\r\nü'
  const reveal = () => secret
  const said = (value: unknown, from: 'client' | 'server' = 'client') => {
    const tape = new TapeInTest()
    const [scripted] = readAll(form, [[from, value as string]], tape)
    return tape.octetsOf(form.encode(scripted!, reveal)).toString()
  }

  test('is percent-encoded in a target and a form, plain on one line in a header', () => {
    expect(said('GET /b‹secret:a›?x=‹secret:a›&y=1 HTTP/1.1\nA: ‹secret:a›, b\nLocation: /?x=‹secret:a›')).toBe(
      'GET /ba%22b%5Cc/d%20e&f=g%0D%0A%C3%BC?x=a%22b%5Cc%2Fd%20e%26f%3Dg%0D%0A%C3%BC&y=1 HTTP/1.1\r\n' +
        'A: a"b\\c/d e&f=gü, b\r\nLocation: /?x=a%22b%5Cc%2Fd%20e%26f%3Dg%0D%0A%C3%BC\r\n\r\n',
    )
    expect(
      said({
        head: 'POST / HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 3',
        body: 'a=‹secret:a›',
      }),
    ).toMatch(/Content-Length: 39\r\n\r\na=a%22b%5Cc%2Fd%20e%26f%3Dg%0D%0A%C3%BC$/)
  })

  test('is escaped in JSON, percent-encoded in a URL in it, and a number where one stood', () => {
    const head = 'POST / HTTP/1.1\nContent-Type: application/json\nContent-Length: 3'
    const body = said({
      head,
      body: '{"a":"‹secret:a›","b\\"":"x: ‹secret:a› ","c":"http://a/?d=‹secret:a›","pin":‹secret:pin:2› }',
    }).split('\r\n\r\n')[1]!
    expect(JSON.parse(body)).toEqual({
      a: secret,
      'b"': `x: ${secret} `,
      c: `http://a/?d=${encodeURIComponent(secret)}`,
      pin: 100_002,
    })
  })

  test('is plain elsewhere, and what is escaped is what it was', () => {
    expect(
      said({ head: 'HTTP/1.1 200 OK\nContent-Length: 0', body: '‹secret:a› ‹‹secret:a› ‹secret:›' }, 'server'),
    ).toBe(
      `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(`${secret} ‹secret:a› ‹secret:›`)}\r\n\r\n${secret} ‹secret:a› ‹secret:›`,
    )
  })
})

test('with the same secrets all octets are the same', () => {
  for (const [, line] of heads) {
    const said = line.includes('HTTP/1.1')
      ? `${line}\r\n\r\n`
      : `GET / HTTP/1.1\r\n${line.replace('\n', '\r\n')}\r\n\r\n`
    if (line.includes('‹')) continue
    const tape = new TapeInTest()
    const values = record(form, [['client', said]], tape)
    expect(say(form, values, 'client', tape)).toBe(said)
  }
})

test('a tape from before secrets were hidden is written without them', () => {
  const tape = new TapeInTest()
  const old = {
    head: 'POST /?token=t1 HTTP/1.1\nCookie: a=c1; b=‹secret:cookie›\nContent-Type: application/json\nContent-Length: 17',
    body: '{"password":"p1"}',
  }
  const [{ message, body }] = readAll(form, [['client', old]], tape) as [{ message: never; body: never }]
  expect(form.write(message, body, tape.writing)).toEqual({
    head: 'POST /?token=‹secret:token› HTTP/1.1\nCookie: a=‹secret:cookie›; b=‹secret:cookie›\nContent-Type: application/json\nContent-Length: 17\n',
    body: '{"password":"‹secret:password›"}',
  })
})
