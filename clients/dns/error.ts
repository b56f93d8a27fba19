// What a DNS client is told instead of records.

import type { DnsMessage, Rcode } from '../../wire/dns/message.ts'

/** A code of the server's, a name without records of the type, or no answer in time. */
export type DnsErrorCode = Rcode | 'NODATA' | 'TIMED_OUT'

export interface DnsErrorOptions {
  /** The whole answer, where the client has it. */
  answer?: DnsMessage
  cause?: unknown
}

/** A name server answered by a code, or nobody answered. A server that cannot be reached is a NetworkError. */
export class DnsError extends Error {
  override readonly name = 'DnsError'
  readonly code: DnsErrorCode
  readonly answer: DnsMessage | undefined

  constructor(code: DnsErrorCode, message: string, options: DnsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.answer = options.answer
  }
}

/** Most people know these by words. */
const words: Partial<Record<DnsErrorCode, string>> = {
  NXDOMAIN: 'there is no such name',
  NODATA: 'the name has no records of this type',
  TIMED_OUT: 'no server answered in time',
}

export function dnsError(code: DnsErrorCode, name: string, type: string, options: DnsErrorOptions = {}): DnsError {
  const why = words[code] === undefined ? code : `${code}, ${words[code]}`
  return new DnsError(code, `dns client: ${name} ${type}: ${why}`, options)
}
