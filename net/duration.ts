// Lengths of time as people write them: a number of milliseconds, or '15m', '1h30m', '200ms'.

import { UsageError } from './errors.ts'

export type Duration = number | string

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of a duration. Throws {@link UsageError} for anything else. */
export function durationMs(duration: Duration): number {
  if (typeof duration === 'number' && Number.isFinite(duration) && duration >= 0) return duration
  const text = String(duration)
  if (/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) {
    let total = 0
    for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) total += Number(amount) * units[unit!]!
    return total
  }
  throw new UsageError(
    `expected a duration such as 1500 (milliseconds), '200ms', '15m' or '1h30m', got ${JSON.stringify(duration)}`,
  )
}
