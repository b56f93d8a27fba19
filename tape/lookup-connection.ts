// A live connection whose requests are looked up one by one: it says what the tape has for each, in order, and refuses what
// the tape does not have.

import type { Connection } from '../net/connection.ts'
import { afterTurns, silentTurns } from '../net/turn.ts'
import type { Follower, Heard, TapeBody } from '../wire/tape.ts'
import type { ClientHello } from '../wire/tls/client-hello.ts'
import { KeptBody } from './live.ts'
import type { Ahead, Lookup, Place } from './lookup.ts'
import type { Miss } from './miss.ts'
import { awaitTls, isKnown, type TlsStep, tlsOptions } from './opening.ts'
import { Outlet } from './outlet.ts'
import { Past } from './past.ts'
import { type Exchange, tlsKey } from './repertoire.ts'
import { digesterOf, isReset, keyOf, type Step, unfinished } from './script.ts'
import { patienceOf } from './stopped-hello.ts'

const noTls = 'the client began TLS, and on the tape nobody does'

export class LookupConnection {
  readonly #lookup: Lookup
  readonly #connection: Connection
  readonly #outlet: Outlet
  readonly #follower: Follower
  /** Kept where somebody takes over what the tape does not have. */
  readonly #past: Past | undefined
  #place: Place | undefined
  #body: KeptBody | undefined
  /** The message whose body is coming, and what is said to it before it is through. */
  #begun: { readonly message: unknown; bid: Buffer | undefined; ahead: Ahead | 'none' | undefined } | undefined
  #hasBid = false
  /** The answer has been said before the message was through. */
  #isAhead = false
  /** Something is being said that has to end first. */
  #isBusy = false
  #isDone = false
  #clientHasEnded = false
  /** How often the client has said something. */
  #heard = 0

