// A link's octets as its protocol says them: where a ClientHello begins, at once or after STARTTLS, TLS is taken off.

import { formatEndpoint } from '../../net/address.ts'
import type { Side } from '../../wire/decoder.ts'
import { Eavesdropper, type Overheard } from '../../wire/tls/eavesdropper.ts'
import type { KeyLog } from '../../wire/tls/key-log.ts'
import { alert, handshake, isRecordHead, recordHeadBytes } from '../../wire/tls/records.ts'
import type { CapturedEnding, CapturedLink, CaptureEvent } from './events.ts'

interface Held {
  readonly octets: Buffer
  readonly time: number
}

/** Octets of what looks like a hello, held until the server's answer tells whether it is one. */
const maxHeldBytes = 64 * 1024

export class Unveiling {
  readonly link: CapturedLink
  readonly #secrets: KeyLog
  readonly #emit: (event: CaptureEvent) => void
  /** `asked`: the client has said what looks like a hello. */
  #state: 'plain' | 'asked' | 'secured' | 'opaque' = 'plain'
  #held: Held[] = []
  #heldBytes = 0
  /** Of what is held. */
  #head: Buffer = Buffer.alloc(0)
  #eavesdropper: Eavesdropper | undefined
  /** Something is missing, so that TLS may go on whose beginning nobody saw. */
  #isUncertain: boolean
  /** It has been told what became of TLS. */
  #isSettled = false
  readonly #ended: Record<Side, boolean> = { client: false, server: false }

  constructor(link: CapturedLink, secrets: KeyLog, emit: (event: CaptureEvent) => void) {
    this.link = link
    this.#secrets = secrets
    this.#emit = emit
    this.#isUncertain = link.isJoined
  }

  octets(from: Side, octets: Buffer, time: number): void {
    if (this.#state === 'asked') this.#answered(from, octets, time)
    else if (this.#state === 'secured') this.#overheard(this.#eavesdropper!.push(from, octets), time)
    else if (this.#state === 'opaque') this.#emit({ kind: 'opaque', link: this.link, from, octets, time })
    else if (from === 'client' && mayBeClientHello(octets)) {
      this.#state = 'asked'
      this.#answered(from, octets, time)
    } else if (this.#isUncertain && isRecord(octets)) {
      this.#veil('its handshake is not in the capture')
      this.octets(from, octets, time)
    } else this.#emit({ kind: 'plain', link: this.link, from, octets, time })
  }

  lost(from: Side, count: number, time: number): void {
    if (this.#state === 'asked' && !this.#isHello()) this.#decide(false)
    else if (this.#state === 'asked') {
      this.#veil('a part of its handshake is not in the capture')
      for (const { octets, time } of this.#released()) this.octets('client', octets, time)
    }
    this.#isUncertain = true
    this.#emit({ kind: 'lost', link: this.link, from, count, time })
    if (this.#state === 'secured') this.#overheard(this.#eavesdropper!.lost(from), time)
  }

  ended(from: Side, time: number): void {
    if (this.#state === 'asked') this.#decide(this.#isHello())
    if (this.#state === 'secured') this.#overheard(this.#eavesdropper!.end(from), time)
    this.#end(from, time)
  }

  closed(how: CapturedEnding, time: number): void {
    if (this.#state === 'asked') this.#decide(this.#isHello())
    if (this.#state === 'secured' && !this.#isSettled) {
      this.#note(how === 'unseen' ? 'its handshake is cut' : 'its handshake came to no agreement')
    }
    this.#emit({ kind: 'closed', link: this.link, how, time })
  }

  /** Something is said while the client's hello waits for the server's. */
  #answered(from: Side, octets: Buffer, time: number): void {
    if (from === 'server') {
      this.#decide(this.#isHello() && mayBeAnswer(octets))
      this.octets(from, octets, time)
      return
    }
    this.#held.push({ octets, time })
    this.#heldBytes += octets.length
    if (this.#head.length < helloHeadBytes) {
      this.#head = Buffer.concat([this.#head, octets.subarray(0, helloHeadBytes - this.#head.length)])
    }
    if (this.#heldBytes > maxHeldBytes || !mayBeClientHello(this.#head)) this.#decide(false)
  }

  #isHello(): boolean {
    return this.#head.length === helloHeadBytes && mayBeClientHello(this.#head)
  }

  /** What was held is a hello, or it is not. */
  #decide(isTls: boolean): void {
    this.#state = isTls ? 'secured' : 'plain'
    if (isTls) this.#eavesdropper = new Eavesdropper(this.#secrets)
    for (const { octets, time } of this.#released()) {
      if (isTls) this.#overheard(this.#eavesdropper!.push('client', octets), time)
      else this.#emit({ kind: 'plain', link: this.link, from: 'client', octets, time })
    }
  }

  #released(): Held[] {
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    this.#head = Buffer.alloc(0)
    return held
  }

  #overheard(heard: readonly Overheard[], time: number): void {
    const { link } = this
    for (const each of heard) {
      if (each.kind === 'plain' || each.kind === 'opaque') this.#emit({ ...each, link, time })
      else if (each.kind === 'ended') this.#end(each.from, time)
      else {
        this.#isSettled = true
        if (each.kind === 'secured') this.#emit({ ...each, link, time })
        else this.#note(each.kind === 'note' ? each.text : each.why)
      }
    }
  }

  /** What goes on as TLS cannot be read. */
  #veil(why: string): void {
    this.#state = 'opaque'
    this.#note(why)
  }

  #end(from: Side, time: number): void {
    if (this.#ended[from]) return
    this.#ended[from] = true
    this.#emit({ kind: 'ended', link: this.link, from, time })
  }

  /** `no secrets for the TLS of 192.0.2.1:443`, or `the TLS of …: …`. */
  #note(what: string): void {
    const of = `the TLS of ${formatEndpoint(this.link.server)}`
    this.#emit({
      kind: 'note',
      link: this.link,
      text: /^no secrets?\b/.test(what) ? `${what} for ${of}` : `${of}: ${what}`,
    })
  }
}

/** The heads of a record and of the hello in it, and the version that it begins with. */
const helloHeadBytes = recordHeadBytes + 4 + 2

/** Whether octets are the beginning of a ClientHello; fewer than tell are looked at as far as they go. */
function mayBeClientHello(octets: Buffer): boolean {
  if (octets[0] !== handshake || !isRecordHead(octets)) return false
  if ((octets[5] ?? 1) !== 1 || (octets[9] ?? 3) !== 3 || (octets[10] ?? 3) > 3) return false
  // It may go on in the next record, and nothing stands behind it in this one.
  return octets.length < 9 || octets.readUIntBE(6, 3) >= octets.readUInt16BE(3) - 4
}

/** Whether a server answers a ClientHello as TLS does: by a hello, or by an alert. */
function mayBeAnswer(octets: Buffer): boolean {
  const [type] = octets
  return isRecordHead(octets) && (type === alert || (type === handshake && (octets[5] ?? 2) === 2))
}

/** Whether octets are a record, and what follows can be another. */
function isRecord(octets: Buffer): boolean {
  if (octets.length < recordHeadBytes || !isRecordHead(octets)) return false
  const end = recordHeadBytes + octets.readUInt16BE(3)
  return octets.length <= end || isRecordHead(octets.subarray(end))
}
