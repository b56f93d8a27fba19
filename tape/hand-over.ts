// What a replay does with what its tapes do not have, where it is asked for that: clients go on with the real servers, and
// what they say to each other passes through or is added to the tapes. The recorder's code: no other replay loads it.

import { isIP } from '../net/address.ts'
import type { Connection } from '../net/connection.ts'
import { NetworkError } from '../net/errors.ts'
import type { Flow } from '../net/flow.ts'
import type { Link } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import type { TapeForm } from '../wire/tape.ts'
import type { ClientHello } from '../wire/tls/client-hello.ts'
import { Additions } from './additions.ts'
import { type CaughtUp, catchUp } from './catch-up.ts'
import { DatagramHandOver } from './hand-over-datagrams.ts'
import { Hearing, serviceOf } from './hearing.ts'
import { missOf } from './miss.ts'
import { isNameServer, type NameQuestion } from './names.ts'
import type { Outside } from './outside.ts'
import { OutsideNames } from './outside-names.ts'
import { Overhearer } from './overhearer.ts'
import type { Account, Past } from './past.ts'
import { hostOutside, hostReals, isFor, type Real } from './reals.ts'
import { recordedNetwork } from './recorder.ts'
import { type Place, Relayed, type Trust, type Upstream } from './relay.ts'
import type { Repertoire } from './repertoire.ts'
import type { HandOver, Refuse, Replay } from './replay.ts'
import { formatService, type TapeService } from './tape.ts'
import type { TapeFile } from './tape-file.ts'

export interface HandOverOptions {
  /** Whether what is said is added to the tapes. */
  readonly isRecorded: boolean
  readonly forms: ReadonlyMap<string, TapeForm>
  readonly reals: readonly Real[]
  readonly trust: Trust
  /** Ports of names of the world outside beside those of known protocols. */
  readonly ports?: readonly number[]
  readonly outside: Outside
  /** Secrets by name. */
  readonly secrets?: ReadonlyMap<string, string>
  /** Of a tape that is left beside the old one where the replay is killed. */
  readonly header?: { readonly recorded?: string; readonly by?: string }
}

/** Different things that can go wrong and are told. */
const maxTroubles = 1000

export class RealHandOver implements HandOver {
  readonly #network: Network
  readonly #replay: Replay
  readonly #options: HandOverOptions
  readonly #additions = new Map<TapeFile, Additions>()
  readonly #hearing: Hearing
  readonly #upstream: Upstream
  readonly #names: OutsideNames
  readonly #datagrams: DatagramHandOver
  readonly #opened = new Set<string>()
  readonly #troubles = new Set<string>()

