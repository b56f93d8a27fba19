// One replay: tapes put into a network as services, what was asked that they do not have, and what was never asked.
// Nothing here can dial: a name, an address or a port that is on no tape is refused.

import type { Connection } from '../net/connection.ts'
import { UsageError } from '../net/errors.ts'
import type { Flow } from '../net/flow.ts'
import type { Network } from '../net/network.ts'
import type { Fake, ServicePort } from '../net/service.ts'
import type { TapeForm } from '../wire/tape.ts'
import type { ClientHello } from '../wire/tls/client-hello.ts'
import { keyedForm } from './keyed.ts'
import { Bindings } from './live.ts'
import { Lookup } from './lookup.ts'
import { Misses } from './miss.ts'
import type { NameQuestion } from './names.ts'
import type { Past } from './past.ts'
import { Repertoire } from './repertoire.ts'
import { formOf } from './script.ts'
import { kindOf, secretName, standIn } from './secrets.ts'
import { formatService, type TapeService } from './tape.ts'
import { TapeFile } from './tape-file.ts'
import { Walk } from './walk.ts'

export interface ReplayOptions {
  /** Whether a request or conversation beyond what was recorded is a miss. Default: the last one is given again. */
  strict?: boolean
  /** Whether pauses of the server are waited for, on the network's clock. Default: not. */
  speed?: 'none' | 'real'
  /** Secrets by name, for what servers said: without them clients get stand-ins. */
  secrets?: ReadonlyMap<string, string>
}

/**
 * Takes over what no tape has: what goes on with real servers, for who asks for that. Where it cannot, it says what stands
 * in the way.
 */
export interface HandOver {
  /** Goes on with a connection. `hello` is what the client is held back with, where it has begun TLS. */
  connection(live: Connection, repertoire: Repertoire, past: Past, refuse: Refuse, hello?: ClientHello): void
  datagram(octets: Buffer, flow: Flow, service: TapeService, refuse: Refuse): void
  /** Whether a name is one of the world outside, so that all questions about it go there. */
  knows(name: string): boolean
  /** An answer, or undefined where the network's own name server is to answer. `isKnown` are names of a tape. */
  name(question: NameQuestion, isKnown: boolean, refuse: Refuse): Promise<Buffer | undefined>
}

export type Refuse = (why: string) => void

/** What players share. */
export interface Stage {
  readonly network: Network
  readonly strict: boolean
  readonly realSpeed: boolean
  readonly misses: Misses
  readonly reveal: (kind: string, number: number) => string
  readonly bindings: Bindings
  /** Without it, what no tape has is refused. */
  readonly handOver: HandOver | undefined
}

export class Replay implements Disposable {
  readonly tapes: readonly TapeFile[]
  readonly misses: Misses
  readonly repertoires: readonly Repertoire[]
  readonly #forms: ReadonlyMap<string, TapeForm>
  readonly #options: ReplayOptions
  readonly bindings: Bindings = new Bindings()
  readonly #named: ReadonlyMap<string, string>
  /** Set before {@link place}: what takes over what no tape has. */
  handOver: HandOver | undefined

