// A live connection that follows recorded conversations turn by turn. It stays with one while that fits, and goes over to
// another where the client says what only the other has: what was recorded first and not given yet comes first.

import type { Connection } from '../net/connection.ts'
import type { Follower, Heard, TapeValue } from '../wire/tape.ts'
import type { ClientHello } from '../wire/tls/client-hello.ts'
import { areAlike, type Expectation, expectationOf } from './expectation.ts'
import { KeptBody, secretsOf } from './live.ts'
import { liveOctets, missOf, valueOfLive } from './miss.ts'
import { awaitTls, isKnown, type TlsStep, tlsOptions } from './opening.ts'
import { Outlet } from './outlet.ts'
import { Past } from './past.ts'
import { type Entry, type Repertoire, tlsKey } from './repertoire.ts'
import type { Stage } from './replay.ts'
import { digesterOf, isReset, keyOf, placeOf, type Step } from './script.ts'
import { beginsStream, patienceOf } from './stopped-hello.ts'
import { Voice } from './voice.ts'

type ClientStep = Extract<Step, { kind: 'client' }>

/** Octets of what a client said last that are kept to be compared with other conversations. */
const maxKept = 64 * 1024

export class Walk {
  readonly #repertoire: Repertoire
  readonly #stage: Stage
  readonly #connection: Connection
  readonly #outlet: Outlet
  readonly #follower: Follower
  readonly #voice: Voice
  /** Kept where somebody takes over what the tape does not have. */
  readonly #past: Past | undefined
  /** The keys of what the client has said so far; for a stream only their number and TLS count. */
  readonly #path: number[] = []
  #entry: Entry
  /** The next step of the conversation that is followed. */
  #at = 0
  #state: 'playing' | 'listening' | 'waiting' | 'done' = 'playing'
  #clientHasEnded = false
  #body: KeptBody | undefined
  /** Of a stream: what is expected, what of it has come, and what has come beyond. */
  #expectation: Expectation | undefined
  #said: Buffer[] = []
  #ahead: Buffer[] = []

  constructor(repertoire: Repertoire, stage: Stage, connection: Connection) {
    this.#repertoire = repertoire
    this.#stage = stage
    this.#connection = connection
    this.#outlet = new Outlet(connection)
    this.#follower = repertoire.form.follow('tcp')
    this.#past = stage.handOver && new Past(repertoire.form)
    this.#voice = new Voice(repertoire.form, stage.reveal, this.#outlet, this.#follower, this.#past)
    const entry = this.#choose(() => true)
    this.#entry = entry ?? repertoire.entries.at(-1)!
    this.#take(this.#entry)
    connection.onData = chunk => this.#heard(chunk)
    connection.onEnd = () => this.#ended()
    connection.onClose = () => {
      this.#state = 'done'
      this.#entry.followed--
    }
    if (entry === undefined) {
      this.#miss('this is one conversation more than was recorded', undefined, [])
      return
    }
    const [first] = this.#steps
    if (first?.kind === 'tls' || first?.kind === 'client') {
      const patience = patienceOf(stage, repertoire, head => beginsStream(repertoire, head))
      awaitTls(connection, hello => this.#tlsFromStart(hello), patience)
    }
    this.#play()
  }

  get #steps(): readonly Step[] {
    return this.#repertoire.script(this.#entry).steps
  }

