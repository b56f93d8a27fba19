import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BlobSink, BlobStore } from './blobs.ts'

let folder: string
let store: BlobStore

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlot-blobs-'))
  store = new BlobStore(join(folder, 'a.tape.yaml'))
})

afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

const mebibyte = 1024 * 1024

/** Octets in which no place is like another. */
function octets(size: number, seed: number): Buffer {
  const made = Buffer.alloc(size)
  for (let at = 0; at < size; at += 4) made.writeUInt32LE((at * 2654435761 + seed * 40503) >>> 0, at)
  return made
}

function pour(sink: BlobSink, all: Buffer, piece: number): void {
  for (let at = 0; at < all.length; at += piece) sink.push(all.subarray(at, at + piece))
}

function expectFile(name: string, all: Buffer): void {
  const kept = readFileSync(join(store.folder, name))
  expect(kept.length).toBe(all.length)
  expect(kept.equals(all)).toBe(true)
  expect(name).toBe(`${createHash('sha256').update(all).digest('hex').slice(0, 16)}.bin`)
}

test.each([
  [1, 1],
  [mebibyte, 1000],
  [8 * mebibyte - 4, 65536],
  [8 * mebibyte, 65536],
  [9 * mebibyte, 1460],
  [24 * mebibyte, 3 * mebibyte],
])('a file of %i octets that came %i at a time is whole and has the name of its hash', (size, piece) => {
  const all = octets(Math.ceil(size / 4) * 4, size).subarray(0, size)
  const sink = store.begin()
  pour(sink, all, piece)
  expect(sink.size).toBe(size)
  expectFile(store.finish(sink, 'bin'), all)
})

test('files that grow side by side do not mix', () => {
  const all = [1, 2, 3].map(seed => octets(12 * mebibyte, seed))
  const sinks = all.map(() => store.begin())
  for (let at = 0; at < all[0]!.length; at += 65536) {
    sinks.forEach((sink, index) => void sink.push(all[index]!.subarray(at, at + 65536)))
  }
  sinks.forEach((sink, index) => void expectFile(store.finish(sink, 'bin'), all[index]!))
})

test('octets that a thread appends are the caller’s again at once', () => {
  const all = octets(10 * mebibyte, 1)
  const sink = store.begin()
  pour(sink, all.subarray(0, 9 * mebibyte), 65536)
  const lent = Buffer.from(all.subarray(9 * mebibyte))
  sink.push(lent)
  lent.fill(0)
  expectFile(store.finish(sink, 'bin'), all)
})

test('a large file that is not wanted is gone', () => {
  const sink = store.begin()
  pour(sink, octets(9 * mebibyte, 1), 65536)
  sink.abandon()
  expect(readdirSync(store.folder)).toEqual([])
})

test('a large file that cannot be taken over is one clear error', () => {
  const sink = store.begin()
  const all = octets(8 * mebibyte, 1)
  pour(sink, all.subarray(0, 7 * mebibyte), 65536)
  unlinkSync(join(store.folder, 'unfinished-1'))
  sink.push(all.subarray(7 * mebibyte))
  expect(() => sink.finish('bin')).toThrow(
    /^expected a folder beside the tape that can be written, got .*a\.tape: ENOENT: no such file or directory/,
  )
})

test('a failure is told at a later push, and other files go on', () => {
  const all = octets(9 * mebibyte, 1)
  const broken = store.begin()
  const whole = store.begin()
  pour(broken, all.subarray(0, 8 * mebibyte - 65536), 65536)
  unlinkSync(join(store.folder, 'unfinished-1'))
  pour(whole, all, 65536)
  expect(() => {
    for (let more = 0; more < 1000; more++) broken.push(all.subarray(0, 65536))
  }).toThrow(/ENOENT/)
  expectFile(store.finish(whole, 'bin'), all)
})
