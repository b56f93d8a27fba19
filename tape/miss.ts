// A miss: a live client asked for what no tape has. It is told with the turns that come nearest, as a difference.

import type { TapeBody, TapeForm, TapeValue, TapeWriting } from '../wire/tape.ts'
import { difference, distance } from './difference.ts'
import { SecretBook } from './secrets.ts'
import { linesOfValue } from './show.ts'
import { formatService, type TapeService } from './tape.ts'

/** A turn of the client that a tape has. */
export interface Candidate {
  /** `FILE:LINE`. */
  readonly where: string
  readonly value: TapeValue
}

export interface Miss {
  readonly service: TapeService
  /** What is wrong: one line. */
  readonly reason: string
  /** What the client said, as a tape would have it; undefined where it was no message. */
  readonly said: string | undefined
  /** The turns that come nearest, the nearest first. */
  readonly nearest: readonly { readonly where: string; readonly lines: readonly string[] }[]
}

const maxNearest = 2
/** Turns that are compared with what was said. */
const maxCompared = 500
const maxShownLines = 20
const maxShownCharacters = 160
/** Misses that are kept; of the others there is a count. */
const maxMisses = 100
/** Octets of a body that are shown. */
const maxShownBody = 2048

export class Misses {
  readonly list: Miss[] = []
  count = 0
  /** Called for each. */
  onMiss: (miss: Miss) => void = () => {}

  add(miss: Miss): void {
    this.count++
    if (this.list.length < maxMisses) this.list.push(miss)
    this.onMiss(miss)
  }
}

/** Compares what was said with what could have been; `form` leaves out what is new each time. */
export function missOf(
  service: TapeService,
  reason: string,
  said: TapeValue | undefined,
  candidates: readonly Candidate[],
  form: TapeForm | undefined,
): Miss {
  const linesOf = (value: TapeValue) => linesOfValue(form?.steady?.('client', value) ?? value)
  const live = said === undefined ? undefined : linesOf(said)
  const nearest =
    live === undefined
      ? []
      : candidates
          .slice(0, maxCompared)
          .map(({ where, value }) => ({ where, lines: linesOf(value) }))
          .map(each => ({ ...each, apart: distance(each.lines, live) }))
          .sort((one, other) => one.apart - other.apart)
          .slice(0, maxNearest)
  return {
    service,
    reason,
    said: live?.join('\n'),
    nearest: nearest.map(({ where, lines }) => ({
      where,
      lines: difference(lines, live!).map(({ sign, text }) => `${sign} ${text}`),
    })),
  }
}

/** As lines for a person. */
export function describeMiss({ service, reason, said, nearest }: Miss): string[] {
  const lines = [`miss at ${formatService(service)}: ${reason}`]
  for (const [index, { where, lines: turn }] of nearest.entries()) {
    lines.push(`  ${index === 0 ? 'the nearest turn' : 'another'}, ${where} (- on the tape, + asked):`)
    lines.push(...shortened(turn).map(line => `    ${line}`))
  }
  if (nearest.length === 0 && said !== undefined) {
    lines.push('  it said:', ...shortened(said.split('\n')).map(line => `    ${line}`))
  }
  return lines
}

/** What a live client said, as a tape has it: secrets are not shown here either. */
export function valueOfLive(form: TapeForm, message: unknown, body: TapeBody | undefined): TapeValue {
  const book = new SecretBook()
  const writing: TapeWriting = {
    hide: (kind, secret) => book.hide(kind, secret),
    sweep: text => text,
    body({ size, octets, secrets }) {
      if (octets === undefined) return `(${size} octets)`
      const shown = octets.subarray(0, maxShownBody)
      const text = shown.toString('utf8')
      const isText = secrets || !/[\x00-\x08\x0e-\x1f\ufffd]/.test(text.slice(0, -1))
      if (!isText) return `(${size} octets: ${shown.subarray(0, 32).toString('hex')}…)`
      return size > shown.length ? `${text}… (${size} octets)` : text
    },
  }
  return form.write(message, body, writing)
}

/** Octets that a live client said, as they are shown. */
export function liveOctets(octets: readonly Buffer[]): string | undefined {
  if (octets.length === 0) return undefined
  const all = Buffer.concat(octets).subarray(0, 1024)
  const text = all.toString('utf8')
  return /[\x00-\x08\x0e-\x1f\ufffd]/.test(text) ? all.toString('hex') : text.replaceAll('\r\n', '\n')
}

function shortened(lines: readonly string[]): string[] {
  const shown = lines
    .slice(0, maxShownLines)
    .map(line => (line.length <= maxShownCharacters ? line : `${line.slice(0, maxShownCharacters).toWellFormed()}…`))
  return lines.length > maxShownLines ? [...shown, `… ${lines.length - maxShownLines} lines more`] : shown
}
