// When on a link a fault is due: after so many octets of a side, or at a message, by its number or by what it says.

import { UsageError } from '../net/errors.ts'
import type { Crossing, Stage } from '../net/fault.ts'
import type { Link } from '../net/link.ts'
import { afterTurns, silentTurns } from '../net/turn.ts'
import { protocols } from '../protocols.ts'
import type { Side } from '../wire/decoder.ts'
import type { Conversation, Wire } from '../wire/wire.ts'

/** One of the two, or neither for the first octets. */
export interface Moment {
  /** Whose octets and messages are counted. Default: the server's for octets; for messages both, but the client's by number. */
  from?: Side
  /** Octets of the side that are let through before. */
  afterBytes?: number
  /**
   * A message: its number, from 1, among those of its side, or what it says, as `backlot trace` shows it: a pattern, or a
   * text that is in it. A pattern may be written as text: `'/^RCPT/i'`.
   */
  at?: number | RegExp | string
}

export const momentOptions: readonly string[] = ['from', 'afterBytes', 'at']

/** A piece of what a side says. */
export interface Piece {
  readonly octets: Buffer
  /** Whether the moment has come with it. */
  readonly isDue: boolean
}

/** Octets of an unfinished message that wait for its end; one that is longer is let through as none. */
const maxHeldBytes = 256 * 1024

/** Protocols whose messages end with lines, or with octets that were counted before. */
const inLines = new Set(['daytime', 'http', 'imap', 'pop3', 'smtp'])

const loaded = new Map<string, Wire>()
const loading = new Map<string, Promise<void>>()

/** The wire of a protocol, at once where it is there. */
function load(protocol: string): Promise<void> | undefined {
  if (loaded.has(protocol)) return undefined
  let promise = loading.get(protocol)
  if (promise === undefined) {
    const known = protocols[protocol] ?? protocols.tcp!
    promise = known.wire().then(wire => void loaded.set(protocol, wire))
    loading.set(protocol, promise)
  }
  return promise
}

/** @throws {UsageError} where a moment cannot be one. */
export function checkMoment(fault: string, { from, afterBytes, at }: Moment): void {
  if (from !== undefined && from !== 'client' && from !== 'server') {
    throw new UsageError(`${fault}: expected from as client or server, got ${JSON.stringify(from)}`)
  }
  if (afterBytes !== undefined && at !== undefined) {
    throw new UsageError(`${fault}: expected afterBytes or at, got both`)
  }
  if (afterBytes !== undefined && !(Number.isInteger(afterBytes) && afterBytes >= 0)) {
    throw new UsageError(`${fault}: expected afterBytes as a whole number from 0, got ${afterBytes}`)
  }
  if (typeof at === 'number' && !(Number.isInteger(at) && at >= 1)) {
    throw new UsageError(`${fault}: expected at as the number of a message from 1, got ${at}`)
  }
  patternOf(fault, at)
}

function patternOf(fault: string, at: Moment['at']): RegExp | string | undefined {
  if (typeof at !== 'string') return typeof at === 'number' ? undefined : at
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(at) ?? []
  if (source === undefined) return at
  try {
    return new RegExp(source, flags)
  } catch (cause) {
    throw new UsageError(`${fault}: expected at as a pattern such as /^RCPT/, got ${at}`, { cause })
  }
}

/** For labels: ` at /^RCPT/`, ` after 100 octets`. */
export function momentText({ from, afterBytes, at }: Moment): string {
  if (afterBytes !== undefined) return ` after ${afterBytes} octets of the ${from ?? 'server'}`
  if (typeof at === 'number') return ` at message ${at} of the ${from ?? 'client'}`
  return at === undefined
    ? ''
    : ` at ${typeof at === 'string' && !/^\/.+\/[a-z]*$/s.test(at) ? JSON.stringify(at) : at}`
}

/**
 * Cuts what both sides of one link say into pieces, and says which of them the moment is. A message is kept until it is
 * whole, unless its side falls silent in the middle; then the moment is what comes with its end.
 */
class Watch {
  readonly #link: Link
  readonly #moment: Moment
  readonly #pattern: RegExp | string | undefined
  #conversation: Conversation | undefined
  /** Where the fault has come to a link that is open. */
  readonly #lastSaid: string | undefined
  readonly #said: Record<Side, number> = { client: 0, server: 0 }
  readonly #held: Record<Side, Buffer[]> = { client: [], server: [] }
  readonly #heldBytes: Record<Side, number> = { client: 0, server: 0 }

  constructor(link: Link, moment: Moment) {
    this.#link = link
    this.#lastSaid = link.lastSaid
    this.#moment = moment
    this.#pattern = patternOf('fault', moment.at)
  }

