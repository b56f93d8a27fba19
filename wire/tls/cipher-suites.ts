// What the cipher suites of TLS 1.2 and 1.3 protect records with. How keys are agreed upon does not matter to who knows
// them. Left out on purpose: CCM, 3DES, RC4, Camellia, ARIA and suites without encryption.

export type Digest = 'sha1' | 'sha256' | 'sha384'

export interface CipherSuite {
  readonly kind: 'gcm' | 'chacha20' | 'cbc'
  /** Node's name. */
  readonly cipher: string
  readonly keyBytes: 16 | 32
  /** Of records' MACs, in CBC. */
  readonly mac: Digest
  /** Of the key schedule. */
  readonly hash: Digest
}

const gcm128: CipherSuite = { kind: 'gcm', cipher: 'aes-128-gcm', keyBytes: 16, mac: 'sha256', hash: 'sha256' }
const gcm256: CipherSuite = { kind: 'gcm', cipher: 'aes-256-gcm', keyBytes: 32, mac: 'sha384', hash: 'sha384' }
const chacha: CipherSuite = {
  kind: 'chacha20',
  cipher: 'chacha20-poly1305',
  keyBytes: 32,
  mac: 'sha256',
  hash: 'sha256',
}
const cbc128: CipherSuite = { kind: 'cbc', cipher: 'aes-128-cbc', keyBytes: 16, mac: 'sha1', hash: 'sha256' }
const cbc256: CipherSuite = { ...cbc128, cipher: 'aes-256-cbc', keyBytes: 32 }

// The numbers are IANA's. Each line: what they have in common, then by key exchange.
const lists: readonly (readonly [CipherSuite, readonly number[]])[] = [
  [gcm128, [0x1301]],
  [gcm256, [0x1302]],
  [chacha, [0x1303]],
  // ECDHE and static ECDH, RSA and DHE, DH, anonymous, with pre-shared keys.
  [gcm128, [0xc02b, 0xc02d, 0xc02f, 0xc031, 0x9c, 0x9e, 0xa0, 0xa2, 0xa4, 0xa6, 0xa8, 0xaa, 0xac, 0xd001]],
  [gcm256, [0xc02c, 0xc02e, 0xc030, 0xc032, 0x9d, 0x9f, 0xa1, 0xa3, 0xa5, 0xa7, 0xa9, 0xab, 0xad, 0xd002]],
  [chacha, [0xcca8, 0xcca9, 0xccaa, 0xccab, 0xccac, 0xccad, 0xccae]],
  [cbc128, [0xc004, 0xc009, 0xc00e, 0xc013, 0xc018, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x8c, 0x90, 0x94, 0xc035]],
  [cbc256, [0xc005, 0xc00a, 0xc00f, 0xc014, 0xc019, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x8d, 0x91, 0x95, 0xc036]],
  [
    { ...cbc128, mac: 'sha256' },
    [0xc023, 0xc025, 0xc027, 0xc029, 0x3c, 0x3e, 0x3f, 0x40, 0x67, 0x6c, 0xae, 0xb2, 0xb6, 0xc037],
  ],
  [{ ...cbc256, mac: 'sha256' }, [0x3d, 0x68, 0x69, 0x6a, 0x6b, 0x6d]],
  [{ ...cbc256, mac: 'sha384', hash: 'sha384' }, [0xc024, 0xc026, 0xc028, 0xc02a, 0xaf, 0xb3, 0xb7, 0xc038]],
]

const suites = new Map(lists.flatMap(([suite, numbers]) => numbers.map(number => [number, suite] as const)))

export function cipherSuite(number: number): CipherSuite | undefined {
  return suites.get(number)
}

export function digestBytes(digest: Digest): number {
  return { sha1: 20, sha256: 32, sha384: 48 }[digest]
}
