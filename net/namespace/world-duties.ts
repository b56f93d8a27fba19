// What the helper in the world's network namespace does: it has every address, opens the world's sockets and hands them
// out, and speaks for the helper on the program's side.

import type { ChildProcess } from 'node:child_process'
import { closeSync, readlinkSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { resolve } from 'node:path'
import { parseRange } from '../address.ts'
import type { StandingRule } from '../fault.ts'
import { run } from './command.ts'
import { allowIpv6, counter, setting } from './kernel.ts'
import type { Dropped, Ended, FromHelper, Join, SocketRequest, Start, ToHelper } from './messages.ts'
import { bothInOne, cable, dropping, everythingLocal, exception, gatewayEnd, giveWay, wallRules } from './routes.ts'
import { SignalRelay } from './signals.ts'
import { type Bare, giveAway, type Opened, open, openAndGive, tell } from './sockets.ts'
import { layView } from './view.ts'
import { firstInner, identity, startInner } from './world-side.ts'

// A pipe to the process outside: when that ends, in whatever way, all of this does.
new Socket({ fd: 7 })
  .on('error', () => {})
  .on('close', () => process.exit(1))
  .resume()
new SignalRelay()

let inner = hear(firstInner)
let cabled = true
/** Where files for the program can be written. */
let folder: string | undefined
let inBlackHole: (address: string) => boolean = () => false
const ipv6 = allowIpv6()
const local = prepare()
const ready = Promise.withResolvers<void>()
let joined = ready.promise
/** When everything is lost that is to be. */
let dropped = Promise.resolve()
/** Opened here and not yet outside; undefined where it could not be opened. */
const opened: Promise<Opened | undefined>[] = []
/** Sockets of the program's side that it waits for and that are still on their way, or failed. */
const expected = new Set<number>()
let allArrived = () => {}
const arrivals = new Map<number, () => void>()
/** When all that the helper beside the program has said so far is handed on. */
let handedOn = Promise.resolve()
/** Addresses inside black holes that answer, with why not where their route could not be laid. */
const exceptions = new Map<string, Promise<string | undefined>>()

process.on('message', (message: ToHelper) => {
  if ('join' in message) joined = join(message.join)
  if ('open' in message) openAll(message.open)
  if ('drop' in message) dropped = drop(message.drop, message.walls)
  if ('add' in message) void add(message.add)
  if ('got' in message) arrivals.get(message.got)?.()
  if ('start' in message) void handOut({ start: withFiles(message.start) })
  if ('signal' in message) inner.send(message)
})

function hear(child: ChildProcess): ChildProcess {
  child.on('message', (message: FromHelper, socket: unknown) => {
    if ('ready' in message) ready.resolve()
    else handedOn = handedOn.then(() => handOn(message, socket as Bare | undefined))
  })
  child.on('exit', () => {
    // Everything in here ends with this process, the first of its process namespace.
    if (child === inner) void tell({ unable: 'the helper beside the program was killed' }).then(() => process.exit(1))
  })
  return child
}

async function handOn(message: FromHelper, socket: Bare | undefined): Promise<void> {
  await tell('ended' in message ? { ended: withRefused(message.ended) } : message, socket)
  socket?.close()
  if ('socket' in message && expected.delete(message.socket) && expected.size === 0) allArrived()
}

/** The program's machine refuses connections too, and the world resets some that it had taken: what both count is meant. */
function withRefused({ code, signal, refused }: Ended): Ended {
  if (!cabled) return { code, signal, refused: 0 }
  const refusals = Math.max(0, counter('Tcp', 'OutRsts') - counter('Tcp', 'EstabResets'))
  return { code, signal, refused: Math.min(refused, refusals) + counter('Udp', 'NoPorts') }
}

async function prepare(): Promise<void> {
  setting('ipv6/ip_nonlocal_bind', '1')
  // A closed port says so each time, also to somebody who asks a thousand of them.
  setting('ipv4/icmp_ratemask', '0')
  setting('ipv6/icmp/ratemask', '\n')
  await ip(everythingLocal(ipv6))
}

async function join(given: Join): Promise<void> {
  const holes = given.blackHoles.map(parseRange)
  inBlackHole = address => holes.some(contains => contains(address))
  const { name } = given.client
  const [view, hostName] = await Promise.all([
    layView(given, { mapped: identity === 'mapped' }),
    run('hostname', [name.split('.')[0]!]),
    connect(given),
  ])
  const notes = [...view.notes]
  if (hostName.status !== 0) notes.push(`the host name stays the machine's own: ${hostName.reason}`)
  if (!ipv6) notes.push('this kernel has no IPv6: addresses of IPv6 are not served')
  if (!cabled) {
    notes.push(
      'this kernel has no veth: the program cannot bind a port on all addresses that the network serves on any of them',
    )
  }
  folder = view.folder
  await tell({ joined: { ...view, notes } })
}

/** Writes what the program is to be shown as files, and names them in its environment. */
function withFiles(start: Start): Start {
  const env = { ...start.env }
  for (const [variable, content] of Object.entries(start.files)) {
    if (folder === undefined) continue
    env[variable] = resolve(folder, `${variable}.pem`)
    writeFileSync(env[variable], content)
  }
  return { ...start, env }
}

async function connect(given: Join): Promise<void> {
  const { client, blackHoles } = given
  await local
  await namespaceOf(inner.pid!)
  const laid = await run('ip', ['-batch', '-'], `${cable(client, inner.pid!)}\n`)
  if (laid.status === 0) await ip(gatewayEnd(client, blackHoles, ipv6))
  else {
    cabled = false
    const before = inner
    inner = hear(startInner(false))
    before.kill('SIGKILL')
    await run('ip', ['route', 'del', 'local', '0.0.0.0/0', 'dev', 'lo'])
    if (ipv6) await run('ip', ['-6', 'route', 'del', 'local', '::/0', 'dev', 'lo'])
    await ip(bothInOne(client, blackHoles, ipv6))
  }
  for (const fd of [4, 5, 6]) closeSync(fd)
  inner.send({ join: given } satisfies ToHelper)
  await ready.promise
}

async function ip(lines: readonly string[]): Promise<void> {
  const reason = await laid(lines)
  if (reason !== undefined) await unable(reason)
}

function unable(reason: string): Promise<void> {
  return tell({ unable: `expected ip to set up the network, got: ${reason}` })
}

/** Gives `ip` its lines, and why it did not take them where it did not. */
async function laid(lines: readonly string[]): Promise<string | undefined> {
  const { status, reason } = await run('ip', ['-batch', '-'], `${lines.join('\n')}\n`)
  return status === 0 ? undefined : reason
}

/** Waits until a process that is about to leave this network namespace has left it. */
async function namespaceOf(pid: number): Promise<void> {
  const ours = readlinkSync('/proc/self/ns/net')
  for (;;) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) !== ours) return
    } catch {
      return // it is gone, and its end is heard of elsewhere
    }
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

