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

  digest(): string {
    return this.#digester.digest()
  }

  /** Whole where it is small. */
  get shown(): TapeBody {
    if (this.#size > this.#kept) return { size: this.#size, file: '' }
    return { size: this.#size, octets: Buffer.concat(this.#chunks) }
  }
}

/** Tells what a live client said where a tape has placeholders: by kind, in the order in which they stand. */
export function bindSecrets(
  form: TapeForm,
  { value }: { value: TapeValue },
  message: unknown,
  body: TapeBody | undefined,
  bind: (kind: string, number: number, secret: string) => void,
): void {
  const live = new Map<string, string[]>()
  const writing: TapeWriting = {
    hide(kind, secret) {
      const known = live.get(kind)
      if (known === undefined) live.set(kind, [secret])
      else known.push(secret)
      return ''
    },
    sweep: text => text,
    body: () => '',
  }
  form.write(message, body, writing)
  for (const [, kind, number] of textOf(value).matchAll(/(?<!‹)‹secret:([a-z][a-z0-9-]*)(?::(\d+))?›/g)) {
    const secret = live.get(kind!)?.shift()
    if (secret !== undefined) bind(kind!, Number(number ?? 1), secret)
  }
}
