import { expect, test } from 'vitest'
import { UsageError } from '../net/errors.ts'
import { isFor, parseReals } from './reals.ts'

test.each([
  ['mx.example.org:25=127.0.0.1:2525', 'mx.example.org', 25, 'smtp', '127.0.0.1', 2525],
  ['Shop.Example:8080/http=box:80', 'shop.example', 8080, 'http', 'box', 80],
  ['[2001:db8::1]:7=[::1]:7000', '2001:db8::1', 7, undefined, '::1', 7000],
  ['192.0.2.1:6379/tcp=127.0.0.1:6379', '192.0.2.1', 6379, 'tcp', '127.0.0.1', 6379],
])('%s is a name, a protocol and a server', (text, name, port, protocol, host, at) => {
  expect(parseReals('record', [text])).toEqual([{ name, port, protocol, to: { host, port: at } }])
})

test.each([
  ['mx.example.org', 'expected --real NAME:PORT'],
  ['mx.example.org:25', 'expected --real NAME:PORT'],
  ['mx.example.org:0=a:1', 'expected --real NAME:PORT'],
  ['mx.example.org:25=a:65536', 'expected --real NAME:PORT'],
  ['a=b=c', 'expected --real NAME:PORT'],
  ['a..b:1=c:1', 'expected a name or address'],
  ['localhost:80=127.0.0.1:8080', 'expected 127.0.0.1 in place of localhost'],
  ['www.example.org:80/gopher=a:1', 'expected a protocol'],
])('%s is refused with what was expected', (text, message) => {
  expect(() => parseReals('record', [text])).toThrow(UsageError)
  expect(() => parseReals('record', [text])).toThrow(message)
})

test('each name and port is given once', () => {
  expect(() => parseReals('record', ['a.example:80=b:1', 'A.example:80=c:2'])).toThrow('got a.example:80 again')
})

test('a server is for the transports of its protocol', () => {
  const [dns] = parseReals('record', ['ns.example:53=127.0.0.1:5300'])
  const at = (transport: 'tcp' | 'udp', port = 53) => ({ protocol: 'dns', transport, host: 'ns.example', port })
  expect([at('tcp'), at('udp'), at('udp', 54)].map(service => isFor(dns!, service))).toEqual([true, true, false])
  const [web] = parseReals('record', ['ns.example:53/http=127.0.0.1:80'])
  expect([at('tcp'), at('udp')].map(service => isFor(web!, service))).toEqual([true, false])
})
