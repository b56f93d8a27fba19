import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const backlot = fileURLToPath(new URL('../bin/backlot.js', import.meta.url))

test('the tour ends by itself, everything as it should be, with its packets in a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'backlot-tour-test-'))
  try {
    const file = join(folder, 'tour.pcapng')
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [backlot, 'tour', '--pcap', file])
    expect(stdout.match(/^✓/gm)).toHaveLength(12)
    expect(stdout).not.toContain('✗')
    expect(stdout).toContain(`packets are in ${file}`)
    expect(stderr).toBe('')
    // The section header block of pcapng.
    expect((await readFile(file)).subarray(0, 4).toString('hex')).toBe('0a0d0d0a')
  } finally {
    await rm(folder, { recursive: true })
  }
})

const endsItself = `process.on('newListener', event => {
  if (event === 'SIGTERM') setImmediate(() => process.kill(process.pid, 'SIGTERM'))
})`

test.each([
  ['keeps its packets in a folder for temporary files, and says where', '', null, 1],
  ['leaves no folder where a signal ends it', endsItself, 143, 0],
] as const)('a tour that is not told where its packets go %s', async (_what, act, status, left) => {
  const folder = await mkdtemp(join(tmpdir(), 'backlot-tour-test-'))
  try {
    // It tells itself to end as soon as it would hear of it, so that it is in the middle.
    const NODE_OPTIONS = act === '' ? '' : `--import=data:text/javascript,${encodeURIComponent(act)}`
    const env = { ...process.env, TMPDIR: folder, NODE_OPTIONS, NODE_DISABLE_COMPILE_CACHE: '1' }
    const ran = await promisify(execFile)(process.execPath, [backlot, 'tour'], { env }).catch(error => error)
    expect(ran.code ?? null, ran.stderr).toBe(status)
    const folders = (await readdir(folder)).filter(name => name.startsWith('backlot-'))
    expect(folders).toHaveLength(left)
    for (const each of folders) expect(ran.stdout).toContain(`packets are in ${join(folder, each, 'tour.pcapng')}`)
  } finally {
    await rm(folder, { recursive: true })
  }
})