/** Has what comes to addresses and ports dropped; a program would be told of a socket that is not there. */
async function drop(places: readonly Dropped[], walls: readonly (readonly StandingRule[])[]): Promise<void> {
  await joined
  // In one namespace with the program it would be an error at once; without a socket it is a refusal.
  if (!cabled) return
  for (const family of [4, 6] as const) {
    const own = places.filter(({ address }) => address.includes(':') === (family === 6))
    const rules = [...own.map(dropping), ...wallRules(walls, family)]
    if (rules.length === 0 || (family === 6 && !ipv6)) continue
    const lines = [...giveWay, ...rules]
    const { status, reason } = await run('ip', [`-${family}`, '-batch', '-'], `${lines.join('\n')}\n`)
    if (status !== 0)
      await tell({ unable: `expected ip to drop by port (ip rule with dport), got: ${reason}; see backlot doctor` })
  }
}

function openAll(requests: readonly SocketRequest[]): void {
  const { here, theirs } = sides(requests)
  for (const { id } of theirs) expected.add(id)
  if (theirs.length > 0) void joined.then(() => inner.send({ open: theirs } satisfies ToHelper))
  const routed = excepted(here).then(reason => (reason === undefined ? undefined : unable(reason)))
  for (const request of here) opened.push(routed.then(() => open(request)))
}

/** Opens sockets while the program runs. One that cannot be opened is told of and changes nothing else. */
async function add(requests: readonly SocketRequest[]): Promise<void> {
  const { here, theirs, nowhere } = sides(requests)
  for (const { id } of nowhere) void tell({ given: id })
  if (theirs.length > 0) inner.send({ add: theirs } satisfies ToHelper)
  const reason = await excepted(here)
  if (reason === undefined) await openAndGive(here)
  else for (const { id } of here) void tell({ failed: id, reason })
}

/** Which helper has the addresses of sockets; nobody has those of IPv6 where the kernel does not. */
function sides(requests: readonly SocketRequest[]): Record<'here' | 'theirs' | 'nowhere', readonly SocketRequest[]> {
  const served = requests.filter(({ address }) => ipv6 || !address.includes(':'))
  return {
    here: served.filter(({ side }) => side === 'world'),
    theirs: served.filter(({ side }) => side === 'program'),
    nowhere: requests.filter(request => !served.includes(request)),
  }
}

/** Lays routes to those addresses that lie inside black holes; gives why that cannot be done where it cannot. */
async function excepted(requests: readonly SocketRequest[]): Promise<string | undefined> {
  await local
  const inside = [...new Set(requests.map(({ address }) => address))].filter(inBlackHole)
  if (inside.length === 0) return undefined
  await joined
  const fresh = inside.filter(address => !exceptions.has(address))
  const laying = fresh.length === 0 ? undefined : laid(fresh.map(exception))
  for (const address of fresh) exceptions.set(address, laying!)
  const reasons = await Promise.all(inside.map(address => exceptions.get(address)))
  return reasons.find(reason => reason !== undefined)
}

/**
 * Starts the program as soon as every socket is open. Connections wait in the kernel or are handed on one by one until
 * their listening socket is outside; datagrams would be lost on the way, so those sockets go first.
 */
async function handOut(start: ToHelper): Promise<void> {
  await joined
  await dropped
  const sockets = await Promise.all(opened)
  if (sockets.includes(undefined)) return
  const [urgent, later] = [true, false].map(udp =>
    sockets.filter(each => each !== undefined && (each.request.transport === 'udp') === udp),
  ) as [Opened[], Opened[]]
  for (const each of urgent) await giveAway(each)
  if (expected.size > 0) await new Promise<void>(resolve => (allArrived = resolve))
  inner.send(start)
  for (const each of later) {
    // One at a time: a message about the program's end must not queue behind all of them.
    const { id } = each.request
    const arrived = new Promise<void>(resolve => arrivals.set(id, resolve))
    await giveAway(each)
    await arrived
    arrivals.delete(id)
  }
}
