// Dates in mail (RFC 5322 §3.3), the obsolete ways of writing them included (§4.3).

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const zones: Record<string, number> = { UT: 0, GMT: 0, EST: -300, EDT: -240, CST: -360, CDT: -300, MST: -420 }
Object.assign(zones, { MDT: -360, PST: -480, PDT: -420 })

const two = (number: number) => String(number).padStart(2, '0')

/** In UTC, for example `Sun, 15 Mar 2015 12:09:16 +0000`. */
export function formatDate(date: Date): string {
  const day = `${days[date.getUTCDay()]}, ${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}

const pattern =
  /^(?:[a-z]{3,9}\s*,)?\s*(\d{1,2})\s+([a-z]{3})[a-z]*\.?\s+(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([+-]\d{4}|[a-z]{1,3})?/i

/** Undefined where the text is no date. */
export function parseDate(text: string): Date | undefined {
  const found = pattern.exec(text.replace(/\([^()]*\)/g, ' ').trim())
  if (found === null) return undefined
  const [, day, monthName, yearText, hour, minute, second = '0', zone = '+0000'] = found
  const month = months.findIndex(name => name.toLowerCase() === monthName!.toLowerCase())
  if (month < 0) return undefined
  let year = Number(yearText)
  // RFC 5322 §4.3: two digits below 50 are 20xx; three digits count from 1900.
  if (yearText!.length < 4) year += yearText!.length === 2 && year < 50 ? 2000 : 1900
  const time = Date.UTC(year, month, Number(day), Number(hour), Number(minute), Number(second))
  return new Date(time - zoneMinutes(zone) * 60_000)
}

function zoneMinutes(zone: string): number {
  if (!/^[+-]/.test(zone)) return zones[zone.toUpperCase()] ?? 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))
  return zone.startsWith('-') ? -minutes : minutes
}
