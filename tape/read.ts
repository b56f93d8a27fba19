// Documents of a tape, checked: what is not as docs/tapes.md says is told with its line.

import type { Side } from '../wire/decoder.ts'
import type { TapeMapping, TapeValue } from '../wire/tape.ts'
import { formatVersion, parseService, type TapeConversation, type TapeHeader, type TapeTurn } from './tape.ts'
import { type Entry, type Part, type Problem, readYaml } from './yaml-read.ts'

export interface HeaderDocument {
  readonly kind: 'header'
  readonly header: TapeHeader
  readonly hosts: ReadonlyMap<string, readonly string[]>
}

/** A piece of a conversation as a recorder leaves it that was killed; of a finished tape the whole of it. */
export interface ConversationDocument {
  readonly kind: 'conversation'
  readonly conversation: TapeConversation
  /** Its first turn takes the place of the last one before. */
  readonly redo: boolean
}

export type TapeDocument =
  | HeaderDocument
  | ConversationDocument
  | { readonly kind: 'host'; readonly name: string; readonly addresses: readonly string[] }

/** Reads one document; whatever is wrong goes to `report`, and what can be read all the same is given. */
export function readDocument(
  text: string,
  firstLine: number,
  report: (problem: Problem) => void,
): TapeDocument | undefined {
  const result = readYaml(text, firstLine)
  if ('problems' in result) {
    for (const problem of result.problems) report(problem)
    return undefined
  }
  const { part } = result
  if (part.kind !== 'mapping') {
    report({ line: part.line, message: 'expected a document that begins with tape: or conversation:, got other YAML' })
    return undefined
  }
  const fields = new Fields(part, report)
  if (fields.has('tape')) return readHeader(fields, report)
  if (fields.has('host')) return readHost(fields)
  return readConversation(fields, report)
}

/** The entries of a mapping, each to be taken once; the rest are unknown. */
class Fields {
  readonly part: Part
  readonly #entries: Map<string, Entry>
  readonly #report: (problem: Problem) => void

