// What a command comes to, before it is octets.

export interface Outcome {
  readonly status: 'OK' | 'NO' | 'BAD'
  readonly code?: string | undefined
  readonly text: string
  /** Untagged responses before all else, whole. */
  readonly said?: string
  /** Untagged responses that are made as the client takes them, text as latin1. */
  readonly body?: Iterable<Uint8Array | string>
  /** Whether messages may be told to be gone in answer to it. Default: true. */
  readonly expunges?: boolean
  readonly startTls?: boolean
  readonly close?: boolean
}

/** Something is said that is no answer yet: a challenge, `+ idling`. */
export interface Continuation {
  readonly continuation: string
}

export function ok(text: string, more: Omit<Outcome, 'status' | 'text'> = {}): Outcome {
  return { status: 'OK', text, ...more }
}