  constructor(lookup: Lookup, connection: Connection) {
    this.#lookup = lookup
    this.#connection = connection
    this.#outlet = new Outlet(connection)
    this.#follower = lookup.repertoire.form.follow('tcp')
    this.#follower.played?.()
    this.#past = lookup.stage.handOver && new Past(lookup.repertoire.form)
    connection.onData = chunk => {
      this.#heard++
      this.#past?.client(chunk)
      if (this.#isDone) return
      this.#follower.push('client', chunk)
      this.#drain()
    }
    connection.onEnd = () => {
      this.#clientHasEnded = true
      this.#past?.ended()
      this.#follower.end('client')
      this.#drain()
    }
    connection.onClose = () => {
      this.#isDone = true
      this.#leave()
    }
    const patience = patienceOf(lookup.stage, lookup.repertoire, head => this.#isAnswered(head))
    awaitTls(connection, hello => this.#startTls(hello), patience)
  }

  /** Whether the tape has something that was done about these octets. */
  #isAnswered(head: Buffer): boolean {
    const follower = this.#lookup.repertoire.form.follow('tcp')
    follower.push('client', head)
    const heard = follower.next()
    return heard !== undefined && heard.kind !== 'piece' && this.#lookup.isAnswered(heard.message, head, undefined)
  }

  #startTls(hello: ClientHello): void {
    const step = this.#firstTls(hello.alpn)
    if (step === undefined) {
      this.#missed(undefined, undefined, noTls, hello)
      return
    }
    const { host } = this.#lookup.repertoire.service
    this.#connection.startTls(tlsOptions(host, step, hello), () => {
      this.#follower.secured()
      this.#past?.secured()
    })
  }

  /** The first that the client can have, else the first. */
  #firstTls(offered: readonly string[]): TlsStep | undefined {
    const { repertoire } = this.#lookup
    let first: TlsStep | undefined
    for (let at = 0; ; at++) {
      const entry = repertoire.entries[at] ?? repertoire.next()
      if (entry === undefined) return first
      if (entry.keys[0] !== tlsKey) continue
      const step = repertoire.script(entry).steps.find(each => each.kind === 'tls')!
      if (isKnown(step, offered)) return step
      first ??= step
    }
  }

  #drain(): void {
    while (!this.#isBusy && !this.#isDone) {
      const heard = this.#follower.next()
      if (heard === undefined && this.#answersAhead()) continue
      if (heard === undefined) break
      if (heard.kind !== 'piece' && heard.from === 'server') continue
      this.#message(heard)
    }
    if (this.#isBusy || this.#isDone) return
    if (this.#clientHasEnded) {
      this.#isDone = true
      this.#outlet.after(() => this.#connection.end())
    } else if (this.#body !== undefined) this.#whenSilent(() => this.#answersStopped())
    else if (this.#follower.unheard !== undefined) this.#whenSilent(() => this.#giveUp())
  }

  /** Calls `then` where the client says nothing more for a while. */
  #whenSilent(then: () => void): void {
    const before = this.#heard
    afterTurns(silentTurns, () => {
      if (this.#heard === before && !this.#isBusy && !this.#isDone && !this.#clientHasEnded) then()
    })
  }

  /** A message that stops in the middle is answered where one on the tape was that stopped there. */
  #giveUp(): void {
    const { unheard } = this.#follower
    if (unheard === undefined || !this.#lookup.isAnswered(unheard.message, unheard.octets, this.#place)) return
    this.#follower.giveUp!()
    this.#drain()
  }

  #message(heard: Heard): void {
    const { form } = this.#lookup.repertoire
    if (heard.kind === 'piece') this.#body?.push(heard.octets)
    else if (heard.kind === 'begin') {
      this.#body = new KeptBody(digesterOf(form, heard.message))
      this.#hasBid = false
      this.#begun = { message: heard.message, bid: form.begun?.(heard.message), ahead: undefined }
    } else if (this.#isAhead) {
      this.#isAhead = false
      this.#past?.heard(keyOf(form, heard.message, unfinished))
    } else this.#ask(heard.message)
  }

  /** A client that waits with its body is bid to send it, unless the server answered then and there. */
  #bid(bid: Buffer, message: unknown): void {
    const ahead = this.#lookup.findAhead(message, this.#place)
    if (ahead === undefined || (ahead.bids && ahead.size > 0)) {
      this.#hasBid = true
      this.#outlet.send([bid], '')
      return
    }
    this.#answerAhead(ahead.found, message)
  }

  /** Nothing more has come: a request that the tape answers by now is answered, for its client may wait for that. */
  #answersAhead(): boolean {
    if (this.#body === undefined || this.#begun === undefined) return false
    const { message, bid } = this.#begun
    if (bid !== undefined) {
      this.#begun.bid = undefined
      this.#bid(bid, message)
      return true
    }
    this.#begun.ahead ??= this.#lookup.findAhead(message, this.#place) ?? 'none'
    const { ahead } = this.#begun
    if (ahead === 'none' || !ahead.isAnswered || this.#body.size < ahead.size) return false
    this.#answerAhead(ahead.found, message)
    return true
  }

  /** A body that stops in the middle is answered where one on the tape was, whose rest came after that. */
  #answersStopped(): void {
    if (this.#body === undefined || this.#begun === undefined) return
    const { message } = this.#begun
    const found = this.#lookup.findStopped(message, this.#body.shown, this.#place)
    if (found === undefined) return
    this.#answerAhead(found, message)
    this.#drain()
  }

  #answerAhead(found: Exchange, message: unknown): void {
    const body = this.#body
    this.#body = undefined
    this.#isAhead = true
    this.#answer(found, message, body)
  }

  #ask(message: unknown): void {
    const body = this.#body
    this.#body = undefined
    const { form } = this.#lookup.repertoire
    const key = keyOf(form, message, body?.digest())
    const found =
      this.#lookup.find(key, message, this.#place) ??
      this.#lookup.find(keyOf(form, message, unfinished), message, this.#place)
    if (found === undefined) {
      this.#past?.missed(key)
      this.#missed(message, body?.shown, this.#lookup.reasonFor(key, message))
      return
    }
    this.#past?.heard(key)
    this.#answer(found, message, body)
  }

  #answer(found: Exchange, message: unknown, body: KeptBody | undefined): void {
    if (this.#place?.entry !== found.entry) {
      this.#leave()
      found.entry.followed++
      found.entry.taken++
    }
    this.#place = { entry: found.entry, asked: found.asked }
    this.#say(this.#lookup.answersTo(found, message, body?.shown), 0, message)
  }

  #say(steps: readonly Step[], from: number, asked: unknown): void {
    const { stage } = this.#lookup
    const { folder } = this.#place!.entry.tape
    this.#isBusy = true
    for (let at = from; at < steps.length; at++) {
      const step = steps[at]!
      if (step.kind === 'server') {
        if (step.scripted.goAhead && this.#hasBid) continue
        this.#outlet.send(this.#lookup.outgoing(step, asked), folder)
        this.#follower.said(step.scripted.message)
        this.#past?.said(step.scripted.message, undefined)
        if (!step.scripted.closes) continue
        this.#end(isReset(steps[at + 1]) ? 'reset' : 'close')
        return
      } else if (step.kind === 'pause' && stage.realSpeed) {
        const go = () => stage.network.clock.after(step.ms, () => this.#isDone || this.#say(steps, at + 1, asked))
        this.#outlet.after(() => void go())
        return
      }
      if ((step.kind === 'end' || step.kind === 'reset') && step.from === 'server') {
        this.#end(step.kind === 'end' ? 'close' : 'reset')
        return
      }
    }
    this.#hasBid = false
    if (this.#outlet.isIdle) this.#isBusy = false
    else {
      this.#outlet.after(() => {
        this.#isBusy = false
        this.#drain()
      })
    }
  }

  #end(how: 'close' | 'reset'): void {
    this.#isDone = true
    this.#outlet.after(() => this.#connection[how]())
  }

  #missed(asked: unknown, body: TapeBody | undefined, reason: string, hello?: ClientHello): void {
    const { repertoire, stage } = this.#lookup
    const refuse = (obstacle?: string) => this.#refuse(asked, this.#lookup.miss(asked, body, { reason, obstacle }))
    if (stage.handOver === undefined) {
      refuse()
      return
    }
    this.#isBusy = true
    this.#leave()
    const stay = (obstacle: string) => {
      this.#isBusy = false
      this.#past!.heard('')
      refuse(obstacle)
      this.#drain()
    }
    stage.handOver.connection(this.#connection, repertoire, this.#past!, stay, hello)
  }

  #refuse(asked: unknown, { reason }: Miss): void {
    const refusal = this.#lookup.repertoire.form.refuse(asked, `not on the tape: ${reason}`)
    if (refusal.octets !== undefined) this.#outlet.send([refusal.octets], '')
    if (refusal.link === 'reset') this.#end('reset')
    else if (refusal.link === 'end') this.#end('close')
  }

  #leave(): void {
    if (this.#place !== undefined) this.#place.entry.followed--
    this.#place = undefined
  }
}
