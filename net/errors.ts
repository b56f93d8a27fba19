// The errors of the network itself; what a peer breaks is a ProtocolError, what a server refuses is that protocol's own.

export type NetworkErrorCode =
  | 'NAME_NOT_FOUND'
  | 'REFUSED'
  | 'TIMED_OUT'
  | 'UNREACHABLE'
  | 'RESET'
  | 'CONNECTION_CUT'
  | 'ADDRESS_IN_USE'
  | 'NOT_PERMITTED'
  | 'BAD_ADDRESS'
  | 'TLS_UNTRUSTED'
  | 'TLS_WRONG_NAME'
  | 'TLS_EXPIRED'
  | 'TLS_FAILED'
  | 'CLOSED'
  | 'ABORTED'

/** Something between here and the peer failed. `cause` is what the system said. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  readonly code: NetworkErrorCode

  constructor(code: NetworkErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}

/** A world, an argument or an option is not what it should be: what was expected, what came, what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Code in this process asked for something outside the network. The message says which line adds it. */
export class OfflineError extends Error {
  override readonly name = 'OfflineError'
  readonly code = 'OFFLINE'
}

const codes: Record<string, NetworkErrorCode> = {
  ECONNREFUSED: 'REFUSED',
  ECONNRESET: 'RESET',
  EPIPE: 'RESET',
  ETIMEDOUT: 'TIMED_OUT',
  ESOCKETTIMEDOUT: 'TIMED_OUT',
  EHOSTUNREACH: 'UNREACHABLE',
  ENETUNREACH: 'UNREACHABLE',
  ENOTFOUND: 'NAME_NOT_FOUND',
  EAI_AGAIN: 'NAME_NOT_FOUND',
  EADDRINUSE: 'ADDRESS_IN_USE',
  EACCES: 'NOT_PERMITTED',
  EPERM: 'NOT_PERMITTED',
  ERR_SOCKET_BAD_PORT: 'BAD_ADDRESS',
  ABORT_ERR: 'ABORTED',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS_WRONG_NAME',
  CERT_HAS_EXPIRED: 'TLS_EXPIRED',
  CERT_NOT_YET_VALID: 'TLS_EXPIRED',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS_UNTRUSTED',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS_UNTRUSTED',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLS_UNTRUSTED',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS_UNTRUSTED',
  UNABLE_TO_GET_ISSUER_CERT: 'TLS_UNTRUSTED',
}

/** What to do about what the system said, to be added to a message; nothing where nobody knows. */
export function remedyFor(code: string | undefined): string {
  return code === 'EMFILE' ? '; allow more open files by ulimit -n' : ''
}

/** The code for what Node or the system reported, or undefined where it is not about the network. */
export function networkErrorCode(cause: unknown): NetworkErrorCode | undefined {
  const code = (cause as { code?: unknown } | undefined)?.code
  if (typeof code !== 'string') return undefined
  return codes[code] ?? (code.startsWith('ERR_SSL_') || code === 'EPROTO' ? 'TLS_FAILED' : undefined)
}

/** Wraps what Node reported with the layer that it passed through, for example `smtp client: tcp connection: …`. */
export function networkError(layers: string, cause: unknown): unknown {
  // Several addresses were tried in vain: the first failure speaks for all.
  if (cause instanceof AggregateError && cause.errors.length > 0) return networkError(layers, cause.errors[0])
  const code = networkErrorCode(cause)
  if (code === undefined) return cause
  const { errno, message } = cause as { errno?: number; message: string }
  const number = typeof errno === 'number' ? ` (${Math.abs(errno)})` : ''
  return new NetworkError(code, `${layers}: ${message}${number}`, { cause })
}
