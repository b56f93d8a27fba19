// One SMTP connection without sockets and timers: what was read goes in, replies come out (RFC 5321).

import type { Random } from '../../net/random.ts'
import type { SmtpCommandDecoder, SmtpInput } from '../../wire/smtp/command.ts'
import type { SmtpPath } from '../../wire/smtp/path.ts'
import { encodeReply, parseReply, reply, type SmtpReply } from '../../wire/smtp/reply.ts'
import type { SaslServer, SaslUser } from '../mail/claim.ts'
import type { Exchange } from '../mail/sasl.ts'
import { secretOf } from '../mail/users.ts'
import type { Effects, Session } from '../session.ts'
import { continueAuth } from './auth-verb.ts'
import { takeChunk, takeData } from './content.ts'
import type { SmtpMoment } from './moments.ts'
import type { SmtpFault } from './options.ts'
import { SmtpRefusal } from './refusal.ts'
import type { PortRules, SmtpServer } from './server.ts'
import type { Spoken } from './texts.ts'
import { verbs } from './verbs.ts'

/** Where a connection is: nothing said, greeted, a sender named, recipients named, chunks of the content received. */
export type SmtpSessionState = 'connected' | 'greeted' | 'mail' | 'recipients' | 'chunks'

/** What a client asked for with one recipient (RFC 3461 §4). */
export interface SmtpRecipient {
  path: SmtpPath
  /** Whose mailbox it is, or undefined where the mail goes to another host. */
  owner: string | undefined
  notify: string | undefined
  orcpt: string | undefined
}

/** One mail on its way in. */
export interface Transaction {
  from: SmtpPath
  recipients: SmtpRecipient[]
  body: string | undefined
  smtpUtf8: boolean
  ret: string | undefined
  envid: string | undefined
  /** What has come of the content; given up once `octets` is beyond the limit. */
  pieces: Buffer[]
  octets: number
  /** The chunk that is coming is the last one. */
  lastChunk: boolean
}

/** The client of a connection. */
export interface SmtpPeer {
  address: string
  /** The port's rules. */
  port: PortRules
  secure: boolean
  /** Whom its certificate names. */
  certified(): readonly string[]
}

/** What a verb comes to: a reply, perhaps with more to do. */
export type Outcome =
  | SmtpReply
  | {
      reply?: SmtpReply
      /** Instead of a reply. */
      raw?: Uint8Array | string
      startTls?: boolean
      close?: 'end' | 'reset'
    }

export type Answer = Outcome | undefined | Promise<Outcome | undefined>

export interface AuthExchange {
  mechanism: string
  steps: Exchange
}

export class SmtpSession implements Session<SmtpInput>, Spoken, SaslServer {
  state: SmtpSessionState = 'connected'
  /** What the client calls itself, and whether by EHLO. */
  hello = ''
  extended = false
  user: string | undefined
  transaction: Transaction | undefined
  /** The AUTH that is under way, or was refused by a challenge that waits for its empty response (XOAUTH2). */
  exchange: AuthExchange | 'refused' | undefined
  /** Octets of a refused BDAT, which are read and dropped before the refusal is said. */
  refusedChunk: SmtpReply | undefined
  secure: boolean
  /** When something was last said, on the network's clock; `Infinity` while it waits for its answer. */
  lastHeard: number
  readonly server: SmtpServer
  readonly peer: SmtpPeer
  readonly decoder: SmtpCommandDecoder
  readonly random: Random
  readonly id: string
  #errors = 0

  constructor(server: SmtpServer, peer: SmtpPeer, decoder: SmtpCommandDecoder, random: Random) {
    this.server = server
    this.peer = peer
    this.decoder = decoder
    this.random = random
    this.secure = peer.secure
    this.lastHeard = server.clock.now()
    this.id = server.newSessionId(random)
  }

  // What the words of its replies are about.
  get name(): string {
    return this.server.name
  }

  get client(): string {
    return this.peer.address
  }

  get unixTime(): number {
    return Math.floor(this.server.clock.now() / 1000)
  }

  /** Passwords are asked for under TLS, or where there is none to be had. */
  get authOffered(): boolean {
    const { auth, startTls } = this.peer.port
    return auth !== 'none' && this.user === undefined && (this.secure || startTls === 'none')
  }

  // What the mechanisms of AUTH ask.
  find(name: string): SaslUser | undefined {
    // Without users whoever comes is taken for who they say.
    if (this.server.users === undefined) return { user: name, secret: undefined }
    const found = this.server.login(name)
    return found === undefined ? undefined : { user: found.user, secret: secretOf(found.account) }
  }

  nonce(): string {
    return `<${this.random.uint32()}.${this.unixTime}@${this.server.name}>`
  }

  certified(): readonly string[] {
    return this.peer.certified()
  }

  /** A reply in the server's manner. */
  say(code: number, enhanced: string | undefined, text: string): SmtpReply {
    return reply(code, enhanced, ...this.server.texts.other(text, this).split('\n'))
  }

  open(): Effects | undefined | Promise<Effects | undefined> {
    const banner = this.meet('connect', () => {
      const refusal = this.server.rates.count('connections', { client: this.client }, this.server.clock.now())
      if (refusal !== undefined) return refusalOf(refusal, this)
      return reply(220, undefined, this.server.texts.banner(this))
    })
    return banner instanceof Promise ? this.#awaited(banner) : this.#effects(banner)
  }

