// One IMAP connection without sockets and timers of its own: commands go in, responses come out (RFC 3501 §3).

import type { Timer } from '../../net/clock.ts'
import type { Random } from '../../net/random.ts'
import { ProtocolError } from '../../wire/decoder.ts'
import type { ImapCommand, ImapCommandDecoder, ImapInput } from '../../wire/imap/command.ts'
import type { MailAccount } from '../mail/account.ts'
import type { SaslServer, SaslUser } from '../mail/claim.ts'
import { MailRefusal } from '../mail/refusal.ts'
import type { Exchange } from '../mail/sasl.ts'
import type { Effects, Session } from '../session.ts'
import { checkAppend } from './append.ts'
import { broken, cutShort } from './breaking.ts'
import { continueAuth } from './login.ts'
import type { ImapMoment } from './moments.ts'
import type { Continuation, Outcome } from './outcome.ts'
import { ImapRefusal } from './refusal.ts'
import type { ImapServer, PortRules } from './server.ts'
import { verbOf } from './verbs.ts'
import type { View } from './view.ts'

export type ImapSessionState = 'not authenticated' | 'authenticated' | 'selected'

/** Octets of a literal that are read and dropped, so that the connection can go on (RFC 7888 §4). */
const maxDropped = 1024 * 1024
/** Octets of a response that are made at once; the rest as the client takes it. */
const maxAtOnce = 64 * 1024

const deletedBye = '* BYE Selected mailbox was deleted, have to disconnect.\r\n'

type Answer = Effects | undefined | Promise<Effects | undefined>

export class ImapSession implements Session<ImapInput>, SaslServer {
  account: MailAccount | undefined
  view: View | undefined
  /** The AUTHENTICATE that is under way, or was refused by a challenge that waits for its empty response (XOAUTH2). */
  exchange: { mechanism: string; steps: Exchange } | 'refused' | undefined
  secure: boolean
  /** What ENABLE has switched on, and CONDSTORE also what needs it. */
  readonly enabled: Set<string> = new Set()
  /** When something was last said, on the network's clock. */
  lastHeard: number
  /** Sends what is not asked for; false while the client takes nothing. */
  push: (effects: Effects) => void = () => {}
  /** Whether what is sent is taken. */
  isTaking: () => boolean = () => true
  readonly server: ImapServer
  readonly port: PortRules
  readonly decoder: ImapCommandDecoder
  readonly random: Random
  /** Whom the client's certificate names. */
  readonly certified: () => readonly string[]
  /** The tag of what goes on over several lines: AUTHENTICATE, IDLE. */
  #tag = ''
  #idling: Timer | undefined
  #errors = 0
  /** A response is made as the client takes it. */
  #isMaking = false
  #isOver = false

  constructor(
    server: ImapServer,
    port: PortRules,
    decoder: ImapCommandDecoder,
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
  }

  get state(): ImapSessionState {
    if (this.view !== undefined) return 'selected'
    return this.account === undefined ? 'not authenticated' : 'authenticated'
  }

  get utf8(): boolean {
    return this.enabled.has('UTF8=ACCEPT')
  }

  get condstore(): boolean {
    return this.enabled.has('CONDSTORE')
  }

  /** What CAPABILITY lists now. */
  get capabilities(): string {
    return this.server.capabilities({ port: this.port, secure: this.secure, loggedIn: this.account !== undefined })
  }

  find(name: string): SaslUser | undefined {
    return this.server.logins.find(name)
  }

  nonce(): string {
    return `<${this.random.uint32()}.${Math.floor(this.server.clock.now() / 1000)}@${this.server.name}>`
  }

