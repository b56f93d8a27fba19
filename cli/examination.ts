// What doctor looks at: each thing is tried, not guessed.

import { existsSync, readFileSync } from 'node:fs'
import { run } from '../net/namespace/command.ts'
import { isPrivileged } from '../net/namespace/placement.ts'
import { bundles } from '../net/namespace/trust.ts'
import { findProgram } from './which.ts'

export interface Finding {
  readonly name: string
  /** `missing`: run cannot work; `poorer`: it works with something less. */
  readonly state: 'ok' | 'missing' | 'poorer'
  readonly found: string
  /** What cannot work without it. */
  readonly lost: string
  readonly cure: string
}

const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin`

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** What unshare is given before the command that is tried. */
function namespaces(): string[] {
  return [isPrivileged() ? '-nm' : '-rnm', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc', '--']
}

const inside = (script: string) => run('unshare', [...namespaces(), '/bin/sh', '-c', script])

export async function examine(): Promise<Finding[]> {
  process.env.PATH = path
  if (process.platform !== 'linux') {
    return [
      finding(
        'system',
        'missing',
        process.platform,
        'no program can run inside the network',
        'use Linux, a container or run --proxy',
      ),
    ]
  }
  const tools = [
    program('unshare', 'missing', 'no namespace can be made', 'apt install util-linux (2.36 or later)'),
    program('mount', 'missing', 'names and trust stay the machine’s own', 'apt install mount'),
    program('ip', 'missing', 'namespaces have no addresses', 'apt install iproute2'),
    program('hostname', 'poorer', 'the host name stays the machine’s own', 'apt install hostname'),
    program('tshark', 'poorer', 'captures can be written but not read here', 'apt install tshark'),
    program('java', 'poorer', 'nothing but Java programs, if you have any', 'apt install default-jre-headless'),
  ]
  return [node(), ...tools, ...(await kernel()), bundle()]
}

function finding(name: string, state: Finding['state'], found: string, lost: string, cure: string): Finding {
  return { name, state, found, lost, cure }
}

function node(): Finding {
  return finding('node', 'ok', process.version, '', '')
}

function program(name: string, otherwise: Finding['state'], lost: string, cure: string): Finding {
  const missing = findProgram(name, path)
  return finding(name, missing === undefined ? 'ok' : otherwise, missing?.reason ?? 'found', lost, cure)
}

async function kernel(): Promise<Finding[]> {
  const made = await inside('true')
  if (made.status !== 0) {
    return [
      finding(
        'namespaces',
        'missing',
        made.reason,
        'no program can run inside the network',
        whyNoNamespaces(made.reason),
      ),
    ]
  }
  const [name, view, cable, ipv6, byPort, own] = await Promise.all([
    inside('hostname backlot && test "$(hostname)" = backlot'),
    inside('mount -t tmpfs backlot /mnt'),
    inside('ip link add w0 type veth peer name eth0'),
    inside('ip link set lo up && ip route add local ::/0 dev lo'),
    inside('ip rule add pref 5 to 198.18.0.1 ipproto tcp dport 25 blackhole'),
    isPrivileged()
      ? { status: 0, reason: '' }
      : inside(`exec unshare --user --map-user=${process.getuid!()} --map-group=${process.getgid!()} -- true`),
  ])
  const tried = (
    what: string,
    { status, reason }: { status: number | null; reason: string },
    otherwise: Finding['state'],
    lost: string,
    cure: string,
  ) => finding(what, status === 0 ? 'ok' : otherwise, status === 0 ? 'works' : reason || 'does not work', lost, cure)
  return [
    finding('namespaces', 'ok', isPrivileged() ? 'works, as root' : 'works, as an ordinary user', '', ''),
    tried(
      'own name',
      own,
      'missing',
      'the program cannot run under its own name',
      'util-linux 2.36 or later; user.max_user_namespaces of 2 or more',
    ),
    tried(
      'mounts',
      view,
      'missing',
      'names and trust stay the machine’s own',
      'allow mounts in the container: --security-opt apparmor=unconfined',
    ),
    tried('host name', name, 'poorer', 'the host name stays the machine’s own', 'apt install hostname'),
    tried(
      'veth',
      cable,
      'poorer',
      'the program cannot bind ports that the network serves',
      'a kernel with CONFIG_VETH (modprobe veth)',
    ),
    tried(
      'rules by port',
      byPort,
      'poorer',
      'worlds whose firewall drops, or that have black holes at ports, cannot be run',
      'a kernel of 4.17 or later with CONFIG_IP_MULTIPLE_TABLES, and iproute2 of 4.17 or later',
    ),
    tried('IPv6', ipv6, 'poorer', 'addresses of IPv6 are not served', 'boot without ipv6.disable=1'),
  ]
}

/** The usual reasons, the likeliest first. */
function whyNoNamespaces(reason: string): string {
  if (read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return 'AppArmor restricts user namespaces: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or run as root'
  }
  if (read('/proc/sys/kernel/unprivileged_userns_clone') === '0') {
    return 'they are switched off: sudo sysctl kernel.unprivileged_userns_clone=1, or run as root'
  }
  for (const kind of ['user', 'net', 'mnt', 'pid', 'uts']) {
    if (Number(read(`/proc/sys/user/max_${kind}_namespaces`) ?? 2) < 2 || /no space left/i.test(reason)) {
      return 'there may be no more of them: raise user.max_user_namespaces and its like in /proc/sys/user, or run as root'
    }
  }
  const contained = existsSync('/.dockerenv') || existsSync('/run/.containerenv')
  if (contained || /^Seccomp:\s*2/m.test(read('/proc/self/status') ?? '')) {
    return 'a filter of the container forbids them: start it with --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined'
  }
  return 'run as root, or use run --proxy'
}

function bundle(): Finding {
  const there = bundles.find(file => existsSync(file))
  return finding(
    'certificates',
    there === undefined ? 'poorer' : 'ok',
    there ?? 'no bundle of authorities',
    'programs that look for authorities only in the system’s bundle trust nobody',
    'apt install ca-certificates',
  )
}
