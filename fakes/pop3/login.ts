// The ways to open a maildrop: USER and PASS, APOP (RFC 1939 §7), AUTH (RFC 5034).

import { createHash } from 'node:crypto'
import { status } from '../../wire/pop3/response.ts'
import { type Claim, claim, equal } from '../mail/claim.ts'
import { decodeBase64, mechanisms } from '../mail/sasl.ts'
import { Maildrop } from './maildrop.ts'
import { Pop3Refusal } from './refusal.ts'
import type { Outcome, Pop3Session } from './session.ts'

export function user(session: Pop3Session, args: string): Outcome {
  checkSecure(session)
  if (args.trim() === '') throw new Pop3Refusal('expected USER name')
  // RFC 1939 §7 has one blank before the name; another is part of it.
  session.user = utf8(args)
  // Whether there is such a user is nobody's business.
  return { said: status(true, 'send PASS') }
}

export function pass(session: Pop3Session, args: string): Outcome {
  checkSecure(session)
  const { user } = session
  if (user === undefined) throw new Pop3Refusal('USER first')
  session.user = undefined
  const given = utf8(args)
  return decide(
    session,
    claim(session, user, ({ password }) => equal(given, password)),
    'USER',
  )
}

export function apop(session: Pop3Session, args: string): Outcome {
  checkSecure(session)
  const [, name, digest] = /^ *(\S.*) ([0-9a-f]{32}) *$/i.exec(args) ?? []
  if (name === undefined) throw new Pop3Refusal('expected APOP name digest')
  const claimed = claim(session, utf8(name), ({ password }) => {
    const expected = createHash('md5').update(session.timestamp).update(password).digest('hex')
    return equal(digest!.toLowerCase(), expected)
  })
  return decide(session, claimed, 'APOP')
}

export function auth(session: Pop3Session, args: string): Outcome {
  const { server } = session
  const [name = '', initial, more] = args.trim().split(/[ \t]+/)
  if (name === '') {
    const list = server.mechanisms.map(each => `${each}\r\n`).join('')
    return { octets: `+OK mechanisms follow\r\n${list}.\r\n` }
  }
  if (more !== undefined) throw new Pop3Refusal('expected AUTH mechanism [initial-response]')
  checkSecure(session)
  const mechanism = name.toUpperCase()
  const start = server.mechanisms.includes(mechanism) ? mechanisms.get(mechanism) : undefined
  if (start === undefined) throw new Pop3Refusal('authentication mechanism is not known')
  // RFC 5034 §4: `=` is an initial response without octets.
  const first = initial === undefined ? undefined : initial === '=' ? Buffer.alloc(0) : decodeBase64(initial)
  if (initial !== undefined && first === undefined) throw new Pop3Refusal('expected base64')
  const steps = start(first, session)
  session.exchange = { mechanism, steps }
  return step(session, { mechanism, steps })
}

/** The client's answer to a challenge. */
export function continueAuth(session: Pop3Session, text: string): Outcome {
  const { exchange } = session
  session.exchange = undefined
  if (exchange === 'refused') throw wrong()
  if (text === '*') throw new Pop3Refusal('authentication cancelled')
  const response = decodeBase64(text)
  if (response === undefined) throw new Pop3Refusal('expected base64')
  return step(session, exchange!, response)
}

function step(
  session: Pop3Session,
  exchange: Exclude<Pop3Session['exchange'], 'refused' | undefined>,
  response?: Buffer,
) {
  const { done, value } = response === undefined ? exchange.steps.next() : exchange.steps.next(response)
  if (!done) return challenge(session, value, exchange)
  session.exchange = undefined
  if (value === undefined) throw new Pop3Refusal(`the response of ${exchange.mechanism} is not understood`)
  return decide(session, value, exchange.mechanism)
}

function challenge(session: Pop3Session, octets: Buffer, exchange: Pop3Session['exchange']): Outcome {
  session.exchange = exchange
  session.decoder.readResponse()
  return { octets: `+ ${octets.toString('base64')}\r\n` }
}

function decide(session: Pop3Session, claim: Claim, mechanism: string): Outcome {
  const { server } = session
  const { owner, policy } = server.logins.judge(claim, mechanism)
  if (owner === undefined) {
    if (claim.errorChallenge !== undefined) return challenge(session, claim.errorChallenge, 'refused')
    throw wrong()
  }
  if (policy !== undefined) throw new Pop3Refusal(policy, 'AUTH')
  const maildrop = Maildrop.open(server.store.account(owner).inbox)
  if (maildrop === undefined) throw new Pop3Refusal('another session has the maildrop', 'IN-USE')
  session.maildrop = maildrop
  session.state = 'transaction'
  return { said: status(true, contentsOf(maildrop)) }
}

/** For example `2 messages (320 octets)`. */
export function contentsOf(maildrop: Maildrop): string {
  const { messages, octets } = maildrop.count()
  return `${messages} message${messages === 1 ? '' : 's'} (${octets} octets)`
}

function checkSecure({ port, secure }: Pop3Session): void {
  if (port.stls === 'required' && !secure) throw new Pop3Refusal('STLS is required first', 'AUTH')
}

function wrong(): Pop3Refusal {
  // RFC 3206 §4: it is the credentials.
  return new Pop3Refusal('authentication failed', 'AUTH')
}

const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString()
