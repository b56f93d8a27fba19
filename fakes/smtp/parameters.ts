// The parameters of MAIL and RCPT: SIZE (RFC 1870), BODY (RFC 6152, RFC 3030), SMTPUTF8 (RFC 6531), AUTH (RFC 4954),
// RET, ENVID, NOTIFY and ORCPT (RFC 3461).

import { decodeXtext, needsUtf8, type SmtpPath } from '../../wire/smtp/path.ts'
import type { SmtpExtension } from './options.ts'
import { SmtpRefusal } from './refusal.ts'
import type { SmtpSession, Transaction } from './session.ts'

type Parameters = ReadonlyMap<string, string | true>

const extensionOf: Readonly<Record<'MAIL' | 'RCPT', Readonly<Record<string, SmtpExtension>>>> = {
  MAIL: { SIZE: 'SIZE', BODY: '8BITMIME', SMTPUTF8: 'SMTPUTF8', AUTH: 'AUTH', RET: 'DSN', ENVID: 'DSN' },
  RCPT: { NOTIFY: 'DSN', ORCPT: 'DSN' },
}

export function mailParameters(
  session: SmtpSession,
  path: SmtpPath,
  parameters: Parameters,
): Pick<Transaction, 'body' | 'ret' | 'envid' | 'smtpUtf8'> {
  const { server } = session
  checkOffered(session, 'MAIL', parameters)
  const size = text(parameters, 'SIZE')
  if (size !== undefined) {
    if (!/^\d{1,20}$/.test(size)) throw badValue('SIZE', size)
    if (Number(size) > server.maxBytes) throw tooLarge(server.maxBytes)
  }
  const body = text(parameters, 'BODY')?.toUpperCase()
  const bodies = server.extensions.includes('BINARYMIME') ? ['7BIT', '8BITMIME', 'BINARYMIME'] : ['7BIT', '8BITMIME']
  if (body !== undefined && !bodies.includes(body)) throw badValue('BODY', body, 555)
  const smtpUtf8 = parameters.has('SMTPUTF8')
  if (smtpUtf8 && parameters.get('SMTPUTF8') !== true) {
    throw badValue('SMTPUTF8', String(parameters.get('SMTPUTF8')), 555)
  }
  checkUtf8(path, smtpUtf8)
  const ret = text(parameters, 'RET')?.toUpperCase()
  if (ret !== undefined && ret !== 'FULL' && ret !== 'HDRS') throw badValue('RET', ret)
  const envid = text(parameters, 'ENVID')
  const decoded = envid === undefined ? undefined : decodeXtext(envid)
  if (envid !== undefined && (decoded === undefined || envid.length > 100)) throw badValue('ENVID', envid)
  const author = text(parameters, 'AUTH')
  if (author !== undefined && decodeXtext(author) === undefined) throw badValue('AUTH', author)
  return { body, ret, envid: decoded, smtpUtf8 }
}

export function recipientParameters(
  session: SmtpSession,
  path: SmtpPath,
  parameters: Parameters,
): { notify: string | undefined; orcpt: string | undefined } {
  checkOffered(session, 'RCPT', parameters)
  checkUtf8(path, session.transaction!.smtpUtf8)
  const notify = text(parameters, 'NOTIFY')?.toUpperCase()
  if (notify !== undefined && !/^(NEVER|(SUCCESS|FAILURE|DELAY)(,(SUCCESS|FAILURE|DELAY))*)$/.test(notify)) {
    throw badValue('NOTIFY', notify)
  }
  const orcpt = text(parameters, 'ORCPT')
  const [, type, address] = /^([\w-]+);(.+)$/.exec(orcpt ?? '') ?? []
  // RFC 6533 §3 has addresses beyond ASCII of type utf-8, in an encoding of its own.
  const decoded = type?.toLowerCase() === 'utf-8' ? address : decodeXtext(address ?? '')
  if (orcpt !== undefined && (type === undefined || decoded === undefined || orcpt.length > 500)) {
    throw badValue('ORCPT', orcpt)
  }
  return { notify, orcpt: orcpt === undefined ? undefined : `${type};${decoded}` }
}

export function tooLarge(maxBytes: number): SmtpRefusal {
  return new SmtpRefusal(552, '5.3.4', `a mail may have at most ${maxBytes} octets`)
}

function checkOffered({ server }: SmtpSession, verb: 'MAIL' | 'RCPT', parameters: Parameters): void {
  for (const keyword of parameters.keys()) {
    const extension = extensionOf[verb][keyword]
    if (extension === undefined || !server.extensions.includes(extension)) {
      throw new SmtpRefusal(555, '5.5.4', `parameter ${keyword.slice(0, 40)} is not known`)
    }
  }
}

function checkUtf8(path: SmtpPath, smtpUtf8: boolean): void {
  if (!smtpUtf8 && needsUtf8(path)) {
    throw new SmtpRefusal(553, '5.6.7', 'an address beyond ASCII needs SMTPUTF8')
  }
}

function text(parameters: Parameters, keyword: string): string | undefined {
  const value = parameters.get(keyword)
  if (value === true) throw new SmtpRefusal(555, '5.5.4', `expected a value of ${keyword}`)
  return value
}

function badValue(keyword: string, value: string, code = 501): SmtpRefusal {
  return new SmtpRefusal(
    code,
    '5.5.4',
    `${keyword}=${value.slice(0, 40).replace(/[^\x21-\x7e]/g, '?')} is not understood`,
  )
}
