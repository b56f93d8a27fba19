import { expect, describe as group, test } from 'vitest'
import { DaytimeDecoder, decodeDaytimeReply, encodeDaytimeReply, formatDaytime, wire } from './daytime.ts'
import { ProtocolError } from './decoder.ts'

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
