// Somebody else's programs, run beside the fakes of this process: never waited for in a way that would stop the fakes.

import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'vitest'

/** Debian's own first: another Python may stand before it in PATH, and an ordinary user's lacks the administrator's. */
const places = ['/usr/bin', '/usr/sbin', '/sbin', ...(process.env.PATH ?? '').split(delimiter)]

/** The path of a program; skips the test with what to install where it is missing. */
export async function program(context: TestContext, name: string, debianPackage: string): Promise<string> {
  for (const place of places) {
    const path = join(place, name)
    try {
      await access(path, constants.X_OK)
      return path
    } catch {}
  }
  return context.skip(`needs ${name}: apt install ${debianPackage}`)
}

export interface Finished {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs a program to its end. */
export async function run(path: string, args: readonly string[], input = ''): Promise<Finished> {
  const child = spawn(path, args, { env: { ...process.env, LC_ALL: 'C.UTF-8' } })
  const finished: Finished = { status: null, stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', text => (finished.stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (finished.stderr += text))
  child.stdin.on('error', () => {}).end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', status => resolve({ ...finished, status }))
  })
}
