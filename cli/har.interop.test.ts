// HTTP archives in the hands of others: python3 reads what is written of a tape, and curl is answered from what was read of
// an archive.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest'

const bin = join(import.meta.dirname, '../bin/backlot.js')
const fixtures = join(import.meta.dirname, '../fixtures/http')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlot-har-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function backlot(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(bin, args, { cwd: folder, encoding: 'utf8' })
  return { status, stdout, stderr }
}

function needs(program: string, context: TestContext): void {
  if (spawnSync(program, ['--version']).error !== undefined) context.skip(`needs ${program}: apt install ${program}`)
}

/** What HAR 1.2 demands of each entry, and that its numbers are those of its texts. */
const reading = `
import base64, datetime, json, sys
from urllib.parse import urlsplit, parse_qsl
log = json.load(open(sys.argv[1], encoding='utf-8'))['log']
assert log['version'] == '1.2' and isinstance(log['creator']['name'], str) and isinstance(log['creator']['version'], str)
for entry in log['entries']:
    datetime.datetime.fromisoformat(entry['startedDateTime'].replace('Z', '+00:00'))
    assert isinstance(entry['cache'], dict) and isinstance(entry['connection'], str)
    timings = entry['timings']
    assert all(timings[name] >= 0 for name in ('send', 'wait', 'receive'))
    assert entry['time'] == sum(each for name, each in timings.items() if each > 0 and name != 'ssl')
    request, response = entry['request'], entry['response']
    for message in request, response:
        assert isinstance(message['httpVersion'], str)
        assert isinstance(message['headersSize'], int) and isinstance(message['bodySize'], int)
        assert all(isinstance(h['name'], str) and isinstance(h['value'], str) for h in message['headers'])
        assert all(isinstance(c['name'], str) and isinstance(c['value'], str) for c in message['cookies'])
    url = urlsplit(request['url'])
    assert url.scheme in ('http', 'https') and url.hostname
    asked = parse_qsl(url.query, keep_blank_values=True)
    assert [(p['name'], p['value']) for p in request['queryString']] == asked
    content = response['content']
    text = content.get('text', '')
    octets = base64.b64decode(text, validate=True) if content.get('encoding') == 'base64' else text.encode()
    assert len(octets) == content['size'], (len(octets), content['size'])
    assert content['size'] - content.get('compression', 0) == response['bodySize']
    assert isinstance(content['mimeType'], str) and isinstance(response['redirectURL'], str)
    print(request['method'], request['url'], response['status'], content['size'])
`

test('python3 finds in an archive of a tape what HAR 1.2 demands', context => {
  needs('python3', context)
  const outcome = backlot('tape', 'convert', join(fixtures, 'nginx-methods.tape.yaml'), 'nginx.har')
  expect(outcome).toEqual({ status: 0, stdout: '', stderr: 'backlot: 10 entries in nginx.har\n' })
  const lines = execFileSync('python3', ['-c', reading, 'nginx.har'], { cwd: folder, encoding: 'utf8' }).split('\n')
  expect(lines).toHaveLength(11)
  expect(lines).toContain(
    `GET http://www.example.org/rfc/rfc2324.txt 200 ${readFileSync(join(fixtures, 'site/rfc/rfc2324.txt')).length}`,
  )
  expect(lines).toContain(`HEAD http://www.example.org/ 200 0`)
})

const entry = (
  url: string,
  content: object,
  more: { method?: string; postData?: object; headers?: object[] } = {},
) => ({
  startedDateTime: '2026-11-25T10:00:00.000Z',
  request: {
    method: 'GET',
    url,
    httpVersion: 'h2',
    headers: [{ name: ':authority', value: new URL(url).host }, ...(more.headers ?? [])],
    ...(more.method === undefined ? {} : { method: more.method, postData: more.postData }),
  },
  response: {
    status: 200,
    statusText: '',
    httpVersion: 'h2',
    headers: [
      { name: 'content-encoding', value: 'br' },
      { name: 'content-type', value: 'text/plain' },
    ],
    content,
  },
})

test('curl is answered from an archive, by HTTP/1.1 and under TLS', context => {
  needs('curl', context)
  const form = { mimeType: 'application/x-www-form-urlencoded', text: 'user=ada&password=lovelace' }
  const entries = [
    entry('https://www.example.org/page?x=1', { size: 6, text: 'späti' }),
    entry(
      'https://api.example.org:8443/login',
      { size: 3, encoding: 'base64', text: 'aGkK' },
      {
        method: 'POST',
        postData: form,
        headers: [{ name: 'content-type', value: form.mimeType }],
      },
    ),
    entry('http://localhost:3000/', { size: 2, text: 'hi' }),
  ]
  writeFileSync(join(folder, 'web.har'), JSON.stringify({ log: { version: '1.2', creator: {}, entries } }))
  expect(backlot('tape', 'convert', 'web.har', 'web.tape.yaml')).toEqual({
    status: 0,
    stdout: '',
    stderr: 'backlot: 8 turns in 3 conversations on web.tape.yaml\n',
  })
  expect(readFileSync(join(folder, 'web.tape.yaml'), 'utf8')).not.toContain('lovelace')
  const script = `curl -sS -w '|%{http_code} %{http_version} %{ssl_verify_result}|' 'https://www.example.org/page?x=1' &&
    curl -sS --compressed -d 'user=ada&password=other' https://api.example.org:8443/login &&
    curl -sS http://localhost:3000/`
  const outcome = backlot('replay', '--strict', 'web.tape.yaml', '--', 'sh', '-c', script)
  expect(outcome).toEqual({ status: 0, stdout: 'späti|200 1.1 0|hi\nhi', stderr: '' })
})

test.each([
  ['what is no archive', 'x.har', '<html>', /^backlot: x\.har: expected JSON, got [^\n]*\n$/],
  [
    'an entry without a URL',
    'y.har',
    '{"log":{"entries":[{"request":{"method":"GET"}}]}}',
    /^backlot: y\.har: log\.entries\[0\]\.request\.url: expected a URL, got none\n$/,
  ],
])('%s is one line on stderr and status 2', (_what, file, text, says) => {
  writeFileSync(join(folder, file), text)
  const outcome = backlot('tape', 'convert', file, 'z.tape.yaml')
  expect(outcome).toMatchObject({ status: 2, stdout: '' })
  expect(outcome.stderr).toMatch(says)
})
