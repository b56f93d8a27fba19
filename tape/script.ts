// A conversation of a tape made ready to be played: each turn read by the protocol's form, each of the client's with what
// it is found by.

import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../net/errors.ts'
import { ProtocolError, type Side } from '../wire/decoder.ts'
import type { Digester, Outgoing, Reveal, Scripted, TapeBody, TapeForm, TapeValue } from '../wire/tape.ts'
import { formatService, type TapeService, type TapeTurn } from './tape.ts'
import type { TapeFile } from './tape-file.ts'

export type Step =
  | {
      readonly kind: 'client'
      readonly scripted: Scripted
      readonly value: TapeValue
      readonly line: number
      /** It has placeholders, which the live client's secrets are told from. */
      readonly hasSecrets: boolean
    }
  | {
      readonly kind: 'server'
      readonly scripted: Scripted
      readonly line: number
      readonly hasSecrets: boolean
    }
  | Exclude<TapeTurn, { kind: 'said' }>

export type ClientStep = Extract<Step, { kind: 'client' }>
export type ServerStep = Extract<Step, { kind: 'server' }>

export interface Script {
  readonly tape: TapeFile
  readonly number: number
  readonly steps: readonly Step[]
  /** What follows each of the client's turns, TLS counted as one, until the next. */
  readonly answers: readonly (readonly Step[])[]
}

/** @throws {UsageError} `FILE:LINE: smtp: expected …, got …` where a turn is none of the protocol. */
export function readScript(tape: TapeFile, at: number, form: TapeForm): Script {
  const { number, service, turns } = tape.conversation(at)
  const reader = form.reader(tape.reading, service.transport)
  const heard = new Set<Side>()
  const steps = turns.map((turn): Step => {
    if (turn.kind !== 'said') return turn
    const { from, value, line } = turn
    const scripted = located(tape, line, () => reader.read(from, value))
    if (!heard.has(from)) {
      heard.add(from)
      const why = scripted.body?.octets === undefined ? undefined : form.unrepeatable?.(from, scripted.body.octets)
      if (why !== undefined) throw new UsageError(`${tape.where(line)}: expected what can be replayed, but ${why}`)
    }
    const hasSecrets = textOf(value).includes('‹secret:') || scripted.body?.secrets === true
    return from === 'client'
      ? { kind: 'client', scripted, value, line, hasSecrets }
      : { kind: 'server', scripted, line, hasSecrets }
  })
  const answers: Step[][] = []
  for (const step of steps) {
    if (step.kind === 'client' || step.kind === 'tls') answers.push([])
    else answers.at(-1)?.push(step)
  }
  return { tape, number, steps, answers }
}

const encoded = new WeakMap<Step, Outgoing>()

/** The octets of a turn of the server; the same each time where there is no secret in it. */
export function octetsOfStep(step: ServerStep, form: TapeForm, reveal: Reveal): Outgoing {
  if (step.hasSecrets) return form.encode(step.scripted, reveal)
  let outgoing = encoded.get(step)
  if (outgoing === undefined) encoded.set(step, (outgoing = form.encode(step.scripted, reveal)))
  return outgoing
}

/** @throws {UsageError} where a tape's service is of no protocol that is known. */
export function formOf(forms: ReadonlyMap<string, TapeForm>, service: TapeService, { path }: TapeFile): TapeForm {
  const form = forms.get(service.protocol)
  if (form !== undefined) return form
  throw new UsageError(
    `${path}: expected a service by one of ${[...forms.keys()].join(', ')}, got ${formatService(service)}`,
  )
}

/** Text of a value, wherever in it. */
export function textOf(value: TapeValue): string {
  return typeof value === 'string' ? value : Object.values(value).map(textOf).join('\n')
}

/** Where the client's turn is that has `asked` others before it, TLS included; the end where there is none. */
export function placeOf({ steps }: Script, asked: number): number {
  let seen = 0
  for (const [at, step] of steps.entries()) {
    if (step.kind !== 'client' && step.kind !== 'tls') continue
    if (seen++ === asked) return at
  }
  return steps.length
}

/** Where what the server hears ends: what a client says after the server's end has no answer and cannot be asked for. */
export function endOfHearing(steps: readonly Step[]): number {
  const last = steps.findLastIndex(({ kind }) => kind === 'server')
  const step = steps[last]
  if (step?.kind === 'server' && step.scripted.closes) return last
  const ends = ({ kind }: Step, at: number) => at > last && (kind === 'end' || kind === 'reset')
  const end = steps.findIndex((each, at) => ends(each, at) && 'from' in each && each.from === 'server')
  return end < 0 ? steps.length : end
}

/** Whether the server resets the connection. */
export function isReset(step: Step | undefined): boolean {
  return step?.kind === 'reset' && step.from === 'server'
}

/** Calls what a wrong turn fails, so that the error says where it stands. */
export function located<T>(tape: TapeFile, line: number, call: () => T): T {
  try {
    return call()
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw new UsageError(`${tape.where(line)}: ${cause.message}`, { cause })
  }
}

/** What a client's message is found by: its identity, and what its body is once volatile parts are left out. */
export function keyOf(form: TapeForm, message: unknown, digest: string | undefined): string {
  return withDigest(form.identity(message), digest)
}

function withDigest(identity: string, digest: string | undefined): string {
  return digest === undefined ? identity : `${identity}\n${digest}`
}

/** Instead of the digest of a body of which more or less might have come. */
export const unfinished = 'unfinished'

/** Instead of the digest of a body that is coming. */
export const begun = 'begun'

/** The keys of a client's turn on a tape: its own, and others that it is found by. */
export function keysOfStep({ scripted }: ClientStep, form: TapeForm, folder: string): [string, ...string[]] {
  const { message, body } = scripted
  const digester = body === undefined || scripted.unfinished ? undefined : digesterOf(form, message)
  if (digester !== undefined) for (const octets of octetsOf(body!, folder)) digester.push(octets)
  return keysWith(message, form, scripted.unfinished ? unfinished : digester?.digest())
}

/** The keys that a client's turn with a body is found by while its body is coming. */
export function beginningsOfStep({ scripted }: ClientStep, form: TapeForm): readonly string[] {
  return scripted.body === undefined ? [] : keysWith(scripted.message, form, begun)
}

function keysWith(message: unknown, form: TapeForm, digest: string | undefined): [string, ...string[]] {
  const others = form.aliases?.(message) ?? []
  return [keyOf(form, message, digest), ...others.map(other => withDigest(other, digest))]
}

export function digesterOf(form: TapeForm, message: unknown): Digester {
  const own = form.digester?.(message)
  if (own !== undefined) return own
  const hash = createHash('sha256')
  return { push: octets => void hash.update(octets), digest: () => hash.digest('base64') }
}

const chunkBytes = 256 * 1024

/** The octets of a body, wherever they are. */
export function* octetsOf(body: TapeBody, folder: string): Generator<Buffer> {
  if (body.octets !== undefined) {
    if (body.octets.length > 0) yield body.octets
    return
  }
  yield* octetsOfFile(join(folder, body.file!), 0, body.size)
}

/** A part of a file in pieces; each is only valid until the next one. */
export function* octetsOfFile(path: string, start: number, size: number): Generator<Buffer> {
  const descriptor = openSync(path, 'r')
  try {
    for (let done = 0; done < size; ) {
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, size - done))
      const count = readSync(descriptor, chunk, 0, chunk.length, start + done)
      if (count === 0) throw new UsageError(`expected ${start + size} octets in ${path}, got ${start + done}`)
      done += count
      yield chunk.subarray(0, count)
    }
  } finally {
    closeSync(descriptor)
  }
}
