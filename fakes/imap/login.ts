// The ways into an account: LOGIN, AUTHENTICATE (RFC 3501 §6.2, RFC 4959), and STARTTLS before them.

import type { ImapCommand } from '../../wire/imap/command.ts'
import { type Claim, claim, equal } from '../mail/claim.ts'
import { decodeBase64, mechanisms } from '../mail/sasl.ts'
import { type Continuation, type Outcome, ok } from './outcome.ts'
import { ImapRefusal } from './refusal.ts'
import type { ImapSession } from './session.ts'

type Command<Verb extends string> = Extract<ImapCommand, { verb: Verb }>

export function startTls({ secure, port }: ImapSession): Outcome {
  if (secure) throw new ImapRefusal('BAD', 'TLS is on')
  if (port.startTls === 'none') throw new ImapRefusal('BAD', 'STARTTLS is not offered')
  return ok('Begin TLS negotiation now.', { startTls: true })
}

export function login(session: ImapSession, { user, password }: Command<'LOGIN'>): Outcome | Continuation {
  checkSecure(session)
  if (session.server.loginDisabled) throw new ImapRefusal('NO', 'LOGIN is disabled', 'CANNOT')
  const given = utf8(password)
  const claimed = claim(session, utf8(user), secret => equal(given, secret.password))
  return decide(session, claimed, 'LOGIN')
}

export function authenticate(session: ImapSession, command: Command<'AUTHENTICATE'>): Outcome | Continuation {
  const { server } = session
  const { mechanism, initial } = command
  checkSecure(session)
  const start = server.mechanisms.includes(mechanism) ? mechanisms.get(mechanism) : undefined
  if (start === undefined) throw new ImapRefusal('NO', 'Unsupported authentication mechanism.', 'CANNOT')
  // RFC 4959 §3: `=` is an initial response without octets.
  const first = initial === undefined ? undefined : initial === '=' ? Buffer.alloc(0) : decodeBase64(initial)
  if (initial !== undefined && (first === undefined || !server.offers('SASL-IR'))) {
    throw new ImapRefusal('BAD', first === undefined ? 'expected base64' : 'expected no initial response')
  }
  session.exchange = { mechanism, steps: start(first, session) }
  return step(session, session.exchange)
}

/** The client's answer to a challenge. */
export function continueAuth(session: ImapSession, text: string): Outcome | Continuation {
  const { exchange } = session
  session.exchange = undefined
  if (exchange === 'refused') throw wrong()
  if (text === '*') throw new ImapRefusal('BAD', 'authentication cancelled')
  const response = decodeBase64(text)
  if (response === undefined) throw new ImapRefusal('BAD', 'expected base64')
  return step(session, exchange!, response)
}

function step(
  session: ImapSession,
  exchange: Exclude<ImapSession['exchange'], 'refused' | undefined>,
  response?: Buffer,
): Outcome | Continuation {
  const { done, value } = response === undefined ? exchange.steps.next() : exchange.steps.next(response)
  if (!done) return challenge(session, value, exchange)
  session.exchange = undefined
  if (value === undefined) throw new ImapRefusal('BAD', `the response of ${exchange.mechanism} is not understood`)
  return decide(session, value, exchange.mechanism)
}

function challenge(session: ImapSession, octets: Buffer, exchange: ImapSession['exchange']): Continuation {
  session.exchange = exchange
  session.decoder.readLine()
  return { continuation: octets.toString('base64') }
}

function decide(session: ImapSession, claim: Claim, mechanism: string): Outcome | Continuation {
  const { server } = session
  const { owner, policy } = server.logins.judge(claim, mechanism)
  if (owner === undefined) {
    if (claim.errorChallenge !== undefined) return challenge(session, claim.errorChallenge, 'refused')
    throw wrong()
  }
  if (policy !== undefined) throw new ImapRefusal('NO', policy, 'AUTHORIZATIONFAILED')
  session.account = server.store.account(owner)
  session.decoder.limit(server.limits({ loggedIn: true }))
  return ok('Logged in', { code: `CAPABILITY ${session.capabilities}` })
}

function checkSecure({ port, secure }: ImapSession): void {
  if (port.startTls === 'required' && !secure) {
    throw new ImapRefusal('NO', 'STARTTLS is required first', 'PRIVACYREQUIRED')
  }
}

function wrong(): ImapRefusal {
  return new ImapRefusal('NO', 'Authentication failed.', 'AUTHENTICATIONFAILED')
}

const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString()
