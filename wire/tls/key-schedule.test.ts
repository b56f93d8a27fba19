import { expect, test } from 'vitest'
import { cipherSuite } from './cipher-suites.ts'
import { hkdfExpandLabel, keyBlock, nextTrafficSecret, pseudorandom, trafficKeys } from './key-schedule.ts'

const octets = (hex: string): Buffer => Buffer.from(hex.replace(/\s/g, ''), 'hex')

// RFC 8448 §3: the server's handshake traffic secret, and what comes out of it.
const serverSecret = octets('b67b7d690cc16c4e75e54213cb2d37b4 e9c912bcded9105d42befd59d391ad38')

test('keys of TLS 1.3 are those of its example', () => {
  expect(trafficKeys(cipherSuite(0x1301)!, serverSecret)).toMatchObject({
    key: octets('3fce516009c21727d0f2e4e86ee403bc'),
    iv: octets('5d313eb2671276ee13000b30'),
  })
})

test('what is expanded is cut to its length, from as many blocks as it takes', () => {
  const long = hkdfExpandLabel('sha256', serverSecret, 'key', 16)
  expect(long).toHaveLength(16)
  expect(hkdfExpandLabel('sha384', serverSecret, 'x', 100)).toHaveLength(100)
  // The length is part of what is expanded, so a shorter one is no beginning of a longer one.
  expect(hkdfExpandLabel('sha256', serverSecret, 'key', 32).subarray(0, 16)).not.toEqual(long)
})

test('a secret that is updated has the length of its digest', () => {
  expect(nextTrafficSecret(cipherSuite(0x1301)!, serverSecret)).toHaveLength(32)
  expect(nextTrafficSecret(cipherSuite(0x1302)!, serverSecret)).toHaveLength(48)
})

// The vector for P_SHA256 that was passed around on the TLS working group's list.
test('the pseudorandom function of TLS 1.2 gives the vector that implementations compare', () => {
  const secret = octets('9bbe436ba940f017b17652849a71db35')
  const seed = octets('a0ba9f936cda311827a6f796ffd5198c')
  expect(pseudorandom('sha256', secret, 'test label', seed, 100)).toEqual(
    octets(`
      e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af
      0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701
      87347b66
    `),
  )
})

test('a block of keys is cut as its suite needs it, the client first', () => {
  const random = Buffer.alloc(32)
  const master = Buffer.alloc(48, 7)
  const all = pseudorandom('sha256', master, 'key expansion', Buffer.alloc(64), 200)
  expect(keyBlock(cipherSuite(0xc02f)!, master, random, random)).toEqual({
    client: { macKey: Buffer.alloc(0), key: all.subarray(0, 16), iv: all.subarray(32, 36) },
    server: { macKey: Buffer.alloc(0), key: all.subarray(16, 32), iv: all.subarray(36, 40) },
  })
  expect(keyBlock(cipherSuite(0x35)!, master, random, random).server).toEqual({
    macKey: all.subarray(20, 40),
    key: all.subarray(72, 104),
    iv: Buffer.alloc(0),
  })
  expect(keyBlock(cipherSuite(0xcca8)!, master, random, random).server.iv).toEqual(all.subarray(76, 88))
})
