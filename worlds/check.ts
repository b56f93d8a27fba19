// Checks a world before anything of it starts. The first problem is thrown, as one line that says where it is.

import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { Zone } from '../fakes/dns/zone.ts'
import { formatEndpoint, normalizeAddress, normalizeName } from '../net/address.ts'
import { UsageError } from '../net/errors.ts'
import type { ServicePort } from '../net/service.ts'
import { ProtocolError } from '../wire/decoder.ts'
import { parseZone } from '../wire/dns/zone-file.ts'
import { faultOfWorld } from './faults.ts'
import { worldSchema } from './schema.ts'
import { exportOf, isDescription, portsOf, servicesOf } from './services.ts'
import type { Path, Source } from './source.ts'
import type { DnsService, MailService, World } from './world.ts'

/**
 * The world that a source describes. Paths in it are relative to `base`.
 *
 * @throws {UsageError} `FILE:LINE:COLUMN: expected …, got …`
 */
export function checkWorld(source: Source, base: URL, options: { code?: boolean } = {}): World {
  const result = v.safeParse(worldSchema(options), source.value)
  if (!result.success) {
    const issue = deepest(result.issues[0])
    const last = issue.path?.at(-1)
    const path = pathOf(issue)
    // A key that is missing, or a position of a list, has no place of its own: that of what lacks it is told.
    const whole = last?.origin === 'key' && (issue.input === undefined || Array.isArray(last.input))
    const where = whole ? source.where(path.slice(0, -1)) : source.where(path, last?.origin)
    throw new UsageError(`${where}: ${issue.message}`)
  }
  const world = result.output
  checkPeople(source, world)
  checkNames(source, world)
  checkPorts(source, world)
  checkFiles(source, world, base)
  checkZones(source, world)
  checkFaults(source, world)
  return world
}

/** Of the problems that the members of a union report, the one that got furthest: its member was most likely meant. */
function deepest(issue: v.BaseIssue<unknown>, prefix: v.IssuePathItem[] = []): v.BaseIssue<unknown> {
  const path = [...prefix, ...(issue.path ?? [])] as unknown as v.BaseIssue<unknown>['path']
  const inner = (issue.issues ?? []).map(each => deepest(each, path as unknown as v.IssuePathItem[]))
  const best = inner.sort((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0))[0]
  return best !== undefined && (best.path?.length ?? 0) > (path?.length ?? 0) ? best : { ...issue, path }
}

function pathOf(issue: v.BaseIssue<unknown>): Path {
  return (issue.path ?? []).map(item => item.key as string | number)
}

function checkFaults(source: Source, { faults = [] }: World): void {
  for (const [index, fault] of faults.entries()) {
    const names = Object.keys(fault)
    if (names.length !== 1) {
      const problem = `expected one fault in an item, got ${names.join(' and ') || 'none'}`
      throw new UsageError(`${source.where(['faults', index])}: ${problem}`)
    }
    try {
      faultOfWorld(fault)
    } catch (cause) {
      if (!(cause instanceof UsageError)) throw cause
      throw new UsageError(`${source.where(['faults', index])}: ${cause.message}`, { cause })
    }
  }
}

function checkPeople(source: Source, { people = {}, hosts = {} }: World): void {
  const places = new Set<string>()
  for (const [name, { names = [], addresses = [] }] of Object.entries(hosts)) {
    for (const each of [name, ...names, ...addresses]) places.add(each)
  }
  for (const [name, { aliases = [] }] of Object.entries(people)) {
    for (const [index, { at }] of aliases.entries()) {
      if (places.has(at)) continue
      const where = source.where(['people', name, 'aliases', index, 'at'])
      throw new UsageError(`${where}: expected a host of this world, got ${at}`)
    }
  }
}

function checkNames(source: Source, { hosts = {} }: World): void {
  const holders = new Map<string, Path>()
  const take = (name: string, path: Path, what: 'key' | 'value') => {
    const normal = normalizeName(name)
    const holder = holders.get(normal)
    if (holder !== undefined) {
      const problem = `expected a name of its own, got ${normal}, which ${holder[1]} has${source.line(holder)}`
      throw new UsageError(`${source.where(path, what)}: ${problem}`)
    }
    holders.set(normal, path)
  }
  for (const [name, { names = [] }] of Object.entries(hosts)) {
    take(name, ['hosts', name], 'key')
    for (const [index, each] of names.entries()) take(each, ['hosts', name, 'names', index], 'value')
  }
}

