// What stands for secrets on a tape: placeholders numbered by first appearance, the same for the same secret. The secrets
// themselves are in memory alone, while a tape is recorded.

import { secretKind } from '../wire/secret-names.ts'
import { formatPlaceholder, isPlaceholder } from '../wire/tape.ts'

/** Secrets that are looked for everywhere; of others than the named ones only the last so many. */
const maxSought = 64
/** Shorter ones are words that stand in text by chance. */
const shortestSought = 8
/** Kinds that are looked for where no field says that they are secrets: they are handed around and told to servers. */
const sought = new Set([
  'password',
  'token',
  'authorization',
  'secret',
  'key',
  'api-key',
  'client-secret',
  'access-token',
])

/** Placeholders that a tape has already, to which more are added. */
export interface KnownPlaceholders {
  /** The highest number of each kind. */
  readonly taken: ReadonlyMap<string, number>
  /** Which of them stands for a secret. */
  number(kind: string, secret: string): number | undefined
}

export class SecretBook {
  readonly #placeholders = new Map<string, string>()
  readonly #counts = new Map<string, number>()
  /** Texts that a secret may stand as, the longest first, with what stands for it. */
  #spellings: [text: string, placeholder: string][] = []
  readonly #named: number
  readonly #known: KnownPlaceholders | undefined

  /** `named` are secrets that somebody told by name: they are hidden wherever they stand in text. */
  constructor(named: ReadonlyMap<string, string> = new Map(), known?: KnownPlaceholders) {
    for (const [name, secret] of named) if (secret !== '') this.#seek(secret, this.#numbered(kindOf(name), secret))
    this.#named = this.#spellings.length
    // Names stand for the same on every tape.
    this.#known = known
    for (const [kind, number] of known?.taken ?? []) {
      this.#counts.set(kind, Math.max(number, this.#counts.get(kind) ?? 0))
    }
  }

  hide(kind: string, secret: string): string {
    // What is read from a tape and written again.
    if (isPlaceholder(secret)) return secret
    const known = this.#placeholders.get(secret)
    if (known !== undefined) return known
    const placeholder = this.#numbered(kind, secret)
    if (sought.has(kind) && secret.length >= shortestSought && secretKind(secret) === undefined)
      this.#seek(secret, placeholder)
    return placeholder
  }

  /** A placeholder that stands on the tape already: no other secret gets its number. */
  reserve(kind: string, number: number): void {
    this.#counts.set(kind, Math.max(this.#counts.get(kind) ?? 0, number))
  }

  /** Text with what is known to be secret replaced. */
  sweep(text: string): string {
    let swept = text
    for (const [spelling, placeholder] of this.#spellings) {
      if (swept.includes(spelling)) swept = swept.replaceAll(spelling, placeholder)
    }
    return swept
  }

  /** Whether a text has something that is known to be secret. */
  knows(text: string): boolean {
    return this.#spellings.some(([spelling]) => text.includes(spelling))
  }

  #numbered(kind: string, secret: string): string {
    const known = this.#known?.number(kind, secret)
    const number = known ?? (this.#counts.get(kind) ?? 0) + 1
    if (known === undefined) this.#counts.set(kind, number)
    const placeholder = formatPlaceholder(kind, number)
    this.#placeholders.set(secret, placeholder)
    return placeholder
  }

  #seek(secret: string, placeholder: string): void {
    const spellings = new Set([
      secret,
      encodeURIComponent(secret.toWellFormed()),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64'),
    ])
    for (const spelling of spellings) this.#spellings.push([spelling, placeholder])
    const excess = this.#spellings.length - this.#named - maxSought * spellings.size
    if (excess > 0) this.#spellings.splice(this.#named, excess)
  }
}

/** A name as people give it, as a placeholder has it. */
export function kindOf(name: string): string {
  const kind = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
  return kind === '' ? 'secret' : kind
}

/** The name of the secret behind a placeholder, as `--secret` has it: its kind, and its number where it is not the first. */
export function secretName(kind: string, number: number): string {
  return number === 1 ? kind : `${kind}-${number}`
}

/** What a client is told where a tape has a placeholder: plain, and the same each time. */
export function standIn(kind: string, number: number): string {
  return `secret-${secretName(kind, number)}`
}
