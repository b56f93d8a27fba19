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
