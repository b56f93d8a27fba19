// The faults of one network, and what they say of ways, handshakes and links.

import type { Course } from './course.ts'
import type { Attempt, Bar, Fault, FaultGuard, PlacedFault, StandingRule } from './fault.ts'
import type { Link } from './link.ts'
import type { Network } from './network.ts'
import type { TlsOptions } from './service.ts'

/** A link that faults may sit on. */
export interface Faultable extends Link {
  readonly closed: boolean
  /** Undefined while no fault sits on it. */
  course: Course | undefined
  openCourse(): Course
}

export class Faulting {
  readonly #network: Network
  readonly #links: () => Iterable<Faultable>
  #faults: readonly PlacedFault[] = []
  /** What faults that were undone have to say. */
  readonly #past: string[] = []
  #placed = 0

  constructor(network: Network, links: () => Iterable<Faultable>) {
    this.#network = network
    this.#links = links
  }

  get isEmpty(): boolean {
    return this.#faults.length === 0
  }

  get unreached(): readonly string[] {
    return [...this.#past, ...this.#faults.flatMap(fault => fault.unreached() ?? [])]
  }

  add(fault: Fault): FaultGuard {
    const placed = fault.place(this.#network, ++this.#placed)
    this.#faults = [...this.#faults, placed]
    for (const link of this.#links()) put(placed, link, true)
    return {
      get hits() {
        return placed.hits
      },
      [Symbol.dispose]: () => this.#remove(placed),
    }
  }

  #remove(fault: PlacedFault): void {
    if (!this.#faults.includes(fault)) return
    this.#faults = this.#faults.filter(each => each !== fault)
    for (const link of this.#links()) {
      link.course?.remove(fault)
      if (link.course?.isEmpty) link.course = undefined
    }
    const reason = fault.unreached()
    if (reason !== undefined) this.#past.push(reason)
  }

  /** Every fault counts the attempt; the first that bars the way decides. */
  bar(attempt: Attempt): Bar | undefined {
    let bar: Bar | undefined
    for (const fault of this.#faults) {
      const own = fault.bar?.(attempt)
      bar ??= own
    }
    return bar
  }

  /** What becomes of every such attempt, as far as it can be said. */
  standing(attempt: Attempt): Bar | undefined {
    for (const fault of this.#faults) {
      const bar = fault.standing?.(attempt)
      // What a wall drops it drops by its own rules, which know more than one address that it may come from.
      if (bar !== undefined && (bar !== 'black hole' || fault.rules === undefined)) return bar
    }
    return undefined
  }

  /** The rules of each fault that has some. */
  get walls(): readonly (readonly StandingRule[])[] {
    return this.#faults.flatMap(({ rules }) => (rules === undefined ? [] : [rules()]))
  }

  /** For a link that has just been opened. */
  opened(link: Faultable): void {
    for (const fault of this.#faults) put(fault, link, false)
  }

  /** What the handshake of a link differs in from what its service wants. */
  tls(link: Link): TlsOptions | undefined {
    let all: TlsOptions | undefined
    for (const fault of this.#faults) {
      const changed = fault.tls?.(link)
      if (changed === undefined) continue
      all = { ...all, ...changed, certificate: { ...all?.certificate, ...changed.certificate } }
    }
    return all
  }
}

function put(fault: PlacedFault, link: Faultable, isOpen: boolean): void {
  const make = link.closed ? undefined : fault.join?.(link, isOpen)
  if (make !== undefined) link.openCourse().add(fault, make)
}
