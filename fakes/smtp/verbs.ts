// The commands of SMTP: in which states each is allowed, and what it does (RFC 5321 §4.1.1).

import { parsePathArguments, SmtpPathError } from '../../wire/smtp/path.ts'
import { reply, type SmtpReply } from '../../wire/smtp/reply.ts'
import { auth } from './auth-verb.ts'
import { bdat, data } from './content.ts'
import { mailParameters, recipientParameters } from './parameters.ts'
import { SmtpRefusal } from './refusal.ts'
import { judgeRecipient, mayRelay, relayingDenied } from './rules.ts'
import type { Outcome, SmtpSession, SmtpSessionState } from './session.ts'

export interface Verb {
  allowedIn: readonly SmtpSessionState[]
  run(session: SmtpSession, args: string): Outcome | undefined | Promise<Outcome>
}

const always: readonly SmtpSessionState[] = ['connected', 'greeted', 'mail', 'recipients', 'chunks']
const greeted = always.slice(1)

function ehlo(session: SmtpSession, args: string): SmtpReply {
  greet(session, args, true)
  const { server, secure, peer } = session
  const lines = [server.texts.hello(session)]
  for (const extension of server.extensions) {
    if (extension === 'STARTTLS' && (secure || peer.port.startTls === 'none')) continue
    if (extension === 'AUTH' && !session.authOffered) continue
    if (extension === 'SIZE') lines.push(`SIZE ${server.maxBytes}`)
    else if (extension === 'AUTH') lines.push(`AUTH ${server.mechanisms.join(' ')}`)
    else lines.push(extension)
  }
  return reply(250, undefined, ...lines)
}

function helo(session: SmtpSession, args: string): SmtpReply {
  greet(session, args, false)
  return reply(250, undefined, session.server.texts.hello(session))
}

function greet(session: SmtpSession, args: string, extended: boolean): void {
  const hello = args.split(/[ \t]/, 1)[0]!
  // Enhanced codes are for who has said EHLO (RFC 2034 §3).
  if (hello === '') throw new SmtpRefusal(501, undefined, `expected a host name after ${extended ? 'EHLO' : 'HELO'}`)
  session.hello = hello.replace(/[^\x21-\x7e]/g, '?')
  session.extended = extended
  session.state = 'greeted'
  session.transaction = undefined
}

function startTls(session: SmtpSession, args: string): Outcome {
  const { server, secure, peer } = session
  if (args !== '') throw new SmtpRefusal(501, '5.5.4', 'STARTTLS takes no arguments')
  if (secure) throw new SmtpRefusal(554, '5.5.1', 'TLS is already on')
  if (peer.port.startTls === 'none' || !server.extensions.includes('STARTTLS')) {
    throw new SmtpRefusal(502, '5.5.1', 'TLS is not offered')
  }
  return { reply: reply(220, '2.0.0', server.texts.startTls(session)), startTls: true }
}

function mail(session: SmtpSession, args: string): SmtpReply {
  const { server, peer } = session
  if (peer.port.startTls === 'required' && !session.secure) {
    throw new SmtpRefusal(530, '5.7.0', server.texts.needTls(session))
  }
  if (peer.port.auth === 'required' && session.user === undefined) {
    throw new SmtpRefusal(530, server.style === 'gsmtp' ? '5.5.1' : '5.7.0', server.texts.needAuth(session))
  }
  const { path, parameters } = pathArguments(args, 'FROM')
  const { body, ret, envid, smtpUtf8 } = mailParameters(session, path, parameters)
  session.count('messages', path)
  session.transaction = {
    from: path,
    recipients: [],
    body,
    ret,
    envid,
    smtpUtf8,
    pieces: [],
    octets: 0,
    lastChunk: false,
  }
  session.state = 'mail'
  return reply(250, '2.1.0', server.texts.sender(session))
}

