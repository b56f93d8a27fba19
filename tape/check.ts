// Looks a whole tape through: what is not as docs/tapes.md says, files that are not there, turns that cannot be said, and
// secrets in clear.

import { ProtocolError } from '../wire/decoder.ts'
import type { Scripted, TapeForm, TapeValue, TapeWriting } from '../wire/tape.ts'
import { isPlaceholder } from '../wire/tape.ts'
import { textOf } from './script.ts'
import { standIn } from './secrets.ts'
import { formatService, type TapeConversation, type TapeTurn } from './tape.ts'
import type { TapeFile } from './tape-file.ts'

export interface Finding {
  readonly line: number
  /** A `problem` has to be mended; a `note` is worth to know. */
  readonly kind: 'problem' | 'note'
  readonly message: string
}

type Said = Extract<TapeTurn, { kind: 'said' }>

export function checkTape(tape: TapeFile, forms: ReadonlyMap<string, TapeForm>): Finding[] {
  const findings: Finding[] = []
  const problem = (line: number, message: string) => findings.push({ line, kind: 'problem', message })
  for (const note of tape.notes) {
    const [, line = '1', message = note] = /:(\d+): (.*)$/s.exec(note) ?? []
    problem(Number(line), message)
  }
  for (let at = 0; at < tape.length; at++) {
    const conversation = tape.read(at, ({ line, message }) => problem(line, message))
    if (conversation === undefined) continue
    const form = forms.get(conversation.service.protocol)
    if (form === undefined) {
      const known = [...forms.keys()].join(', ')
      problem(conversation.line, `expected a service by one of ${known}, got ${formatService(conversation.service)}`)
    } else checkTurns(tape, conversation, form, findings)
  }
  return findings.sort((one, other) => one.line - other.line)
}

function checkTurns(tape: TapeFile, { service, turns }: TapeConversation, form: TapeForm, findings: Finding[]): void {
  const reader = form.reader(tape.reading, service.transport)
  const heard = new Set<string>()
  for (const turn of turns) {
    if (turn.kind !== 'said') continue
    const scripted = attempt(turn, findings, () => reader.read(turn.from, turn.value)) as Scripted | undefined
    if (scripted === undefined) continue
    const start = heard.has(turn.from) ? undefined : scripted.body?.octets
    heard.add(turn.from)
    const why = start === undefined ? undefined : form.unrepeatable?.(turn.from, start)
    if (why !== undefined)
      findings.push({ line: turn.line, kind: 'problem', message: `this cannot be replayed: ${why}` })
    attempt(turn, findings, () => form.encode(scripted, standIn))
    checkSecrets(turn, scripted, form, findings)
    if (isUndecoded(turn.value)) {
      findings.push({ line: turn.line, kind: 'note', message: `octets that are no message of ${service.protocol}` })
    }
  }
}

function attempt(turn: Said, findings: Finding[], call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    findings.push({ line: turn.line, kind: 'problem', message: error.message })
    return undefined
  }
}

function isUndecoded(value: TapeValue): boolean {
  return typeof value === 'object' && !Array.isArray(value) && Object.keys(value).join() === 'octets'
}

/** What the protocol knows as a secret, and what has the shape of one that somebody gives out. */
function checkSecrets(turn: Said, { message, body }: Scripted, form: TapeForm, findings: Finding[]): void {
  const kinds = new Set<string>()
  let text = ''
  const writing: TapeWriting = {
    hide(kind, secret) {
      if (!isPlaceholder(secret)) kinds.add(kind)
      return ''
    },
    sweep(each) {
      text += `${each}\n`
      return each
    },
    body({ octets }) {
      if (octets !== undefined && octets.length <= maxSearched) text += `${octets.toString('latin1')}\n`
      return ''
    },
  }
  const written = form.write(message, body, writing)
  text += textOf(written)
  for (const [name, shape] of shapes) if (shape.test(text)) kinds.add(name)
  for (const kind of kinds) {
    findings.push({
      line: turn.line,
      kind: 'problem',
      message: `a secret in clear (${kind}); backlot tape scrub takes it out`,
    })
  }
}

const maxSearched = 1024 * 1024

/** What issuers make recognizable, and passwords in protocols that are not known. */
const shapes: readonly (readonly [string, RegExp])[] = [
  ['AWS access key', /\b(?:AKIA|ASIA)(?!IOSFODNN7EXAMPLE)[0-9A-Z]{16}\b/],
  ['GitHub token', /\bgh[pousr]_[A-Za-z0-9]{36,}\b/],
  ['GitLab token', /\bglpat-[\w-]{20,}/],
  ['Slack token', /\bxox[baprs]-[\w-]{10,}/],
  ['Google API key', /\bAIza[\w-]{35}\b/],
  ['Stripe key', /\b[sr]k_live_[A-Za-z0-9]{16,}/],
  ['JSON web token', /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/],
  ['private key', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/],
]
