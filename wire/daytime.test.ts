import { expect, describe as group, test } from 'vitest'
import { DaytimeDecoder, decodeDaytimeReply, encodeDaytimeReply, form, formatDaytime, wire } from './daytime.ts'
import { ProtocolError } from './decoder.ts'
import type { TapeValue } from './tape.ts'
import { TapeInMemory } from './tape-in-memory.ts'

// Octets by hand from RFC 867; the time is the default world's epoch.
const octets = Buffer.from('53756e6461792c204d617263682031352c20323031352031323a30393a31362d5554430d0a', 'hex')
const text = 'Sunday, March 15, 2015 12:09:16-UTC'

test('the time is written as in the first example of the RFC', () => {
  expect(formatDaytime(new Date('2015-03-15T12:09:16Z'))).toBe(text)
  expect(formatDaytime(new Date('1999-12-01T00:00:09Z'))).toBe('Wednesday, December 1, 1999 00:00:09-UTC')
})

test('a reply becomes one line of octets', () => {
  expect(encodeDaytimeReply({ text })).toEqual(octets)
})

group('the decoder', () => {
  test.each([
    ['whole', [octets]],
    ['octet by octet', [...octets].map(octet => Uint8Array.of(octet))],
    ['with a bare line feed', [Buffer.from(`${text}\n`)]],
  ])('reads a reply %s', (_how, chunks) => {
    const decoder = new DaytimeDecoder()
    const read = chunks.flatMap(chunk => {
      decoder.push(chunk)
      return decoder.next() ?? []
    })
    expect(read).toEqual([{ text }])
    decoder.end()
  })

  test('gives back what follows the reply', () => {
    const decoder = new DaytimeDecoder()
    decoder.push(Buffer.concat([octets, Buffer.from('more')]))
    expect(decoder.next()).toEqual({ text })
    expect(decoder.next()).toBeUndefined()
    expect(() => decoder.end()).toThrow('daytime: stream ended inside a line, got "more"')
    expect(Buffer.from(decoder.rest()).toString()).toBe('more')
  })

  test('refuses a line beyond its limit, however it arrives', () => {
    const decoder = new DaytimeDecoder()
    for (let i = 0; i < 511; i++) {
      decoder.push(Buffer.from('x'))
      expect(decoder.next()).toBeUndefined()
    }
    decoder.push(Buffer.from('x'))
    expect(() => decoder.next()).toThrow(ProtocolError)
  })
})

test('a datagram without a line is an error', () => {
  expect(() => decodeDaytimeReply(Buffer.from('now'))).toThrow('daytime: expected one line, got "now"')
})

test('a conversation shows what was said, and what was cut', () => {
  const conversation = wire.conversation('tcp')
  expect(conversation.push('server', octets.subarray(0, 10))).toEqual([])
  expect(conversation.push('server', octets.subarray(10)).map(turn => turn.text)).toEqual([text])
  conversation.push('server', Buffer.from('Sun'))
  expect(conversation.end('server').map(turn => turn.text)).toEqual(['Sun (cut)'])
})

