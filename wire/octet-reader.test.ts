import { expect, test } from 'vitest'
import { Random } from '../net/random.ts'
import { ProtocolError } from './decoder.ts'
import { OctetReader } from './octet-reader.ts'

function reader(...chunks: string[]) {
  const flow: string[] = []
  const made = new OctetReader('test', { pause: () => flow.push('pause'), resume: () => flow.push('resume') })
  for (const chunk of chunks) made.push(Buffer.from(chunk))
  return { made, flow }
}

const text = async (read: Promise<Buffer | undefined>) => (await read)?.toString()

test('a read gives what has arrived, or waits for it', async () => {
  const { made } = reader('ab', 'cd')
  expect(await text(made.read())).toBe('abcd')
  const later = text(made.read())
  made.push(Buffer.from('e'))
  expect(await later).toBe('e')
  made.end()
  expect(await made.read()).toBeUndefined()
})

test('a delimiter of several octets is found however the octets are cut', async () => {
  const whole = 'a\r\nb\rc\n\r\n\r\n'
  const wanted = ['a\r\n', 'b\rc\n\r\n', '\r\n', undefined]
  const random = new Random('cuts')
  for (let round = 0; round < 200; round++) {
    const { made } = reader()
    const feed = async () => {
      for (let at = 0; at < whole.length; ) {
        const size = 1 + random.below(4)
        made.push(Buffer.from(whole.slice(at, at + size)))
        at += size
        await null
      }
      made.end()
    }
    const fed = feed()
    const read: (string | undefined)[] = []
    do read.push(await text(made.readUntil('\r\n')))
    while (read.at(-1) !== undefined)
    await fed
    expect(read).toEqual(wanted)
  }
})

test('a count is taken exactly and the rest stays', async () => {
  const { made } = reader('abc', 'defg')
  expect(await text(made.readExactly(5))).toBe('abcde')
  expect(await text(made.readExactly(0))).toBe('')
  const four = made.readExactly(4)
  made.end()
  await expect(four).rejects.toThrow('test: expected 4 octets, got the end after 2')
  expect(await text(made.read())).toBe('fg')
  expect(await made.readExactly(4)).toBeUndefined()
})

test('an end inside a message is an error that shows it', async () => {
  const { made } = reader('half')
  made.end()
  await expect(made.readUntil('\r\n')).rejects.toThrow('test: expected "\\r\\n", got the end after "half"')
})

test('a message beyond the limit is refused before it has arrived', async () => {
  await expect(reader().made.readExactly(11, { maxBytes: 10 })).rejects.toThrow(ProtocolError)
  const { made } = reader('12345678')
  const line = made.readUntil('\n', { maxBytes: 10 })
  made.push(Buffer.from('9ab'))
  await expect(line).rejects.toThrow('test: expected "\\n" within 10 octets, got "123456789ab"')
  await expect(reader('0123456789\n').made.readUntil('\n', { maxBytes: 10 })).rejects.toThrow(ProtocolError)
  expect(await text(reader('012345678\n').made.readUntil('\n', { maxBytes: 10 }))).toBe('012345678\n')
})

test('the sender is held back at 64 KiB and goes on when a reader waits', async () => {
  const { made, flow } = reader()
  for (let i = 0; i < 70; i++) made.push(Buffer.alloc(1024))
  expect(flow).toEqual(['pause'])
  const read = made.readExactly(80 * 1024)
  expect(flow).toEqual(['pause', 'resume'])
  for (let i = 0; i < 10; i++) made.push(Buffer.alloc(1024))
  expect((await read)?.length).toBe(80 * 1024)
  expect(flow).toEqual(['pause', 'resume'])
})

test('a failure is thrown by the read that cannot be satisfied, after what has arrived', async () => {
  const { made } = reader('ab')
  const failure = new Error('the cable')
  made.fail(failure)
  made.fail(new Error('later'))
  expect(await text(made.read())).toBe('ab')
  await expect(made.read()).rejects.toBe(failure)
})

test('two reads at once are an error of the caller', async () => {
  const { made } = reader()
  const first = made.read()
  await expect(made.read()).rejects.toThrow('expected one read at a time')
  made.end()
  expect(await first).toBeUndefined()
})
