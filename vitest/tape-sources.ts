// What a test says its tape is recorded from.

import { isIP } from 'node:net'
import { isHostName } from '../net/address.ts'
import { UsageError } from '../net/errors.ts'
import { protocols } from '../protocols.ts'
import { protocolAt, type Real } from '../tape/reals.ts'
import type { RealServer } from './tape.ts'

const shape = "{ 'NAME:PORT': 'HOST:PORT' }, such as { 'api.example.com:443': '127.0.0.1:8443' }"

/** @throws {UsageError} where a key or value is not one. */
export function parseFrom(from: Readonly<Record<string, RealServer>>): readonly Real[] {
  return Object.entries(from).map(([key, server]) => {
    const [where = '', said] = key.split('/')
    const name = placeOf(where)
    if (name === undefined || (isIP(name.host) === 0 && !isHostName(name.host))) {
      throw new UsageError(`tape.play: expected from: ${shape}, got the name ${JSON.stringify(key)}`)
    }
    if (said !== undefined && !Object.hasOwn(protocols, said)) {
      const known = Object.keys(protocols).join(', ')
      throw new UsageError(`tape.play: expected a protocol behind / (${known}), got ${JSON.stringify(key)}`)
    }
    const to = server === 'outside' ? name : typeof server === 'string' ? placeOf(server) : server
    if (typeof to?.host !== 'string' || !Number.isInteger(to.port)) {
      throw new UsageError(
        `tape.play: expected from: ${shape}, { host, port } or 'outside', got ${JSON.stringify(server)} for ${key}`,
      )
    }
    return { name: name.host.toLowerCase(), port: name.port, protocol: said ?? protocolAt(name.port), to }
  })
}

function placeOf(text: string): { host: string; port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  return digits === undefined || port < 1 || port > 65535 ? undefined : { host: (bracketed ?? plain)!, port }
}
