import { expect, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { type Backlog, TcpHalf } from './tcp-half.ts'

/** What a half gives: octets as text, gaps as `<count>`. */
function half(backlog: Backlog = { octets: 0 }) {
  let given = ''
  const tcp = new TcpHalf(
    { octets: octets => void (given += octets.toString('latin1')), lost: count => void (given += `<${count}>`) },
    backlog,
  )
  const say = (sequence: number, text: string, isLast = false) =>
    tcp.segment(sequence, Buffer.from(text, 'latin1'), text.length, isLast)
  return { tcp, say, given: () => given, backlog }
}

test('segments in order are given as they come', () => {
  const { tcp, say, given } = half()
  tcp.begin(100)
  say(100, 'abc')
  expect(given()).toBe('abc')
  say(103, 'de')
  expect(given()).toBe('abcde')
})

test.each<[string, [number, string][], string]>([
  [
    'out of order',
    [
      [103, 'de'],
      [105, 'f'],
      [100, 'abc'],
    ],
    'abcdef',
  ],
  [
    'twice',
    [
      [100, 'abc'],
      [100, 'abc'],
      [103, 'd'],
      [100, 'abc'],
    ],
    'abcd',
  ],
  [
    'sent again with more',
    [
      [100, 'abc'],
      [100, 'abcde'],
    ],
    'abcde',
  ],
  [
    'of a keep-alive',
    [
      [100, 'abc'],
      [102, 'x'],
      [103, 'd'],
    ],
    'abcd',
  ],
  [
    'before the beginning',
    [
      [90, '0123456789ab'],
      [102, 'c'],
    ],
    'abc',
  ],
  [
    'overlapping, of which the first stands',
    [
      [102, 'CD'],
      [101, 'bcde'],
      [100, 'ABCDEF'],
    ],
    'AbCDeF',
  ],
  [
    'that fill several holes',
    [
      [101, 'B'],
      [103, 'D'],
      [105, 'F'],
      [100, 'abcdefg'],
    ],
    'aBcDeFg',
  ],
  [
    'inside another that waits',
    [
      [101, 'BCDE'],
      [102, 'xy'],
      [100, 'a'],
    ],
    'aBCDE',
  ],
  [
    'of nothing',
    [
      [100, ''],
      [100, 'a'],
    ],
    'a',
  ],
])('segments %s', (_what, segments, expected) => {
  const { tcp, say, given, backlog } = half()
  tcp.begin(100)
  for (const [sequence, text] of segments) say(sequence, text)
  expect(given()).toBe(expected)
  expect(backlog.octets).toBe(0)
})

test('sequence numbers go on from 0 after the highest', () => {
  const { tcp, say, given } = half()
  tcp.begin(2 ** 32 - 3)
  say(2, 'fgh')
  say(2 ** 32 - 3, 'abcde')
  say(5, 'i')
  tcp.acknowledge(6, true)
  expect(given()).toBe('abcdefghi')
})

test('sequence numbers go around as often as there are octets', () => {
  const { tcp, say, given } = half()
  tcp.begin(7)
  for (let i = 1; i <= 12; i++) {
    const sequence = (7 + i * 2 ** 30 + (i - 1)) % 2 ** 32
    tcp.acknowledge(sequence, true)
    say(sequence, String.fromCharCode(96 + i))
  }
  expect(given()).toBe([...'abcdefghijkl'].map(letter => `<${2 ** 30}>${letter}`).join(''))
})

test('a hole is given up when the other side has got beyond it', () => {
  const { tcp, say, given } = half()
  tcp.begin(100)
  say(100, 'ab')
  say(105, 'fg')
  tcp.acknowledge(102, true)
  tcp.acknowledge(102, false)
  tcp.acknowledge(102, false)
  expect(given()).toBe('ab')
  tcp.acknowledge(107, true)
  expect(given()).toBe('ab<3>fg')
  say(107, 'h')
  expect(given()).toBe('ab<3>fgh')
})

test('one acknowledgment alone may be there before what it acknowledges', () => {
  const { tcp, say, given } = half()
  tcp.begin(100)
  say(102, 'c')
  tcp.acknowledge(103, false)
  say(100, 'ab')
  expect(given()).toBe('abc')
  tcp.acknowledge(105, false)
  say(103, 'd')
  say(104, 'e')
  expect(given()).toBe('abcde')
})

test('two acknowledgments, or one and what comes behind it, are enough', () => {
  const { tcp, say, given } = half()
  tcp.begin(100)
  tcp.acknowledge(103, false)
  tcp.acknowledge(103, false)
  expect(given()).toBe('<3>')
  tcp.acknowledge(105, false)
  say(105, 'f')
  expect(given()).toBe('<3><2>f')
})

test('what was given up and comes all the same is not given', () => {
  const { tcp, say, given } = half()
  tcp.begin(100)
  tcp.acknowledge(103, true)
  say(100, 'abcd')
  expect(given()).toBe('<3>d')
})

test('several holes are given up one by one, and only as far as was acknowledged', () => {
  const { tcp, say, given } = half()
  tcp.begin(100)
  say(101, 'b')
  say(103, 'd')
  say(106, 'g')
  tcp.acknowledge(105, true)
  expect(given()).toBe('<1>b<1>d<1>')
  say(105, 'f')
  expect(given()).toBe('<1>b<1>d<1>fg')
})

test('the end is where the FIN is, when all before it is there', () => {
  const { tcp, say, given } = half()
  tcp.begin(100)
  say(102, 'c', true)
  expect(tcp.hasEnded).toBe(false)
  say(100, 'ab')
  expect(tcp.hasEnded).toBe(true)
  say(103, 'behind it')
  tcp.acknowledge(104, true)
  expect(given()).toBe('abc')
})

test('a FIN of nothing ends what is there', () => {
  const { tcp, say } = half()
  tcp.begin(100)
  expect(tcp.hasEnded).toBe(false)
  say(100, '', true)
  expect(tcp.hasEnded).toBe(true)
})

test('a FIN from before the beginning ends nothing', () => {
  const { tcp, say, given } = half()
  tcp.begin(100)
  say(90, 'old', true)
  say(100, 'new')
  expect(tcp.hasEnded).toBe(false)
  expect(given()).toBe('new')
})

test('what a capture has cut of a segment is missing', () => {
  const { tcp, say, given } = half()
  tcp.begin(100)
  tcp.segment(100, Buffer.from('abc'), 10, false)
  say(110, 'k')
  tcp.acknowledge(111, true)
  expect(given()).toBe('abc<7>k')
})

test('a number that no window reaches is not of this connection', () => {
  const { tcp, say, given } = half()
  tcp.begin(100)
  say(100 + 2 ** 30 + 1, 'far')
  tcp.acknowledge(100 + 2 ** 30 + 1, true)
  tcp.flush()
  expect(given()).toBe('')
})

test('it begins with the first that is seen where nothing says where it began', () => {
  const { say, given, tcp } = half()
  say(5000, 'ab')
  say(4990, 'before')
  expect(given()).toBe('ab')
  expect(tcp.first).toBe(5000)
})

test('so much waits behind a hole, and no more', () => {
  const { tcp, say, given, backlog } = half()
  tcp.begin(0)
  const chunk = 'x'.repeat(2 ** 16)
  for (let i = 0; i < 255; i++) say(1 + i * 2 ** 16, chunk)
  expect(given()).toBe('')
  expect(backlog.octets).toBe(255 * 2 ** 16)
  say(1 + 255 * 2 ** 16, chunk)
  say(1 + 256 * 2 ** 16, 'y')
  expect(given().slice(0, 5)).toBe('<1>xx')
  expect(given()).toHaveLength(3 + 2 ** 24 + 1)
  expect(backlog.octets).toBe(0)
})

test('so many pieces wait, and no more', () => {
  const { tcp, say, given, backlog } = half()
  tcp.begin(0)
  for (let i = 1; i <= 16_384; i++) say(2 * i, 'x')
  expect(given()).toBe('')
  say(2 * 16_385, 'x')
  expect(given().startsWith('<2>x<1>x<1>x')).toBe(true)
  expect(backlog.octets).toBe(0)
})

test('what waits in all connections together is bounded', () => {
  const backlog = { octets: 127 * 2 ** 20 }
  const { tcp, say, given } = half(backlog)
  tcp.begin(0)
  for (let i = 0; i < 20; i++) say(1 + i * 2 ** 16, 'x'.repeat(2 ** 16))
  expect(given().length).toBeGreaterThan(2 ** 20)
  expect(backlog.octets).toBeLessThanOrEqual(128 * 2 ** 20)
})

test('however segments are cut, mixed, repeated and acknowledged, each octet is given once and in order', () => {
  const random = new Random('segments')
  for (let i = 0; i < 200; i++) {
    const body = random.bytes(1 + random.below(5000))
    const first = random.below(2) ? random.uint32() : 2 ** 32 - random.below(5000)
    const segments: [number, Buffer][] = []
    for (let at = 0; at < body.length; ) {
      const size = 1 + random.below(300)
      const back = random.below(Math.min(at, 100) + 1)
      segments.push([at - back, body.subarray(at - back, at + size)])
      at += size
    }
    for (let many = random.below(10); many > 0; many--) segments.push(segments[random.below(segments.length)]!)
    const window = 1 + random.below(8)
    const given: Buffer[] = []
    const tcp = new TcpHalf(
      { octets: octets => void given.push(octets), lost: () => expect.unreachable() },
      { octets: 0 },
    )
    tcp.begin(first)
    while (segments.length > 0) {
      const [[at, octets]] = segments.splice(random.below(Math.min(window, segments.length)), 1) as [[number, Buffer]]
      tcp.segment((first + at) % 2 ** 32, octets, octets.length, false)
      const received = given.reduce((sum, { length }) => sum + length, 0)
      tcp.acknowledge((first + received) % 2 ** 32, random.below(2) === 0)
    }
    expect(Buffer.concat(given).equals(body)).toBe(true)
  }
})
