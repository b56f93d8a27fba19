// The RFC downloaders of chapter 1 in the default world, beside other people's programs that do the same.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { program, run } from './real/program.ts'

const root = join(import.meta.dirname, '..')
const lab = (name: string) => join(root, 'labs/chapter-1', name)
const inWorld = (...command: string[]) => run(process.execPath, [join(root, 'bin/backlot.js'), 'run', '--', ...command])

test('download-rfc prints what curl and urllib print', async context => {
  const curl = await program(context, 'curl', 'curl')
  const python = await program(context, 'python3', 'python3')
  const url = 'http://www.ietf.org/rfc/rfc2324.txt'
  const source = `import sys, urllib.request; sys.stdout.write(urllib.request.urlopen('${url}').read().decode())`
  const ours = await inWorld(process.execPath, lab('download-rfc.ts'), '2324')
  expect(ours.status).toBe(0)
  expect(ours.stdout.length).toBe(19610)
  expect((await inWorld(curl, '-s', url)).stdout).toBe(ours.stdout)
  expect((await inWorld(python, '-c', source)).stdout).toBe(ours.stdout)
})

test('download-rfc says which RFC is not there and exits with 1', async () => {
  expect(await inWorld(process.execPath, lab('download-rfc.ts'), '99999')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('404 Not Found for http://www.ietf.org/rfc/rfc99999.txt'),
  })
})

test('download-rfc-by-socket prints the raw response that nc gets', async context => {
  const nc = await program(context, 'nc', 'netcat-openbsd')
  const ours = await inWorld(process.execPath, lab('download-rfc-by-socket.ts'), '741')
  expect(ours.stdout).toMatch(
    /^HTTP\/1\.1 200 OK\r\nDate: .*\r\nContent-Type: text\/plain\r\nTransfer-Encoding: chunked\r\n/,
  )
  expect(ours.stdout.endsWith('\r\n0\r\n\r\n')).toBe(true)
  const request = 'GET /rfc/rfc741.txt HTTP/1.1\\r\\nHost: www.ietf.org\\r\\nConnection: close\\r\\n\\r\\n'
  const theirs = await inWorld('/bin/sh', '-c', `printf '${request}' | ${nc} www.ietf.org 80`)
  expect(theirs.stdout).toBe(ours.stdout)
})
