// Requests that are looked up one by one, on a connection or as datagrams: what a tape has for the same request, in
// recorded order, and the last of it again and again. A connection goes on in the conversation that it is in, so that
// clients at once do not take turns from each other.

import type { Connection } from '../net/connection.ts'
import type { Flow } from '../net/flow.ts'
import type { Follower, Outgoing, TapeBody } from '../wire/tape.ts'
import { secretsOf } from './live.ts'
import { LookupConnection } from './lookup-connection.ts'
import { type Miss, missOf, valueOfLive } from './miss.ts'
import type { Entry, Exchange, Repertoire } from './repertoire.ts'
import type { Stage } from './replay.ts'
import {
  begun,
  type ClientStep,
  digesterOf,
  keyOf,
  octetsOfStep,
  placeOf,
  type ServerStep,
  type Step,
} from './script.ts'

/** Where a connection is in the tape. */
export interface Place {
  entry: Entry
  /** The place of its last request among the client's turns. */
  asked: number
}

/** What was said to a request that had not come whole. */
export interface Ahead {
  readonly found: Exchange
  /** With more than that it may go on. */
  readonly isAnswered: boolean
  /** The client was bid to go on before that. */
  readonly bids: boolean
  /** Octets of the body that had come. */
  readonly size: number
}

type Suits = (exchange: Exchange) => boolean

/** Why something is a miss. */
interface Why {
  reason: string
  /** Why nobody could take it over. */
  obstacle?: string | undefined
}

const notThere = 'the client asked for what the tape does not have'
const tooOften = 'the client asked for this more often than it was recorded'

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
  find(key: string, asked: unknown, place: Place | undefined, suits?: Suits): Exchange | undefined {
    return this.findUnused(key, asked, place, suits) ?? this.#findAgain(key, asked, place, suits)
  }

  /** The same, where it was not given yet. */
  findUnused(key: string, asked: unknown, place: Place | undefined, suits?: Suits): Exchange | undefined {
    const { repertoire } = this
    const known = () => this.#known(key, asked, suits)
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
  #findAgain(key: string, asked: unknown, place: Place | undefined, suits?: Suits): Exchange | undefined {
    const exchanges = this.#known(key, asked, suits)
    if (this.stage.strict) return exchanges.find(each => !each.entry.used?.has(each.asked))
    // Somebody else is in the middle of the only conversation that has it: this client begins it too.
    const together = place === undefined ? exchanges.findLast(each => each.entry.followed > 0) : undefined
    if (together !== undefined) return exchanges.find(each => each.entry === together.entry)
    return exchanges.findLast(each => each.entry === place?.entry) ?? exchanges.at(-1)
  }

  /** What the tape answers before the request is through, where that is what it has next for a request that has begun. */
  findAhead(asked: unknown, place: Place | undefined): Ahead | undefined {
    const found = this.find(keyOf(this.repertoire.form, asked, begun), asked, place)
    if (found === undefined) return undefined
    const { step, answers } = this.#turn(found)
    if (step === undefined || (!step.scripted.unfinished && step.scripted.answeredAt !== 0)) return undefined
    const { body, answeredAt = Infinity } = step.scripted
    const size = Math.min(leastSize(body!), answeredAt)
    const bids = answers.some(each => each.kind === 'server' && each.scripted.goAhead)
    return { found, isAnswered: answers.some(isAnswer), bids, size }
  }

  /** What the tape answers to a request whose client says nothing more before that, though the rest came later then. */
  findStopped(asked: unknown, body: TapeBody, place: Place | undefined): Exchange | undefined {
    return this.find(keyOf(this.repertoire.form, asked, begun), asked, place, each => {
      const { answeredAt, body: taped } = this.#turn(each).step?.scripted ?? {}
      return answeredAt !== undefined && body.size >= answeredAt && mayBegin(taped!, body)
    })
  }

  #turn({ entry, asked }: Exchange): { step: ClientStep | undefined; answers: readonly Step[] } {
    const script = this.repertoire.script(entry)
    const step = script.steps[placeOf(script, asked)]
    return { step: step?.kind === 'client' ? step : undefined, answers: script.answers[asked]! }
  }

  /** Whether the tape has these octets with something that the server did about them. */
  isAnswered(asked: unknown, octets: Buffer, place: Place | undefined): boolean {
    const { form } = this.repertoire
    const digester = digesterOf(form, asked)
    digester.push(octets)
    const found = this.find(keyOf(form, asked, digester.digest()), asked, place)
    return found !== undefined && this.#turn(found).answers.some(isAnswer)
  }

  #known(key: string, asked: unknown, suits?: Suits): readonly Exchange[] {
    const { repertoire } = this
    const preference = repertoire.form.preference?.(asked) ?? ''
    const known = repertoire.exchanges(repertoire.keyNumber(key))
    return preferred(suits === undefined ? known : known.filter(suits), preference)
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

/** Whether the server did something, and did not only bid the client to go on. */
function isAnswer(step: Step): boolean {
  if (step.kind === 'server') return !step.scripted.goAhead
  return (step.kind === 'end' || step.kind === 'reset') && step.from === 'server'
}

/** Without what stands for secrets, which may be as short as they like. */
function leastSize({ size, octets, secrets }: TapeBody): number {
  if (!secrets || octets === undefined) return size
  return Buffer.byteLength(octets.toString().replace(/‹secret:[^›]*›/g, ''))
}

/** Whether what has come of a body can be the beginning of one on the tape, as far as its octets are at hand. */
function mayBegin({ octets, secrets }: TapeBody, { octets: come }: TapeBody): boolean {
  if (octets === undefined || come === undefined || secrets) return true
  return octets.subarray(0, come.length).equals(come)
}

/** Those that a server would choose for what the client prefers, where there are any. */
function preferred(exchanges: readonly Exchange[], preference: string): readonly Exchange[] {
  const first = exchanges[0]
  if (first === undefined || exchanges.every(each => each.preference === first.preference)) return exchanges
  const same = exchanges.filter(each => each.preference === preference)
  return same.length > 0 ? same : exchanges
}
