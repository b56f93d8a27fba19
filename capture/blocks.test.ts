import { expect, test } from 'vitest'
import {
  interfaceDescription,
  interfaceStatistics,
  namesBlocks,
  type PacketRecord,
  packetHeadBytes,
  packetRoomBytes,
  pageBytes,
  secretsBlocks,
  sectionHeader,
  writePacketBlock,
  writePaddingBlock,
} from './blocks.ts'

function padding(length: number): Buffer {
  const bytes = Buffer.alloc(length, 0xff)
  writePaddingBlock(bytes, 0, length)
  return bytes
}

function packet(frame: string, record: PacketRecord): Buffer {
  const bytes = Buffer.alloc(2000, 0xff)
  bytes.write(frame, 100 + packetHeadBytes)
  return bytes.subarray(100, writePacketBlock(bytes, 100, frame.length, record))
}

const hex = (text: string) => text.replace(/\s/g, '')

// Every one written by hand from draft-ietf-opsawg-pcapng, little-endian.
test.each<[string, Buffer[], string]>([
  [
    'a section header',
    [sectionHeader('abc')],
    `0a0d0d0a 28000000 4d3c2b1a 0100 0000 ffffffffffffffff
     0400 0300 61626300 0000 0000 28000000`,
  ],
  [
    'an interface',
    [
      interfaceDescription({
        name: 'lo',
        description: 'here',
        addresses: [Uint8Array.of(10, 0, 2, 15), Uint8Array.of(0xfd, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x15)],
        mac: Uint8Array.of(8, 0, 0x27, 0x1d, 0x1e, 0xdb),
        filter: 'tcp',
      }),
    ],
    `01000000 68000000 0100 0000 00000000
     0200 0200 6c6f0000
     0300 0400 68657265
     0400 0800 0a00020f ffffff00
     0500 1100 fd000002000000000000000000000015 40 000000
     0600 0600 0800271d1edb 0000
     0900 0100 06 000000
     0b00 0400 00 746370
     0000 0000 68000000`,
  ],
  [
    'a packet',
    [packet('abcde', { interface: 1, time: 1426421356000001 })],
    `06000000 28000000 01000000 52110500 0173399a 05000000 05000000 6162636465 000000 28000000`,
  ],
  [
    'a packet with a comment',
    [packet('abcd', { interface: 0, time: 1, comment: 'hé' })],
    `06000000 30000000 00000000 00000000 01000000 04000000 04000000 61626364
     0100 0300 68c3a900 0000 0000 30000000`,
  ],
  [
    'names',
    namesBlocks([
      [Uint8Array.of(10, 0, 2, 2), ['a', 'bc']],
      [Uint8Array.of(0xfd, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x15), ['d']],
    ]),
    `04000000 40000000
     0100 0600 0a000202 6100 0000
     0100 0700 0a000202 626300 00
     0200 1200 fd000002000000000000000000000015 6400 0000
     0000 0000 40000000`,
  ],
  [
    'secrets',
    secretsBlocks(['A 1 2', 'B 3 4']),
    '0a000000 20000000 4b534c54 0c000000 4120312032 0a 4220332034 0a 20000000',
  ],
  [
    'counters',
    [interfaceStatistics({ interface: 1, time: 2 ** 32 + 5, received: 7, dropped: 2 ** 40 })],
    `05000000 34000000 01000000 01000000 05000000
     0400 0800 0700000000000000 0500 0800 0000000000010000 0000 0000 34000000`,
  ],
  ['padding', [padding(16)], '00000080 10000000 00000000 10000000'],
])('%s', (_what, blocks, octets) => {
  expect(Buffer.concat(blocks).toString('hex')).toBe(hex(octets))
})

test('many names and secrets are told in blocks of at most a page', () => {
  const names = Array.from(
    { length: 300 },
    (_, i) => [Uint8Array.of(10, 0, i >> 8, i), [`host-${i}.example.org`]] as const,
  )
  const lines = Array.from({ length: 100 }, (_, i) => `CLIENT_RANDOM ${i} ${'00'.repeat(100)}`)
  for (const blocks of [namesBlocks(names), secretsBlocks(lines)]) {
    expect(blocks.length).toBeGreaterThan(1)
    for (const block of blocks) {
      expect(block.length).toBeLessThanOrEqual(pageBytes)
      expect(block.readUInt32LE(4)).toBe(block.length)
    }
  }
  const text = Buffer.concat(namesBlocks(names)).toString('latin1')
  for (const [, [name]] of names) expect(text).toContain(`${name}\0`)
})

test('a long comment is cut to the room that there is', () => {
  const block = packet('abcd', { interface: 0, time: 1, comment: 'x'.repeat(5000) })
  expect(block.length).toBeLessThanOrEqual(4 + packetRoomBytes)
  expect(block.readUInt32LE(block.length - 4)).toBe(block.length)
})

test('nothing to name or to tell makes no block', () => {
  expect(namesBlocks([[Uint8Array.of(10, 0, 0, 1), []]])).toEqual([])
  expect(secretsBlocks([])).toEqual([])
})
