// The base subject (RFC 5256 §2.1): what stays of a subject without `Re:`, `Fwd:`, `(fwd)` and `[list]`, by which SORT and
// THREAD know what belongs together.

import { casemap } from './casemap.ts'
import { decodeHeaderText } from './header-text.ts'

export interface BaseSubject {
  /** Comparable by {@link casemap}; empty where nothing stays. */
  readonly text: string
  /** Whether something that was taken away says so. */
  readonly isReplyOrForward: boolean
}

/** Octets of a subject that count. */
const maxLength = 10_000

const blob = /\[[^[\]]*\] ?/y
const answer = /(?:RE|FWD?) ?(?:\[[^[\]]*\] ?)?:/y

/** `value` on one line, octets as latin1. */
export function baseSubject(value: string): BaseSubject {
  let text = casemap(decodeHeaderText(value.slice(0, maxLength))).replace(/[ \t\r\n]+/g, ' ')
  let isReplyOrForward = false
  // Every round takes `[fwd:` and `]` away, of which a text of that length has no more than that many.
  for (;;) {
    const behind = withoutTrailers(text)
    const before = withoutLeaders(behind.text)
    if (behind.isAnswer || before.isAnswer) isReplyOrForward = true
    text = before.text
    if (!text.startsWith('[FWD:') || !text.endsWith(']')) return { text, isReplyOrForward }
    text = text.slice(5, -1)
    isReplyOrForward = true
  }
}

interface Rest {
  readonly text: string
  readonly isAnswer: boolean
}

function withoutTrailers(text: string): Rest {
  let end = text.length
  let isAnswer = false
  for (;;) {
    if (text[end - 1] === ' ') end--
    else if (text.endsWith('(FWD)', end)) {
      end -= 5
      isAnswer = true
    } else return { text: text.slice(0, end), isAnswer }
  }
}

function withoutLeaders(text: string): Rest {
  let at = 0
  let isAnswer = false
  for (;;) {
    if (text[at] === ' ') at++
    let behind = at
    // The last blob stays where nothing is behind it.
    let lastFilled = at
    for (let end = match(blob, text, behind); end !== undefined; end = match(blob, text, behind)) {
      behind = end
      if (end < text.length) lastFilled = end
    }
    const end = match(answer, text, behind)
    if (end === undefined) {
      // Without an answer behind them blobs go one by one, which none of them can change.
      if (lastFilled === at) return { text: text.slice(at), isAnswer }
      at = lastFilled
      continue
    }
    at = end
    isAnswer = true
  }
}

/** Where what is found at a place ends. */
function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}
