// AUTH (RFC 4954): a mechanism's challenges and responses, and what comes of them.

import { reply } from '../../wire/smtp/reply.ts'
import type { Claim } from '../mail/claim.ts'
import { decodeBase64, mechanisms } from '../mail/sasl.ts'
import { SmtpOwnRefusal, SmtpRefusal } from './refusal.ts'
import type { AuthExchange, Outcome, SmtpSession } from './session.ts'

export function auth(session: SmtpSession, args: string): Outcome {
  const { server, peer } = session
  if (session.user !== undefined) throw new SmtpRefusal(503, '5.5.1', 'already authenticated')
  if (peer.port.auth === 'none' || !server.extensions.includes('AUTH')) {
    throw new SmtpRefusal(503, '5.5.1', 'authentication is not offered')
  }
  if (!session.authOffered) {
    if (peer.port.startTls === 'required') throw new SmtpRefusal(530, '5.7.0', server.texts.needTls(session))
    throw new SmtpRefusal(503, '5.5.1', 'authentication needs encryption')
  }
  const [name = '', initial, more] = args.split(/[ \t]+/)
  if (name === '' || more !== undefined)
    throw new SmtpRefusal(501, '5.5.4', 'expected AUTH mechanism [initial-response]')
  const mechanism = name.toUpperCase()
  const start = server.mechanisms.includes(mechanism) ? mechanisms.get(mechanism) : undefined
  if (start === undefined) {
    throw server.style === 'gsmtp'
      ? new SmtpRefusal(504, '5.7.4', 'Unrecognized Authentication Type')
      : new SmtpRefusal(504, '5.5.4', 'authentication mechanism is not known')
  }
  // RFC 4954 §4: `=` is an initial response without octets.
  const first = initial === undefined ? undefined : initial === '=' ? Buffer.alloc(0) : decodeBase64(initial)
  if (initial !== undefined && first === undefined) throw notBase64()
  const exchange = { mechanism, steps: start(first, session) }
  session.exchange = exchange
  return step(session, exchange)
}

/** The client's answer to a challenge. */
export function continueAuth(session: SmtpSession, exchange: AuthExchange | 'refused', text: string): Outcome {
  if (exchange === 'refused') {
    session.exchange = undefined
    throw wrong(session)
  }
  if (text === '*') {
    session.exchange = undefined
    throw new SmtpRefusal(501, '5.7.0', 'authentication cancelled')
  }
  const response = decodeBase64(text)
  if (response === undefined) {
    session.exchange = undefined
    throw notBase64()
  }
  return step(session, exchange, response)
}

function step(session: SmtpSession, { mechanism, steps }: AuthExchange, response?: Buffer): Outcome {
  const { done, value } = response === undefined ? steps.next() : steps.next(response)
  if (!done) return challenge(session, value)
  session.exchange = undefined
  if (value === undefined) throw new SmtpRefusal(501, '5.5.2', `the response of ${mechanism} is not understood`)
  return decide(session, value, mechanism)
}

function challenge(session: SmtpSession, octets: Buffer): Outcome {
  session.decoder.readResponse()
  return reply(334, undefined, octets.toString('base64'))
}

function decide(session: SmtpSession, claim: Claim, mechanism: string): Outcome {
  const { server } = session
  const { ok } = claim
  const found = server.login(claim.user)
  const policy = ok ? found?.account.policy : undefined
  server.logins.note(claim.user, mechanism, ok && policy === undefined)
  if (!ok && claim.errorChallenge !== undefined) {
    session.exchange = 'refused'
    return challenge(session, claim.errorChallenge)
  }
  if (!ok) throw wrong(session)
  if (policy !== undefined) throw new SmtpOwnRefusal(policy)
  session.user = found?.user ?? claim.user
  return reply(235, '2.7.0', server.texts.authenticated(session))
}

function wrong(session: SmtpSession): SmtpRefusal {
  return new SmtpRefusal(535, '5.7.8', session.server.texts.wrongPassword(session))
}

function notBase64(): SmtpRefusal {
  return new SmtpRefusal(501, '5.5.2', 'expected base64')
}