  constructor(network: Network, replay: Replay, options: HandOverOptions) {
    this.#network = network
    this.#replay = replay
    this.#options = options
    const { forms, trust, outside, ports = [] } = options
    const overhearer = new Overhearer(forms)
    this.#hearing = new Hearing({
      isReal: link => !isNameServer(link, network.client.resolver) && !this.#isOnTape(serviceOf(link)),
      earFor: service => (options.isRecorded ? this.#additionsFor(service).recorder : overhearer),
    })
    this.#upstream = {
      trust,
      following: link => this.#hearing.following(link),
      alpn: protocol => forms.get(protocol)?.alpn,
      trouble: (text, link) => this.#trouble(text, link),
    }
    this.#names = new OutsideNames(network, {
      outside,
      hosting: { ports, upstream: this.#upstream },
      found: (name, addresses) => this.#found(name, addresses),
      answered: (link, asked, answer) => this.#answered(link, asked, answer),
    })
    this.#datagrams = new DatagramHandOver({
      network,
      hearing: this.#hearing,
      upstream: this.#upstream,
      places: service => this.#places(service),
    })
  }

  /** Puts the real servers into the network that are on no tape, once the tapes are there. */
  async begin(): Promise<void> {
    this.#network.tap(this.#hearing)
    await hostReals(this.#network, this.#options.reals, this.#upstream, ({ port, transport }, host) =>
      this.#isOnTape({ protocol: '', transport, host, port }),
    )
  }

  connection(live: Connection, repertoire: Repertoire, past: Past, refuse: Refuse, hello?: ClientHello): void {
    this.#takeOver(live, repertoire, past, refuse, hello).catch(error => live.bug(error))
  }

  datagram(octets: Buffer, flow: Flow, service: TapeService, refuse: Refuse): void {
    this.#datagrams.take(octets, flow, service, refuse).catch(error => {
      if (error instanceof NetworkError) refuse(error.message)
      else this.#network.reportBug(error, flow)
    })
  }

  knows(name: string): boolean {
    return this.#names.has(name)
  }

  async name(question: NameQuestion, isKnown: boolean, refuse: Refuse): Promise<Buffer | undefined> {
    const { name, type } = question
    const isAddress = type === 'A' || type === 'AAAA'
    if (isKnown) {
      if (isAddress) await this.#openOthers(name)
      return undefined
    }
    const answer = await this.#names.ask(question)
    if (answer === undefined && !isAddress) refuse('no name server outside answers it')
    return answer
  }

  /**
   * Ends it, once the network is closed, and gives what there is to say of it. Not whole where something could not be
   * recorded.
   *
   * @throws {UsageError} where a tape cannot be written.
   */
  finish(): { lines: readonly string[]; isWhole: boolean } {
    const lines: string[] = []
    let isWhole = true
    for (const additions of this.#additions.values()) {
      const added = additions.finish()
      const { turns, conversations } = additions.recorder.tape.journal
      if (added.length > 0) {
        const what = `${counted(turns, 'turn')} in ${counted(conversations, 'conversation')} with real servers`
        lines.push(`${what} added to ${additions.tape.path}: ${listed(tally(added))}`)
      }
      for (const refusal of additions.recorder.tape.refusals) {
        lines.push(refusal)
        isWhole = false
      }
    }
    const { counts } = this.#hearing
    if (!this.#options.isRecorded && counts.size > 0) {
      lines.push(`passed through to real servers, and on no tape: ${listed(counts)}`)
    }
    return { lines, isWhole }
  }

  async #takeOver(
    live: Connection,
    { service, form }: Repertoire,
    past: Past,
    refuse: Refuse,
    hello: ClientHello | undefined,
  ): Promise<void> {
    const { onData, onEnd, onDrain, onClose } = live
    const gone = new AbortController()
    live.pause()
    // Who waits to be read may end all the same.
    let hasEnded = false
    live.onEnd = () => {
      hasEnded = true
    }
    live.onClose = () => {
      gone.abort()
      onClose()
    }
    const account = past.account()
    let caught: CaughtUp
    try {
      if (typeof account === 'string') throw new NetworkError('ABORTED', account)
      const { servername: serverName, alpn } = live.tls ?? {}
      const tls = { host: service.host, serverName, alpn: alpn === undefined ? [] : [alpn] }
      const to = await this.#places(service)
      caught = await catchUp(account, { to, form, tls, trust: this.#options.trust, signal: gone.signal })
    } catch (error) {
      if (gone.signal.aborted) return
      if (!(error instanceof NetworkError)) throw error
      Object.assign(live, { onData, onEnd, onDrain, onClose })
      live.resume()
      refuse(error.message)
      if (hasEnded) onEnd()
      return
    }
    if (gone.signal.aborted) caught.socket.destroy()
    else this.#goOn(live, { ...account, hasEnded: account.hasEnded || hasEnded }, caught, hello)
  }

  /** What crosses a connection from now on crosses between the client and the real server. */
  #goOn(live: Connection, { before, rest, hasEnded }: Account, caught: CaughtUp, hello: ClientHello | undefined): void {
    const ear = this.#hearing.begin(live)
    for (const each of caught.crossed) {
      if (each === 'tls') ear.secured?.(live)
      else ear.plain?.(live, each.from, each.octets)
    }
    const { protocol } = live
    const relayed = new Relayed(live, { protocol, ports: [], to: caught.to, upstream: this.#upstream }, caught)
    if (rest.length > 0) {
      ear.plain?.(live, 'client', rest)
      relayed.fromClient(rest)
    }
    if (hasEnded) {
      ear.ended?.(live, 'client')
      relayed.clientEnded()
    } else if (hello !== undefined) relayed.secure(hello)
    else if (before.length === 0 && rest.length === 0) relayed.begin()
    live.resume()
  }

  /** @throws {NetworkError} where nobody knows. */
  async #places(service: TapeService): Promise<readonly Place[]> {
    const real = this.#options.reals.find(each => isFor(each, service))
    if (real !== undefined) return [real.to]
    const { host, port } = service
    if (isIP(host) !== 0) return [{ host, port }]
    const addresses = await this.#options.outside.addresses(host)
    if (addresses.length > 0) return addresses.map(address => ({ host: address, port }))
    const why = `${host} is not known outside; say where its server is by --real ${host}:${port}=HOST:PORT`
    throw new NetworkError('NAME_NOT_FOUND', why)
  }

  #isOnTape({ transport, host, port }: TapeService): boolean {
    return this.#replay.repertoires.some(
      ({ service }) => service.host === host && service.port === port && service.transport === transport,
    )
  }

  #additionsFor(service: TapeService): Additions {
    const name = formatService(service)
    const { repertoires, tapes, bindings } = this.#replay
    const own = repertoires.find(each => formatService(each.service) === name)
    const tape = own?.source(0).tape ?? tapes[0]!
    let additions = this.#additions.get(tape)
    if (additions === undefined) {
      const { forms, secrets = new Map(), header = {} } = this.#options
      additions = new Additions(tape, { forms, recorded: recordedNetwork(this.#network), secrets, bindings, header })
      this.#additions.set(tape, additions)
    }
    return additions
  }

  get #nameServer(): TapeService {
    return { protocol: 'dns', transport: 'udp', host: this.#network.client.resolver, port: 53 }
  }

  #found(name: string, addresses: readonly string[]): void {
    if (this.#options.isRecorded) this.#additionsFor(this.#nameServer).host(name, addresses)
  }

  #answered(link: Link, asked: Buffer, answer: Buffer): void {
    this.#hearing.count(this.#nameServer)
    if (this.#options.isRecorded) this.#additionsFor(this.#nameServer).recorder.exchange(link, asked, answer)
  }

  /** A name of a tape that has addresses of its own is reached on ports that the tape does not have. */
  async #openOthers(name: string): Promise<void> {
    if (this.#opened.has(name)) return
    this.#opened.add(name)
    const isTaped = this.#replay.tapes.some(({ hosts }) => hosts.has(name))
    const addresses = this.#network.lookup(name)
    if (!isTaped || addresses.length === 0 || this.#replay.isInvented(name)) return
    await hostOutside(this.#network, name, addresses, { ports: this.#options.ports ?? [], upstream: this.#upstream })
  }

  #trouble(text: string, link: Link): void {
    if (this.#troubles.has(text) || this.#troubles.size >= maxTroubles) return
    this.#troubles.add(text)
    this.#replay.misses.add(missOf(serviceOf(link), `it goes to the real server: ${text}`, undefined, [], undefined))
  }
}

function tally(services: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const service of services) counts.set(service, (counts.get(service) ?? 0) + 1)
  return counts
}

const maxListed = 5

function listed(counts: ReadonlyMap<string, number>): string {
  const all = [...counts].map(([service, count]) => (count === 1 ? service : `${service} (${count})`))
  const more = all.length - maxListed
  return all.slice(0, maxListed).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
