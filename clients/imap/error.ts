// What goes wrong in a session of IMAP, told apart: the server said no, the network failed, what was said is no IMAP.

import { NetworkError, networkError, networkErrorCode, UsageError } from '../../net/errors.ts'
import { ProtocolError } from '../../wire/decoder.ts'

/** The server said no. */
export class ImapReplyError extends Error {
  override readonly name = 'ImapReplyError'
  readonly status: 'NO' | 'BAD' | 'BYE'
  /** Between the brackets, without its arguments: `AUTHENTICATIONFAILED`. */
  readonly code: string | undefined
  readonly text: string
  /** What was refused, without its arguments; empty for the greeting. */
  readonly command: string

  constructor(status: 'NO' | 'BAD' | 'BYE', code: string | undefined, text: string, command: string) {
    const said = [status, ...(code === undefined ? [] : [`[${code}]`]), text].join(' ').trimEnd()
    super(`imap client: ${command === '' ? 'the connection' : command} was answered ${JSON.stringify(said)}`)
    this.status = status
    this.code = code
    this.text = text
    this.command = command
  }
}

/** What imapflow's errors have beside their message. */
interface FlowError extends Error {
  code?: string | undefined
  responseStatus?: string | undefined
  responseText?: string | undefined
  response?: unknown
  serverResponseCode?: string | undefined
  authenticationFailed?: boolean | undefined
  tlsFailed?: boolean | undefined
  errno?: number | undefined
}

/** What the connection has come to, beside the error itself. */
export interface Circumstances {
  command: string
  /** Of a BYE that the server has said. */
  bye?: { code: string | undefined; text: string } | undefined
  timeoutMs: number
}

const usage =
  /^(Invalid(String|Token|Text)Value|InvalidSequenceSet|InvalidSearchQuery|InvalidMessageContent|NoMailboxSelected|MissingServerExtension)$/
const lost = /^(NoConnection|EConnectionClosed|StateLogout|ClosedAfterConnect)/
const late = /^(ETIMEOUT|(GREETING|CONNECT|UPGRADE)_TIMEOUT)$/
const noImap =
  /^(ParserError|UnexpectedTag|MissingTag|InvalidResponse|ResponseProcessingFailed|STARTTLS_INJECTION|(Line|Literal|Response)TooLarge|TooMany|MAX_IMAP_NESTING)/

/** imapflow's error as ours; what is none of imapflow's, as it is. */
export function typed(error: unknown, { command, bye, timeoutMs }: Circumstances): unknown {
  if (!(error instanceof Error) || error instanceof NetworkError || error instanceof ImapReplyError) return error
  const { code = '', message, responseStatus, responseText, response, serverResponseCode } = error as FlowError
  if (responseStatus === 'NO' || responseStatus === 'BAD') {
    const text = responseText ?? (typeof response === 'string' ? response : '')
    return new ImapReplyError(responseStatus, serverResponseCode ?? codeOf(response), text, command)
  }
  if (bye !== undefined && (lost.test(code) || responseStatus === 'BYE')) {
    return new ImapReplyError('BYE', bye.code, bye.text, command)
  }
  const layers = 'imap client: tcp connection'
  if ((error as FlowError).tlsFailed) {
    const code = networkErrorCode(error)
    const secure = code?.startsWith('TLS_') ? code : 'TLS_FAILED'
    return new NetworkError(secure, `imap client: tls: ${message}`, { cause: error })
  }
  if (lost.test(code)) return new NetworkError('CONNECTION_CUT', `${layers}: the server closed the connection`)
  if (late.test(code)) {
    return new NetworkError('TIMED_OUT', `${layers}: no response within ${timeoutMs / 1000} s`, { cause: error })
  }
  if (noImap.test(code)) return new ProtocolError('imap client', message, { cause: error })
  if (usage.test(code) || (error as FlowError).authenticationFailed) return new UsageError(`imap client: ${message}`)
  const isSecure = networkErrorCode(error)?.startsWith('TLS_')
  return networkError(isSecure ? 'imap client: tls' : layers, error)
}

function codeOf(response: unknown): string | undefined {
  const { attributes } = (response ?? {}) as { attributes?: readonly { section?: readonly { value?: unknown }[] }[] }
  const code = attributes?.[0]?.section?.[0]?.value
  return typeof code === 'string' ? code.toUpperCase() : undefined
}