/** Hosts may share an address; ports of it only where every one of their services tells by the request who is meant. */
function checkPorts(source: Source, { hosts = {} }: World): void {
  const taken = new Map<string, { protocol: string; name: string; tls: boolean; path: Path }>()
  for (const [name, host] of Object.entries(hosts)) {
    const addresses = [...new Set((host.addresses ?? []).map(normalizeAddress))]
    for (const { protocol, options, path } of servicesOf(name, host)) {
      if (isDescription(options)) continue
      for (const address of addresses.length === 0 ? [name] : addresses) {
        for (const { port, transport, tls = false } of portsOf(protocol, options) as ServicePort[]) {
          const key = `${transport} ${address.includes(':') ? formatEndpoint({ address, port }) : `${address}:${port}`}`
          const there = taken.get(key)
          if (there === undefined) taken.set(key, { protocol, name, tls, path })
          else if (there.name === name || there.protocol !== 'http' || protocol !== 'http' || there.tls !== tls) {
            const problem =
              `expected ${key} to be free for ${protocol} of ${name}, ` +
              `got ${there.protocol} of ${there.name}${source.line(there.path)}`
            throw new UsageError(`${source.where(path, 'key')}: ${problem}`)
          }
        }
      }
    }
  }
}

function checkFiles(source: Source, { hosts = {} }: World, base: URL): void {
  for (const [name, host] of Object.entries(hosts)) {
    for (const { options, path } of servicesOf(name, host)) {
      if (isDescription(options)) continue
      for (const [key, kind] of [
        ['site', 'file'],
        ['service', 'file'],
        ['folder', 'folder'],
      ] as const) {
        const given = (options as Record<string, unknown>)[key]
        if (typeof given !== 'string') continue
        const there = fileURLToPath(new URL(given, base))
        const found = existsSync(there) ? (statSync(there).isDirectory() ? 'folder' : 'file') : undefined
        if (found === kind) continue
        const problem = `expected a ${kind} beside the world file, got ${given}, ${found ? `a ${found}` : 'which is not there'}`
        throw new UsageError(`${source.where([...path, key])}: ${problem}`)
      }
      for (const [owner, given] of Object.entries((options as MailService).mail ?? {})) {
        if (typeof given !== 'string' || existsSync(fileURLToPath(new URL(given, base)))) continue
        const problem = `expected an .eml, an mbox or a Maildir beside the world file, got ${given}, which is not there`
        throw new UsageError(`${source.where([...path, 'mail', owner])}: ${problem}`)
      }
    }
  }
}

function checkZones(source: Source, { hosts = {} }: World): void {
  for (const [name, host] of Object.entries(hosts)) {
    for (const { protocol, options, path } of servicesOf(name, host)) {
      if (protocol !== 'dns' || isDescription(options)) continue
      const { zones = {}, ttl = 3600 } = options as DnsService
      for (const [origin, text] of Object.entries(zones)) {
        try {
          const zone = new Zone(origin)
          for (const record of parseZone(text, { origin: zone.origin, ttl })) zone.add(record)
        } catch (cause) {
          if (!(cause instanceof ProtocolError || cause instanceof UsageError)) throw cause
          const [, line, problem] = /^dns zone: line (\d+): (.*)$/s.exec(cause.message) ?? []
          const where = source.where([...path, 'zones', origin], 'value', Number(line ?? 0))
          throw new UsageError(`${where}: ${problem ?? cause.message}`, { cause })
        }
      }
    }
  }
}

/** Loads the modules that a world names. An error of their own code is told with where they are named. */
export async function checkModules(source: Source, { hosts = {} }: World, base: URL): Promise<void> {
  for (const [name, host] of Object.entries(hosts)) {
    for (const { options, path } of servicesOf(name, host)) {
      if (isDescription(options)) continue
      const { site, service } = options as { site?: string; service?: string }
      const module = site ?? service
      if (module === undefined) continue
      try {
        await exportOf(module, base)
      } catch (cause) {
        const where = source.where([...path, site === undefined ? 'service' : 'site'])
        const problem =
          cause instanceof UsageError
            ? cause.message
            : `expected a module that loads, got ${String(cause).split('\n')[0]}`
        throw new UsageError(`${where}: ${problem}`, { cause })
      }
    }
  }
}
