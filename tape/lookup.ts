// Requests that are looked up one by one, on a connection or as datagrams: what a tape has for the same request, in
// recorded order, and the last of it again and again. A connection goes on in the conversation that it is in, so that
// clients at once do not take turns from each other.

import type { Connection } from '../net/connection.ts'
import type { Flow } from '../net/flow.ts'
import type { Follower, Heard, Outgoing, TapeBody } from '../wire/tape.ts'
import type { ClientHello } from '../wire/tls/client-hello.ts'
import { KeptBody, secretsOf } from './live.ts'
import { type Miss, missOf, valueOfLive } from './miss.ts'
import { awaitTls, isKnown, type TlsStep, tlsOptions } from './opening.ts'
import { Outlet } from './outlet.ts'
import { Past } from './past.ts'
import { type Entry, type Exchange, type Repertoire, tlsKey } from './repertoire.ts'
import type { Stage } from './replay.ts'
import { digesterOf, isReset, keyOf, octetsOfStep, placeOf, type ServerStep, type Step, unfinished } from './script.ts'

/** Where a connection is in the tape. */
interface Place {
  entry: Entry
  /** The place of its last request among the client's turns. */
  asked: number
}

/** Why something is a miss. */
interface Why {
  reason: string
  /** Why nobody could take it over. */
  obstacle?: string | undefined
}

const notThere = 'the client asked for what the tape does not have'
const tooOften = 'the client asked for this more often than it was recorded'
const noTls = 'the client began TLS, and on the tape nobody does'

/** Conversations whose turns a miss is compared with. */
const maxCompared = 200

export class Lookup {
  readonly repertoire: Repertoire
  readonly stage: Stage
  readonly #datagrams: Follower

  constructor(repertoire: Repertoire, stage: Stage) {
    this.repertoire = repertoire
    this.stage = stage
    this.#datagrams = repertoire.form.follow('udp')
  }

  accept(connection: Connection): void {
    new LookupConnection(this, connection)
  }

  datagram(message: Buffer, flow: Flow): void {
    const { form } = this.repertoire
    this.#datagrams.push('client', message)
    for (let heard = this.#datagrams.next(); heard !== undefined; heard = this.#datagrams.next()) {
      if (heard.kind === 'piece' || heard.from !== 'client') continue
      const asked = heard.message
      const key = keyOf(form, asked, undefined)
      const found = this.find(key, asked, undefined)
      if (found === undefined) {
        this.#datagramMissed(asked, message, flow, this.reasonFor(key, asked))
        continue
      }
      for (const step of this.answersTo(found, asked, undefined)) {
        if (step.kind === 'server') flow.send(this.octetsOf(step, asked))
      }
    }
  }

  #datagramMissed(asked: unknown, message: Buffer, flow: Flow, reason: string): void {
    const { form, service } = this.repertoire
    const refuse = (obstacle?: string) => {
      const miss = this.miss(asked, undefined, { reason, obstacle })
      const refusal = form.refuse(asked, `not on the tape: ${miss.reason}`)
      if (refusal.octets !== undefined) flow.send(refusal.octets)
    }
    const { handOver } = this.stage
    if (handOver === undefined) refuse()
    else handOver.datagram(message, flow, service, refuse)
  }

  /** The exchange for a request. Conversations are read as far as it takes to know. */
  find(key: string, asked: unknown, place: Place | undefined): Exchange | undefined {
    return this.findUnused(key, asked, place) ?? this.#findAgain(key, asked, place)
  }

  /** The same, where it was not given yet. */
  findUnused(key: string, asked: unknown, place: Place | undefined): Exchange | undefined {
    const { repertoire } = this
    const known = () => this.#known(key, asked)
    if (place !== undefined) {
      const next = known().find(each => each.entry === place.entry && each.asked > place.asked)
      if (next !== undefined) return next
    }
    for (let seen = 0; ; ) {
      const exchanges = known()
      for (; seen < exchanges.length; seen++) {
        const each = exchanges[seen]!
        const isFree = each.entry.followed === 0 || each.entry === place?.entry
        if (isFree && !each.entry.used?.has(each.asked)) return each
      }
      if (repertoire.next() === undefined) return undefined
      // Another one may be preferred now, which makes the list another.
      seen = 0
    }
  }

  /** Once all are read. */
  #findAgain(key: string, asked: unknown, place: Place | undefined): Exchange | undefined {
    const exchanges = this.#known(key, asked)
    if (this.stage.strict) return exchanges.find(each => !each.entry.used?.has(each.asked))
    // Somebody else is in the middle of the only conversation that has it: this client begins it too.
    const together = place === undefined ? exchanges.findLast(each => each.entry.followed > 0) : undefined
    if (together !== undefined) return exchanges.find(each => each.entry === together.entry)
    return exchanges.findLast(each => each.entry === place?.entry) ?? exchanges.at(-1)
  }

  #known(key: string, asked: unknown): readonly Exchange[] {
    const { repertoire } = this
    const preference = repertoire.form.preference?.(asked) ?? ''
    return preferred(repertoire.exchanges(repertoire.keyNumber(key)), preference)
  }

  /** Why nothing was found. */
  reasonFor(key: string, asked: unknown): string {
    return this.#known(key, asked).length > 0 ? tooOften : notThere
  }

  /** Marks an exchange as given, and gives what follows the request. */
  answersTo({ entry, asked }: Exchange, message: unknown, body: TapeBody | undefined): readonly Step[] {
    const script = this.repertoire.script(entry)
    entry.used ??= new Set()
    entry.used.add(asked)
    const answers = script.answers[asked]!
    const step = script.steps[placeOf(script, asked)]
    if (step?.kind === 'client' && step.hasSecrets) {
      this.stage.bindings.bind(step.value, secretsOf(this.repertoire.form, message, body))
    }
    return answers
  }

  outgoing(step: ServerStep, asked: unknown): Outgoing {
    const { form } = this.repertoire
    const parts = octetsOfStep(step, form, this.stage.reveal)
    if (form.fit === undefined || !parts.every(Buffer.isBuffer)) return parts
    return [form.fit(parts.length === 1 ? parts[0]! : Buffer.concat(parts), asked)]
  }

  /** A datagram; what lies beside the tape is read. */
  octetsOf(step: ServerStep, asked: unknown): Buffer {
    return Buffer.concat(this.outgoing(step, asked).filter(Buffer.isBuffer))
  }

  miss(asked: unknown, body: TapeBody | undefined, { reason, obstacle }: Why): Miss {
    const { form, service, entries } = this.repertoire
    const candidates = entries
      .slice(0, maxCompared)
      .flatMap(entry =>
        this.repertoire
          .script(entry)
          .steps.flatMap(step =>
            step.kind === 'client' ? [{ where: entry.tape.where(step.line), value: step.value }] : [],
          ),
      )
    const miss = missOf(
      service,
      obstacle === undefined ? reason : `${reason}; ${obstacle}`,
      asked === undefined ? undefined : valueOfLive(form, asked, body),
      candidates,
      form,
    )
    this.stage.misses.add(miss)
    return miss
  }
}

