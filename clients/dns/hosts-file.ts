// The hosts file, hosts(5): an address and its names on each line, # begins a comment.

import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { normalizeAddress, normalizeName } from '../../net/address.ts'

/** Addresses and names as the file pairs them, in its order. Lines without an address are skipped, as libc skips them. */
function parseHostsFile(text: string): { address: string; name: string }[] {
  return text.split('\n').flatMap(line => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) === 0) return []
    return names.map(name => ({ address: normalizeAddress(address), name }))
  })
}

/** The addresses of one family that a hosts file gives a name. */
export async function hostsAddresses(path: string, name: string, family: 4 | 6): Promise<string[]> {
  const wanted = normalizeName(name)
  return (await entries(path))
    .filter(entry => normalizeName(entry.name) === wanted && isIP(entry.address) === family)
    .map(entry => entry.address)
}

/** The names that a hosts file gives an address. */
export async function hostsNames(path: string, address: string): Promise<string[]> {
  const wanted = normalizeAddress(address)
  return (await entries(path)).filter(entry => entry.address === wanted).map(entry => entry.name)
}

async function entries(path: string): Promise<{ address: string; name: string }[]> {
  return parseHostsFile(await readFile(path, 'utf8'))
}
