// Records what crosses a network's links on a tape, whatever answers there. It knows no protocol: what a message is, what
// of it is secret and how it is written down is the business of the protocol's form in wire/.

import { clearTimeout, setTimeout } from 'node:timers'
import type { Ending, Link, Tap } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import type { Side } from '../wire/decoder.ts'
import { form as rawForm } from '../wire/raw.ts'
import type { Follower, Heard, Marks, TapeForm, TapeValue } from '../wire/tape.ts'
import { Gathering } from './body.ts'
import type { JournalConversation } from './journal.ts'
import { keyedForm } from './keyed.ts'
import { eventText, type SinkOptions, saidText, TapeSink } from './sink.ts'
import type { TapeService } from './tape.ts'

export interface RecordOptions extends SinkOptions {
  /** Which links are recorded. Default: all. */
  records?: (link: Link) => boolean
}

/** A pause before what a server says is kept from this length on. */
export const shortestPauseMs: number = 1000
/** How long a message without an end of its own is waited for before it is written as far as it has come. */
const provisionalMs = 25
/** Such a message is written again as it grows, up to this length. */
const maxProvisionalBytes = 64 * 1024

/** What is to be known of a link while it is relayed. */
export interface Following {
  /** The last thing that the server said begins TLS on both sides. */
  readonly startsTls: boolean
  /** The last octets of the client that are not to be handed on yet. */
  readonly held: number
  /** TLS may begin wherever the client speaks: nothing else is known of the protocol. */
  readonly isStream: boolean
  /** Why the link cannot be recorded. */
  readonly refusal: string | undefined
}

/** What is recorded, as far as the recorder has to ask it. */
export interface Recorded {
  /** Milliseconds of Unix time where the tape begins. */
  readonly epoch: number
  now(): number
  /** The addresses of a name; undefined where it is none. */
  addressesOf(host: string): readonly string[] | undefined
  bug(error: unknown, link: Link): void
}

export function recordedNetwork(network: Network): Recorded {
  return {
    epoch: network.clock.epoch,
    now: () => network.clock.now(),
    addressesOf: host => network.hostOf(host)?.addresses,
    bug: (error, link) => network.reportBug(error, link),
  }
}

export class Recorder implements Tap {
  readonly #recorded: Recorded
  readonly #forms: ReadonlyMap<string, TapeForm>
  readonly #records: (link: Link) => boolean
  readonly #secrets: ReadonlyMap<string, string> | undefined
  readonly #links = new Map<Link, LinkRecording>()
  readonly tape: TapeSink

  constructor(recorded: Recorded, forms: ReadonlyMap<string, TapeForm>, options: RecordOptions) {
    this.#recorded = recorded
    this.#forms = forms
    this.#records = options.records ?? (() => true)
    this.#secrets = options.secrets
    this.tape = new TapeSink(options, recorded.epoch)
  }