  open(): Answer {
    return this.#meet('connect', '*', () => ({
      reply: `* OK [CAPABILITY ${this.capabilities}] ${this.server.greeting}\r\n`,
    }))
  }

  receive(input: ImapInput): Answer {
    this.lastHeard = this.server.clock.now()
    switch (input.kind) {
      case 'command':
        return this.#command(input)
      case 'literal':
        return this.#literal(input)
      case 'line':
        return this.#line(input.text)
      case 'invalid':
        return this.#invalid(input)
    }
  }

  secured(): void {
    // RFC 3501 §6.2.1: what was said in the clear is forgotten.
    this.secure = true
    this.enabled.clear()
  }

  /** The client takes again what it is sent. */
  drained(): Effects | undefined {
    return this.#idling === undefined ? undefined : this.#told()
  }

  /** Nothing was said for too long (RFC 3501 §5.4). */
  idle(): Effects {
    // In the middle of a response there is no place for another.
    return this.#ending(this.#isMaking ? '' : '* BYE Disconnected for inactivity.\r\n')
  }

  closed(): void {
    this.endIdle()
    this.deselect()
    this.#isOver = true
  }

  select(view: View): void {
    this.deselect()
    this.view = view
  }

  deselect(): void {
    this.view?.close()
    this.view = undefined
  }

  /** Something happened in the mailbox that is selected. */
  changed(): void {
    if (this.#idling === undefined || this.#isOver || !this.isTaking()) return
    const told = this.#told()
    if (told !== undefined) this.push(told)
  }

  startIdle(): void {
    const { clock, stillHereMs } = this.server
    const wait = () => {
      this.#idling = clock.after(stillHereMs, () => {
        if (this.isTaking()) this.push({ reply: '* OK Still here\r\n' })
        wait()
      })
    }
    wait()
  }

  endIdle(): void {
    this.#idling?.[Symbol.dispose]()
    this.#idling = undefined
  }

  /**
   * CONDSTORE is on from now on (RFC 7162 §3.1); what has to be said of it.
   *
   * @throws {ImapRefusal} where there is none.
   */
  enableCondstore(): string {
    if (!this.server.offers('CONDSTORE')) throw new ImapRefusal('BAD', 'CONDSTORE is not known')
    if (this.condstore) return ''
    this.enabled.add('CONDSTORE')
    return this.view === undefined ? '' : `* OK [HIGHESTMODSEQ ${this.view.mailbox.highestModSeq}] Highest\r\n`
  }

  /** What a moment comes to, of which `usual` is what it comes to without a fault. */
  #meet(moment: ImapMoment, tag: string, usual: () => Effects | undefined): Answer {
    const fault = this.server.faults.at(moment)
    if (fault === undefined) return usual()
    const { delay, reply, raw, drop, cut } = fault
    const isAlone = [reply, raw, drop, cut].every(each => each === undefined)
    const effects = () => {
      if (this.#isOver) return undefined
      const made = cut ? cutShort(usual(), drop) : delay !== undefined && isAlone ? usual() : broken(fault, tag)
      return this.#noting(made)
    }
    if (delay === undefined) return effects()
    return new Promise<void>(resolve => this.server.clock.after(delay, resolve)).then(effects)
  }

  #command(command: ImapCommand): Answer {
    const verb = verbOf(command.verb, this.server)
    const { tag } = command
    if (verb === undefined) return this.#effects(tag, bad(`${command.verb} is not known`))
    return this.#meet(command.verb, tag, () =>
      this.#run(command, () => {
        if (!verb.allowedIn.includes(this.state)) {
          throw new ImapRefusal('BAD', outOfPlace(command.verb, this.state, verb.allowedIn))
        }
        return verb.run(this, command)
      }),
    )
  }

  /** `act` is what a command does; what it refuses is its answer. */
  #run({ tag, uid }: { tag: string; uid: boolean }, act: () => Outcome | Continuation): Effects | undefined {
    if (this.view?.isGone) return this.#ending(deletedBye)
    let outcome: Outcome
    try {
      const done = act()
      if ('continuation' in done) {
        this.#tag = tag
        const reply = `+ ${done.continuation}\r\n`
        // What has happened since the last command is told at once, too.
        return this.#idling === undefined ? { reply } : { reply, more: () => this.#told() }
      }
      outcome = done
    } catch (error) {
      outcome = refusalOf(error)
    }
    return this.#effects(tag, outcome, uid)
  }

  #effects(tag: string, outcome: Outcome, uid = false): Effects | undefined {
    const { said = '', body } = outcome
    if (body !== undefined) return this.#streamed(this.#pieces(tag, outcome, uid))
    return this.#noting({ reply: said + this.#end(tag, outcome, uid), ...this.#followed(outcome) })
  }

  *#pieces(tag: string, outcome: Outcome, uid: boolean): Generator<Uint8Array | string> {
    if (outcome.said !== undefined) yield outcome.said
    yield* outcome.body!
    yield this.#end(tag, outcome, uid)
  }

  /** As much as is made at once, and how to go on. */
  #streamed(pieces: Generator<Uint8Array | string>): Effects {
    const made: (Uint8Array | string)[] = []
    let length = 0
    while (length < maxAtOnce) {
      const { done, value } = pieces.next()
      if (done) {
        this.#isMaking = false
        if (!this.view?.isGone) return { reply: joined(made) }
        return this.#noting({ reply: joined([...made, deletedBye]), close: 'end' })
      }
      made.push(value)
      length += value.length
    }
    this.#isMaking = true
    return { reply: joined(made), more: () => (this.#isOver ? undefined : this.#streamed(pieces)) }
  }

  /** What is told of the mailbox, and the tagged response. */
  #end(tag: string, outcome: Outcome, uids: boolean): string {
    const { status, code, text, expunges = true } = outcome
    if (status === 'BAD') this.#errors++
    else this.#errors = 0
    const { view, condstore } = this
    const told = view === undefined || view.isGone ? '' : view.sync({ expunges, uids, condstore })
    return `${told}${tag} ${status} ${code === undefined ? '' : `[${code}] `}${text}\r\n`
  }

  #followed({ startTls, close }: Outcome): Effects {
    if (startTls) return { startTls: this.server.tls }
    if (this.#errors >= this.server.maxErrors) return { close: 'end' }
    return close ? { close: 'end' } : {}
  }

  /** Leave for a literal, or a refusal that spares the client to send it. */
  #literal({ tag = '*', verb, text }: Extract<ImapInput, { kind: 'literal' }>): Effects | undefined {
    try {
      if (verb === 'APPEND') checkAppend(this, text)
    } catch (error) {
      this.decoder.abandon()
      return this.#effects(tag, refusalOf(error))
    }
    return { reply: '+ OK\r\n' }
  }

  #line(text: string): Answer {
    const tag = this.#tag
    if (this.#idling !== undefined) {
      this.endIdle()
      return this.#effects(tag, /^DONE$/i.test(text) ? { status: 'OK', text: 'Idle completed' } : bad('expected DONE'))
    }
    return this.#run({ tag, uid: false }, () => continueAuth(this, text))
  }

  #invalid({ tag = '*', verb, error, literal }: Extract<ImapInput, { kind: 'invalid' }>): Effects | undefined {
    if (literal === undefined) return this.#effects(tag, refusalOf(error))
    const effects = this.#effects(tag, tooBig(verb, literal.size))
    if (!literal.comes || literal.size <= maxDropped) return effects
    return this.#ending(`${effects?.reply}* BYE [TOOBIG] a literal of ${literal.size} octets is on its way\r\n`)
  }

  /** What happened in the mailbox, told during IDLE. */
  #told(): Effects | undefined {
    const { view, condstore } = this
    if (!view?.hasNews) return undefined
    const usual = (): Effects | undefined => {
      if (view.isGone) return this.#ending(deletedBye)
      const said = view.sync({ expunges: true, uids: false, condstore })
      return said === '' ? undefined : { reply: said }
    }
    const answer = this.#meet('push', '*', usual)
    if (!(answer instanceof Promise)) return answer
    void answer.then(late => late !== undefined && this.push(late))
    return undefined
  }

  #ending(reply: string): Effects {
    return this.#noting({ reply, close: 'end' })
  }

  #noting<Some extends Effects | undefined>(effects: Some): Some {
    // Whoever hears that it is over may come again at once.
    if (effects?.close !== undefined) this.closed()
    return effects
  }
}

