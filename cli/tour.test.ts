import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
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