  pieces(from: Side, octets: Buffer): Piece[] {
    const { at, afterBytes = 0 } = this.#moment
    if (at !== undefined) return this.#messages(from, octets)
    if (from !== (this.#moment.from ?? 'server')) return [{ octets, isDue: false }]
    const room = afterBytes - this.#said[from]
    this.#said[from] += octets.length
    if (this.#link.transport === 'udp' || room <= 0) return [{ octets, isDue: room <= 0 }]
    if (room >= octets.length) return [{ octets, isDue: false }]
    return [
      { octets: octets.subarray(0, room), isDue: false },
      { octets: octets.subarray(room), isDue: true },
    ]
  }

  holds(from: Side): boolean {
    return this.#held[from].length > 0
  }

  /** What waits for the end of its message. */
  rest(from: Side): Buffer | undefined {
    if (this.#held[from].length === 0) return undefined
    const octets = Buffer.concat(this.#held[from])
    this.#held[from] = []
    this.#heldBytes[from] = 0
    return octets
  }

  #messages(from: Side, octets: Buffer): Piece[] {
    const { protocol, transport } = this.#link
    this.#conversation ??= loaded.get(protocol)!.conversation(transport, this.#lastSaid)
    const found: Piece[] = []
    for (const part of this.#parts(octets)) {
      this.#held[from].push(part)
      this.#heldBytes[from] += part.length
      const turns = this.#conversation.push(from, part).filter(turn => turn.from === from)
      if (turns.length > 0) {
        const isDue = turns.map(({ text }) => this.#isIt(from, text)).includes(true)
        found.push({ octets: this.rest(from)!, isDue })
      } else if (this.#heldBytes[from] > maxHeldBytes) found.push({ octets: this.rest(from)!, isDue: false })
    }
    return found
  }

  #isIt(from: Side, text: string): boolean {
    const count = ++this.#said[from]
    const { at } = this.#moment
    const side = this.#moment.from ?? (typeof at === 'number' ? 'client' : from)
    if (from !== side) return false
    if (typeof at === 'number') return count === at
    return typeof this.#pattern === 'string' ? text.includes(this.#pattern) : text.search(this.#pattern!) >= 0
  }

  /** Pieces small enough that no message ends within one. */
  *#parts(octets: Buffer): Iterable<Buffer> {
    const { protocol, transport } = this.#link
    if (transport === 'udp' || protocols[protocol] === undefined || protocol === 'tcp') yield octets
    else if (inLines.has(protocol)) {
      for (let start = 0; start < octets.length; ) {
        const end = octets.indexOf(10, start) + 1 || octets.length
        yield octets.subarray(start, end)
        start = end
      }
    } else for (let at = 0; at < octets.length; at++) yield octets.subarray(at, at + 1)
  }
}

/** A stage that is given pieces: `piece` is called for each, with whether the moment has come. */
export function stageAt(
  link: Link,
  moment: Moment,
  piece: (from: Side, piece: Piece, pass: (what: Crossing) => void) => void,
  other: (from: Side, what: Crossing, pass: (what: Crossing) => void) => void = (_from, what, pass) => pass(what),
  also: Pick<Stage, 'release' | 'closed'> = {},
): Stage {
  const watch = new Watch(link, moment)
  const waiting = moment.at === undefined ? undefined : load(link.protocol)
  const passes: Partial<Record<Side, (what: Crossing) => void>> = {}
  /** Counts what a side says, so that somebody who waits for its silence sees that it went on. */
  const said: Record<Side, number> = { client: 0, server: 0 }
  let isOver = false
  /** A message that stops in the middle may be all that comes, as of a body without an end: what is there goes on. */
  const goOnIfSilent = (from: Side, before: number) => {
    if (isOver || said[from] !== before) return
    const rest = watch.rest(from)
    if (rest !== undefined) piece(from, { octets: rest, isDue: false }, passes[from]!)
  }
  const cross: Stage['cross'] = (from, what, pass) => {
    passes[from] = pass
    said[from]++
    if (what.kind === 'octets') {
      for (const each of watch.pieces(from, what.octets)) piece(from, each, pass)
      if (watch.holds(from)) {
        const before = said[from]
        afterTurns(silentTurns, () => goOnIfSilent(from, before))
      }
      return
    }
    const rest = watch.rest(from)
    if (rest !== undefined) piece(from, { octets: rest, isDue: false }, pass)
    other(from, what, pass)
  }
  const release = () => {
    for (const from of ['client', 'server'] as const) {
      const rest = watch.rest(from)
      if (rest !== undefined) passes[from]!({ kind: 'octets', octets: rest })
    }
    also.release?.()
  }
  const closed = () => {
    isOver = true
    also.closed?.()
  }
  if (waiting === undefined) return { ...also, cross, release, closed }
  // Nothing is let through before it can be read.
  let queue: Parameters<Stage['cross']>[] | undefined = []
  const start = (go: Stage['cross']) => {
    const early = queue ?? []
    queue = undefined
    for (const each of early) go(...each)
  }
  void waiting.then(() => start(cross))
  return {
    ...also,
    closed,
    cross: (...all) => (queue === undefined ? cross(...all) : void queue.push(all)),
    release() {
      start((_from, what, pass) => pass(what))
      release()
    },
  }
}
