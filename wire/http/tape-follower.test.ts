import { expect, describe as group, test } from 'vitest'
import type { Side } from '../decoder.ts'
import { formatChunks } from './tape-chunks.ts'
import { HttpFollower } from './tape-follower.ts'
import { type Gathered, hear } from './tape-in-test.ts'
import type { HttpTaped, TapedResponse } from './tape-message.ts'

type Said = readonly [from: Side, text: string]

/** Messages as lines: their first line or octets, then what else is known of them. */
function lines(heard: readonly Gathered<HttpTaped>[]): string[] {
  return heard.map(({ from, message, body, answers, closes }) => {
    const words = [from === 'client' ? 'C' : 'S']
    if (message.kind === 'octets') {
      words.push('octets')
      if (message.octets !== undefined) words.push(JSON.stringify(message.octets.toString('latin1')).slice(1, -1))
    } else words.push(message.head.raw.split('\r\n')[0]!)
    if (body !== undefined) words.push(JSON.stringify(body.octets!.toString('latin1')))
    if (message.kind !== 'octets') {
      if (message.chunks !== undefined) words.push(`chunks ${formatChunks(message.chunks)}`)
      if (message.trailers !== undefined) words.push(`trailers ${JSON.stringify(message.trailers)}`)
      if (message.cut !== undefined) words.push(message.cut)
      if (message.rest !== undefined) words.push(`rest ${JSON.stringify(message.rest.toString('latin1'))}`)
    }
    if (answers !== undefined) words.push(`answers ${answers}`)
    if (closes) words.push('closes')
    return words.join(' ')
  })
}

const ways: Record<string, (bytes: Buffer) => Buffer[]> = {
  whole: bytes => [bytes],
  'octet by octet': bytes => [...bytes].map(octet => Buffer.of(octet)),
  'in threes': bytes => Array.from({ length: Math.ceil(bytes.length / 3) }, (_, i) => bytes.subarray(3 * i, 3 * i + 3)),
}

