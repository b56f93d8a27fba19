import { execFileSync } from 'node:child_process'
import { mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { OctetFile } from './octet-file.ts'

const body = new Random('file').bytes(1_500_000)

test('what is peeked stays until it is skipped, across its windows', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'backlot-'))
  const path = join(folder.path, 'a')
  writeFileSync(path, body)
  using file = new OctetFile(path)
  const random = new Random('steps')
  for (let at = 0; at < 1_000_000; ) {
    const count = random.below(random.below(10) === 0 ? 400_000 : 3000)
    expect(file.offset).toBe(at)
    expect(file.peek(count).equals(body.subarray(at, at + count))).toBe(true)
    const skipped = random.below(count + 1)
    expect(file.skip(skipped)).toBe(skipped)
    at += skipped
  }
  const left = body.length - file.offset
  expect(file.skip(body.length)).toBe(left)
  expect(file.offset).toBe(body.length)
  expect(file.peek(1)).toHaveLength(0)
})

test('a pipe is read as a file is, but cannot be read twice', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'backlot-'))
  const path = join(folder.path, 'pipe')
  execFileSync('mkfifo', [path])
  execFileSync('sh', ['-c', `(printf 'hello'; printf ' pipe') > ${path} &`], { stdio: 'ignore' })
  using file = new OctetFile(path)
  expect(file.isRegular).toBe(false)
  expect(String(file.peek(100))).toBe('hello pipe')
})

test.each(['', 'missing'])('a folder or a file that is not there is refused: %j', name => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'backlot-'))
  const path = join(folder.path, name)
  expect(() => {
    using file = new OctetFile(path)
    file.peek(1)
  }).toThrow(`expected a file that can be read, got ${JSON.stringify(path)}: E`)
})