function joined(pieces: readonly (Uint8Array | string)[]): Uint8Array | string {
  if (pieces.every(piece => typeof piece === 'string')) return pieces.join('')
  return Buffer.concat(pieces.map(piece => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)))
}

function bad(text: string): Outcome {
  return { status: 'BAD', text: printable(text) }
}

function tooBig(verb: string, size: number): Outcome {
  // RFC 4469 §4.2 and RFC 7889 §3: what is too big is refused by NO.
  return { status: verb === 'APPEND' ? 'NO' : 'BAD', code: 'TOOBIG', text: `a literal of ${size} octets is too big` }
}

function outOfPlace(verb: string, state: ImapSessionState, allowedIn: readonly ImapSessionState[]): string {
  if (state === 'not authenticated') return `${verb} is not possible before a login`
  return allowedIn.includes('selected') ? 'No mailbox selected' : `${verb} is not possible after a login`
}

/** A refusal's response; anything else is a bug and goes on. */
function refusalOf(error: unknown): Outcome {
  if (error instanceof ImapRefusal) {
    return { status: error.status, code: error.code, text: printable(error.message) }
  }
  if (error instanceof MailRefusal) {
    return { status: 'NO', code: error.code, text: printable(error.message.replace(/^mail store: /, '')) }
  }
  if (error instanceof ProtocolError) return bad(error.message.replace(/^imap: /, ''))
  throw error
}

const printable = (text: string) => text.replace(/[^\x20-\x7e]/g, '?')
