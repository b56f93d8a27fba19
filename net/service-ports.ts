// The ports of a service as options name them.

import { UsageError } from './errors.ts'
import type { ServicePort } from './service.ts'

/**
 * What an option `ports` says: a number stands for every transport that the service usually has, with TLS where it usually
 * has it.
 *
 * @throws {UsageError} where something in it is no port.
 */
export function portsOf(
  given: readonly (number | ServicePort)[] | undefined,
  usual: readonly ServicePort[],
): readonly ServicePort[] {
  if (given === undefined) return usual
  if (!Array.isArray(given)) throw noPorts(given)
  return given.flatMap((each: number | ServicePort): ServicePort[] => {
    if (typeof each !== 'number') {
      if (!isPort(each?.port) || (each.transport !== 'tcp' && each.transport !== 'udp')) throw noPorts(each)
      return [each]
    }
    if (!isPort(each)) throw noPorts(each)
    const tls = usual.some(({ port, tls }) => port === each && tls === true)
    return [...new Set(usual.map(({ transport }) => transport))].map(transport => ({ port: each, transport, tls }))
  })
}

function isPort(port: unknown): boolean {
  return Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65535
}

function noPorts(got: unknown): UsageError {
  return new UsageError(
    `expected ports from 1 to 65535 such as [8080] or [{ port: 8443, transport: 'tcp', tls: true }], got ${JSON.stringify(got)}`,
  )
}
