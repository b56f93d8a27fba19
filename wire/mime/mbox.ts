// Mail in one file (RFC 4155): each mail after a line `From sender date`. Written as mboxrd, where every line that begins
// with `From `, after any number of `>`, gets one `>` more; mboxo is read as well. Flags stand in Status and X-Status, as
// most programs have them. Left out: mboxcl, whose Content-Length tells where a mail ends.

export interface MboxMail {
  /** Octets, their lines ended by CRLF. */
  content: Buffer
  /** Of the `From ` line; undefined where it says none. */
  date?: Date | undefined
  /** System flags such as `\Seen`. */
  flags: readonly string[]
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (number: number) => String(number).padStart(2, '0')

/** As C's asctime has it, in UTC: `Sun Mar 15 12:09:16 2015`. */
function formatAsctime(date: Date): string {
  const day = `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
  return `${day} ${time} ${date.getUTCFullYear()}`
}

const asctime =
  /\b([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d)(?::(\d\d))?(?: [A-Z]{1,5})? (\d{4})(?: ([+-])(\d\d)(\d\d))?\s*$/

function parseAsctime(text: string): Date | undefined {
  const found = asctime.exec(text)
  const month = months.indexOf(found?.[1] ?? '')
  if (found === null || month < 0) return undefined
  const [, , day, hour, minute, second = '0', year, sign, zoneHours = '0', zoneMinutes = '0'] = found
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -60_000 : 60_000)
  return new Date(Date.UTC(Number(year), month, Number(day), Number(hour), Number(minute), Number(second)) - zone)
}

/** The letters that mail readers write for flags: of Status, and of X-Status. */
const statusFlags: readonly (readonly [string, string])[] = [['R', '\\Seen']]
const extraFlags: readonly (readonly [string, string])[] = [
  ['A', '\\Answered'],
  ['F', '\\Flagged'],
  ['T', '\\Draft'],
  ['D', '\\Deleted'],
]

/** With line feeds, as such files have them. */
export function formatMbox(mails: readonly MboxMail[]): Buffer {
  const parts: Buffer[] = []
  for (const { content, date = new Date(0), flags } of mails) {
    const text = content.toString('latin1').replaceAll('\r\n', '\n')
    const sender = /^Return-Path:[ \t]*<([^>\s]*)>/im.exec(text.slice(0, 4096))?.[1] || 'MAILER-DAEMON'
    const letters = (known: typeof statusFlags) =>
      known.flatMap(([letter, flag]) => (flags.includes(flag) ? [letter] : [])).join('')
    const extra = letters(extraFlags)
    const status =
      flags.length === 0 ? '' : `Status: ${letters(statusFlags)}O\n${extra === '' ? '' : `X-Status: ${extra}\n`}`
    const headEnd = text.startsWith('\n') ? 0 : text.indexOf('\n\n') + 1
    const head = headEnd > 0 ? text.slice(0, headEnd) : ''
    const quoted = (head + status + text.slice(head.length)).replace(/^(>*From )/gm, '>$1')
    const closed = quoted.endsWith('\n') ? quoted : `${quoted}\n`
    parts.push(Buffer.from(`From ${sender} ${formatAsctime(date)}\n${closed}\n`, 'latin1'))
  }
  return Buffer.concat(parts)
}

const LF = 0x0a
const from = Buffer.from('From ')
const lfFrom = Buffer.from('\nFrom ')

/** The mails of a file, however its lines end; none where it does not begin with a `From ` line. */
export function parseMbox(octets: Buffer): MboxMail[] {
  const mails: MboxMail[] = []
  if (!octets.subarray(0, from.length).equals(from)) return mails
  for (let at = 0; at < octets.length; ) {
    const lineEnd = octets.indexOf(LF, at)
    const start = lineEnd < 0 ? octets.length : lineEnd + 1
    const next = octets.indexOf(lfFrom, start - 1)
    const end = next < 0 ? octets.length : next + 1
    mails.push(readMail(octets.toString('latin1', at, start), octets.toString('latin1', start, end)))
    at = end
  }
  return mails
}

function readMail(line: string, text: string): MboxMail {
  const lines = text
    .replaceAll('\r\n', '\n')
    // The empty line before the next mail belongs to the file.
    .replace(/\n\n$/, '\n')
    .replace(/^>(>*From )/gm, '$1')
  const headEnd = lines.indexOf('\n\n') + 1
  const head = headEnd > 0 ? lines.slice(0, headEnd) : ''
  const flags = new Set<string>()
  const kept = head.replace(
    /^(X-)?Status:[ \t]*([A-Za-z]*)[ \t]*\n/gim,
    (_, extra: string | undefined, letters: string) => {
      for (const [letter, flag] of extra === undefined ? statusFlags : extraFlags)
        if (letters.includes(letter)) flags.add(flag)
      return ''
    },
  )
  const content = Buffer.from((kept + lines.slice(head.length)).replaceAll('\n', '\r\n'), 'latin1')
  return { content, date: parseAsctime(line.trimEnd()), flags: [...flags] }
}
