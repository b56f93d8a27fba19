import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const backlot = join(import.meta.dirname, '../bin/backlot.js')

async function trace(...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [backlot, 'trace', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => void (stdout += chunk))
  child.stderr.on('data', chunk => void (stderr += chunk))
  return await new Promise(resolve => child.on('close', status => resolve({ status, stdout, stderr })))
}

test('the conversation of a program goes to stderr, its own output and status stay', async () => {
  const program = 'curl -s -o /dev/null -w %{http_code} https://www.python.org/; exit 3'
  const { status, stdout, stderr } = await trace('--filter', 'not port 53', '--', 'bash', '-c', program)
  expect({ status, stdout }).toEqual({ status: 3, stdout: '200' })
  const lines = stderr.split('\n')
  expect(lines[0]).toMatch(/^#\d+ ── http over tcp to www.python.org:443 \(185.31.18.223\) from 10.0.2.15:\d+$/)
  expect(lines[1]).toMatch(/^#\d+ ── TLSv1.3 \S+, server name www.python.org, ALPN http\/1.1$/)
  expect(lines[2]).toMatch(/^#\d+ www.python.org:443 → GET \/ HTTP\/1.1$/)
  expect(stderr).toMatch(/^#\d+ www.python.org:443 ← HTTP\/1.1 200 OK$/m)
  expect(stderr).toMatch(/^#\d+ ── closed$/m)
  expect(stderr).not.toContain('\x1b')
})

test.each([
  [['--filter', 'icmp', '--', 'true'], 'backlot: capture filter: expected host, net'],
  [['true'], 'backlot: trace: expected -- before the program, got true; write backlot trace -- PROGRAM'],
  [[], 'backlot: trace: expected a program after --, got none; see backlot trace --help'],
  [['--pcap', '/nowhere/a.pcapng', '--', 'true'], 'backlot: expected a capture file that can be written, got'],
])('%j is refused in one line with status 2', async (args, message) => {
  const { status, stdout, stderr } = await trace(...args)
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr.split('\n')).toHaveLength(2)
})
