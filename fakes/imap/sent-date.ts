// When a mail was sent, as its Date field says (RFC 5322 §3.3, obsolete forms included), with the zone that it was said in.

import type { MailMessage } from '../mail/message.ts'
import { fieldsOf, unfolded } from './header-text.ts'

export interface SentDate {
  /** In milliseconds of Unix time. */
  readonly timeMs: number
  /** How far the sender's clock was ahead of UTC. */
  readonly zoneMs: number
}

const months = 'janfebmaraprmayjunjulaugsepoctnovdec'
const zones = new Map([
  ...[...'abcdefghiklm'].map((letter, index) => [letter, (index + 1) * 60] as const),
  ...[...'nopqrstuvwxy'].map((letter, index) => [letter, -(index + 1) * 60] as const),
  ...(['est', 'edt', 'cst', 'cdt', 'mst', 'mdt', 'pst', 'pdt'] as const).map(
    (name, index) => [name, (-5 - (index >> 1) + (index & 1)) * 60] as const,
  ),
])
const form =
  /^\s*(?:[a-z]{3}\s*,?)?\s*(\d{1,2})\s+([a-z]{3})[a-z]*\s+(\d{2,4})\s+(\d{1,2})\s*[:.]\s*(\d{1,2})(?:\s*[:.]\s*(\d{1,2}))?\s*(?:([+-])(\d\d)(\d\d)|([a-z]+))?/i

/** Undefined where nothing is said, or nothing that is a date. */
export function sentDate({ raw }: MailMessage): SentDate | undefined {
  const field = fieldsOf(raw, 'date')[0]
  return field === undefined ? undefined : parseSentDate(unfolded(raw, field))
}

export function parseSentDate(text: string): SentDate | undefined {
  const found = form.exec(text.replace(/\([^()]*\)/g, ' '))
  if (found === null) return undefined
  const [, day, monthName, yearText, hour, minute, second = '0', sign, zoneHours, zoneMinutes, zoneName = ''] = found
  const at = months.indexOf(monthName!.toLowerCase())
  if (at % 3 !== 0) return undefined
  let year = Number(yearText)
  if (yearText!.length < 4) year += yearText!.length === 2 && year < 50 ? 2000 : 1900
  const minutes =
    sign === undefined
      ? (zones.get(zoneName.toLowerCase()) ?? 0)
      : Number(`${sign}1`) * (Number(zoneHours) * 60 + Number(zoneMinutes))
  const zoneMs = minutes * 60_000
  const local = Date.UTC(year, at / 3, Number(day), Number(hour), Number(minute), Number(second))
  return { timeMs: local - zoneMs, zoneMs }
}