group('on a tape', () => {
  /** What a tape has of what a server said, and whether that ends the link. */
  function record(chunks: readonly Uint8Array[], transport: 'tcp' | 'udp' = 'tcp') {
    const tape = new TapeInMemory()
    const listener = tape.listen(form.follow(transport))
    for (const chunk of chunks) listener.push('server', Buffer.from(chunk))
    listener.end('server')
    return listener.told.map(({ message, body, closes = false }) => ({
      value: form.write(message, body, tape.writing),
      closes,
    }))
  }

  /** What is sent for a value. */
  function say(value: TapeValue, transport: 'tcp' | 'udp' = 'tcp') {
    const tape = new TapeInMemory()
    return tape.octets(form.encode(form.reader(tape, transport).read('server', value), tape.reveal))
  }

  test.each([
    ['whole', [octets]],
    ['octet by octet', [...octets].map(octet => Uint8Array.of(octet))],
    ['cut before its line feed', [octets.subarray(0, -1), octets.subarray(-1)]],
  ])('a line that comes %s is one turn, which ends the link', (_how, chunks) => {
    expect(record(chunks)).toEqual([{ value: text, closes: true }])
  })

  test.each([
    ['a line and more', [octets, Buffer.from('more')], `${octets}more`],
    ['two lines in one chunk', [Buffer.concat([octets, octets])], `${octets}${octets}`],
    ['a line that is cut', [octets.subarray(0, 10)], 'Sunday, Ma'],
    ['a bare line feed', [Buffer.from(`${text}\n`)], `${text}\n`],
    ['one octet', [Buffer.from('S')], 'S'],
    ['garbage', [Buffer.of(0, 255, 13, 10)], '\0\xff\r\n'],
    ['a line beyond the limit', [Buffer.alloc(513, 'x')], 'x'.repeat(513)],
  ])('%s is kept octet by octet', (_what, chunks, said) => {
    const sent = record(chunks).map(({ value }) => say(value).toString('latin1'))
    expect(sent.join('')).toBe(said)
  })

  test.each([
    ['a line that is cut', [octets.subarray(0, 10)], { octets: 'Sunday, Ma' }],
    ['a bare line feed', [Buffer.from('now\n')], { octets: 'now\n' }],
    ['two lines', [Buffer.from('now\r\nthen\r\n')], { octets: { lines: 'now\nthen\n' } }],
    ['garbage', [Buffer.of(0, 255)], { octets: { base64: 'AP8=' } }],
  ])('%s is written as octets', (_what, chunks, value) => {
    expect(record(chunks)).toEqual([{ value, closes: false }])
  })

  test('a line is sent with its end, which a person may leave out or put in', () => {
    expect(say(text)).toEqual(octets)
    expect(say(`${text}\n`)).toEqual(octets)
    expect(say('half past nine').toString()).toBe('half past nine\r\n')
  })

  test('what looks like a placeholder in a line is kept', () => {
    const said = Buffer.from('‹secret:hour›\r\n')
    expect(record([said])).toEqual([{ value: '‹‹secret:hour›', closes: true }])
    expect(say('‹‹secret:hour›')).toEqual(said)
  })

  test('over UDP a datagram is one turn, and of the client’s only that there was one', () => {
    const tape = new TapeInMemory()
    const listener = tape.listen(form.follow('udp'))
    for (const said of ['what time is it?', '']) listener.push('client', said)
    listener.push('server', octets)
    const values = listener.told.map(({ message, body }) => form.write(message, body, tape.writing))
    expect(values).toEqual(['', '', text])
    expect(say(text, 'udp')).toEqual(octets)
    expect(record([Buffer.from('now')], 'udp')).toEqual([{ value: { octets: 'now' }, closes: true }])
  })

  test('every datagram of a client is the same question, and what it says over TCP is not heard', () => {
    const asked = (said: string) => {
      const listener = new TapeInMemory().listen(form.follow('udp'))
      listener.push('client', said)
      return form.identity(listener.told[0]!.message)
    }
    const { message } = form.reader(new TapeInMemory(), 'udp').read('client', '')
    expect([asked('a'), asked('b')]).toEqual([form.identity(message), form.identity(message)])
    const listener = new TapeInMemory().listen(form.follow('tcp'))
    listener.push('client', 'what time is it?\r\n')
    listener.end('client')
    expect(listener.told).toEqual([])
  })

  test('a time is no difference between two tapes', () => {
    expect(form.steady!('server', 'noon')).toEqual(form.steady!('server', 'midnight'))
  })

  test.each([
    [['noon'], 'daytime: expected a line or octets, got a list'],
    [{ time: 'noon' }, 'daytime: expected a line or octets, got time'],
    [{}, 'daytime: expected a line or octets, got nothing'],
  ])('%j is no message', (value, message) => {
    expect(() => say(value)).toThrow(message)
  })
})
