// Secrets of TLS links as a key log has them (draft-ietf-tls-keylogfile): a line each, of a label, the client's random
// and the secret. Left out on purpose: lines for RSA keys and session ids of old, and whatever else is no such line.

/** The labels that a listener needs. */
const labels = [
  'CLIENT_RANDOM',
  'CLIENT_EARLY_TRAFFIC_SECRET',
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
] as const

export type SecretLabel = (typeof labels)[number]

const known: ReadonlySet<string> = new Set(labels)
const linePattern = /^([A-Z][A-Z0-9_]*) ([0-9A-Fa-f]{64}) ((?:[0-9A-Fa-f]{2}){32,64})\s*$/

export class KeyLog {
  readonly #secrets = new Map<string, Buffer>()
  readonly #maxSecrets: number
  /** Secrets that were too many for it. */
  dropped = 0

  /** Half a million takes some 150 MiB. */
  constructor(maxSecrets = 500_000) {
    this.#maxSecrets = maxSecrets
  }

  get size(): number {
    return this.#secrets.size
  }

  /** Takes a line in. A secret that is known already stays as it is. */
  add(line: string): void {
    const [, label, random, secret] = linePattern.exec(line) ?? []
    if (label === undefined || !known.has(label)) return
    const key = keyOf(label as SecretLabel, Buffer.from(random!, 'hex'))
    if (this.#secrets.has(key)) return
    if (this.#secrets.size >= this.#maxSecrets) this.dropped++
    else this.#secrets.set(key, Buffer.from(secret!, 'hex'))
  }

  find(label: SecretLabel, clientRandom: Buffer): Buffer | undefined {
    return this.#secrets.get(keyOf(label, clientRandom))
  }
}

// Not the line's own text: a part of it would hold all of it in memory.
const keyOf = (label: SecretLabel, random: Buffer) => labels.indexOf(label) + random.toString('latin1')
