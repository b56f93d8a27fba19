// A tape as a person reads it: like the examples in an RFC, `C:` and `S:` before what each side says.

import type { Side } from '../wire/decoder.ts'
import type { TapeValue } from '../wire/tape.ts'
import { formatService, type TapeConversation, type TapeTurn } from './tape.ts'
import { yamlAfterKey } from './yaml-text.ts'

export interface ShownLine {
  /** Who says it; undefined for what happens beside. */
  readonly from: Side | undefined
  readonly text: string
}

/** Keys whose text is what crossed; the others say something about it. */
const content = new Set(['head', 'body', 'data', 'chunk', 'octets', 'trailers', 'lines'])

export function* showConversation({ number, service, turns }: TapeConversation): Iterable<ShownLine> {
  yield { from: undefined, text: `conversation ${number}: ${formatService(service)}` }
  for (const turn of turns) yield* showTurn(turn)
  if (turns.length === 0) yield { from: undefined, text: '   (nothing was said)' }
}

function* showTurn(turn: TapeTurn): Iterable<ShownLine> {
  if (turn.kind !== 'said') {
    yield { from: undefined, text: `   ${eventOf(turn)}` }
    return
  }
  const { from } = turn
  const lines = linesOfValue(turn.value)
  for (const [at, line] of lines.entries()) {
    const head = at === 0 ? (from === 'client' ? 'C: ' : 'S: ') : '   '
    yield { from, text: line === '' && at > 0 ? '' : head + line }
  }
}

export function eventOf(turn: Exclude<TapeTurn, { kind: 'said' }>): string {
  switch (turn.kind) {
    case 'tls': {
      const parts = [turn.name, turn.alpn].filter(each => each !== undefined)
      return `(TLS begins${parts.length > 0 ? `: ${parts.join(', ')}` : ''})`
    }
    case 'end':
      return `(the ${turn.from} ends its side)`
    case 'reset':
      return `(the ${turn.from} resets the connection)`
    case 'pause':
      return `(${turn.ms / 1000} s pass)`
  }
}

/** A value as lines: text as it is, the rest as the tape has it. */
export function linesOfValue(value: TapeValue): string[] {
  if (typeof value === 'string') return textLines(value)
  if (Array.isArray(value)) return yamlAfterKey(value, 0).trim().split('\n')
  const lines: string[] = []
  for (const [key, each] of Object.entries(value as Record<string, TapeValue>)) {
    if (typeof each === 'string' && content.has(key)) {
      if (lines.length > 0) lines.push('')
      lines.push(...textLines(each))
    } else if (content.has(key)) {
      if (lines.length > 0) lines.push('')
      lines.push(...linesOfValue(each))
    } else lines.push(...`${key}:${yamlAfterKey(each, 2)}`.trimEnd().split('\n'))
  }
  return lines
}

function textLines(text: string): string[] {
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}