  opened(link: Link): void {
    if (!this.#records(link)) return
    const known = this.#forms.get(link.protocol) ?? rawForm
    const keyed = keyedForm(known, this.#secrets)
    const form = typeof keyed === 'string' ? { ...known, unrepeatable: () => keyed } : keyed
    const addresses = this.#recorded.addressesOf(link.host)
    if (addresses !== undefined) this.tape.journal.host(link.host, addresses)
    this.#links.set(link, new LinkRecording(link, form, this.tape, () => this.#recorded.now()))
  }

  plain(link: Link, from: Side, bytes: Uint8Array): void {
    const recording = this.#links.get(link)
    if (recording === undefined) return
    // The octets are a tap's only during the call, but for those that a relay hands on.
    const octets = recording.isRelayed && Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)
    this.#guard(link, () => recording.heard(from, octets))
  }

  secured(link: Link): void {
    this.#guard(link, recording => recording.secured())
  }

  ended(link: Link, from: Side): void {
    this.#guard(link, recording => recording.ended(from))
  }

  closed(link: Link, how: Ending): void {
    this.#guard(link, recording => recording.closed(how))
    this.#links.delete(link)
  }

  /** Writes down one question and its answer as a conversation of their own. */
  exchange(link: Link, asked: Buffer, answered: Buffer): void {
    const form = this.#forms.get(link.protocol) ?? rawForm
    const as: Link = { ...linkOf(link), transport: 'udp' }
    const recording = new LinkRecording(as, form, this.tape, () => this.#recorded.now())
    recording.heard('client', asked)
    recording.heard('server', answered)
    recording.closed('end')
  }

  /** For who relays a link; the octets that it is given and gives are nobody else's. */
  following(link: Link): Following | undefined {
    const recording = this.#links.get(link)
    if (recording !== undefined) recording.isRelayed = true
    return recording
  }

  /**
   * Writes all that there is down, also of links that are still open. False where there was nothing.
   *
   * @throws {UsageError} where the file could not be written.
   */
  finish(): boolean {
    for (const link of [...this.#links.keys()]) this.closed(link, 'network closed')
    const written = this.tape.journal.close()
    if (written) this.tape.blobs.sweep()
    else this.tape.blobs.close()
    return written
  }

  /** A form that fails is at fault and must not end the link that is recorded. */
  #guard(link: Link, call: (recording: LinkRecording) => void): void {
    const recording = this.#links.get(link)
    if (recording === undefined) return
    try {
      call(recording)
    } catch (error) {
      this.#links.delete(link)
      this.#recorded.bug(error, link)
    }
  }
}

function linkOf({ id, protocol, host, client, seenAs, server }: Link) {
  return { id, protocol, host, client, seenAs, server, tls: undefined }
}

class LinkRecording implements Following {
  readonly #link: Link
  readonly #tape: TapeSink
  readonly #now: () => number
  readonly #form: TapeForm
  readonly #follower: Follower
  readonly #conversation: JournalConversation
  readonly #bodies: Record<Side, Gathering | undefined> = { client: undefined, server: undefined }
  readonly #messages: Record<Side, unknown> = { client: undefined, server: undefined }
  /** Messages of the client that have begun, and the last of them that was answered. */
  #asked = 0
  #answered = 0
  #closes = false
  #isEndless = false
  #hasEnded: Record<Side, boolean> = { client: false, server: false }
  #clientEndIsDue = false
  #lastMs: number
  #timer: NodeJS.Timeout | undefined
  #hasSpoken: Record<Side, boolean> = { client: false, server: false }
  startsTls = false
  isRelayed = false
  refusal: string | undefined

  constructor(link: Link, form: TapeForm, tape: TapeSink, now: () => number) {
    this.#link = link
    this.#form = form
    this.#follower = form.follow(link.transport)
    this.#tape = tape
    this.#now = now
    this.#lastMs = now()
    const service: TapeService = {
      protocol: link.protocol,
      transport: link.transport,
      host: link.host,
      port: link.server.port,
    }
    this.#conversation = tape.journal.begin(service)
  }

  get isStream(): boolean {
    return this.#form.kind(this.#link.transport) === 'stream'
  }

  get held(): number {
    return this.#follower.held
  }

  heard(from: Side, octets: Buffer): void {
    this.startsTls = false
    if (this.refusal !== undefined) return
    if (!this.#hasSpoken[from]) {
      this.#hasSpoken[from] = true
      this.refusal = this.#form.unrepeatable?.(from, octets)
      if (this.refusal !== undefined) {
        this.#tape.refused(this.#link, this.refusal)
        return
      }
    }
    this.#follower.push(from, octets)
    this.#drain()
  }

  secured(): void {
    // What is under TLS begins anew.
    this.#hasSpoken = { client: false, server: false }
    const { tls } = this.#link
    this.#follower.secured()
    this.#drain()
    this.#event(eventText({ kind: 'tls', name: tls?.servername, alpn: tls?.alpn }))
  }

  ended(from: Side): void {
    if (this.#hasEnded[from] || this.refusal !== undefined) return
    this.#hasEnded[from] = true
    this.#follower.end(from)
    this.#drain()
    if (from === 'client') this.#clientEndIsDue = !this.#hasEnded.server
    else if (!this.#hasEnded.client && this.#endMatters()) this.#event(eventText({ kind: 'end', from: 'server' }))
  }

  closed(how: Ending): void {
    if (this.refusal !== undefined) return
    for (const side of ['client', 'server'] as const) {
      if (!this.#hasEnded[side]) this.#follower.end(side)
    }
    this.#drain()
    // A server that has ended resets what still comes to it, and will do so again by itself.
    if (how === 'reset by server' && !(this.#closes && this.#hasEnded.server))
      this.#event(eventText({ kind: 'reset', from: 'server' }))
    else if (how === 'reset by client' && !this.#hasEnded.server && !this.#closes)
      this.#event(eventText({ kind: 'reset', from: 'client' }))
    clearTimeout(this.#timer)
    for (const body of Object.values(this.#bodies)) body?.abandon()
    // A connection in which nobody said anything was one all the same; a port that answers nothing is no service.
    if (this.#link.transport === 'tcp' && !this.#conversation.isBegun) this.#event('')
  }

  #drain(): void {
    for (let heard = this.#follower.next(); heard !== undefined; heard = this.#follower.next()) this.#take(heard)
  }

  #take(heard: Heard): void {
    const { from } = heard
    if (heard.kind === 'piece') {
      this.#bodies[from]!.push(heard.octets)
      this.#lastMs = this.#now()
      this.#writeSoon()
      return
    }
    if (heard.kind !== 'finish' && from === 'client') this.#asked++
    if (heard.kind === 'begin') {
      this.#bodies[from] = new Gathering(this.#tape.blobs)
      this.#messages[from] = heard.message
      this.#beforeSaid(from)
      this.#lastMs = this.#now()
      return
    }
    if (heard.kind === 'whole') this.#beforeSaid(from)
    const gathering = this.#bodies[from]
    this.#bodies[from] = undefined
    const { body, sink } = gathering?.finish() ?? { body: undefined, sink: undefined }
    const value = this.#tape.value(this.#form, heard.message, body, this.#tape.writing(sink))
    this.#said(from, value, heard)
    // A stream's message ends when the other side speaks.
    if (!this.isStream) this.#lastMs = this.#now()
  }

  /** What happened before a message and is only now known to matter. */
  #beforeSaid(from: Side): void {
    if (from !== 'server') return
    if (this.#clientEndIsDue && this.#isUnasked()) {
      this.#clientEndIsDue = false
      this.#event(eventText({ kind: 'end', from: 'client' }))
    }
    const paused = this.#now() - this.#lastMs
    if (paused >= shortestPauseMs) this.#event(eventText({ kind: 'pause', ms: paused }))
  }

  /** Whether what the server says may be due to the client's end: nothing says where a stream's question ends. */
  #isUnasked(): boolean {
    return this.isStream || this.#answered >= this.#asked
  }

  #said(from: Side, value: TapeValue, marks: Marks, provisional = false): void {
    const answers = from === 'client' ? this.#asked : (marks.answers ?? this.#asked)
    if (from === 'server' && !provisional) {
      this.#answered = Math.max(this.#answered, answers)
      this.#closes = marks.closes ?? false
      this.#isEndless = marks.endless ?? false
      this.startsTls = marks.startTls ?? false
    }
    const isLate = from === 'server' && answers !== this.#asked
    const place = { group: answers, fromClient: from === 'client', isLate, provisional }
    this.#tape.journal.append(this.#conversation, saidText(from, value), place)
  }

  #event(text: string): void {
    this.#tape.journal.append(this.#conversation, text, { group: this.#asked, fromClient: false, isSilent: true })
  }

  /** Whether the end of the server's side says something that its messages have not said. */
  #endMatters(): boolean {
    if (this.#closes) return false
    return this.#isEndless || this.#form.kind(this.#link.transport) !== 'exchanges' || this.#answered < this.#asked
  }

  /** A stream's message has no end until the other side speaks: it is written as it is, and again when it has grown. */
  #writeSoon(): void {
    if (this.#timer !== undefined || this.#form.kind(this.#link.transport) !== 'stream') return
    this.#timer = setTimeout(() => this.#writeProvisionally(), provisionalMs).unref()
  }

  #writeProvisionally(): void {
    this.#timer = undefined
    for (const side of ['client', 'server'] as const) {
      const gathering = this.#bodies[side]
      if (gathering === undefined || !gathering.isSmall || gathering.size > maxProvisionalBytes) continue
      const { body } = gathering.finish()
      this.#said(
        side,
        this.#tape.value(this.#form, this.#messages[side], body, this.#tape.writing(undefined)),
        {},
        true,
      )
    }
  }
}
