import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Authority } from '../authority.ts'
import { Random } from '../random.ts'
import { certificatesOf, encodeJks } from './jks.ts'
import { subjectHash } from './subject-hash.ts'

const { pem } = new Authority(label => new Random(label))
const [der] = certificatesOf(pem)

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'backlot-'))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('keytool reads a store and the certificate in it', () => {
  const listed = inFolder(folder => {
    const file = join(folder, 'cacerts')
    writeFileSync(file, encodeJks([{ alias: 'backlot', der: der! }], new Date(0)))
    return execFileSync('keytool', ['-list', '-rfc', '-keystore', file, '-storepass', 'changeit'], { encoding: 'utf8' })
  })
  expect(listed).toContain('Alias name: backlot')
  expect(listed.replace(/\s/g, '')).toContain(pem.replace(/\s/g, ''))
})

test('openssl computes the same hash of a subject', () => {
  const said = execFileSync('openssl', ['x509', '-noout', '-subject_hash'], { input: pem, encoding: 'utf8' })
  expect(subjectHash(der!)).toBe(said.trim())
})
