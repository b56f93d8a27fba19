import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findProgram } from './which.ts'

test.for([
  ['sh', undefined],
  ['', { status: 127, reason: 'expected a program, got an empty name' }],
  ['no-such-program', { status: 127, reason: 'expected a program, got no-such-program, which is not on the PATH' }],
  ['/nowhere/x', { status: 127, reason: 'expected a program, got /nowhere/x, which is not there' }],
  ['/etc', { status: 126, reason: 'expected a program, got /etc, which is a folder' }],
  ['/etc/passwd', { status: 126, reason: 'expected a program, got /etc/passwd, which may not be executed' }],
] as const)('of the program "%s" is said what keeps it from starting', ([name, problem]) => {
  expect(findProgram(name, '/usr/bin:/bin')).toEqual(problem)
})

test('a script whose interpreter is missing says which', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'backlot-which-'))
  try {
    const script = join(folder, 'a.sh')
    const write = async (text: string) => {
      await writeFile(script, text)
      await chmod(script, 0o755)
    }
    await write('#! /nowhere/sh -e\necho hi\n')
    const reason = `expected a program, got ${script}, whose interpreter /nowhere/sh is not there`
    expect(findProgram(script, undefined)).toEqual({ status: 127, reason })
    await write('#!/bin/sh\necho hi\n')
    expect(findProgram(script, undefined)).toBeUndefined()
    await write('')
    expect(findProgram(script, undefined)).toBeUndefined()
  } finally {
    await rm(folder, { recursive: true })
  }
})
