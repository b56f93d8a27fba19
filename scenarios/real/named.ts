// bind's name server on a free loopback port, with its configuration in a temporary folder. Debian package: bind9.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loopback } from '../../net/placement.ts'

export interface NamedOptions {
  /** Zone files by origin. */
  zones: Readonly<Record<string, string>>
}

export interface RealNamed extends AsyncDisposable {
  readonly host: string
  readonly port: number
}

/** Starts named as an authoritative server that fills all sections, as it did by default until 9.12. */
export async function startNamed(path: string, { zones }: NamedOptions): Promise<RealNamed> {
  const folder = await mkdtemp(join(tmpdir(), 'named-'))
  // The port may be taken between its choice and named's start; then another is chosen.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    await configure(folder, port, zones)
    const child = spawn(path, ['-g', '-n', '1', '-c', join(folder, 'named.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    // Also where this process ends in the middle of a test.
    const end = () => child.kill('SIGKILL')
    process.once('exit', end)
    child.once('exit', () => process.off('exit', end))
    const { log, running } = await started(child)
    if (running && !log.includes('not loaded')) {
      return {
        host: '127.0.0.1',
        port,
        async [Symbol.asyncDispose]() {
          if (child.exitCode === null) {
            const exit = once(child, 'exit')
            child.kill('SIGTERM')
            await exit
          }
          await rm(folder, { recursive: true, force: true })
        },
      }
    }
    if (running) child.kill('SIGTERM')
    if (attempt === 3 || !log.includes('address in use')) {
      await rm(folder, { recursive: true, force: true })
      throw new Error(`named did not start:\n${log.slice(-2000)}`)
    }
  }
}

async function freePort(): Promise<number> {
  const at = { address: '127.0.0.1', port: 53 }
  const { tcp, udp } = await loopback.both!(at)
  const { port } = loopback.real(at, udp)
  await Promise.all([new Promise(resolve => tcp.close(resolve)), new Promise<void>(resolve => udp.close(resolve))])
  return port
}

async function configure(folder: string, port: number, zones: Readonly<Record<string, string>>): Promise<void> {
  const lines = [
    'options {',
    `  directory "${folder}"; pid-file "${folder}/pid"; session-keyfile "${folder}/key";`,
    `  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };`,
    '  recursion no; minimal-responses no; rrset-order { order none; }; allow-transfer { none; };',
    `  dnssec-validation no; managed-keys-directory "${folder}"; check-integrity no; check-names primary ignore; empty-zones-enable no;`,
    '};',
    'controls { };',
  ]
  for (const [at, [origin, text]] of Object.entries(zones).entries()) {
    await writeFile(join(folder, `zone-${at}`), text)
    lines.push(`zone "${origin}" { type primary; file "${folder}/zone-${at}"; };`)
  }
  await writeFile(join(folder, 'named.conf'), `${lines.join('\n')}\n`)
}

/** Waits until named serves or ends, and gives its log. */
async function started(child: ChildProcess): Promise<{ log: string; running: boolean }> {
  let log = ''
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', () => resolve({ log, running: false }))
    // What comes later is read and dropped, so that named never waits for a full pipe.
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text
      if (/ running$/m.test(log)) resolve({ log, running: true })
    })
  })
}
