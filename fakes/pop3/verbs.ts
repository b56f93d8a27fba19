// The commands of POP3: in which states each is allowed, what it needs, and what it does (RFC 1939 §5 to §7, RFC 2449 §5,
// RFC 2595 §4).

import { encodeMultiline, status } from '../../wire/pop3/response.ts'
import type { MailMessage } from '../mail/message.ts'
import { apop, auth, contentsOf, pass, user } from './login.ts'
import type { Maildrop } from './maildrop.ts'
import { Pop3Refusal } from './refusal.ts'
import type { Outcome, Pop3Session, Pop3SessionState } from './session.ts'

export interface Verb {
  allowedIn: readonly Pop3SessionState[]
  /** Without it the command is not known. */
  capability?: string
  run(session: Pop3Session, args: string): Outcome
}

function capa({ server, port, secure, state }: Pop3Session, args: string): Outcome {
  checkEmpty('CAPA', args)
  const mayLogIn = state === 'authorization' && (secure || port.stls !== 'required')
  const lines = server.capabilities.flatMap(capability => {
    // Who has logged in can no longer begin it.
    if (capability === 'STLS' && (secure || port.stls === 'none' || state !== 'authorization')) return []
    if (capability === 'USER' && !mayLogIn) return []
    if (capability === 'SASL')
      return mayLogIn && server.mechanisms.length > 0 ? [`SASL ${server.mechanisms.join(' ')}`] : []
    return [capability]
  })
  return { octets: encodeMultiline(status(true, 'capabilities follow'), linesOf(lines)) }
}

function stls({ secure }: Pop3Session, args: string): Outcome {
  checkEmpty('STLS', args)
  if (secure) throw new Pop3Refusal('TLS is on')
  return { said: status(true, 'ready to start TLS'), startTls: true }
}

function stat({ maildrop }: Pop3Session, args: string): Outcome {
  checkEmpty('STAT', args)
  const { messages, octets } = maildrop!.count()
  return { said: status(true, `${messages} ${octets}`) }
}

/** LIST and UIDL: a line about one message, or about each. */
function listing(verb: string, describe: (message: MailMessage, maildrop: Maildrop) => string | number): Verb['run'] {
  return ({ maildrop }, args) => {
    const number = argument(args)
    if (number !== '') {
      return {
        said: status(
          true,
          `${Number(number)} ${describe(messageAt(maildrop!, number, `${verb} [message]`), maildrop!)}`,
        ),
      }
    }
    const lines = maildrop!.messages.flatMap((message, at) =>
      maildrop!.isDeleted(message) ? [] : [`${at + 1} ${describe(message, maildrop!)}`],
    )
    return { octets: encodeMultiline(status(true, contentsOf(maildrop!)), linesOf(lines)) }
  }
}

function retr({ maildrop }: Pop3Session, args: string): Outcome {
  const message = messageAt(maildrop!, argument(args), 'RETR message')
  maildrop!.read(message)
  return { octets: encodeMultiline(status(true, `${message.size} octets`), message.raw) }
}

function top({ maildrop }: Pop3Session, args: string): Outcome {
  const [number = '', count = '', ...more] = argument(args).split(/ +/)
  const usage = 'TOP message lines'
  if (!/^\d{1,9}$/.test(count) || more.length > 0) throw new Pop3Refusal(`expected ${usage}`)
  const message = messageAt(maildrop!, number, usage)
  // As Dovecot has it.
  maildrop!.read(message)
  return { octets: encodeMultiline(status(true, 'top of the message follows'), topOf(message.raw, Number(count))) }
}

function dele({ maildrop }: Pop3Session, args: string): Outcome {
  const number = argument(args)
  maildrop!.delete(messageAt(maildrop!, number, 'DELE message'))
  return { said: status(true, `message ${Number(number)} is marked as deleted`) }
}

function rset({ maildrop }: Pop3Session, args: string): Outcome {
  checkEmpty('RSET', args)
  maildrop!.reset()
  return { said: status(true, contentsOf(maildrop!)) }
}

function noop(_session: Pop3Session, args: string): Outcome {
  checkEmpty('NOOP', args)
  return { said: status(true, '') }
}

function quit({ server, maildrop }: Pop3Session, args: string): Outcome {
  checkEmpty('QUIT', args)
  maildrop?.update()
  return { said: status(true, `${server.name} closes the connection`), close: 'end' }
}

/** Blanks before it are forgiven, as Dovecot does; behind it they are not. */
const argument = (args: string) => args.replace(/^ +/, '')

function checkEmpty(verb: string, args: string): void {
  if (args.trim() !== '') throw new Pop3Refusal(`${verb} takes no arguments`)
}

function messageAt(maildrop: Maildrop, number: string, usage: string): MailMessage {
  if (!/^\d{1,9}$/.test(number)) throw new Pop3Refusal(`expected ${usage}`)
  const message = maildrop.messages[Number(number) - 1]
  if (message === undefined) throw new Pop3Refusal(`there is no message ${Number(number)}`)
  if (maildrop.isDeleted(message)) throw new Pop3Refusal(`message ${Number(number)} is marked as deleted`)
  return message
}

/** The header, the empty line after it, and the first lines of the body. */
function topOf(raw: Buffer, lines: number): Buffer {
  let end = 0
  let left: number | undefined
  while (end < raw.length && left !== 0) {
    const at = raw.indexOf(0x0a, end)
    const next = at < 0 ? raw.length : at + 1
    const isEmpty = next - end === 1 || (next - end === 2 && raw[end] === 0x0d)
    if (left !== undefined) left--
    else if (isEmpty) left = lines
    end = next
  }
  return raw.subarray(0, end)
}

const linesOf = (lines: readonly string[]) => Buffer.from(lines.map(line => `${line}\r\n`).join(''), 'latin1')

const before: readonly Pop3SessionState[] = ['authorization']
const after: readonly Pop3SessionState[] = ['transaction']
const always: readonly Pop3SessionState[] = ['authorization', 'transaction']

export const verbs: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['CAPA', { allowedIn: always, run: capa }],
  ['STLS', { allowedIn: before, capability: 'STLS', run: stls }],
  ['USER', { allowedIn: before, capability: 'USER', run: user }],
  ['PASS', { allowedIn: before, capability: 'USER', run: pass }],
  ['APOP', { allowedIn: before, capability: 'APOP', run: apop }],
  ['AUTH', { allowedIn: before, capability: 'SASL', run: auth }],
  ['STAT', { allowedIn: after, run: stat }],
  ['LIST', { allowedIn: after, run: listing('LIST', ({ size }) => size) }],
  [
    'UIDL',
    { allowedIn: after, capability: 'UIDL', run: listing('UIDL', (message, maildrop) => maildrop.uniqueId(message)) },
  ],
  ['RETR', { allowedIn: after, run: retr }],
  ['TOP', { allowedIn: after, capability: 'TOP', run: top }],
  ['DELE', { allowedIn: after, run: dele }],
  ['RSET', { allowedIn: after, run: rset }],
  ['NOOP', { allowedIn: after, run: noop }],
  ['QUIT', { allowedIn: always, run: quit }],
])