function rcpt(session: SmtpSession, args: string): SmtpReply | Promise<SmtpReply> {
  const { server } = session
  const transaction = session.transaction!
  const { path, parameters } = pathArguments(args, 'TO')
  const { notify, orcpt } = recipientParameters(session, path, parameters)
  if (transaction.recipients.length >= server.maxRecipients) throw new SmtpRefusal(452, '4.5.3', 'too many recipients')
  session.count('recipients', transaction.from)
  const accept = (owner: string | undefined) => {
    transaction.recipients.push({ path, owner, notify, orcpt })
    session.state = 'recipients'
    return reply(250, '2.1.5', server.texts.recipient(session))
  }
  const judged = judgeRecipient(session, path)
  return judged instanceof Promise ? judged.then(accept) : accept(judged)
}

function pathArguments(args: string, word: 'FROM' | 'TO') {
  try {
    return parsePathArguments(args, word)
  } catch (error) {
    if (!(error instanceof SmtpPathError)) throw error
    throw new SmtpRefusal(error.code, error.enhanced, error.message.replace('smtp: ', ''))
  }
}

function rset(session: SmtpSession, args: string): SmtpReply {
  if (args !== '') throw new SmtpRefusal(501, '5.5.4', 'RSET takes no arguments')
  session.reset()
  return reply(250, '2.0.0', session.server.texts.reset(session))
}

function vrfy(session: SmtpSession, args: string): SmtpReply {
  if (args === '') throw new SmtpRefusal(501, '5.5.4', 'expected a name after VRFY')
  const { server } = session
  const [, local = '', domain = ''] = /^<?([^@>]*)@?([^>]*)>?$/.exec(args.split(/\s/, 1)[0]!) ?? []
  if (!server.isLocal(domain.toLowerCase())) {
    if (!mayRelay(session)) throw relayingDenied(session)
    return session.say(252, '2.0.0', 'send some mail, it will be tried')
  }
  const owner = server.users === undefined ? local : server.ownerOf(local)
  if (owner === undefined) throw new SmtpRefusal(550, '5.1.1', `${args.slice(0, 80)} is not known here`)
  if (!server.vrfy) return session.say(252, '2.0.0', 'send some mail, it will be tried')
  return session.say(250, '2.1.5', `<${owner}@${domain || server.name}>`)
}

function expn(session: SmtpSession, args: string): SmtpReply {
  const { server } = session
  if (!server.vrfy) throw new SmtpRefusal(502, '5.5.1', 'EXPN is not offered')
  const owner = server.ownerOf(args)
  if (owner === undefined) throw new SmtpRefusal(550, '5.1.1', `${args.slice(0, 80)} is no list here`)
  return session.say(250, '2.1.5', `<${owner}@${server.name}>`)
}

function quit(session: SmtpSession): Outcome {
  return { reply: reply(221, '2.0.0', session.server.texts.bye(session)), close: 'end' }
}

/** A browser that was led here by somebody else's page: nothing that it says is heard. */
function lost(session: SmtpSession): Outcome {
  return { reply: session.say(221, '2.7.0', 'this is no web server'), close: 'end' }
}

export const verbs: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['EHLO', { allowedIn: always, run: ehlo }],
  ['HELO', { allowedIn: always, run: helo }],
  ['STARTTLS', { allowedIn: always, run: startTls }],
  ['AUTH', { allowedIn: ['greeted'], run: auth }],
  ['MAIL', { allowedIn: ['greeted'], run: mail }],
  ['RCPT', { allowedIn: ['mail', 'recipients'], run: rcpt }],
  ['DATA', { allowedIn: ['recipients'], run: data }],
  // In every state, since the octets that follow have to be read before the refusal (RFC 3030 §2).
  ['BDAT', { allowedIn: always, run: bdat }],
  ['RSET', { allowedIn: always, run: rset }],
  ['NOOP', { allowedIn: always, run: session => session.say(250, '2.0.0', 'OK') }],
  ['VRFY', { allowedIn: always, run: vrfy }],
  ['EXPN', { allowedIn: greeted, run: expn }],
  ['HELP', { allowedIn: always, run: session => session.say(214, '2.0.0', 'see RFC 5321') }],
  ['QUIT', { allowedIn: always, run: quit }],
  ['GET', { allowedIn: always, run: lost }],
  ['POST', { allowedIn: always, run: lost }],
  ['CONNECT', { allowedIn: always, run: lost }],
])
