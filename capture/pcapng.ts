// Captures what crosses a network as a pcapng file that Wireshark opens: the packets that the client's machine would
// see, made up around the octets that links carry, with names and TLS secrets inside. Nothing is captured twice and no
// privilege is needed. Left out: what never reaches a service (refused connections, ICMP).

import { setImmediate } from 'node:timers'
import { addressOctets } from '../net/address.ts'
import type { Timer } from '../net/clock.ts'
import { type Duration, durationMs } from '../net/duration.ts'
import type { Network } from '../net/network.ts'
import {
  interfaceDescription,
  interfaceStatistics,
  namesBlocks,
  packetHeadBytes,
  packetRoomBytes,
  secretsBlocks,
  sectionHeader,
  writePacketBlock,
} from './blocks.ts'
import { CaptureFile, type Ring } from './capture-file.ts'
import { parseFilter } from './filter.ts'
import { type PacketSink, PacketTap } from './packet-tap.ts'
import { type InterfaceName, macOctets } from './route.ts'

export interface CaptureOptions {
  /** Where the packets go; with a ring, its files are numbered: `day.pcapng` becomes `day_00001.pcapng`. */
  file: string
  /** Default: all. */
  interfaces?: readonly InterfaceName[]
  /** As pcap-filter(7) has it, in the part that {@link parseFilter} reads. Default: everything. */
  filter?: string
  /** Ends the capture at whichever comes first; `duration` passes on the network's clock. */
  stopAfter?: { packets?: number; octets?: number; duration?: Duration }
  ring?: Ring
}

export interface InterfaceCounters {
  readonly name: InterfaceName
  readonly packets: number
  /** Of the frames. */
  readonly octets: number
  /** Packets that the file did not take. */
  readonly dropped: number
}

export interface Capture extends AsyncDisposable {
  /** The files that hold it, the oldest first. */
  readonly files: readonly string[]
  readonly packets: number
  readonly octets: number
  readonly dropped: number
  readonly interfaces: readonly InterfaceCounters[]
  /** Settled when it has ended, by itself or closed: rejected with a {@link UsageError} where the file took no more. */
  readonly ended: Promise<void>
  /** Ends it, with everything in the file. Throws what `ended` is rejected with. */
  close(): Promise<void>
}

/**
 * Captures every link that opens from now on, until it is closed or the network is. The file is whole at every moment.
 *
 * @throws {UsageError} where the file cannot be written or an option is not what it should be.
 *
 * @example
 * await using capture = await capturePcapng(network, { file: 'mail.pcapng', filter: 'tcp port 25' })
 */
export async function capturePcapng(network: Network, options: CaptureOptions): Promise<Capture> {
  return new PcapngCapture(network, options)
}

type Counters = { -readonly [Key in keyof InterfaceCounters]: InterfaceCounters[Key] }

/** Octets that one turn of the event loop may gather before they are written in its middle. */
const maxTurnBytes = 1024 * 1024
const firstTurnBytes = 64 * 1024

// A process that ends by process.exit() runs nothing else any more.
const open = new Set<PcapngCapture>()
let watchesExit = false

class PcapngCapture implements Capture, PacketSink {
  readonly ended: Promise<void>
  readonly #network: Network
  readonly #counters: Counters[]
  readonly #file: CaptureFile
  readonly #stopAfter: { packets: number; octets: number }
  readonly #tap: PacketTap
  readonly #named = new Set<string>()
  readonly #guard: Disposable
  readonly #timer: Timer | undefined
  readonly #settle: PromiseWithResolvers<void>
  /** The blocks of this turn, one after the other, and where each ends. */
  #turn: Buffer = Buffer.allocUnsafeSlow(firstTurnBytes)
  #ends: number[] = []
  #turnEnd = 0
  #secrets: string[] = []
  /** Packets of each interface that are counted and not yet in the file. */
  #unwritten: number[]
  #isScheduled = false
  #state: 'capturing' | 'failed' | 'ended' = 'capturing'
  #lastTime = 0
  #lastMoment = 0

  constructor(network: Network, options: CaptureOptions) {
    const { interfaces = ['eth0', 'lo'], filter, stopAfter = {} } = options
    const { packets = Infinity, octets = Infinity, duration } = stopAfter
    this.#network = network
    const passes = filter === undefined ? () => true : parseFilter(filter, name => network.lookup(name))
    this.#tap = new PacketTap(network, interfaces, passes, this)
    this.#counters = interfaces.map(name => ({ name, packets: 0, octets: 0, dropped: 0 }))
    this.#unwritten = interfaces.map(() => 0)
    this.#stopAfter = { packets, octets }
    const timeLeft = duration === undefined ? undefined : durationMs(duration)
    this.#file = new CaptureFile(options.file, options.ring, () => this.#head(filter))
    this.#file.flush()

    this.#settle = Promise.withResolvers()
    this.ended = this.#settle.promise
    // Whoever closes it hears of it; who does not wait is not to be killed by it.
    this.ended.catch(() => {})
    this.#timer = timeLeft === undefined ? undefined : network.clock.after(timeLeft, () => this.end())
    this.#guard = network.tap(this.#tap)
    network.onClose(() => this.end())
    open.add(this)
    if (!watchesExit) {
      watchesExit = true
      process.on('exit', () => {
        for (const capture of open) capture.end()
      })
    }
  }

