// What a live client says, kept as far as matching and messages need it.

import type { Digester, TapeBody, TapeForm, TapeValue, TapeWriting } from '../wire/tape.ts'
import { textOf } from './script.ts'

/** Octets of a live body that are kept, to be shown where it is a miss and for the secrets in it. */
const maxKept = 256 * 1024

/** The body of one live message while it comes. */
export class KeptBody {
  readonly #digester: Digester
  #chunks: Buffer[] = []
  #kept = 0
  #size = 0

  constructor(digester: Digester) {
    this.#digester = digester
  }

  push(octets: Buffer): void {
    this.#digester.push(octets)
    this.#size += octets.length
    if (this.#kept >= maxKept) return
    this.#chunks.push(octets)
    this.#kept += octets.length
  }

  get size(): number {
    return this.#size
  }

  digest(): string {
    return this.#digester.digest()
  }

  /** Whole where it is small. */
  get shown(): TapeBody {
    if (this.#size > this.#kept) return { size: this.#size, file: '' }
    return { size: this.#size, octets: Buffer.concat(this.#chunks) }
  }
}

/** What a live message has that its form takes for secrets: by kind, in the order in which they stand. */
export function secretsOf(form: TapeForm, message: unknown, body: TapeBody | undefined): ReadonlyMap<string, string[]> {
  const secrets = new Map<string, string[]>()
  const writing: TapeWriting = {
    hide(kind, secret) {
      const known = secrets.get(kind)
      if (known === undefined) secrets.set(kind, [secret])
      else known.push(secret)
      return ''
    },
    sweep: text => text,
    body: () => '',
  }
  form.write(message, body, writing)
  return secrets
}

interface Pair {
  readonly kind: string
  readonly number: number
  readonly secret: string
}

/** The placeholders of a turn with what stands in their places. */
function pairs(value: TapeValue, secrets: ReadonlyMap<string, string[]>): Pair[] {
  const seen = new Map<string, number>()
  const found: Pair[] = []
  for (const [, kind, digits] of textOf(value).matchAll(/(?<!‹)‹secret:([a-z][a-z0-9-]*)(?::(\d+))?›/g)) {
    const at = seen.get(kind!) ?? 0
    seen.set(kind!, at + 1)
    const secret = secrets.get(kind!)?.[at]
    if (secret !== undefined) found.push({ kind: kind!, number: Number(digits ?? 1), secret })
  }
  return found
}

/** What clients of one replay say where the tape has placeholders. One secret is one placeholder, as it was on the tape. */
export class Bindings {
  readonly #secrets = new Map<string, string>()
  readonly #numbers = new Map<string, number>()

  /** What was said for a placeholder. */
  secret(kind: string, number: number): string | undefined {
    return this.#secrets.get(`${kind}:${number}`)
  }

  /** Which placeholder of a kind a secret was said for. */
  number(kind: string, secret: string): number | undefined {
    return this.#numbers.get(`${kind}:${secret}`)
  }

  /** Whether secrets can stand for a turn's placeholders as they stood before in this replay. */
  agree(value: TapeValue, secrets: ReadonlyMap<string, string[]>): boolean {
    return pairs(value, secrets).every(({ kind, number, secret }) => {
      const before = this.secret(kind, number)
      return before === undefined ? !this.#numbers.has(`${kind}:${secret}`) : before === secret
    })
  }

  bind(value: TapeValue, secrets: ReadonlyMap<string, string[]>): void {
    for (const { kind, number, secret } of pairs(value, secrets)) {
      if (this.secret(kind, number) !== undefined || this.#numbers.has(`${kind}:${secret}`)) continue
      this.#secrets.set(`${kind}:${number}`, secret)
      this.#numbers.set(`${kind}:${secret}`, number)
    }
  }
}
