// What is different between two tapes, as lines for a person.

import type { ConversationDifference } from '../tape/compare.ts'

export interface ShownDifference {
  readonly kind: 'head' | '-' | '+' | ' '
  readonly text: string
}

/** Lines around a difference. */
const context = 3

/** `before` and `after` are what the two sides are called where one has no such conversation. */
export function* showDifference(
  { service, before: was, after: is, lines }: ConversationDifference,
  { before, after }: { before: string; after: string },
): Iterable<ShownDifference> {
  yield { kind: 'head', text: `${service}: ${was ?? `not in ${before}`} / ${is ?? `not in ${after}`}` }
  const near = (at: number) => lines.slice(Math.max(0, at - context), at + context + 1).some(({ sign }) => sign !== ' ')
  let skipped = false
  for (const [at, { sign, text }] of lines.entries()) {
    if (near(at)) yield { kind: sign, text: `${sign} ${safe(text)}` }
    else if (!skipped) yield { kind: ' ', text: '  …' }
    skipped = !near(at)
  }
}

function safe(text: string): string {
  return text.replace(
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    each => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
