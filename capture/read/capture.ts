// Reads what crossed a network out of a capture, ours or another program's: links with what was said on them, in order,
// put together from packets, with TLS taken off by secrets inside the file or beside it.

import { KeyLog } from '../../wire/tls/key-log.ts'
import type { CaptureEvent } from './events.ts'
import { readRecords } from './formats.ts'
import { Fragments } from './fragments.ts'
import { ipPacketIn, isLinkType } from './frames.ts'
import { readIpPacket } from './ip.ts'
import { addressText, Links } from './links.ts'
import { OctetFile } from './octet-file.ts'
import type { CaptureRecord, PacketRecord } from './records.ts'
import { readKeyLog } from './secrets.ts'
import { Tally } from './tally.ts'

export type { CapturedEnding, CaptureEvent } from './events.ts'

export interface ReadCaptureOptions {
  /** A file with secrets of TLS, as programs write it where SSLKEYLOGFILE tells them to; beside those in the capture. */
  keyLog?: string | undefined
}

/**
 * Reads a pcapng or pcap file, event by event, in the order of the capture. The file is read as the events are asked
 * for, and never whole: twice where it can be, since names and secrets may stand behind the packets that they are for.
 * What is cut, damaged or missing is noted, and the rest goes on.
 *
 * @throws {UsageError} with the first event, where the file or the key log cannot be read or is no capture.
 *
 * @example
 * for (const event of readCapture('mail.pcapng')) {
 *   if (event.kind === 'plain') console.log(event.link.id, event.from, String(event.octets))
 * }
 */
export function* readCapture(path: string, options: ReadCaptureOptions = {}): Generator<CaptureEvent, void, undefined> {
  using file = new OctetFile(path)
  const tally = new Tally()
  const secrets = new KeyLog()
  const records = readRecords(file, tally)
  if (options.keyLog !== undefined) {
    readKeyLog(options.keyLog, secrets)
    if (secrets.size === 0) tally.add(`no secrets in the key log ${JSON.stringify(options.keyLog)}`)
  }
  if (file.isRegular) yield* readAhead(path, secrets)
  const reading = new Reading(secrets, tally)
  for (const record of records) {
    if (record.kind === 'packet') yield* reading.packet(record)
    else if (!file.isRegular) yield* toldBy(record, secrets)
  }
  yield* reading.end()
}

/** Names and secrets of all of a file. */
function* readAhead(path: string, secrets: KeyLog): Generator<CaptureEvent, void, undefined> {
  using file = new OctetFile(path)
  // What is to be noted is noted when the packets are read.
  for (const record of readRecords(file, new Tally())) yield* toldBy(record, secrets)
}

function* toldBy(record: CaptureRecord, secrets: KeyLog): Generator<CaptureEvent, void, undefined> {
  if (record.kind === 'names') yield { kind: 'names', address: addressText(record.address), names: record.names }
  else if (record.kind === 'secrets') {
    for (const line of record.octets.toString('latin1').split('\n')) secrets.add(line)
  }
}

class Reading {
  readonly #secrets: KeyLog
  readonly #tally: Tally
  readonly #fragments = new Fragments()
  readonly #links: Links
  #events: CaptureEvent[] = []

  constructor(secrets: KeyLog, tally: Tally) {
    this.#secrets = secrets
    this.#tally = tally
    this.#links = new Links(secrets, tally, event => this.#events.push(event))
  }

  packet({ linkType, time, octets, length }: PacketRecord): readonly CaptureEvent[] {
    if (!isLinkType(linkType)) {
      this.#tally.add(`packets of link type ${linkType} are not read`)
      return []
    }
    if (octets.length < length) this.#tally.add('a packet of which the capture has only the beginning')
    const found = ipPacketIn(linkType, octets)
    if (found === undefined) return []
    // What is missing at the end of the frame is missing at the end of the packet.
    const packet = readIpPacket(found, found.length + length - octets.length, this.#fragments, this.#tally)
    if (packet !== undefined) this.#links.packet(packet, time)
    return this.#taken()
  }

  end(): readonly CaptureEvent[] {
    this.#links.end()
    const unjoined = this.#fragments.waiting + this.#fragments.lost
    if (unjoined > 0) this.#tally.add(`${unjoined} datagrams of which fragments are missing are left out`)
    if (this.#secrets.dropped > 0) this.#tally.add(`${this.#secrets.dropped} secrets are too many`)
    for (const text of this.#tally.notes) this.#events.push({ kind: 'note', text })
    return this.#taken()
  }

  #taken(): readonly CaptureEvent[] {
    const events = this.#events
    if (events.length > 0) this.#events = []
    return events
  }
}
