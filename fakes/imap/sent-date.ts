// When a mail was sent, as its Date field says (RFC 5322 §3.3, §4.3), with the zone that it was said in. What is not written
// as the RFC has it is no date, as with Dovecot.

import { FieldReader } from '../../wire/imap/field-reader.ts'
import type { MailMessage } from '../mail/message.ts'
import { firstValue } from './header-text.ts'

interface SentDate {
  /** In milliseconds of Unix time. */
  readonly timeMs: number
  /** How far the sender's clock was ahead of UTC. */
  readonly zoneMs: number
}

const months = 'janfebmaraprmayjunjulaugsepoctnovdec'
const minuteMs = 60_000

/** Undefined where nothing is said, or nothing that is a date. */
export function sentDate({ raw }: MailMessage): SentDate | undefined {
  const value = firstValue(raw, 'date')
  return value === undefined ? undefined : parseSentDate(value)
}

/** What SORT and THREAD go by (RFC 5256 §2.2): when it was sent, else when it was received, in milliseconds. */
export function sortDate(message: MailMessage): number {
  return sentDate(message)?.timeMs || Math.floor(message.internalMs / 1000) * 1000
}

/** `Wed, 25 Nov 2026 12:00:00 +0100` on one line: the day's name and the seconds may be missing, and the zone. */
function parseSentDate(text: string): SentDate | undefined {
  const reader = new FieldReader(text)
  reader.skipBlanks()
  let day = reader.atom()
  if (day?.length === 3) {
    if (!skip(reader, ',')) return undefined
    day = reader.atom()
  }
  const month = months.indexOf(reader.atom()?.slice(0, 3).toLowerCase().padEnd(3) ?? ' ')
  const year = yearOf(reader.atom())
  const hour = reader.atom()
  const minute = skip(reader, ':.') ? reader.atom() : undefined
  const hasSecond = skip(reader, ':.')
  const second = hasSecond ? reader.atom() : '00'
  if (!/^\d\d?$/.test(day ?? '') || month % 3 !== 0 || year === undefined || !/^\d\d?$/.test(hour ?? ''))
    return undefined
  if (!/^\d\d$/.test(minute ?? '') || !/^\d\d$/.test(second ?? '')) return undefined
  const zone = reader.atEnd ? '' : reader.atom()
  if (zone === undefined) return undefined
  const numbers = [year, month / 3, Number(day), Number(hour), Number(minute), Number(second)] as const
  const local = Date.UTC(...numbers)
  const read = new Date(local - (numbers[5] === 60 ? 1000 : 0))
  if (read.getUTCDate() !== numbers[2] || read.getUTCHours() !== numbers[3] || read.getUTCMinutes() !== numbers[4]) {
    return undefined
  }
  const zoneMs = zoneMinutes(zone) * minuteMs
  return { timeMs: local - zoneMs, zoneMs }
}

function skip(reader: FieldReader, oneOf: string): boolean {
  if (reader.atEnd || !oneOf.includes(reader.peek())) return false
  reader.at++
  reader.skipBlanks()
  return true
}

function yearOf(text = ''): number | undefined {
  if (/^\d\d$/.test(text)) return Number(text) + (Number(text) < 70 ? 2000 : 1900)
  return /^\d{4}$/.test(text) && Number(text) >= 1900 ? Number(text) : undefined
}

/** Minutes ahead of UTC; of a zone that nobody knows 0. */
function zoneMinutes(zone: string): number {
  const found = /^([+-])(\d\d)(\d\d)$/.exec(zone)
  if (found !== null) return Number(`${found[1]}1`) * (Number(found[2]) * 60 + Number(found[3]))
  const name = zone.toUpperCase()
  if (/^[ECMP][SD]T$/.test(name)) return (-5 - 'ECMP'.indexOf(name[0]!) + Number(name[1] === 'D')) * 60
  // RFC 822's military zones, which have no J.
  if (name.length !== 1) return 0
  const east = 'ABCDEFGHIKLM'.indexOf(name)
  const west = 'NOPQRSTUVWXY'.indexOf(name)
  return (east + 1 - (west + 1)) * 60
}