  constructor(part: Part, report: (problem: Problem) => void) {
    this.part = part
    this.#entries = new Map((part.value as readonly Entry[]).map(entry => [entry.key, entry]))
    this.#report = report
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  take(key: string): Part | undefined {
    const entry = this.#entries.get(key)
    this.#entries.delete(key)
    return entry?.part
  }

  text(key: string): { text: string; line: number } | undefined {
    const part = this.take(key)
    if (part === undefined) return undefined
    if (part.kind === 'text') return { text: part.value as string, line: part.line }
    this.#report({ line: part.line, message: `expected text for ${key}, got a ${part.kind}` })
    return undefined
  }

  /** Reports what nobody took. */
  done(known: string): void {
    for (const { key, line } of this.#entries.values()) {
      this.#report({ line, message: `expected ${known}, got ${JSON.stringify(key)}` })
    }
  }
}

function readHeader(fields: Fields, report: (problem: Problem) => void): HeaderDocument | undefined {
  const version = fields.text('tape')
  if (version === undefined) return undefined
  if (version.text !== String(formatVersion)) {
    const message = `expected version ${formatVersion} of the format, got ${JSON.stringify(version.text)}; record it again, or use the backlot that wrote it`
    report({ line: version.line, message })
    return undefined
  }
  const recorded = fields.text('recorded')?.text
  const by = fields.text('by')?.text
  const from = fields.text('from')?.text
  const epoch = fields.text('epoch')
  const ms = epoch === undefined ? undefined : Date.parse(epoch.text)
  if (epoch !== undefined && Number.isNaN(ms)) {
    report({
      line: epoch.line,
      message: `expected a date such as 2015-03-15T12:09:16Z, got ${JSON.stringify(epoch.text)}`,
    })
  }
  const hosts = new Map<string, readonly string[]>()
  const part = fields.take('hosts')
  if (part !== undefined && part.kind !== 'mapping') {
    report({ line: part.line, message: `expected addresses by name, got a ${part.kind}` })
  } else {
    for (const { key, part: list } of (part?.value ?? []) as readonly Entry[])
      hosts.set(key.toLowerCase(), texts(list, report))
  }
  fields.done('tape, recorded, by, from, epoch or hosts')
  const known = ms === undefined || Number.isNaN(ms) ? defaultEpoch : ms
  return { kind: 'header', header: { recorded, by, from, epoch: known }, hosts }
}

/** Of a tape that says none: as for every network. */
const defaultEpoch = Date.UTC(2015, 2, 15, 12, 9, 16)

function texts(part: Part, report: (problem: Problem) => void): readonly string[] {
  if (part.kind === 'text') return part.value === '' ? [] : [part.value as string]
  if (part.kind === 'list') {
    return (part.value as readonly Part[]).flatMap(each => {
      if (each.kind === 'text') return [each.value as string]
      report({ line: each.line, message: `expected an address, got a ${each.kind}` })
      return []
    })
  }
  report({ line: part.line, message: 'expected a list of addresses, got a mapping' })
  return []
}

function readHost(fields: Fields): TapeDocument | undefined {
  const name = fields.text('host')
  const addresses = fields.take('addresses')
  if (name === undefined) return undefined
  return {
    kind: 'host',
    name: name.text.toLowerCase(),
    addresses: addresses === undefined ? [] : texts(addresses, () => {}),
  }
}

function readConversation(fields: Fields, report: (problem: Problem) => void): ConversationDocument | undefined {
  const { line } = fields.part
  const number = fields.text('conversation')
  const service = fields.text('service')
  const redo = fields.text('redo')
  const turns = fields.take('turns')
  fields.done('conversation, service or turns')
  const missing = number === undefined ? 'conversation' : service === undefined ? 'service' : undefined
  if (missing !== undefined) {
    report({ line, message: `expected ${missing}: in a document that is no header, got none` })
    return undefined
  }
  if (!/^\d{1,9}$/.test(number!.text)) {
    report({
      line: number!.line,
      message: `expected the number of a conversation, got ${JSON.stringify(number!.text)}`,
    })
    return undefined
  }
  const where = parseService(service!.text)
  if (where === undefined) {
    const message = `expected a service such as smtp mx.example.org:25, got ${JSON.stringify(service!.text)}`
    report({ line: service!.line, message })
    return undefined
  }
  if (turns !== undefined && turns.kind !== 'list' && turns.value !== '') {
    report({ line: turns.line, message: `expected a list of turns, each with a dash, got a ${turns.kind}` })
    return undefined
  }
  const list = turns?.kind === 'list' ? (turns.value as readonly Part[]) : []
  const read = list.flatMap(part => readTurn(part, report) ?? [])
  return {
    kind: 'conversation',
    conversation: { number: Number(number!.text), service: where, turns: read, line },
    redo: redo !== undefined,
  }
}

const turnKeys = 'client, server, tls, end, reset or pause'

function readTurn(part: Part, report: (problem: Problem) => void): TapeTurn | undefined {
  const { line } = part
  if (part.kind !== 'mapping') {
    report({
      line,
      message: `expected a turn such as "client: …", got ${part.kind === 'text' ? JSON.stringify(part.value) : `a ${part.kind}`}`,
    })
    return undefined
  }
  const entries = part.value as readonly Entry[]
  const to = entries.find(({ key }) => key === 'to')
  const [own, ...more] = entries.filter(({ key }) => key !== 'to')
  if (own === undefined || more.length > 0) {
    report({
      line: more[0]?.line ?? line,
      message: `expected one of ${turnKeys} in a turn, got ${entries.map(({ key }) => key).join(', ')}`,
    })
    return undefined
  }
  if (own.key === 'client' || own.key === 'server') {
    const said: TapeTurn = { kind: 'said', from: own.key, value: tapeValue(own.part), line }
    if (to === undefined) return said
    const number = to.part.kind === 'text' ? Number(to.part.value) : Number.NaN
    if (own.key === 'server' && Number.isInteger(number) && number >= 0) return { ...said, to: number }
    report({ line: to.line, message: 'expected to: with the number of the client’s message, in a turn of the server' })
    return said
  }
  return readEvent(own, report)
}

function readEvent({ key, part, line }: Entry, report: (problem: Problem) => void): TapeTurn | undefined {
  const text = part.kind === 'text' ? (part.value as string) : undefined
  switch (key) {
    case 'tls': {
      if (text !== undefined) return { kind: 'tls', name: text === '' ? undefined : text, alpn: undefined, line }
      const value = tapeValue(part)
      if (typeof value === 'object' && !Array.isArray(value)) {
        const { name, alpn, ...more } = value as TapeMapping
        const others = Object.keys(more)
        const isText = [name, alpn].every(each => each === undefined || typeof each === 'string')
        if (isText && others.length === 0) return { kind: 'tls', name: name as string, alpn: alpn as string, line }
      }
      report({ line, message: 'expected the server’s name, or name and alpn, of TLS' })
      return undefined
    }
    case 'end':
    case 'reset':
      if (text === 'client' || text === 'server') return { kind: key, from: text as Side, line }
      report({ line, message: `expected ${key}: client or ${key}: server, got ${JSON.stringify(text ?? part.kind)}` })
      return undefined
    case 'pause': {
      const found = /^(\d+(?:\.\d+)?) ?(ms|s|m|h)$/.exec(text ?? '')
      if (found !== null) return { kind: 'pause', ms: Number(found[1]) * units[found[2]!]!, line }
      report({ line, message: `expected a pause such as 1.5 s, got ${JSON.stringify(text ?? part.kind)}` })
      return undefined
    }
    default:
      report({ line, message: `expected ${turnKeys}, got ${JSON.stringify(key)}` })
      return undefined
  }
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

function tapeValue(part: Part): TapeValue {
  if (part.kind === 'text') return part.value as string
  if (part.kind === 'list') return (part.value as readonly Part[]).map(tapeValue)
  return Object.fromEntries((part.value as readonly Entry[]).map(({ key, part: inner }) => [key, tapeValue(inner)]))
}
