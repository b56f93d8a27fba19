// What the program sees of the machine: who it is, whom it asks for names, and no daemon that knows the real world.

import { isIP } from 'node:net'
import { dirname, join } from 'node:path'
import { list, read } from './machine.ts'
import type { Join, Joined } from './messages.ts'
import { real, Stage } from './stage.ts'
import { layTrust } from './trust.ts'

type Client = Join['client']

export function hostsFile(client: Client): string {
  const [short] = client.name.split('.')
  const names = short === client.name ? client.name : `${client.name} ${short}`
  const own = client.addresses.find(address => isIP(address) === 4) ?? client.addresses[0]
  return `127.0.0.1 localhost
${own === undefined ? '' : `${own} ${names}\n`}::1 localhost ip6-localhost ip6-loopback
`
}

/** No search list: each name that is not there would be asked for twice. */
export function resolvConf(client: Client): string {
  return `nameserver ${client.resolver}\n`
}

/** The machine's nsswitch.conf with names looked up in files and DNS alone: other modules ask daemons outside. */
export function nsswitchConf(own: string): string {
  const line = 'hosts: files dns'
  return /^\s*hosts:/m.test(own) ? own.replace(/^\s*hosts:.*$/m, line) : `${own.trimEnd()}\n${line}\n`
}

/** Mounts all of it. `mapped` is true in a user namespace, where real root's files belong to nobody. */
export async function layView(join: Join, { mapped }: { mapped: boolean }): Promise<Joined> {
  const { client } = join
  const stage = await Stage.open([process.execPath, import.meta.filename, process.cwd()])
  if (typeof stage === 'string') {
    return {
      bundle: undefined,
      folder: undefined,
      notes: [`names and trust are the machine's own, since nothing could be mounted: ${stage}`],
    }
  }
  const notes: string[] = []
  hideDaemons(stage, client)
  if (!stage.file('/etc/resolv.conf', resolvConf(client))) {
    notes.push('names cannot be looked up: expected /etc/resolv.conf, or what it links to, to be there')
  }
  stage.file('/etc/hosts', hostsFile(client))
  const nsswitch = read('/etc/nsswitch.conf')
  if (nsswitch !== undefined) stage.file('/etc/nsswitch.conf', nsswitchConf(nsswitch))
  if (mapped) ownSshConfiguration(stage)
  const { bundle, folder } = layTrust(stage, join.authority, join.places)
  const failed = await stage.show()
  if (failed !== undefined) notes.push(`the program sees some of the machine's own files: ${failed}`)
  // Where something could not be mounted, what looks like ours may be the machine's.
  return { bundle, folder: failed === undefined ? folder : undefined, notes }
}

/** They answer over Unix sockets, which no network namespace holds back. */
function hideDaemons(stage: Stage, client: Client): void {
  for (const folder of ['/run/nscd', '/var/run/nscd', '/run/avahi-daemon', '/run/mdnsd']) stage.emptyFolder(folder)
  // /etc/resolv.conf is often a link into this one.
  const content = resolvConf(client)
  stage.emptyFolder('/run/systemd/resolve', { 'resolv.conf': content, 'stub-resolv.conf': content })
}

/**
 * ssh refuses configuration that belongs neither to root nor to its user: it gets copies that are the user's. Only what
 * is included is checked, wherever it lies.
 */
function ownSshConfiguration(stage: Stage): void {
  const folder = '/etc/ssh/ssh_config.d'
  if (list(folder).length === 0 || stage.openFolder(folder) === undefined) return
  for (const name of list(folder)) {
    const text = read(join(folder, name))
    if (text === undefined) continue
    stage.file(join(folder, name), text)
    for (const [, path] of text.matchAll(/^\s*include\s+"?(\/[^\s"*?]+)/gim)) {
      const included = read(path!)
      if (included !== undefined && dirname(real(path!)!) !== folder) stage.file(path!, included)
    }
  }
}