  /** @throws {UsageError} where a file is no tape, or a conversation's protocol is not known. */
  constructor(files: readonly string[], forms: ReadonlyMap<string, TapeForm>, options: ReplayOptions = {}) {
    this.#forms = forms
    this.#options = options
    this.#named = new Map([...(options.secrets ?? [])].map(([name, secret]) => [kindOf(name), secret]))
    this.misses = new Misses()
    const tapes: TapeFile[] = []
    this.tapes = tapes
    try {
      for (const file of files) tapes.push(new TapeFile(file))
      this.repertoires = this.#gather()
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  /** Where the network's clock is to start: where the first tape's did. */
  get epoch(): number {
    return this.tapes[0]!.header.epoch
  }

  get notes(): readonly string[] {
    return this.tapes.flatMap(({ notes }) => notes)
  }

  /** Names that were asked for when a tape was recorded, and were not there. */
  get absentNames(): ReadonlySet<string> {
    return new Set(
      this.tapes.flatMap(({ hosts }) => [...hosts].filter(([, list]) => list.length === 0).map(([name]) => name)),
    )
  }

  /** Puts what the tapes hold into a network. `skip` leaves a service to somebody else. */
  async place(network: Network, skip: (service: TapeService) => boolean = () => false): Promise<void> {
    const stage = this.stage(network)
    const addresses = new Map(this.tapes.flatMap(({ hosts }) => [...hosts]))
    for (const [name, list] of addresses) if (list.length > 0) await network.host(name, {}, { addresses: list })
    await Promise.all(
      this.repertoires
        .filter(({ service }) => !skip(service))
        .map(repertoire => {
          const { host, protocol } = repertoire.service
          const known = addresses.get(host)
          const description = { protocol, load: async () => () => player(repertoire, stage) }
          return network.host(host, { player: description }, known?.length ? { addresses: known } : {})
        }),
    )
  }

  /** What players of this replay share in a network. */
  stage(network: Network): Stage {
    return {
      network,
      strict: this.#options.strict ?? false,
      realSpeed: this.#options.speed === 'real',
      misses: this.misses,
      reveal: (kind, number) => this.#reveal(kind, number),
      bindings: this.bindings,
      handOver: this.handOver,
    }
  }

  /**
   * Turns of the client that nobody came to, and where the first stands. Those after the server's end nobody can come to:
   * they count with the last that was heard.
   */
  unused(): { count: number; first: string } {
    let count = 0
    let first = ''
    for (const repertoire of this.repertoires) {
      for (let index = 0; index < repertoire.length; index++) {
        const { tape, at } = repertoire.source(index)
        const entry = repertoire.entries[index]
        const { turns } = tape.conversation(at)
        let asked = 0
        for (const turn of turns) {
          if (turn.kind !== 'tls' && !(turn.kind === 'said' && turn.from === 'client')) continue
          const isUsed = entry?.used?.has(Math.min(asked, entry.heard - 1)) === true
          if (turn.kind === 'said' && !isUsed && count++ === 0) first = tape.where(turn.line)
          asked++
        }
      }
    }
    return { count, first }
  }

  /** The `--real` options that a recording of the same names needs, with the servers to be filled in. */
  get realOptions(): readonly string[] {
    return this.repertoires
      .filter(({ service }) => this.isInvented(service.host))
      .map(({ service: { host, port } }) => `--real ${host}:${port}=HOST:PORT`)
      .filter((option, at, all) => all.indexOf(option) === at)
  }

  /** Whether a name's address was given by the recorder to whom somebody had named a server. */
  isInvented(host: string): boolean {
    return this.tapes.some(({ hosts }) => hosts.get(host)?.some(address => /^198\.1[89]\./.test(address)))
  }

  close(): void {
    for (const tape of this.tapes) tape.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #gather(): Repertoire[] {
    const byService = new Map<string, Repertoire>()
    const hosts = this.#hostsByAddress()
    for (const tape of this.tapes) {
      for (let at = 0; at < tape.length; at++) {
        const recorded = tape.serviceOf(at)
        const [address = recorded.host] = tape.hosts.get(recorded.host) ?? []
        // Names that share an address are one service; what clients say tells who is meant.
        const service = { ...recorded, host: hosts.get(address) ?? recorded.host }
        const name = formatService(service)
        let repertoire = byService.get(name)
        if (repertoire === undefined) {
          const form = keyedForm(formOf(this.#forms, service, tape), this.#options.secrets)
          if (typeof form === 'string') throw new UsageError(`${tape.path}: ${name}: ${form}`)
          repertoire = new Repertoire(service, form)
          byService.set(name, repertoire)
        }
        repertoire.add(tape, at)
      }
    }
    const repertoires = [...byService.values()]
    // What cannot be replayed at all is refused before anybody begins.
    for (const repertoire of repertoires) if (repertoire.form.unrepeatable !== undefined) repertoire.next()
    return repertoires
  }

  /** For each address the first name that the tapes have for it. */
  #hostsByAddress(): ReadonlyMap<string, string> {
    const names = new Map<string, string>()
    for (const { hosts } of this.tapes) {
      for (const [name, [address]] of hosts) if (address !== undefined && !names.has(address)) names.set(address, name)
    }
    return names
  }

  #reveal(kind: string, number: number): string {
    const named = this.#named.get(secretName(kind, number))
    return this.bindings.secret(kind, number) ?? named ?? standIn(kind, number)
  }
}

/** What answers for a service of a tape: a fake as any other. */
function player(repertoire: Repertoire, stage: Stage): Fake {
  const { service, kind } = repertoire
  const port: ServicePort = { port: service.port, transport: service.transport }
  const lookup = new Lookup(repertoire, stage)
  return {
    state: {},
    ports: [port],
    accept(connection: Connection) {
      if (kind === 'exchanges') lookup.accept(connection)
      else new Walk(repertoire, stage, connection)
    },
    datagram: (message: Buffer, flow: Flow) => lookup.datagram(message, flow),
  }
}
