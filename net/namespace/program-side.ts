// The helper in the program's network namespace: gives it its addresses, opens what its own machine serves, and is the
// parent of the program.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, readFileSync } from 'node:fs'
import { run } from './command.ts'
import { allowIpv6, counter, setting } from './kernel.ts'
import type { Join, SocketRequest, Start, ToHelper } from './messages.ts'
import { machineEnd } from './routes.ts'
import { SignalRelay } from './signals.ts'
import { giveAway, open, openAndGive, tell } from './sockets.ts'

/** The program's stdin, stdout and stderr: not ours, so that no Node puts them back or switches them to non-blocking. */
const programStdio = [4, 5, 6] as const

const signals = new SignalRelay()
const [unshare = 'unshare', cabled] = process.argv.slice(2)
let program: ChildProcess | undefined

process.on('disconnect', () => process.exit(1))
process.on('message', (message: ToHelper) => {
  if ('join' in message) void join(message.join)
  if ('open' in message) void openAll(message.open)
  if ('add' in message) void openAndGive(message.add)
  if ('start' in message) start(message.start)
  if ('signal' in message) signals.told(message.signal, deliver)
})

async function join({ client }: Join): Promise<void> {
  const ipv6 = allowIpv6()
  if (cabled === 'cabled') {
    const { status, reason } = await run('ip', ['-batch', '-'], `${machineEnd(client, ipv6).join('\n')}\n`)
    if (status !== 0) return void tell({ unable: `expected ip to set up the program's network, got: ${reason}` })
  }
  setting('ipv4/ip_unprivileged_port_start', '0')
  // Root's range of groups where there is no user namespace; in one only group 0 exists, which is the caller's.
  setting('ipv4/ping_group_range', '0 2147483647') || setting('ipv4/ping_group_range', '0 0')
  await tell({ ready: true })
}

async function openAll(requests: readonly SocketRequest[]): Promise<void> {
  for (const opened of await Promise.all(requests.map(open))) if (opened !== undefined) await giveAway(opened)
}

function start({ command, args, env, identity }: Start): void {
  const wrapped =
    identity === undefined
      ? [command, ...args]
      : [unshare, '--user', `--map-user=${identity.uid}`, `--map-group=${identity.gid}`, '--', command, ...args]
  const child = spawn(wrapped[0]!, wrapped.slice(1), { stdio: [...programStdio], env })
  program = child
  child.on('error', error => void tell({ unable: `expected to start ${command}, got: ${error.message}` }))
  child.on('exit', (code, signal) => {
    // In one namespace with the world, what its own machine refused cannot be told apart.
    void tell({ ended: { code, signal, refused: cabled === 'cabled' ? counter('Tcp', 'AttemptFails') : 0 } })
  })
  for (const fd of programStdio) closeSync(fd)
}

function deliver(signal: NodeJS.Signals, own: boolean): void {
  if (program === undefined) process.exit(1)
  // What a terminal or a `kill 0` sends to the whole group, a program of the same group has had by itself.
  if (!own || groupOf(String(program.pid)) !== groupOf('self')) program.kill(signal)
}

function groupOf(pid: string): string | undefined {
  try {
    // The name before it may hold spaces and brackets; state and parent stand between it and the group.
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ')[2]
  } catch {
    return undefined
  }
}