  receive(input: SmtpInput): Effects | undefined | Promise<Effects | undefined> {
    this.lastHeard = this.server.clock.now()
    try {
      const outcome = this.#answer(input)
      return outcome instanceof Promise ? this.#awaited(outcome) : this.#effects(outcome)
    } catch (error) {
      return this.#effects(refusalOf(error, this))
    }
  }

  secured(): void {
    // RFC 3207 §4.2: what was said in the clear is forgotten.
    this.secure = true
    this.state = 'connected'
    this.hello = ''
    this.extended = false
    this.user = undefined
    this.transaction = undefined
  }

  /** Forgets the mail that was on its way in. */
  reset(): void {
    this.transaction = undefined
    if (this.state !== 'connected') this.state = 'greeted'
  }

  /** @throws {SmtpRefusal} where the client, the sender or the user comes with too many. */
  count(what: 'messages' | 'recipients', from: SmtpPath): void {
    const { client, user, server } = this
    const refusal = server.rates.count(what, { client, user, sender: from.address }, server.clock.now())
    if (refusal !== undefined) throw refusal
  }

  /** Nothing was said for too long. */
  idle(): Effects {
    const timeout = this.say(421, '4.4.2', 'timeout, closing the connection')
    return this.#effects({ reply: timeout, close: 'end' }) as Effects
  }

  /** What a moment comes to, of which `usual` is what it comes to without a fault. */
  meet(moment: SmtpMoment, usual: () => Answer): Answer {
    const fault = this.server.faults.at(moment)
    if (fault === undefined) return usual()
    const { delay, reply, raw, drop } = fault
    const isAlone = [reply, raw, drop].every(each => each === undefined)
    const outcome = () => (delay !== undefined && isAlone ? usual() : this.#broken(fault))
    if (delay === undefined) return outcome()
    return new Promise<void>(resolve => this.server.clock.after(delay, resolve)).then(outcome)
  }

  /** What has been said is acted upon though its sender may leave in the meantime: that shows when the reply is written. */
  async #awaited(answer: Promise<Outcome | undefined>): Promise<Effects | undefined> {
    this.lastHeard = Infinity
    let outcome: Outcome | undefined
    try {
      outcome = await answer
    } catch (error) {
      outcome = refusalOf(error, this)
    }
    this.lastHeard = this.server.clock.now()
    return this.#effects(outcome)
  }

  #answer(input: SmtpInput): Answer {
    switch (input.kind) {
      case 'command': {
        const verb = verbs.get(input.verb)
        if (verb === undefined) throw new SmtpRefusal(500, '5.5.2', 'command not recognized')
        return this.meet(input.verb as SmtpMoment, () => {
          if (!verb.allowedIn.includes(this.state)) throw outOfOrder(input.verb, this)
          return verb.run(this, input.args)
        })
      }
      case 'response':
        return continueAuth(this, this.exchange!, input.text)
      case 'data':
        return takeData(this, input.octets, input.last)
      case 'chunk':
        return takeChunk(this, input.octets, input.last)
      case 'overlong':
        this.exchange = undefined
        throw new SmtpRefusal(500, '5.5.2', `line of ${input.octets} octets is too long`)
    }
  }

  #broken({ reply, raw, drop }: SmtpFault): Outcome {
    const outcome: Exclude<Outcome, SmtpReply> = {}
    if (raw !== undefined) outcome.raw = raw
    else if (reply !== undefined) outcome.reply = parseReply(reply)
    const close = drop ?? (outcome.reply?.code === 421 ? 'end' : 'silence')
    if (close !== 'silence') outcome.close = close
    return outcome
  }

  #effects(outcome: Outcome | undefined): Effects | undefined {
    if (outcome === undefined) return undefined
    const full: Exclude<Outcome, SmtpReply> = 'code' in outcome ? { reply: outcome } : outcome
    const effects: Effects = {}
    if (full.reply !== undefined) effects.reply = encodeReply(full.reply, this.server.enhancedCodes)
    if (full.raw !== undefined) effects.reply = full.raw
    if (full.startTls) effects.startTls = this.server.tls
    if (full.close !== undefined) effects.close = full.close
    if (full.reply !== undefined && full.reply.code >= 400 && ++this.#errors >= this.server.maxErrors) {
      const enough = encodeReply(this.say(421, '4.7.0', 'too many errors'), this.server.enhancedCodes)
      effects.reply += enough
      effects.close = 'end'
    }
    return effects
  }
}

function outOfOrder(verb: string, { state, transaction }: SmtpSession): SmtpRefusal {
  if (state === 'connected') return new SmtpRefusal(503, '5.5.1', 'EHLO or HELO first')
  if (state === 'chunks') return new SmtpRefusal(503, '5.5.1', `${verb} is out of order after BDAT`)
  if (verb === 'MAIL') return new SmtpRefusal(503, '5.5.1', 'nested MAIL command')
  if (transaction === undefined) return new SmtpRefusal(503, '5.5.1', 'MAIL first')
  // RFC 5321 §3.3: 554 where recipients were named and none was valid.
  if (verb === 'DATA') return new SmtpRefusal(554, '5.5.1', 'no valid recipients')
  return new SmtpRefusal(503, '5.5.1', `${verb} is out of order in a mail`)
}

/** What a refusal comes to; anything else is a bug and goes on. */
function refusalOf(error: unknown, session: SmtpSession): Outcome {
  if (!(error instanceof SmtpRefusal)) throw error
  const said = error.replyOf(session)
  // RFC 5321 §3.8: who says 421 closes.
  return said.code === 421 ? { reply: said, close: 'end' } : said
}
