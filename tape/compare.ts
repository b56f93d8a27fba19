// Two tapes compared by message: what each protocol gives anew each time does not count, nor does the order of links that
// were open at once.

import type { Scripted, TapeForm, TapeValue } from '../wire/tape.ts'
import { type DifferentLine, difference } from './difference.ts'
import { located, octetsOf } from './script.ts'
import { eventOf, linesOfValue } from './show.ts'
import { formatService, type TapeConversation } from './tape.ts'
import type { TapeFile } from './tape-file.ts'

export interface ConversationDifference {
  /** `FILE:LINE` of each side that has it. */
  readonly before: string | undefined
  readonly after: string | undefined
  readonly service: string
  readonly lines: readonly DifferentLine[]
}

interface Told {
  readonly where: string
  readonly service: string
  readonly lines: readonly string[]
  readonly text: string
}

/** What a conversation says, as far as it is compared. */
type Telling = (conversation: TapeConversation, form: TapeForm | undefined, tape: TapeFile) => string

/** What is different; nothing where two recordings say the same. `telling` is what is compared, where that is not all. */
export function compareTapes(
  before: TapeFile,
  after: TapeFile,
  forms: ReadonlyMap<string, TapeForm>,
  telling: Telling = (conversation, form, tape) => steadyLines(conversation, form, tape).join('\n'),
): ConversationDifference[] {
  const one = tell(before, forms, telling)
  const other = tell(after, forms, telling)
  const differences: ConversationDifference[] = []
  for (const service of new Set([...one.keys(), ...other.keys()])) {
    differences.push(...compare(service, one.get(service) ?? [], other.get(service) ?? []))
  }
  return differences
}

function compare(service: string, before: readonly Told[], after: readonly Told[]): ConversationDifference[] {
  const left = [...after]
  // Whole conversations that both have come first, so that one more or less does not make all others differ.
  const alone = before.filter(each => {
    const at = left.findIndex(({ text }) => text === each.text)
    if (at < 0) return true
    left.splice(at, 1)
    return false
  })
  const pairs = Math.max(alone.length, left.length)
  return Array.from({ length: pairs }, (_, at) => ({
    before: alone[at]?.where,
    after: left[at]?.where,
    service,
    lines: difference(alone[at]?.lines ?? [], left[at]?.lines ?? []),
  }))
}

function tell(tape: TapeFile, forms: ReadonlyMap<string, TapeForm>, telling: Telling): Map<string, Told[]> {
  const byService = new Map<string, Told[]>()
  for (let at = 0; at < tape.length; at++) {
    const conversation = tape.conversation(at)
    const form = forms.get(conversation.service.protocol)
    const lines = steadyLines(conversation, form, tape)
    const service = formatService(conversation.service)
    const told = { where: tape.where(conversation.line), service, lines, text: telling(conversation, form, tape) }
    const known = byService.get(service)
    if (known === undefined) byService.set(service, [told])
    else known.push(told)
  }
  return byService
}

/** What a conversation says apart from what is given anew each time. */
export function steadyLines(
  { service, turns }: TapeConversation,
  form: TapeForm | undefined,
  tape: TapeFile,
): string[] {
  const reader = turns.some(turn => turn.kind === 'said' && hasFile(turn.value))
    ? form?.reader(tape.reading, service.transport)
    : undefined
  return turns.flatMap(turn => {
    if (turn.kind === 'pause') return []
    if (turn.kind !== 'said') return [eventOf(turn)]
    const { from } = turn
    const value: TapeValue = form?.steady?.(from, turn.value) ?? turn.value
    const scripted = reader && located(tape, turn.line, () => reader.read(from, turn.value))
    const digest = from === 'client' && hasFile(value) && scripted ? digestOf(scripted, form!, tape) : undefined
    const lines = linesOfValue(digest === undefined ? value : withDigest(value, digest))
    return lines.map((line, at) => `${at === 0 ? (from === 'client' ? 'C: ' : 'S: ') : '   '}${line}`)
  })
}

function hasFile(value: TapeValue): boolean {
  if (typeof value === 'string') return false
  return Object.entries(value).some(([key, each]) => (key === 'file' && typeof each === 'string') || hasFile(each))
}

function withDigest(value: TapeValue, digest: string): TapeValue {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(each => withDigest(each, digest))
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key === 'file' ? `(${digest})` : withDigest(each, digest)]),
  )
}

/** A file is named by its octets. Where a client makes up some of them each time, this is the same all the same. */
function digestOf({ message, body }: Scripted, form: TapeForm, { folder }: TapeFile): string | undefined {
  const digester = form.digester?.(message)
  if (body === undefined || digester === undefined) return undefined
  for (const octets of octetsOf(body, folder)) digester.push(octets)
  return digester.digest()
}