  /** Says what comes next, up to where the client is to speak. */
  #play(): void {
    const { steps, tape } = this.#repertoire.script(this.#entry)
    this.#state = 'playing'
    for (;;) {
      const step = steps[this.#at]
      if (step === undefined) break
      if (step.kind === 'client') break
      if (step.kind === 'tls' && this.#at === 0) break // the client begins it
      this.#at++
      if (step.kind === 'server') {
        this.#voice.say(step, tape.folder)
        if (!step.scripted.closes) continue
        this.#end(isReset(steps[this.#at]) ? 'reset' : 'close')
        return
      }
      if (step.kind === 'tls') {
        this.#startTls(step)
        return
      }
      if (step.kind === 'pause' && this.#stage.realSpeed) {
        this.#pause(step.ms)
        return
      }
      if (step.kind === 'end' && step.from === 'server') this.#outlet.after(() => this.#connection.end())
      else if (step.kind === 'end' && !this.#clientHasEnded) {
        this.#state = 'waiting'
        return
      } else if (isReset(step)) {
        this.#end('reset')
        return
      }
    }
    this.#state = 'listening'
    this.#expect(steps[this.#at])
    this.#listen()
    if (this.#clientHasEnded && this.#state === 'listening') this.#outlet.after(() => this.#connection.end())
  }

  #end(how: 'close' | 'reset'): void {
    this.#state = 'done'
    this.#outlet.after(() => this.#connection[how]())
  }

  #pause(ms: number): void {
    this.#state = 'waiting'
    this.#outlet.after(() =>
      this.#stage.network.clock.after(ms, () => {
        if (this.#state === 'waiting') this.#play()
      }),
    )
  }

  #startTls(step: TlsStep, hello?: ClientHello): void {
    this.#state = 'waiting'
    this.#path.push(tlsKey)
    this.#outlet.after(() => {
      this.#connection.startTls(tlsOptions(this.#repertoire.service.host, step, hello), () => {
        this.#follower.secured()
        this.#past?.secured()
        this.#play()
      })
    })
  }

  /** The client's first octets begin TLS. */
  #tlsFromStart(hello: ClientHello): void {
    const begins = (entry: Entry) => entry.keys[0] === tlsKey
    const suits = (entry: Entry) => begins(entry) && isKnown(this.#stepOf(entry, 0) as TlsStep, hello.alpn)
    if (!this.#goOn(suits) && !this.#goOn(begins)) {
      this.#miss('the client began TLS, and on the tape nobody does', undefined, [], undefined, hello)
      return
    }
    const step = this.#steps[this.#at++]
    if (step?.kind === 'tls') this.#startTls(step, hello)
  }

  #heard(chunk: Buffer): void {
    this.#past?.client(chunk)
    if (this.#state === 'done') return
    if (this.#repertoire.kind === 'stream') this.#ahead.push(chunk)
    else this.#follower.push('client', chunk)
    // Its end is waited for, and it says more.
    if (this.#state === 'waiting' && this.#steps[this.#at - 1]?.kind === 'end') {
      this.#state = 'listening'
      this.#expect(undefined)
    }
    if (this.#state === 'listening') this.#listen()
  }

  #ended(): void {
    this.#clientHasEnded = true
    this.#past?.ended()
    if (this.#repertoire.kind !== 'stream') this.#follower.end('client')
    if (this.#state === 'listening') this.#listen()
    const next = this.#steps[this.#at - 1]
    if (this.#state === 'waiting' && next?.kind === 'end') this.#play()
    else if (this.#state === 'listening' && !this.#goesOnAfterEnd()) this.#outlet.after(() => this.#connection.end())
  }

  /** Whether the conversation has something to say once the client has ended. */
  #goesOnAfterEnd(): boolean {
    const step = this.#steps[this.#at]
    if (step?.kind !== 'end' || step.from !== 'client') return false
    this.#play()
    return true
  }

  #listen(): void {
    if (this.#repertoire.kind === 'stream') this.#compare()
    else this.#drain()
  }

  /** One message at a time: what is said to it may change what the next one means. */
  #drain(): void {
    while (this.#state === 'listening') {
      const heard = this.#follower.next()
      if (heard === undefined) return
      if (heard.kind !== 'piece' && heard.from === 'server') continue
      this.#message(heard)
    }
  }

  #message(heard: Heard): void {
    const { form } = this.#repertoire
    if (heard.kind === 'piece') {
      this.#body?.push(heard.octets)
      return
    }
    if (heard.kind === 'begin') {
      this.#body = new KeptBody(digesterOf(form, heard.message))
      const bid = form.begun?.(heard.message)
      if (bid !== undefined) this.#outlet.send([bid], '')
      return
    }
    const body = this.#body
    this.#body = undefined
    const key = keyOf(form, heard.message, body?.digest())
    const asked = this.#path.length
    const fits = (entry: Entry) =>
      entry.keys[asked] !== undefined && entry.keys[asked] === this.#repertoire.keyNumber(key)
    let said: ReadonlyMap<string, string[]> | undefined
    const secrets = () => (said ??= secretsOf(form, heard.message, body?.shown))
    const agrees = (entry: Entry) => {
      const step = this.#stepOf(entry, asked)
      return step?.kind !== 'client' || !step.hasSecrets || this.#stage.bindings.agree(step.value, secrets())
    }
    if (!this.#goOn(entry => fits(entry) && agrees(entry)) && !this.#goOn(fits)) {
      const value = valueOfLive(form, heard.message, body?.shown)
      this.#past?.missed(key)
      this.#miss('the client said what the tape does not have here', heard.message, [], value)
      return
    }
    const step = this.#steps[this.#at++] as ClientStep
    if (step.hasSecrets) this.#stage.bindings.bind(step.value, secrets())
    this.#past?.heard(key)
    this.#answered(this.#entry.keys[asked]!)
    this.#voice.answered(step.scripted.message, heard.message)
    this.#play()
  }

  #answered(key: number): void {
    this.#entry.used ??= new Set()
    this.#entry.used.add(this.#path.length)
    this.#path.push(key)
  }

  /** Prepares for the client's next turn of a stream. */
  #expect(step: Step | undefined): void {
    if (this.#repertoire.kind !== 'stream') return
    this.#expectation = expectationOf(bodyOf(step), this.#repertoire.script(this.#entry).tape.folder)
    this.#said = []
  }

  #compare(): void {
    while (this.#state === 'listening') {
      const chunk = this.#ahead.shift()
      if (chunk === undefined) {
        if (this.#clientHasEnded && this.#expectation?.isDone) this.#turnIsOver()
        return
      }
      let taken = this.#expectation?.isDone ? 'no' : (this.#expectation?.take(chunk) ?? 'no')
      if (taken === 'no') taken = this.#elsewhere(Buffer.concat([...this.#said, chunk]), chunk.length)
      if (taken === 'no') {
        this.#miss('the client said octets that the tape does not have here', undefined, [chunk])
        return
      }
      if (taken < chunk.length) this.#ahead.unshift(chunk.subarray(taken))
      const kept = this.#said.reduce((sum, each) => sum + each.length, 0)
      if (kept < maxKept) this.#said.push(chunk.subarray(0, taken))
      if (!this.#expectation!.isDone || this.#isOverByEnd(this.#entry)) continue
      this.#turnIsOver()
      return
    }
  }

  /** The client's next turn of a conversation may be its last: then it is over when the client has ended. */
  #isOverByEnd(entry: Entry): boolean {
    const next = this.#repertoire.script(entry).steps[placeOf(this.#repertoire.script(entry), this.#path.length) + 1]
    return next?.kind === 'end' && next.from === 'client'
  }

  #turnIsOver(): void {
    this.#at++
    this.#past?.over(this.#expectation!.size)
    this.#answered(-1)
    this.#play()
  }

  /** Goes over to another conversation of a stream that has all that was said so far. */
  #elsewhere(said: Buffer, last: number): number | 'no' {
    const asked = this.#path.length
    let found: { expectation: Expectation; taken: number } | undefined
    const fits = (entry: Entry) => {
      const step = this.#stepOf(entry, asked)
      const expectation = expectationOf(bodyOf(step), entry.tape.folder)
      const taken = expectation?.take(said) ?? 'no'
      if (taken === 'no' || !this.#saidTheSame(entry, asked)) return false
      if (taken < said.length && this.#isOverByEnd(entry)) return false
      found = { expectation: expectation!, taken }
      return true
    }
    if (!this.#goOn(fits)) return 'no'
    this.#expectation = found!.expectation
    return Math.max(0, found!.taken - (said.length - last))
  }

  /** Whether another conversation of a stream has the same turns of the client up to here. */
  #saidTheSame(entry: Entry, asked: number): boolean {
    for (let at = 0; at < asked; at++) {
      if (!areAlike(bodyOf(this.#stepOf(this.#entry, at)), bodyOf(this.#stepOf(entry, at)))) return false
    }
    return true
  }

  /** Makes the conversation that is followed one that fits; false where there is none. */
  #goOn(fits: (entry: Entry) => boolean): boolean {
    if (this.#isOnPath(this.#entry) && fits(this.#entry)) return true
    const entry = this.#choose(fits)
    if (entry === undefined) return false
    this.#entry.taken--
    this.#entry.followed--
    this.#take(entry)
    // It has all that was said so far.
    entry.used ??= new Set()
    for (const asked of this.#path.keys()) entry.used.add(asked)
    this.#at = placeOf(this.#repertoire.script(entry), this.#path.length)
    return true
  }

  #take(entry: Entry): void {
    this.#entry = entry
    entry.taken++
    entry.followed++
  }

  /** The first conversation that fits and was not given yet, else the last one that fits. */
  #choose(fits: (entry: Entry) => boolean): Entry | undefined {
    const { entries } = this.#repertoire
    const suits = (entry: Entry) => this.#isOnPath(entry) && fits(entry)
    for (let at = 0; ; at++) {
      const entry = entries[at] ?? this.#repertoire.next()
      if (entry === undefined) break
      if (entry.taken === 0 && suits(entry)) return entry
    }
    return this.#stage.strict ? undefined : entries.findLast(suits)
  }

  #isOnPath({ keys }: Entry): boolean {
    return this.#path.every((key, at) => keys[at] === key)
  }

  #stepOf(entry: Entry, asked: number): Step | undefined {
    const script = this.#repertoire.script(entry)
    return script.steps[placeOf(script, asked)]
  }

  #miss(
    reason: string,
    asked: unknown,
    octets: readonly Buffer[],
    value: TapeValue | undefined = liveOctets(octets),
    hello?: ClientHello,
  ): void {
    this.#state = 'done'
    const { handOver } = this.#stage
    if (handOver === undefined) {
      this.#refuse(reason, asked, value)
      return
    }
    // The conversation was not given to its end.
    this.#entry.taken--
    this.#entry.followed--
    this.#connection.onClose = () => {}
    const refuse = (obstacle: string) => this.#refuse(reason, asked, value, `; ${obstacle}`)
    this.#outlet.after(() => handOver.connection(this.#connection, this.#repertoire, this.#past!, refuse, hello))
  }

  #refuse(reason: string, asked: unknown, value: TapeValue | undefined, obstacle = ''): void {
    const { form, service, entries } = this.#repertoire
    const candidates = [this.#entry, ...entries.filter(entry => entry !== this.#entry)]
      .filter(entry => this.#isOnPath(entry))
      .slice(0, 50)
      .flatMap(entry => {
        const step = this.#stepOf(entry, this.#path.length)
        return step?.kind === 'client' ? [{ where: entry.tape.where(step.line), value: step.value }] : []
      })
    const end = candidates.length === 0 && reason.endsWith('here') ? ': it has come to its end' : ''
    const why = `${reason}${end}${obstacle}`
    this.#stage.misses.add(missOf(service, why, value, candidates, form))
    const refusal = form.refuse(asked, `not on the tape: ${why}`)
    if (refusal.octets !== undefined) this.#outlet.send([refusal.octets], '')
    if (refusal.link === 'reset') this.#connection.reset()
    else this.#outlet.after(() => this.#connection.close())
  }
}

function bodyOf(step: Step | undefined) {
  return step?.kind === 'client' ? step.scripted.body : undefined
}
