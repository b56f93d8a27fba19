import { expect, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { ProtocolError } from '../decoder.ts'
import { HandshakeReader, readClientGreeting, readEncryptedExtensions, readServerGreeting } from './handshake.ts'

const octets = (...hex: string[]): Buffer => Buffer.from(hex.join('').replaceAll(' ', ''), 'hex')
const random = (octet: string): string => octet.repeat(32)

// Written from RFC 8446 §4.1 and the RFCs of its extensions.
const clientHello = octets(
  `0303 ${random('c1')} 00`, // no session
  '0004 1301 c02f 01 00', // two suites, no compression
  '0039', // extensions
  '0000 0010 000e 00 000b 4578616d706c652e6f7267', // server name Example.org
  '0010 000e 000c 02 6832 08 687474702f312e31', // h2, http/1.1
  '002a 0000', // early data
  '002b 0003 02 0304', // TLS 1.3
  '0017 0000', // extended master secret
  '000a 0000', // nobody's
)
const serverHello = octets(
  `0303 ${random('52')} 00 c02f 00`,
  '0011',
  '0016 0000', // encrypt-then-MAC
  '0010 0005 0003 02 6832', // h2
  '0017 0000',
)

test('a hello of a client says its random, the name it wants, and whether data comes early', () => {
  expect(readClientGreeting(clientHello)).toEqual({
    random: octets(random('c1')),
    serverName: 'example.org',
    earlyData: true,
  })
})

test('a hello of a server says what was agreed', () => {
  expect(readServerGreeting(serverHello)).toEqual({
    random: octets(random('52')),
    version: 0x0303,
    cipherSuite: 0xc02f,
    alpn: 'h2',
    encryptThenMac: true,
    compression: 0,
    isRetry: false,
  })
})

test('a hello without extensions is one', () => {
  expect(readServerGreeting(octets(`0303 ${random('52')} 00 009c 00`))).toMatchObject({
    version: 0x0303,
    cipherSuite: 0x9c,
    alpn: undefined,
    encryptThenMac: false,
  })
})

test('the version of TLS 1.3 is in an extension, and a retry is told by its random', () => {
  const retry = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'
  expect(readServerGreeting(octets(`0303 ${retry} 00 1301 00 0006 002b 0002 0304`))).toMatchObject({
    version: 0x0304,
    isRetry: true,
  })
})

test('encrypted extensions say the protocol, and whether early data was taken', () => {
  expect(readEncryptedExtensions(octets('000d 0010 0005 0003 02 6832 002a 0000'))).toEqual({
    alpn: 'h2',
    earlyData: true,
  })
  expect(readEncryptedExtensions(octets('0000'))).toEqual({ alpn: undefined, earlyData: false })
})

test('a hello that is cut anywhere, or says more than there is, is refused', () => {
  for (let length = 0; length < clientHello.length; length++) {
    const cut = clientHello.subarray(0, length)
    // Before its extensions a hello of old ends.
    if (length === 43) expect(readClientGreeting(cut).serverName).toBe(undefined)
    else
      expect(() => readClientGreeting(cut)).toThrow(/^tls: expected \d+ octets more of a handshake message, got \d+$/)
  }
})

test('any octets give a hello or one error', () => {
  const chance = new Random('hellos')
  for (let i = 0; i < 3000; i++) {
    const mutated = Buffer.from(i % 2 ? clientHello : serverHello)
    for (let many = chance.below(5); many >= 0; many--) mutated[chance.below(mutated.length)] = chance.below(256)
    for (const read of [readClientGreeting, readServerGreeting, readEncryptedExtensions]) {
      try {
        read(mutated)
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError)
      }
    }
  }
})

// A certificate of 3 octets, of which nobody wants to know, and a KeyUpdate and a Finished.
const messages = octets('0b 000003 aabbcc 18 000001 01 14 000002 beef')

test('messages are put together from fragments, however they were cut', () => {
  const expected = ['11 ', '24 01', '20 beef']
  for (const size of [1, 2, 3, 5, messages.length]) {
    const reader = new HandshakeReader()
    const found: string[] = []
    for (let at = 0; at < messages.length; at += size) {
      reader.push(messages.subarray(at, at + size))
      for (let next = reader.next(); next !== undefined; next = reader.next()) {
        found.push(`${next.type} ${next.body.toString('hex')}`)
      }
    }
    expect(found).toEqual(expected)
  }
})

test('a message that is too large is refused, but not one that nobody wants to know', () => {
  const reader = new HandshakeReader()
  reader.push(octets('01 010001'))
  expect(() => reader.next()).toThrow('tls: expected a handshake message of at most 65536 octets, got 65537')
  const patient = new HandshakeReader()
  patient.push(octets('0b ffffff 00'))
  expect(patient.next()).toEqual({ type: 11, body: Buffer.alloc(0) })
  for (let i = 0; i < 1023; i++) patient.push(Buffer.alloc(16_384))
  patient.push(Buffer.alloc(16_382))
  expect(patient.next()).toBe(undefined)
  patient.push(octets('18 000001 00'))
  expect(patient.next()).toMatchObject({ type: 24 })
})