function follow(said: readonly Said[], cut: (bytes: Buffer) => Buffer[] = bytes => [bytes], ended = true): string[] {
  const pushes = said.flatMap(([from, text]) =>
    cut(Buffer.from(text, 'latin1')).map((octets): [Side, Buffer | 'end'] => [from, octets]),
  )
  if (ended) pushes.push(['client', 'end'], ['server', 'end'])
  return lines(hear(new HttpFollower(), pushes))
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'

const conversations: [name: string, said: Said[], heard: string[]][] = [
  [
    'a request and its response',
    [
      ['client', get],
      ['server', ok],
    ],
    ['C GET / HTTP/1.1', 'S HTTP/1.1 200 OK "hi" answers 1'],
  ],
  [
    'bodies of a length, empty ones and none',
    [
      ['client', 'POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc'],
      ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
      ['client', 'PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
      ['server', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ],
    [
      'C POST / HTTP/1.1 "abc"',
      'S HTTP/1.1 200 OK answers 1',
      'C PUT / HTTP/1.1 ""',
      'S HTTP/1.1 204 No Content answers 2',
    ],
  ],
  [
    'pipelined requests and their responses',
    [
      ['client', `${get}HEAD /2 HTTP/1.1\r\n\r\n${get}`],
      ['server', `${ok}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${ok}`],
    ],
    [
      'C GET / HTTP/1.1',
      'C HEAD /2 HTTP/1.1',
      'C GET / HTTP/1.1',
      'S HTTP/1.1 200 OK "hi" answers 1',
      'S HTTP/1.1 200 OK answers 2',
      'S HTTP/1.1 200 OK "hi" answers 3',
    ],
  ],
  [
    'chunks, their spelling and trailers',
    [
      ['client', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'],
      [
        'server',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n2;x\r\nab\r\n02\r\ncd\r\n1\r\ne\r\n1\r\nf\r\n000\r\nSum:1\r\n\r\n',
      ],
    ],
    [
      'C POST / HTTP/1.1 "abc"',
      'S HTTP/1.1 200 OK "0123456789abcdef" chunks 0xA 0x2;x 0x02 1*2 0x000 trailers "Sum:1\\r\\n\\r\\n" answers 1',
    ],
  ],
  [
    'a body until the end of the link',
    [
      ['client', get],
      ['server', 'HTTP/1.0 200 OK\r\n\r\nhi there'],
    ],
    ['C GET / HTTP/1.1', 'S HTTP/1.0 200 OK "hi there" answers 1 closes'],
  ],
  [
    'responses before which the link is ended',
    [
      ['client', get],
      ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'],
      ['client', 'GET / HTTP/1.1\r\nconnection: Close\r\n\r\n'],
      ['server', ok],
      ['client', 'GET / HTTP/1.0\r\n\r\n'],
      ['server', ok],
      ['client', 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'],
      ['server', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
      ['client', 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'],
      ['server', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n'],
    ],
    [
      'C GET / HTTP/1.1',
      'S HTTP/1.1 200 OK answers 1 closes',
      'C GET / HTTP/1.1',
      'S HTTP/1.1 200 OK "hi" answers 2 closes',
      'C GET / HTTP/1.0',
      'S HTTP/1.1 200 OK "hi" answers 3 closes',
      'C GET / HTTP/1.0',
      'S HTTP/1.0 200 OK answers 4 closes',
      'C GET / HTTP/1.0',
      'S HTTP/1.0 200 OK answers 5',
    ],
  ],
  [
    '100 Continue, early hints and the body that was waited with',
    [
      ['client', 'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n'],
      ['server', 'HTTP/1.1 100 Continue\r\n\r\n'],
      ['client', 'abc'],
      ['server', `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${ok}`],
    ],
    [
      'S HTTP/1.1 100 Continue answers 1',
      'C POST / HTTP/1.1 "abc"',
      'S HTTP/1.1 103 Early Hints answers 1',
      'S HTTP/1.1 200 OK "hi" answers 1',
    ],
  ],
  [
    'a final response before the request is through, and the next request',
    [
      ['client', 'POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na'],
      ['server', 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n'],
      ['client', `bc${get}`],
      ['server', ok],
    ],
    [
      'S HTTP/1.1 413 Content Too Large answers 1',
      'C POST / HTTP/1.1 "abc"',
      'C GET / HTTP/1.1',
      'S HTTP/1.1 200 OK "hi" answers 2',
    ],
  ],
  [
    'octets after Upgrade',
    [
      ['client', 'GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nGET early'],
      ['server', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nbanner'],
      ['client', 'GET / HTTP/1.1\r\n\r\n'],
      ['server', 'bye'],
    ],
    [
      'C GET / HTTP/1.1',
      'S HTTP/1.1 101 Switching Protocols answers 1',
      'C octets "GET early"',
      'S octets "banner"',
      'C octets "GET / HTTP/1.1\\r\\n\\r\\n"',
      'S octets "bye"',
    ],
  ],
  [
    'Upgrade that the server does not want',
    [
      ['client', `GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n${get}`],
      ['server', `${ok}${ok}`],
    ],
    // The second request waited for what the first one's response would be.
    ['C GET / HTTP/1.1', 'C GET / HTTP/1.1', 'S HTTP/1.1 200 OK "hi" answers 1', 'S HTTP/1.1 200 OK "hi" answers 2'],
  ],
  [
    'octets after CONNECT',
    [
      ['client', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n'],
      ['server', 'HTTP/1.0 200 Connection established\r\nContent-Length: 5\r\n\r\n'],
      ['client', '\x16\x03\x01'],
    ],
    ['C CONNECT a:443 HTTP/1.1', 'S HTTP/1.0 200 Connection established answers 1', 'C octets "\\u0016\\u0003\\u0001"'],
  ],
  [
    'CONNECT that is refused, and another request',
    [
      ['client', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n'],
      ['server', 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno'],
      ['client', get],
    ],
    ['C CONNECT a:443 HTTP/1.1', 'S HTTP/1.1 407 Proxy Authentication Required "no" answers 1', 'C GET / HTTP/1.1'],
  ],
  [
    'a client that breaks the rules, and the server that says so',
    [
      ['client', `${get}GET  / HTTP/1.1\r\nA: b\r\n\r\nmore`],
      ['server', `${ok}HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`],
    ],
    [
      'C GET / HTTP/1.1',
      'C octets GET  / HTTP/1.1\\r\\nA: b\\r\\n\\r\\n',
      'C octets "more"',
      'S HTTP/1.1 200 OK "hi" answers 1',
      'S HTTP/1.1 400 Bad Request answers 2 closes',
    ],
  ],
  [
    'a length beside chunks and a body, refused for its head',
    [
      ['client', 'PUT / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
      ['server', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'],
    ],
    [
      'C octets PUT / HTTP/1.1\\r\\nContent-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n',
      'C octets "5\\r\\nhello\\r\\n0\\r\\n\\r\\n"',
      'S HTTP/1.1 400 Bad Request answers 1 closes',
    ],
  ],
  [
    'a client that breaks the rules, and a server that goes on with it',
    [
      ['client', `GET / HTTP/1.1\r\nA b\r\n\r\n${get}`],
      ['server', `HTTP/1.1 103 Early Hints\r\n\r\n${ok}${ok}`],
    ],
    [
      'C octets GET / HTTP/1.1\\r\\nA b\\r\\n\\r\\n',
      'C octets "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"',
      'S HTTP/1.1 103 Early Hints answers 1',
      'S HTTP/1.1 200 OK "hi" answers 1',
      'S HTTP/1.1 200 OK "hi"',
    ],
  ],
  [
    'responses before the heads that they answer are through',
    [
      ['client', 'GET / HTTP/1.1\r\nHo'],
      ['server', 'HTTP/1.1 431 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'],
      ['client', `st: a\r\n\r\n${get}`],
      ['server', ok],
      ['client', 'GET'],
      ['server', ok],
      ['client', '  / HTTP/1.1\r\n\r\n'],
      ['server', ok],
    ],
    [
      'S HTTP/1.1 431 Too Large answers 1 closes',
      'C GET / HTTP/1.1',
      'C GET / HTTP/1.1',
      'S HTTP/1.1 200 OK "hi" answers 2',
      'S HTTP/1.1 200 OK "hi" answers 3',
      'C octets GET  / HTTP/1.1\\r\\n\\r\\n',
      'S HTTP/1.1 200 OK "hi"',
    ],
  ],
  [
    'a first line without an end, as far as it takes to see that',
    [
      ['client', `GET /${'x'.repeat(70_000)}`],
      ['server', 'HTTP/1.1 414 Too Long\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'],
    ],
    [
      `C octets GET /${'x'.repeat(65_532)}`,
      `C octets "${'x'.repeat(4468)}"`,
      'S HTTP/1.1 414 Too Long answers 1 closes',
    ],
  ],
  [
    'octets that answer what is not through yet, and others after them',
    [
      ['client', 'GET / HTTP/1.1\r\nHo'],
      ['server', `${ok}what`],
    ],
    ['S HTTP/1.1 200 OK "hi" answers 1', 'S octets "what" answers 1', 'C octets "GET / HTTP/1.1\\r\\nHo"'],
  ],
  [
    'a server that breaks the rules, and further requests',
    [
      ['client', get],
      ['server', 'HTTP/1.1 200 OK\r\nA b\r\n\r\nmore'],
      ['client', get],
      ['server', ok],
    ],
    [
      'C GET / HTTP/1.1',
      'S octets "HTTP/1.1 200 OK\\r\\nA b\\r\\n\\r\\nmore"',
      'C GET / HTTP/1.1',
      'S octets "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi"',
    ],
  ],
  [
    'a chunk that breaks the rules',
    [
      ['client', get],
      ['server', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nno\r\n'],
    ],
    ['C GET / HTTP/1.1', 'S HTTP/1.1 200 OK "abc" chunks 3 broken answers 1', 'S octets "\\r\\nno\\r\\n"'],
  ],
  [
    'messages that the link cuts in their body',
    [
      ['client', 'POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab'],
      ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ],
    ['C POST / HTTP/1.1 "ab" ended closes', 'S HTTP/1.1 200 OK "" ended answers 1 closes'],
  ],
  ...['5\r\nab', '5\r\nabcde', '5\r\nabcde\r', '5\r\nabcde\r\n0\r\nA: b', '', '5'].map(
    (body): [string, Said[], string[]] => {
      const text = body.slice(3, 8)
      const rest = body.slice(3).replace(text, '') || (body === '5' ? '5' : '')
      const heard = ['S HTTP/1.1 200 OK', JSON.stringify(text), text === '' ? '' : 'chunks 5', 'ended']
      if (rest !== '') heard.push(`rest ${JSON.stringify(rest)}`)
      return [
        `a chunked body that is cut after ${JSON.stringify(body)}`,
        [
          ['client', get],
          ['server', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`],
        ],
        ['C GET / HTTP/1.1', [...heard, 'answers 1 closes'].filter(word => word !== '').join(' ')],
      ]
    },
  ),
  [
    'heads that the link cuts',
    [
      ['client', 'GET / HTTP/1.1\r\nHost: a\r\n'],
      ['server', 'HTTP/1.1 200'],
    ],
    ['C octets "GET / HTTP/1.1\\r\\nHost: a\\r\\n"', 'S octets "HTTP/1.1 200"'],
  ],
  [
    'a server that speaks unasked',
    [['server', 'HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n']],
    ['S HTTP/1.1 408 Request Timeout'],
  ],
]

for (const [way, cut] of Object.entries(ways)) {
  test.for(conversations)(`heard ${way}: %s`, ([, said, heard]) => {
    expect(follow(said, cut)).toEqual(heard)
  })
}

test('bodies come in pieces as they arrive, without what stands between chunks', () => {
  const follower = new HttpFollower()
  follower.push('client', Buffer.from('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nab'))
  const kinds = () => {
    const heard: string[] = []
    for (let each = follower.next(); each !== undefined; each = follower.next()) {
      heard.push(each.kind === 'piece' ? each.octets.toString() : each.kind)
    }
    return heard
  }
  expect(kinds()).toEqual(['begin', 'ab'])
  follower.push('client', Buffer.from('cd'))
  expect(kinds()).toEqual(['cd'])
  follower.push('client', Buffer.from('ef\r\n1\r\ng\r\n0\r\n\r\n'))
  expect(kinds()).toEqual(['ef', 'g', 'finish'])
})

group('for who plays the server', () => {
  const response = (text: string, method = 'GET'): TapedResponse => {
    const [, heard] = hear(new HttpFollower(), [
      ['client', Buffer.from(`${method} / HTTP/1.1\r\nUpgrade: x\r\n\r\n`)],
      ['server', Buffer.from(text)],
    ])
    return heard!.message as TapedResponse
  }

  test('what was said moves the client on to another protocol', () => {
    for (const [method, text] of [
      ['GET', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
      ['CONNECT', 'HTTP/1.1 200 OK\r\n\r\n'],
    ] as const) {
      const follower = new HttpFollower()
      const start = Buffer.from(`${method} / HTTP/1.1\r\nUpgrade: x\r\n\r\nGET more`)
      expect(lines(hear(follower, [['client', start]]))).toEqual([`C ${method} / HTTP/1.1`])
      follower.said(response('HTTP/1.1 100 Continue\r\n\r\n'))
      expect(follower.next()).toBeUndefined()
      follower.said(response(text, method))
      expect(follower.next()).toMatchObject({ kind: 'begin', from: 'client', message: { kind: 'octets' } })
      expect(follower.next()).toMatchObject({ kind: 'piece', octets: Buffer.from('GET more') })
      // Nothing says when such octets end; what has come is answered.
      expect(follower.next()).toMatchObject({ kind: 'finish', from: 'client', message: { kind: 'octets' } })
      expect(follower.next()).toBeUndefined()
    }
  })

  test('octets that are no HTTP have an end where nothing has been said yet', () => {
    const follower = new HttpFollower()
    follower.played()
    expect(lines(hear(follower, [['client', Buffer.from('\x16\x03\x01')]]))).toEqual([
      'C octets "\\u0016\\u0003\\u0001"',
    ])
  })

  test('what was said lets the client go on where it stays with HTTP', () => {
    const follower = new HttpFollower()
    const heard = hear(follower, [['client', Buffer.from(`GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n${get}`)]])
    expect(lines(heard)).toEqual(['C GET / HTTP/1.1'])
    const answered = response('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    follower.said(answered)
    expect(follower.next()).toMatchObject({ kind: 'whole', message: { head: { target: '/' } } })
    // Many exchanges leave nothing behind that the next one would be taken for.
    for (let i = 0; i < 30_000; i++) {
      follower.said(answered)
      follower.push('client', Buffer.from(get))
      expect(follower.next()?.kind).toBe('whole')
    }
  })
})

test('requests without answers, and what waits for an answer, are bounded', () => {
  const follower = new HttpFollower()
  const heard = lines(
    hear(follower, [
      ['client', Buffer.from(get.repeat(10_001))],
      ['client', 'end'],
    ]),
  )
  expect(heard.length).toBe(10_001)
  expect(heard.at(-1)).toBe('C octets "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"')

  const waiting = new HttpFollower()
  const upgrade = Buffer.from('GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n')
  expect(
    lines(
      hear(waiting, [
        ['client', upgrade],
        ['client', Buffer.alloc(65_536, 'x')],
      ]),
    ).length,
  ).toBe(1)
  expect(
    lines(
      hear(waiting, [
        ['client', Buffer.from('x')],
        ['client', 'end'],
      ]),
    ),
  ).toEqual([`C octets ${'x'.repeat(65_537)}`])
})
