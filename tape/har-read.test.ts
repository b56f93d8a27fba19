import { expect, describe as group, test } from 'vitest'
import { readArchive } from './har-read.ts'

const read = (log: unknown) => readArchive(JSON.stringify({ log }), 'x.har')

const entry = (request: object = {}, response: object = {}, rest: object = {}) => ({
  request: { method: 'GET', url: 'http://a.example/', ...request },
  response: { status: 200, ...response },
  ...rest,
})

group('what is not as it must be is an error with its place:', () => {
  test.each([
    ['no JSON', '<har>', /^x\.har: expected JSON, got Unexpected token /],
    ['nothing', '', /^x\.har: expected JSON, got Unexpected end of JSON input$/],
    ['no log', '{}', /^x\.har: log: expected the log of an HTTP archive, got none$/],
    ['a list', '[]', /^x\.har: log: expected the log of an HTTP archive, got none$/],
    ['no entries', '{"log":{}}', /^x\.har: log\.entries: expected a list, got none$/],
    ['entries that are no list', '{"log":{"entries":{}}}', /^x\.har: log\.entries: expected a list, got a mapping$/],
    ['an entry that is none', '{"log":{"entries":[null]}}', /^x\.har: log\.entries\[0\]: expected an entry, got null$/],
  ])('%s', (_what, text, message) => {
    expect(() => readArchive(text, 'x.har')).toThrow(message)
  })

  test.each([
    ['no request', { request: undefined }, 'request.method: expected a method, got none'],
    ['no method', entry({ method: undefined }), 'request.method: expected a method, got none'],
    ['a method with a blank', entry({ method: 'GET /' }), 'request.method: expected a method, got "GET /"'],
    ['no URL', entry({ url: undefined }), 'request.url: expected a URL, got none'],
    ['a path for a URL', entry({ url: '/index.html' }), 'request.url: expected a URL, got "/index.html"'],
    ['a URL without a host', entry({ url: 'http:///x' }), 'request.url: expected a URL, got "http:///x"'],
    ['a host that is no name', entry({ url: 'http://a..b/' }), 'request.url: expected a URL, got "http://a..b/"'],
    ['the port 0', entry({ url: 'http://a.example:0/' }), 'request.url: expected a URL, got "http://a.example:0/"'],
    [
      'a port that is none',
      entry({ url: 'http://a.example:99999/' }),
      'request.url: expected a URL, got "http://a.example:99999/"',
    ],
    ['a status that is text', entry({}, { status: '200' }), 'response.status: expected a status, got "200"'],
    ['a status of five digits', entry({}, { status: 20000 }), 'response.status: expected a status, got 20000'],
    ['headers by name', entry({ headers: { Host: 'a' } }), 'request.headers: expected a list, got a mapping'],
    [
      'a header without a name',
      entry({}, { headers: [{ value: 'x' }] }),
      'response.headers[0].name: expected text, got none',
    ],
    ['content that is a number', entry({}, { content: { text: 5 } }), 'response.content.text: expected text, got 5'],
    [
      'base64 that is none',
      entry({}, { content: { text: '{"a":1}', encoding: 'base64' } }),
      'response.content.text: expected base64, got "{\\"a\\":1}"',
    ],
  ])('%s', (_what, wrong, message) => {
    expect(() => read({ entries: [entry(), wrong] })).toThrow(`x.har: log.entries[1].${message}`)
  })

  test('a long value is not shown whole', () => {
    expect(() => read({ entries: [entry({ url: 'x'.repeat(1000) })] })).toThrow(`got "${'x'.repeat(80)}"`)
  })
})

group('what some tools do otherwise is taken as it comes:', () => {
  test('the least that an entry has', () => {
    expect(read({ entries: [entry()] })).toEqual({
      creator: '',
      entries: [
        {
          where: 'x.har: log.entries[0]',
          connection: undefined,
          startedMs: undefined,
          waitMs: 0,
          isWebSocket: false,
          request: { method: 'GET', url: 'http://a.example/', version: '', headers: [], body: nobody },
          response: { status: 200, reason: '', version: '', headers: [], body: nobody },
        },
      ],
    })
  })

  test('null where there is nothing', () => {
    const request = { httpVersion: null, headers: null, postData: null }
    const response = { statusText: null, content: { text: null, size: null }, headers: [{ name: 'x', value: null }] }
    const { entries } = read({ entries: [entry(request, response, { connection: null, timings: { wait: null } })] })
    expect(entries[0]).toMatchObject({ connection: undefined, waitMs: 0, request: { headers: [], body: nobody } })
    expect(entries[0]!.response).toMatchObject({ headers: [{ name: 'x', value: '' }], body: nobody })
  })

  test.each([
    ['no response', { response: undefined }],
    ['no status', entry({}, { status: null })],
  ])('%s, which is no answer', (_what, each) => {
    expect(read({ entries: [{ ...entry(), ...each }] }).entries[0]!.response.status).toBe(0)
  })

  test('a byte order mark', () => {
    expect(readArchive('\ufeff{"log":{"creator":{"name":"x"},"entries":[]}}', 'x.har').creator).toBe('x')
  })

  test.each([
    ['to the millisecond', '2015-10-21T07:28:00.000Z'],
    ['to the microsecond', '2015-10-21T07:28:00.000000+00:00'],
    ['in a time zone', '2015-10-21T09:28:00.000+02:00'],
  ])('times %s', (_what, startedDateTime) => {
    expect(read({ entries: [entry({}, {}, { startedDateTime })] }).entries[0]!.startedMs).toBe(1_445_412_480_000)
  })

  test('connections that are numbers', () => {
    expect(read({ entries: [entry({}, {}, { connection: 7 })] }).entries[0]!.connection).toBe('7')
  })
})

test('bodies are text, base64, hex as Polly had it, a file as Playwright has it, or the parameters of a form', () => {
  const params = [{ name: 'a', value: '1', fileName: 'x' }]
  const contents = [
    { text: 'x' },
    { text: 'eA==', encoding: 'base64' },
    { text: '78', _isBinary: true },
    { _file: '1.txt', size: 1 },
    { params },
  ]
  expect(contents.map(content => read({ entries: [entry({}, { content })] }).entries[0]!.response.body)).toEqual([
    { ...nobody, text: 'x' },
    { ...nobody, text: 'eA==', encoding: 'base64' },
    { ...nobody, text: '78', encoding: 'hex' },
    { ...nobody, file: '1.txt', isExpected: true },
    { ...nobody, params: [{ name: 'a', value: '1' }] },
  ])
})

const nobody = { text: undefined, encoding: undefined, file: undefined, isExpected: false, params: [] }
