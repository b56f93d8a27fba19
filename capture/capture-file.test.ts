import { mkdtempDisposableSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Random } from '../net/random.ts'
import { packetRoomBytes, pageBytes, sectionHeader, writePacketBlock } from './blocks.ts'
import { CaptureFile } from './capture-file.ts'

const head = () => [sectionHeader('test')]

function packet(octets: number): Buffer {
  const bytes = Buffer.alloc(octets + packetRoomBytes)
  return bytes.subarray(0, writePacketBlock(bytes, 0, octets, { interface: 0, time: 1 }))
}

interface Block {
  at: number
  type: number
  length: number
}

function blocksOf(file: string): Block[] {
  const bytes = readFileSync(file)
  const blocks: Block[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4)
    expect(bytes.readUInt32LE(at + length - 4)).toBe(length)
    blocks.push({ at, type: bytes.readUInt32LE(at), length })
    at += length
  }
  return blocks
}

test('no block lies across two pages, whatever their sizes', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'backlot-'))
  const path = join(folder.path, 'a.pcapng')
  const random = new Random('sizes')
  const file = new CaptureFile(path, undefined, head)
  const written: number[] = []
  for (let i = 0; i < 5000; i++) {
    const block = packet(random.below(1515))
    written.push(block.length)
    file.append(block)
    if (random.below(10) === 0) file.flush()
  }
  file.close()
  const blocks = blocksOf(path)
  for (const { at, length } of blocks) {
    expect(Math.floor(at / pageBytes)).toBe(Math.floor((at + length - 1) / pageBytes))
  }
  expect(blocks.filter(({ type }) => type === 6).map(({ length }) => length)).toEqual(written)
})

test('a ring keeps its last files, each no larger than asked for and with the head', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'backlot-'))
  const octets = 20_000
  const file = new CaptureFile(join(folder.path, 'a.pcapng'), { files: 2, octets }, head)
  for (let i = 0; i < 100; i++) file.append(packet(1000))
  file.close()
  expect(file.files.map(path => path.slice(folder.path.length))).toEqual(['/a_00008.pcapng', '/a_00009.pcapng'])
  for (const path of file.files) {
    expect(readFileSync(path).length).toBeLessThanOrEqual(octets)
    expect(blocksOf(path)[0]!.type).toBe(0x0a0d0d0a)
  }
  expect(() => readFileSync(join(folder.path, 'a_00007.pcapng'))).toThrow('ENOENT')
})

test('a file that cannot be made is refused with its name and the reason', () => {
  expect(() => new CaptureFile('/nowhere/a.pcapng', undefined, head)).toThrow(
    /^expected a capture file that can be written, got "\/nowhere\/a.pcapng": ENOENT/,
  )
})

test.each([
  [{ files: 0, octets: 1e6 }, 'got 0 of 1000000'],
  [{ files: 1, octets: 100 }, 'got 1 of 100'],
])('a ring of %j is refused', (ring, got) => {
  expect(() => new CaptureFile('/nowhere/a.pcapng', ring, head)).toThrow(got)
})
