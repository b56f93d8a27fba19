// The arguments of MAIL and RCPT: a path and parameters (RFC 5321 §4.1.2, RFC 6531 §3.3, RFC 3461 §4).

import { excerpt, ProtocolError } from '../decoder.ts'
import { decodeUtf8 } from './command.ts'

/** A mailbox. The null path `<>` has an empty address; `<Postmaster>` has no domain. */
export interface SmtpPath {
  /** `local@domain`, the local part quoted only where it must be; without a source route. */
  address: string
  /** Without quotes. */
  local: string
  /** In lower case, or a literal such as `[192.0.2.1]`. */
  domain: string
}

export interface PathArguments {
  path: SmtpPath
  /** By keyword in upper case; true where it has no value. */
  parameters: Map<string, string | true>
}

const nullPath: SmtpPath = { address: '', local: '', domain: '' }

/** The argument was no path, or one that needs SMTPUTF8. `enhanced` is the code to refuse it with. */
export class SmtpPathError extends ProtocolError {
  readonly code: 501 | 553
  readonly enhanced: string

  constructor(problem: string, code: 501 | 553, enhanced: string, section = 'RFC 5321 §4.1.2') {
    super('smtp', problem, { section })
    this.code = code
    this.enhanced = enhanced
  }
}

const starts = { FROM: /^FROM[ \t]*:[ \t]*/i, TO: /^TO[ \t]*:[ \t]*/i }
const atom = "[\\w!#$%&'*+/=?^`{|}~\\u{80}-\\u{10ffff}-]+"
const dotString = new RegExp(`^${atom}(?:\\.${atom})*$`, 'u')
const label = '[\\p{L}\\p{N}\\p{M}_](?:[\\p{L}\\p{N}\\p{M}_-]*[\\p{L}\\p{N}\\p{M}_])?'
const domainName = new RegExp(`^${label}(?:\\.${label})*\\.?$`, 'u')
const sourceRoute = /^@[^\s"<>:]*(?:,@[^\s"<>:]*)*:/
const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const literal = new RegExp(`^\\[(?:${octet}(?:\\.${octet}){3}|IPv6:[0-9a-f:.]{2,45}|[a-z0-9-]+:[!-Z^-~]+)\\]$`, 'i')
const parameter = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^\s=\x00-\x20\x7f]+))?$/

/** `FROM:<path> parameters`, with `args` as latin1. */
export function parsePathArguments(args: string, word: 'FROM' | 'TO'): PathArguments {
  const start = starts[word].exec(args)
  if (start === null) {
    throw new SmtpPathError(`expected ${word}:<address>, got ${excerpt(Buffer.from(args, 'latin1'))}`, 501, '5.5.4')
  }
  const end = endOfPath(args, start[0].length, word)
  const text = args.slice(start[0].length, end)
  const words = args.slice(end).trim()
  const parameters = new Map<string, string | true>()
  for (const each of words === '' ? [] : words.split(/[ \t]+/)) {
    const found = parameter.exec(each)
    if (found === null) throw new SmtpPathError(`expected a parameter, got ${JSON.stringify(each)}`, 501, '5.5.4')
    const keyword = found[1]!.toUpperCase()
    if (parameters.has(keyword)) throw new SmtpPathError(`expected ${keyword} once, got it twice`, 501, '5.5.4')
    parameters.set(keyword, found[2] ?? true)
  }
  const utf8 = decodeUtf8(text)
  if (utf8 === undefined) {
    throw new SmtpPathError(
      `expected UTF-8, got ${excerpt(Buffer.from(text, 'latin1'))}`,
      553,
      '5.6.7',
      'RFC 6531 §3.3',
    )
  }
  return { path: parsePath(utf8, word), parameters }
}

/** Whether an address can only be used with SMTPUTF8. */
export function needsUtf8(path: SmtpPath): boolean {
  return /[^\x00-\x7f]/.test(path.address)
}

function endOfPath(args: string, from: number, word: 'FROM' | 'TO'): number {
  if (args[from] !== '<') {
    const found = JSON.stringify(args.slice(from, from + 40))
    const enhanced = from === args.length ? '5.5.4' : word === 'FROM' ? '5.1.7' : '5.1.3'
    throw new SmtpPathError(`expected an address in < and >, got ${found}`, 501, enhanced)
  }
  let quoted = false
  for (let i = from + 1; i < args.length; i++) {
    const char = args[i]
    if (quoted && char === '\\') i++
    else if (char === '"') quoted = !quoted
    else if (!quoted && char === '>') return i + 1
  }
  throw new SmtpPathError(
    `expected > after ${JSON.stringify(args.slice(from, from + 40))}`,
    501,
    word === 'FROM' ? '5.1.7' : '5.1.3',
  )
}

function parsePath(text: string, word: 'FROM' | 'TO'): SmtpPath {
  const fault = word === 'FROM' ? '5.1.7' : '5.1.3'
  const refuse = (problem: string) => new SmtpPathError(problem, 501, fault)
  const inner = text.slice(1, -1).trim()
  if (inner === '') {
    if (word === 'FROM') return nullPath
    throw refuse('expected a recipient, got <>')
  }
  // RFC 5321 §4.5.3.1: 64 for the local part and 256 for a path have to be taken; more may be, and is, as by Postfix.
  if (inner.length > 1000) throw refuse(`expected a path of at most 256 octets, got ${inner.length}`)
  const mailbox = inner.replace(sourceRoute, '')
  const at = mailbox.lastIndexOf('@')
  if (at < 0 && word === 'TO' && mailbox.toLowerCase() === 'postmaster') {
    return { address: mailbox, local: mailbox, domain: '' }
  }
  if (at < 1) throw refuse(`expected local@domain, got ${JSON.stringify(mailbox.slice(0, 40))}`)
  const local = parseLocal(mailbox.slice(0, at))
  const domain = mailbox.slice(at + 1)
  if (local === undefined)
    throw refuse(`expected a local part, got ${JSON.stringify(mailbox.slice(0, at).slice(0, 40))}`)
  if (domain.length > 255) throw refuse(`expected a domain of at most 255 octets, got ${domain.length}`)
  if (domain.split('.').some(each => each.length > 63)) {
    throw refuse(`expected labels of at most 63 octets in a domain, got ${JSON.stringify(domain.slice(0, 80))}`)
  }
  if (!(domain.startsWith('[') ? literal : domainName).test(domain)) {
    throw refuse(`expected a domain, got ${JSON.stringify(domain.slice(0, 40))}`)
  }
  const shown = dotString.test(local) ? local : `"${local.replace(/["\\]/g, '\\$&')}"`
  return { address: `${shown}@${domain}`, local, domain: domain.toLowerCase().replace(/\.$/, '') }
}

function parseLocal(text: string): string | undefined {
  if (!text.startsWith('"')) return dotString.test(text) ? text : undefined
  const found = /^"((?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*)"$/u.exec(text)
  return found?.[1]?.replace(/\\(.)/g, '$1')
}

/** RFC 3461 §4: `+41` stands for `A`. Undefined where the text is not xtext. */
export function decodeXtext(text: string): string | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/.test(text)) return undefined
  const octets = text.replace(/\+([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return decodeUtf8(octets) ?? octets
}

export function encodeXtext(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[^!-*,-<>-~]/g, char => `+${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}
