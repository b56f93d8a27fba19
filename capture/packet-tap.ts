// Follows the links of a network and makes the packets that the client's machine would see.

import type { Ending, Link, Tap } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import type { Random } from '../net/random.ts'
import type { Side } from '../wire/decoder.ts'
import type { PacketFilter } from './filter.ts'
import { type Allocate, encodeTcpFrame, encodeUdpFrames, maxSegmentBytes, type Path } from './packets.ts'
import { type InterfaceName, routeOf } from './route.ts'
import { TcpStory } from './tcp-story.ts'

/** Where the packets go. */
export interface PacketSink {
  packet(interfaceName: InterfaceName, frame: Buffer, comment: string | undefined): void
  /** Room for the next packet's frame, so that it need not be copied. */
  allocate: Allocate
  /** A line of a TLS key log, given within the turn of the event loop in which what it decrypts is. */
  secret(line: string): void
  /** A service's address, before the packets of a link with it. */
  server(address: string): void
}

interface Followed {
  readonly interface: InterfaceName
  /** Undefined for a direction that the filter leaves out. */
  readonly paths: Record<Side, Path | undefined>
  /** The identifications of the next IP packets. */
  readonly ids: Record<Side, number>
  readonly story: TcpStory | undefined
  /** For the next packet. */
  comment: string | undefined
  readonly secrets: string[]
}

export class PacketTap implements Tap {
  readonly #network: Network
  readonly #interfaces: readonly InterfaceName[]
  readonly #filter: PacketFilter
  readonly #sink: PacketSink
  readonly #random: Random
  /** Links that the filter leaves out are undefined. */
  readonly #links = new Map<Link, Followed | undefined>()
  readonly #owing = new Set<TcpStory>()

  constructor(network: Network, interfaces: readonly InterfaceName[], filter: PacketFilter, sink: PacketSink) {
    this.#network = network
    this.#interfaces = interfaces
    this.#filter = filter
    this.#sink = sink
    this.#random = network.random('capture')
  }

  /** Secrets of the links that are open. */
  get secrets(): string[] {
    return [...this.#links.values()].flatMap(followed => followed?.secrets ?? [])
  }

  /** Sends the acknowledgments that no data has carried; for the end of a turn of the event loop. */
  acknowledge(): void {
    for (const story of this.#owing) story.acknowledge()
    this.#owing.clear()
  }

  opened(link: Link): void {
    this.#follow(link)?.story?.open()
  }

  segment(link: Link, from: Side, bytes: Uint8Array): void {
    // A link that was there before the capture is joined in its middle.
    const followed = this.#links.has(link) ? this.#links.get(link) : this.#follow(link)
    if (followed === undefined) return
    const { story } = followed
    if (story !== undefined) {
      story.data(from, bytes)
      if (story.owesAcknowledgment) this.#owing.add(story)
      return
    }
    const path = followed.paths[from]
    if (path === undefined) return
    for (const frame of encodeUdpFrames(path, bytes, followed.ids[from]++)) this.#give(followed, frame)
  }

  secret(link: Link, line: string): void {
    const followed = this.#links.get(link)
    if (followed === undefined) return
    followed.secrets.push(line)
    this.#sink.secret(line)
  }

  secured(link: Link): void {
    const followed = this.#links.get(link)
    if (followed === undefined || link.tls === undefined) return
    const { version, cipher, servername, alpn } = link.tls
    const parts = [`link ${link.id}: ${version} ${cipher}`]
    if (servername !== undefined) parts.push(`server name ${servername}`)
    if (alpn !== undefined) parts.push(`ALPN ${alpn}`)
    followed.comment = parts.join(', ')
  }

  ended(link: Link, from: Side): void {
    const story = this.#links.get(link)?.story
    if (story === undefined) return
    story.end(from)
    if (story.owesAcknowledgment) this.#owing.add(story)
  }

  closed(link: Link, how: Ending): void {
    const followed = this.#links.get(link)
    this.#links.delete(link)
    if (followed?.story === undefined) return
    this.#owing.delete(followed.story)
    if (how !== 'end') followed.comment = `link ${link.id}: ${how}`
    followed.story.close(how)
  }

  #follow(link: Link): Followed | undefined {
    const { transport, client, server } = link
    const sink = this.#sink
    const route = routeOf(this.#network, link)
    const out = this.#filter({ transport, from: client, to: server })
    const back = this.#filter({ transport, from: server, to: client })
    if (!this.#interfaces.includes(route.interface) || !(out || back)) {
      this.#links.set(link, undefined)
      return undefined
    }
    const path: Path = { from: route.client, to: route.server }
    const followed: Followed = {
      interface: route.interface,
      paths: { client: out ? path : undefined, server: back ? { from: route.server, to: route.client } : undefined },
      ids: { client: this.#random.below(0x10000), server: this.#random.below(0x10000) },
      story:
        transport === 'udp'
          ? undefined
          : new TcpStory(maxSegmentBytes(path), this.#random, (from, segment) => {
              const path = followed.paths[from]
              if (path !== undefined)
                this.#give(followed, encodeTcpFrame(path, segment, followed.ids[from]++, sink.allocate))
            }),
      comment: `link ${link.id}: ${link.protocol} of ${link.host}`,
      secrets: [],
    }
    this.#links.set(link, followed)
    sink.server(server.address)
    return followed
  }

  #give(followed: Followed, frame: Buffer): void {
    const { comment } = followed
    followed.comment = undefined
    this.#sink.packet(followed.interface, frame, comment)
  }
}
