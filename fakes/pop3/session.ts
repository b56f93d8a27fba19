// One POP3 connection without sockets and timers: commands go in, responses come out (RFC 1939 §3).

import type { Random } from '../../net/random.ts'
import type { Pop3CommandDecoder, Pop3Input } from '../../wire/pop3/command.ts'
import { encodeStatus, type Pop3Status, parseStatus, status } from '../../wire/pop3/response.ts'
import type { SaslServer, SaslUser } from '../mail/claim.ts'
import type { Exchange } from '../mail/sasl.ts'
import type { Effects, Session } from '../session.ts'
import { continueAuth } from './login.ts'
import type { Maildrop } from './maildrop.ts'
import type { Pop3Moment } from './moments.ts'
import type { Pop3Fault } from './options.ts'
import { Pop3Refusal } from './refusal.ts'
import type { Pop3Server, PortRules } from './server.ts'
import { verbs } from './verbs.ts'

export type Pop3SessionState = 'authorization' | 'transaction'

/** What a verb comes to. */
export interface Outcome {
  said?: Pop3Status
  /** The whole response, where lines follow the status; or a challenge. */
  octets?: Uint8Array | string
  startTls?: boolean
  close?: 'end' | 'reset'
}

/** Undefined: nothing is said. */
type Answer = Outcome | undefined | Promise<Outcome | undefined>

export class Pop3Session implements Session<Pop3Input>, SaslServer {
  state: Pop3SessionState = 'authorization'
  /** What USER named. */
  user: string | undefined
  maildrop: Maildrop | undefined
  /** The AUTH that is under way, or was refused by a challenge that waits for its empty response (XOAUTH2). */
  exchange: { mechanism: string; steps: Exchange } | 'refused' | undefined
  secure: boolean
  /** When something was last said, on the network's clock. */
  lastHeard: number
  readonly server: Pop3Server
  readonly port: PortRules
  readonly decoder: Pop3CommandDecoder
  readonly random: Random
  /** What the greeting gives for APOP: another each time (RFC 1939 §7). */
  readonly timestamp: string
  #errors = 0
  #isOver = false

  /** Whom the client's certificate names. */
  readonly certified: () => readonly string[]

  constructor(
    server: Pop3Server,
    port: PortRules,
    decoder: Pop3CommandDecoder,
    random: Random,
    certified: () => readonly string[],
  ) {
    this.certified = certified
    this.server = server
    this.port = port
    this.decoder = decoder
    this.random = random
    this.secure = port.tls
    this.lastHeard = server.clock.now()
    this.timestamp = this.nonce()
  }

  find(name: string): SaslUser | undefined {
    return this.server.logins.find(name)
  }

  nonce(): string {
    return `<${this.random.uint32()}.${Math.floor(this.server.clock.now() / 1000)}@${this.server.name}>`
  }

  open(): Effects | undefined | Promise<Effects | undefined> {
    const { name, apop } = this.server
    const usual = status(true, `${name} POP3 ready${apop ? ` ${this.timestamp}` : ''}`)
    return this.#settle(() => this.#meet('connect', () => ({ said: usual })))
  }

  receive(input: Pop3Input): Effects | undefined | Promise<Effects | undefined> {
    this.lastHeard = this.server.clock.now()
    return this.#settle(() => this.#answer(input))
  }

  secured(): void {
    // RFC 2595 §4: what was said in the clear is forgotten.
    this.secure = true
    this.user = undefined
  }

  /** Nothing was said for too long (RFC 1939 §3): without a word, and without deleting anything. */
  idle(): Effects {
    this.closed()
    return { close: 'end' }
  }

  closed(): void {
    // RFC 1939 §6: without QUIT nothing is deleted.
    this.maildrop?.close()
    this.maildrop = undefined
    this.#isOver = true
  }

  /** What a moment comes to, of which `usual` is what it comes to without a fault. */
  #meet(moment: Pop3Moment, usual: () => Outcome): Answer {
    const fault = this.server.faults.at(moment)
    if (fault === undefined) return usual()
    const { delay, reply, raw, drop } = fault
    const isAlone = [reply, raw, drop].every(each => each === undefined)
    // A login after the link has gone would lock the maildrop for ever.
    const outcome = () => (this.#isOver ? undefined : delay !== undefined && isAlone ? usual() : broken(fault))
    if (delay === undefined) return outcome()
    return new Promise<void>(resolve => this.server.clock.after(delay, resolve)).then(outcome)
  }

  #answer(input: Pop3Input): Answer {
    switch (input.kind) {
      case 'overlong':
        this.exchange = undefined
        throw new Pop3Refusal(`line of ${input.octets} octets is too long`)
      case 'response':
        return continueAuth(this, input.text)
      case 'command': {
        const verb = verbs.get(input.verb)
        if (verb === undefined || !isThere(verb, this)) throw new Pop3Refusal(`unknown command ${shown(input.verb)}`)
        return this.#meet(input.verb as Pop3Moment, () => {
          if (!verb.allowedIn.includes(this.state)) {
            const when = this.state === 'authorization' ? 'before' : 'after'
            throw new Pop3Refusal(`${input.verb} is not possible ${when} a login`)
          }
          return verb.run(this, input.args)
        })
      }
    }
  }

  #settle(answer: () => Answer): Effects | undefined | Promise<Effects | undefined> {
    try {
      const outcome = answer()
      return outcome instanceof Promise ? this.#awaited(outcome) : this.#effects(outcome)
    } catch (error) {
      return this.#effects(refusalOf(error))
    }
  }

  async #awaited(answer: Promise<Outcome | undefined>): Promise<Effects | undefined> {
    this.lastHeard = Infinity
    let outcome: Outcome | undefined
    try {
      outcome = await answer
    } catch (error) {
      outcome = refusalOf(error)
    }
    this.lastHeard = this.server.clock.now()
    return this.#effects(outcome)
  }

  #effects(outcome: Outcome | undefined): Effects | undefined {
    if (outcome === undefined) return undefined
    const { said, octets, startTls, close } = outcome
    const effects: Effects = {}
    if (octets !== undefined) effects.reply = octets
    if (said !== undefined) {
      const isPlain = said.code === undefined || this.server.offers('RESP-CODES')
      effects.reply = encodeStatus(isPlain ? said : status(said.ok, said.text))
    }
    if (startTls) effects.startTls = this.server.tls
    if (close !== undefined) effects.close = close
    if (said?.ok === false && ++this.#errors >= this.server.maxErrors) effects.close ??= 'end'
    // Whoever hears that it is over may come again at once.
    if (effects.close !== undefined) this.closed()
    return effects
  }
}

function isThere({ capability }: { capability?: string }, { server, port }: Pop3Session): boolean {
  if (capability === undefined) return true
  if (capability === 'APOP') return server.apop
  return server.offers(capability) && !(capability === 'STLS' && port.stls === 'none' && !port.tls)
}

function broken({ reply, raw, drop }: Pop3Fault): Outcome {
  const outcome: Outcome = {}
  if (raw !== undefined) outcome.octets = raw
  else if (reply !== undefined) outcome.said = parseStatus(reply)
  if (drop !== undefined && drop !== 'silence') outcome.close = drop
  return outcome
}

/** A refusal's response; anything else is a bug and goes on. */
function refusalOf(error: unknown): Outcome {
  if (!(error instanceof Pop3Refusal)) throw error
  return { said: status(false, error.message, error.code) }
}

const shown = (verb: string) => verb.slice(0, 40).replace(/[^\x21-\x7e]/g, '?')
