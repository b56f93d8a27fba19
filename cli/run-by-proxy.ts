// backlot run --proxy: for machines without namespaces. Programs that heed proxy variables meet the network, others do not.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { programEnvironment } from '../net/namespace/environment.ts'
import { relayedSignals } from '../net/namespace/signals.ts'
import { openProxy } from '../net/proxy.ts'
import { openWorld } from '../worlds/open.ts'
import { type Program, report, sayIfMissing } from './in-network.ts'

const poorer =
  '--proxy reaches only programs that heed HTTP_PROXY, HTTPS_PROXY and the variables for certificates, by HTTP and TLS; ' +
  'names, addresses, UDP and every other port are this machine’s own'

export async function runByProxy(
  { command, args }: Program,
  { world, pcap }: { world?: string | undefined; pcap?: string | undefined },
): Promise<number> {
  const missing = sayIfMissing(command)
  if (missing !== undefined) return missing
  const bugs: unknown[] = []
  await using network = await openWorld({
    ...(world === undefined ? {} : { file: world }),
    clock: 'running',
    onBug: error => bugs.push(error),
  })
  await using _capture =
    pcap === undefined ? undefined : await (await import('../capture/pcapng.ts')).capturePcapng(network, { file: pcap })
  await using proxy = await openProxy(network)
  const folder = mkdtempSync(join(tmpdir(), 'backlot-'))
  try {
    const bundle = join(folder, 'authority.pem')
    writeFileSync(bundle, network.authority.pem)
    const env = programEnvironment(process.env, bundle)
    for (const name of ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY']) env[name] = proxy.url
    // Node heeds the variables only when told to.
    env.NODE_USE_ENV_PROXY = '1'
    delete env.BACKLOT_STARTER
    const child = spawn(command, args, { stdio: 'inherit', env })
    for (const signal of relayedSignals) {
      // A terminal sends its own to the program as well.
      process.on(signal, () => {
        if (signal !== 'SIGINT' && signal !== 'SIGQUIT' && signal !== 'SIGWINCH') child.kill(signal)
      })
    }
    const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
      (resolve, reject) => {
        child.on('error', reject)
        child.on('exit', (code, signal) => resolve({ code, signal }))
      },
    )
    report({ network, notes: [poorer], bugs })
    return signal === null ? (code ?? 1) : 128 + constants.signals[signal]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
