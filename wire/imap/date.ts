// Dates as IMAP writes them (RFC 3501 §9): `25-Nov-2026` in SEARCH, `25-Nov-2026 01:41:34 +0100` for INTERNALDATE.

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const day = /^(\d{1,2})-([a-z]{3})-(\d{4})$/i
const time = /^( ?\d|\d\d)-([a-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/i

/** A day without a zone, as midnight of UTC in milliseconds; undefined where the text is none. */
export function parseDay(text: string): number | undefined {
  const found = day.exec(text)
  return found === null ? undefined : dayOf(found)
}

export function formatDay(milliseconds: number): string {
  const date = new Date(milliseconds)
  return `${date.getUTCDate()}-${months[date.getUTCMonth()]}-${year(date)}`
}

export interface InternalDate {
  /** Milliseconds since 1970. */
  readonly time: number
  /** Minutes east of UTC. */
  readonly zone: number
}

/** Undefined where the text is no date-time. */
export function parseInternalDate(text: string): InternalDate | undefined {
  const found = time.exec(text)
  if (found === null) return undefined
  const midnight = dayOf(found)
  const [hour, minute, second, zoneHours, zoneMinutes] = [4, 5, 6, 8, 9].map(index => Number(found[index])) as [
    number,
    number,
    number,
    number,
    number,
  ]
  if (midnight === undefined || hour > 23 || minute > 59 || second > 60 || zoneMinutes > 59) return undefined
  const zone = (found[7] === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes)
  return { time: midnight + ((hour * 60 + minute - zone) * 60 + second) * 1000, zone }
}

export function formatInternalDate({ time, zone }: InternalDate): string {
  const local = new Date(time + zone * 60_000)
  const date = `${String(local.getUTCDate()).padStart(2)}-${months[local.getUTCMonth()]}-${year(local)}`
  const clock = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(':')
  const east = Math.abs(zone)
  return `${date} ${clock} ${zone < 0 ? '-' : '+'}${two(Math.floor(east / 60))}${two(east % 60)}`
}

function dayOf([, dayText, monthName, yearText]: readonly string[]): number | undefined {
  const month = months.findIndex(name => name.toLowerCase() === monthName!.toLowerCase())
  const number = Number(dayText)
  const date = new Date(0)
  date.setUTCFullYear(Number(yearText), month, number)
  return month < 0 || number < 1 || date.getUTCMonth() !== month ? undefined : date.getTime()
}

function year(date: Date): string {
  return String(date.getUTCFullYear()).padStart(4, '0')
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