/** Those that a server would choose for what the client prefers, where there are any. */
function preferred(exchanges: readonly Exchange[], preference: string): readonly Exchange[] {
  const first = exchanges[0]
  if (first === undefined || exchanges.every(each => each.preference === first.preference)) return exchanges
  const same = exchanges.filter(each => each.preference === preference)
  return same.length > 0 ? same : exchanges
}

class LookupConnection {
  readonly #lookup: Lookup
  readonly #connection: Connection
  readonly #outlet: Outlet
  readonly #follower: Follower
  /** Kept where somebody takes over what the tape does not have. */
  readonly #past: Past | undefined
  #place: Place | undefined
  #body: KeptBody | undefined
  #hasBid = false
  /** The answer has been said before the message was through. */
  #isAhead = false
  /** Something is being said that has to end first. */
  #isBusy = false
  #isDone = false
  #clientHasEnded = false

  constructor(lookup: Lookup, connection: Connection) {
    this.#lookup = lookup
    this.#connection = connection
    this.#outlet = new Outlet(connection)
    this.#follower = lookup.repertoire.form.follow('tcp')
    this.#past = lookup.stage.handOver && new Past(lookup.repertoire.form)
    connection.onData = chunk => {
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
    awaitTls(connection, hello => this.#startTls(hello))
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
      if (heard === undefined) break
      if (heard.kind !== 'piece' && heard.from === 'server') continue
      this.#message(heard)
    }
    if (this.#clientHasEnded && !this.#isBusy && !this.#isDone) {
      this.#isDone = true
      this.#outlet.after(() => this.#connection.end())
    }
  }

  #message(heard: Heard): void {
    const { form } = this.#lookup.repertoire
    if (heard.kind === 'piece') this.#body?.push(heard.octets)
    else if (heard.kind === 'begin') {
      this.#body = new KeptBody(digesterOf(form, heard.message))
      const bid = form.begun?.(heard.message)
      this.#hasBid = bid !== undefined
      if (bid !== undefined) this.#bid(bid, heard.message)
    } else if (this.#isAhead) {
      this.#isAhead = false
      this.#past?.heard(keyOf(form, heard.message, unfinished))
    } else this.#ask(heard.message)
  }

  /** A client that waits with its body is bid to send it, unless the server answered then and there. */
  #bid(bid: Buffer, message: unknown): void {
    const { form } = this.#lookup.repertoire
    const found = this.#lookup.findUnused(keyOf(form, message, unfinished), message, this.#place)
    if (found === undefined) {
      this.#outlet.send([bid], '')
      return
    }
    this.#hasBid = false
    this.#body = undefined
    this.#isAhead = true
    this.#answer(found, message, undefined)
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