  get files(): readonly string[] {
    return [...this.#file.files]
  }

  get packets(): number {
    return total(this.#counters, 'packets')
  }

  get octets(): number {
    return total(this.#counters, 'octets')
  }

  get dropped(): number {
    return total(this.#counters, 'dropped')
  }

  get interfaces(): readonly InterfaceCounters[] {
    return this.#counters.map(counters => ({ ...counters }))
  }

  close(): Promise<void> {
    this.end()
    return this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  packet(interfaceName: InterfaceName, frame: Buffer, comment: string | undefined): void {
    const number = this.#counters.findIndex(({ name }) => name === interfaceName)
    const counters = this.#counters[number]!
    if (this.#state !== 'capturing') {
      if (this.#state === 'failed') counters.dropped++
      return
    }
    counters.packets++
    counters.octets += frame.length
    this.#unwritten[number]!++
    const length = frame.length
    if (frame.buffer !== this.#turn.buffer || frame.byteOffset !== this.#turnEnd + packetHeadBytes) {
      frame.copy(this.allocate(length))
    }
    this.#push(writePacketBlock(this.#turn, this.#turnEnd, length, { interface: number, time: this.#now(), comment }))
    if (this.packets >= this.#stopAfter.packets || this.octets >= this.#stopAfter.octets) this.#finish()
  }

  allocate = (length: number): Buffer => {
    this.#reserve(length + packetRoomBytes)
    const start = this.#turnEnd + packetHeadBytes
    return this.#turn.subarray(start, start + length)
  }

  secret(line: string): void {
    this.#secrets.push(line)
    this.#schedule()
  }

  server(address: string): void {
    if (this.#named.has(address)) return
    this.#named.add(address)
    for (const block of namesBlocks([[addressOctets(address), this.#namesOf(address)]])) {
      this.#reserve(block.length)
      this.#push(this.#turnEnd + block.copy(this.#turn, this.#turnEnd))
    }
  }

  /** Ends the capture, at most once. */
  end(): void {
    if (this.#state === 'capturing') this.#tap.acknowledge()
    this.#finish()
  }

  #finish(): void {
    if (this.#state === 'ended') return
    this.#write()
    const failed = this.#state === 'failed'
    this.#state = 'ended'
    this.#guard[Symbol.dispose]()
    this.#timer?.[Symbol.dispose]()
    open.delete(this)
    if (failed) return
    try {
      const time = this.#now()
      this.#counters.forEach(({ packets, dropped }, number) => {
        this.#file.append(interfaceStatistics({ interface: number, time, received: packets, dropped }))
      })
      this.#file.close()
      this.#settle.resolve()
    } catch (error) {
      this.#settle.reject(error)
    }
  }

  /** The names of an address, the first one last: Wireshark shows the last that it is told. */
  #namesOf(address: string): string[] {
    const { client } = this.#network
    const names = client.addresses.includes(address) ? [client.name] : []
    for (const host of this.#network.hostsAt(address)) names.push(...host.names.filter(name => !name.startsWith('*')))
    return [...new Set(names)].reverse()
  }

  #reserve(length: number): void {
    if (this.#turnEnd + length <= this.#turn.length) return
    const larger = Buffer.allocUnsafeSlow(this.#turn.length * 2)
    this.#turn.copy(larger, 0, 0, this.#turnEnd)
    this.#turn = larger
  }

  /** Takes in the block that was written behind the others and ends at `end`. */
  #push(end: number): void {
    this.#ends.push(end)
    this.#turnEnd = end
    if (end >= maxTurnBytes) this.#write()
    else this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#state !== 'capturing') return
    this.#isScheduled = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#isScheduled = false
    this.#tap.acknowledge()
    this.#write()
  }

  #write(): void {
    if (this.#state !== 'capturing') return
    const ends = this.#ends
    const secrets = this.#secrets
    this.#ends = []
    this.#turnEnd = 0
    this.#secrets = []
    try {
      // A secret comes out of the very octets that it decrypts (TLS 1.2), so it is put before all of its turn.
      for (const block of secretsBlocks(secrets)) this.#file.append(block)
      let start = 0
      for (const end of ends) {
        this.#file.append(this.#turn, start, end)
        start = end
      }
      this.#file.flush()
      this.#unwritten.fill(0)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#state = 'failed'
    this.#counters.forEach((counters, number) => {
      const lost = this.#unwritten[number]!
      counters.packets -= lost
      counters.dropped += lost
    })
    this.#settle.reject(error)
  }

  /** What every file begins with: in a ring, with the secrets of the links that go on. */
  #head(filter: string | undefined): Buffer[] {
    const { client, hosts } = this.#network
    const descriptions = { eth0: `the card of ${client.name}`, lo: `${client.name} to itself` }
    const addresses = new Set([...client.addresses, ...hosts.flatMap(host => host.addresses)])
    this.#named.clear()
    for (const address of addresses) this.#named.add(address)
    return [
      sectionHeader('backlot'),
      ...this.#counters.map(({ name }) =>
        interfaceDescription({
          name,
          description: descriptions[name],
          ...(name === 'eth0' ? { addresses: client.addresses.map(addressOctets), mac: macOctets(client.mac) } : {}),
          ...(filter === undefined ? {} : { filter }),
        }),
      ),
      ...namesBlocks([...addresses].map(address => [addressOctets(address), this.#namesOf(address)])),
      ...secretsBlocks(this.#tap.secrets),
    ]
  }

  /**
   * Microseconds of Unix time on the network's clock: it may stand while packets go on, and they are told apart all the
   * same. Only a clock that is set back takes packets back.
   */
  #now(): number {
    const moment = this.#network.clock.now()
    if (moment < this.#lastMoment) this.#lastTime = 0
    this.#lastMoment = moment
    this.#lastTime = Math.max(this.#lastTime + 1, Math.floor(moment * 1000))
    return this.#lastTime
  }
}

function total(counters: readonly InterfaceCounters[], key: 'packets' | 'octets' | 'dropped'): number {
  return counters.reduce((sum, each) => sum + each[key], 0)
}
