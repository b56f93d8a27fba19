// Settings of the kernel that belong to a network namespace.

import { readFileSync, writeFileSync } from 'node:fs'

/** False where the kernel has no such setting or does not let us. */
export function setting(path: string, value: string): boolean {
  try {
    writeFileSync(`/proc/sys/net/${path}`, value)
    return true
  } catch {
    return false
  }
}

/** A counter of the network namespace that this process is in, by its protocol and name in /proc/net/snmp; 0 where there is none. */
export function counter(protocol: 'Tcp' | 'Udp', name: string): number {
  try {
    const lines = readFileSync('/proc/net/snmp', 'latin1').split('\n')
    const [names, values] = lines.filter(line => line.startsWith(`${protocol}: `)).map(line => line.split(' '))
    return Number(values?.[names?.indexOf(name) ?? -1] ?? 0)
  } catch {
    return 0
  }
}

/** False where the kernel has no IPv6; where it is only switched off, it is switched on in this namespace. */
export function allowIpv6(): boolean {
  const off = '/proc/sys/net/ipv6/conf/all/disable_ipv6'
  try {
    if (readFileSync(off, 'utf8').trim() === '0') return true
    for (const scope of ['all', 'default', 'lo']) setting(`ipv6/conf/${scope}/disable_ipv6`, '0')
    return readFileSync(off, 'utf8').trim() === '0'
  } catch {
    return false
  }
}
