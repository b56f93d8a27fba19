import { expect, test } from 'vitest'
import { Random } from '../net/random.ts'
import { type Passage, parseFilter } from './filter.ts'

const names: Record<string, string[]> = { 'mx.example': ['203.0.113.5', '2001:db8::5'] }
const lookup = (name: string) => names[name] ?? []

function passage(transport: 'tcp' | 'udp', from: string, to: string): Passage {
  const end = (text: string) => {
    const at = text.lastIndexOf(':')
    return { address: text.slice(0, at), port: Number(text.slice(at + 1)) }
  }
  return { transport, from: end(from), to: end(to) }
}

const passages = {
  mail: passage('tcp', '10.0.2.15:40000', '203.0.113.5:25'),
  answer: passage('tcp', '203.0.113.5:25', '10.0.2.15:40000'),
  question: passage('udp', '10.0.2.15:40001', '192.168.1.1:53'),
  mail6: passage('tcp', 'fd00:2::15:40002', '2001:db8::5:25'),
  local: passage('tcp', '127.0.0.1:40003', '127.0.0.1:8080'),
}

test.each<[string, (keyof typeof passages)[]]>([
  ['tcp', ['mail', 'answer', 'mail6', 'local']],
  ['udp', ['question']],
  ['ip', ['mail', 'answer', 'question', 'local']],
  ['ip6', ['mail6']],
  ['port 25', ['mail', 'answer', 'mail6']],
  ['src port 25', ['answer']],
  ['dst port 25', ['mail', 'mail6']],
  ['tcp dst port 25', ['mail', 'mail6']],
  ['udp port 25', []],
  ['portrange 50-60', ['question']],
  ['host 203.0.113.5', ['mail', 'answer']],
  ['203.0.113.5', ['mail', 'answer']],
  ['host 2001:DB8:0::5', ['mail6']],
  ['host mx.example', ['mail', 'answer', 'mail6']],
  ['dst mx.example', ['mail', 'mail6']],
  ['ip host mx.example', ['mail', 'answer']],
  ['net 10.0.2.0/24', ['mail', 'answer', 'question']],
  ['dst net 10.0.2.0/24', ['answer']],
  ['net 2001:db8::/32', ['mail6']],
  ['src or dst port 53', ['question']],
  ['src and dst host 127.0.0.1', ['local']],
  ['not tcp', ['question']],
  ['! tcp', ['question']],
  ['!tcp', ['question']],
  ['not not udp', ['question']],
  ['TCP AND PORT 8080', ['local']],
  ['tcp and not port 25', ['local']],
  ['tcp && !(port 25 || host 10.0.2.15)', ['local']],
  ['port 53 or 8080', ['question', 'local']],
  ['tcp dst port 53 or 8080', ['local']],
  ['not port 25 and not 53', ['local']],
  // Both bind alike from the left: (udp or tcp) and port 53, where others would read udp or (tcp and port 53).
  ['ip6 or udp and port 25', ['mail6']],
])('%s', (filter, expected) => {
  const passes = parseFilter(filter, lookup)
  expect(Object.entries(passages).flatMap(([name, each]) => (passes(each) ? [name] : []))).toEqual(expected)
})

test.each([
  ['', 'expected host, net, port, portrange, tcp, udp, ip, ip6, src, dst, not or ( at character 1, got its end'],
  ['icmp', 'expected host, net, port, portrange, tcp, udp, ip, ip6, src, dst, not or ( at character 1, got "icmp"'],
  ['port', 'expected a port from 0 to 65535 at character 5, got its end'],
  ['port 65536', 'expected a port from 0 to 65535 at character 6, got "65536"'],
  ['port http', 'expected a port from 0 to 65535 at character 6, got "http"'],
  ['portrange 9-8', 'expected ports such as 8000-8080 at character 11, got "9-8"'],
  ['net 10.0.2.0/33', 'expected a range such as 10.0.2.0/24 at character 5, got "10.0.2.0/33"'],
  ['net mx.example', 'expected a range such as 10.0.2.0/24 at character 5, got "mx.example"'],
  ['host nobody', 'expected an address or a name of the network at character 6, got "nobody"'],
  ['tcp udp', 'expected src, dst, host, net, port, portrange, and, or, or the end at character 5, got "udp"'],
  ['tcp and', 'expected host, net, port, portrange, tcp, udp, ip, ip6, src, dst, not or ( at character 8, got its end'],
  ['(tcp', 'expected and, or, or ) at character 5, got its end'],
  ['tcp)', 'expected and, or, or the end at character 4, got ")"'],
  ['port 25)', 'expected and, or, or the end at character 8, got ")"'],
  ['src tcp port 25', 'expected an address or a name of the network at character 5, got "tcp"'],
  ['('.repeat(200), 'expected at most 100 levels of not and parentheses at character 101, got "("'],
])('%j is refused', (filter, message) => {
  expect(() => parseFilter(filter, lookup)).toThrow(`capture filter: ${message}`)
})

test('any words make a filter or one error', () => {
  const random = new Random('filter')
  const words = [
    'tcp',
    'udp',
    'src',
    'dst',
    'host',
    'net',
    'port',
    '25',
    '10.0.0.1',
    'and',
    'or',
    'not',
    '(',
    ')',
    '&',
    '|',
    'é',
  ]
  for (let i = 0; i < 5000; i++) {
    const text = Array.from({ length: 1 + random.below(8) }, () => words[random.below(words.length)]).join(' ')
    try {
      expect(typeof parseFilter(text, lookup)(passages.mail)).toBe('boolean')
    } catch (error) {
      expect((error as Error).message).toMatch(/^capture filter: expected .* at character \d+, got /)
    }
  }
})
