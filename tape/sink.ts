// A tape that is being written: its turns, the files beside it, and what stands for secrets.

import type { Link } from '../net/link.ts'
import type { Side } from '../wire/decoder.ts'
import type { TapeBody, TapeForm, TapeValue, TapeWriting } from '../wire/tape.ts'
import { type BlobSink, BlobStore } from './blobs.ts'
import { bodyValue, extensionOf } from './body-value.ts'
import { Journal } from './journal.ts'
import { type KnownPlaceholders, SecretBook } from './secrets.ts'
import type { TapeHeader, TapeTurn } from './tape.ts'
import { yamlAfterKey } from './yaml-text.ts'

export interface SinkOptions {
  /** Where the tape is written; large bodies lie in a folder beside it. */
  file: string
  /** What else the header says. */
  header?: Omit<TapeHeader, 'epoch'>
  /** Addresses of names, for the header. */
  hosts?: ReadonlyMap<string, readonly string[]>
  /** Secrets by name: each is hidden wherever it stands in text. */
  secrets?: ReadonlyMap<string, string>
  /** Of a tape that this one is going to be a part of. */
  placeholders?: KnownPlaceholders
}

export class TapeSink {
  readonly journal: Journal
  readonly blobs: BlobStore
  readonly secrets: SecretBook
  /** Why links could not be recorded, one line each. */
  readonly refusals: string[] = []

  constructor({ file, header = {}, hosts, secrets, placeholders }: SinkOptions, epoch: number) {
    this.journal = new Journal(file, { ...header, epoch }, hosts)
    this.blobs = new BlobStore(file)
    this.secrets = new SecretBook(secrets, placeholders)
  }

  refused({ protocol, host, server }: Link, why: string): void {
    const text = `${protocol} ${host}:${server.port} is not on the tape: ${why}`
    if (!this.refusals.includes(text)) this.refusals.push(text)
  }

  /** A message as the tape has it. */
  value(form: TapeForm, message: unknown, body: TapeBody | undefined, writing: TapeWriting): TapeValue {
    return swept(form.write(message, body, writing), this.secrets)
  }

  /** What a form writes with; `sink` is where the body is that it will ask for. */
  writing(sink: BlobSink | undefined): TapeWriting {
    const { secrets, blobs } = this
    return {
      hide: (kind, secret) => secrets.hide(kind, secret),
      sweep: text => secrets.sweep(text),
      body: (body, type) => this.#body(body, type, sink, blobs),
    }
  }

  #body(body: TapeBody, type: string | undefined, sink: BlobSink | undefined, blobs: BlobStore): TapeValue {
    if (body.octets === undefined) {
      if (body.file) return { file: blobs.retain(body.file) }
      if (sink === undefined) throw new Error('expected the octets of a body or the file that they are in')
      return { file: blobs.finish(sink, extensionOf(type, undefined)) }
    }
    return bodyValue(body, this.secrets, octets => blobs.keep(octets, extensionOf(type, octets)))
  }
}

function swept(value: TapeValue, secrets: SecretBook): TapeValue {
  if (typeof value === 'string') return secrets.sweep(value)
  if (Array.isArray(value)) return value.map(each => swept(each, secrets))
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, swept(each, secrets)]))
}

/** A turn's text, as a line of the list below `turns`. */
export function saidText(from: Side, value: TapeValue): string {
  return `  - ${from}:${yamlAfterKey(value, 6)}`
}

export function eventText(turn: EventTurn): string {
  switch (turn.kind) {
    case 'tls': {
      const { name, alpn } = turn
      const value: TapeValue = alpn === undefined ? (name ?? '') : { ...(name === undefined ? {} : { name }), alpn }
      return `  - tls:${yamlAfterKey(value, 6)}`
    }
    case 'pause':
      return `  - pause: ${(turn.ms / 1000).toFixed(1)} s\n`
    default:
      return `  - ${turn.kind}: ${turn.from}\n`
  }
}

type EventTurn = Turnless<Exclude<TapeTurn, { kind: 'said' }>>
type Turnless<T> = T extends unknown ? Omit<T, 'line'> : never
