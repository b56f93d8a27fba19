// Dates as HTTP writes them (RFC 9110 §5.6.7): one form is sent, three are read.

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const two = (number: number): string => String(number).padStart(2, '0')

/** `Sun, 15 Mar 2015 12:09:16 GMT` */
export function formatHttpDate(milliseconds: number): string {
  const date = new Date(milliseconds)
  const day = `${days[date.getUTCDay()]}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} GMT`
}

const fixdate = /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/
const rfc850 = /^(?:Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/
const asctime = /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/

/** Milliseconds of Unix time, or undefined for what is no date. `now` settles the century of RFC 850's two digits. */
export function parseHttpDate(text: string, now: number): number | undefined {
  let match = fixdate.exec(text)
  if (match !== null) return moment(match[3]!, match[2]!, match[1]!, match[4]!, match[5]!, match[6]!)
  match = asctime.exec(text)
  if (match !== null) return moment(match[6]!, match[1]!, match[2]!, match[3]!, match[4]!, match[5]!)
  match = rfc850.exec(text)
  if (match === null) return undefined
  const thisYear = new Date(now).getUTCFullYear()
  let year = thisYear - (thisYear % 100) + Number(match[3])
  if (year > thisYear + 50) year -= 100
  return moment(String(year), match[2]!, match[1]!, match[4]!, match[5]!, match[6]!)
}

function moment(year: string, month: string, ...rest: string[]): number | undefined {
  const index = months.indexOf(month)
  const [day, hour, minute, second] = rest.map(Number) as [number, number, number, number]
  if (index < 0 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined
  return Date.UTC(Number(year), index, day, hour, minute, second)
}
