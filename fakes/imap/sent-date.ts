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

/** What nearly all dates look like. */
const usual = /^(?:[A-Za-z]{3}, )?(\d\d?) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})$/

type Words = readonly (string | undefined)[]

/** `Wed, 25 Nov 2026 12:00:00 +0100` on one line: the day's name and the seconds may be missing, and the zone. */
function parseSentDate(text: string): SentDate | undefined {
  const words: Words = usual.exec(text)?.slice(1) ?? wordsOf(text)
  const [dayText, monthName = '', yearText, hourText, minuteText, secondText, zone] = words
  const day = oneOrTwoDigits(dayText)
  const at = months.indexOf(monthName.slice(0, 3).toLowerCase())
  const month = monthName.length >= 3 && at % 3 === 0 ? at / 3 : Number.NaN
  const [hour, minute, second] = [oneOrTwoDigits(hourText), twoDigits(minuteText), twoDigits(secondText)]
  const local = Date.UTC(yearOf(yearText), month, day, hour, minute, second)
  if (Number.isNaN(local) || zone === undefined) return undefined
  // A leap second is the next minute's first.
  const read = new Date(local - (second === 60 ? 1000 : 0))
  if (read.getUTCDate() !== day || read.getUTCHours() !== hour || read.getUTCMinutes() !== minute) return undefined
  const zoneMs = zoneMinutes(zone) * minuteMs
  return { timeMs: local - zoneMs, zoneMs }
}

/** Day, month, year, hour, minute, second and zone, which may be empty. */
function wordsOf(text: string): Words {
  const reader = new FieldReader(text)
  reader.skipBlanks()
  let day = reader.atom()
  if (day?.length === 3) day = skip(reader, ',') ? reader.atom() : undefined
  const [month, year, hour] = [reader.atom(), reader.atom(), reader.atom()]
  const minute = skip(reader, ':.') ? reader.atom() : undefined
  const second = skip(reader, ':.') ? reader.atom() : '00'
  return [day, month, year, hour, minute, second, reader.atEnd ? '' : reader.atom()]
}

function oneOrTwoDigits(text = ''): number {
  return /^\d\d?$/.test(text) ? Number(text) : Number.NaN
}

function twoDigits(text = ''): number {
  return /^\d\d$/.test(text) ? Number(text) : Number.NaN
}

function skip(reader: FieldReader, oneOf: string): boolean {
  if (reader.atEnd || !oneOf.includes(reader.peek())) return false
  reader.at++
  reader.skipBlanks()
  return true
}

function yearOf(text = ''): number {
  if (/^\d\d$/.test(text)) return Number(text) + (Number(text) < 70 ? 2000 : 1900)
  return /^\d{4}$/.test(text) && Number(text) >= 1900 ? Number(text) : Number.NaN
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
