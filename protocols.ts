// The one explicit list of protocols: what a newcomer adds is a line here. Nothing of a protocol is loaded before its use.

import type { TapeForm } from './wire/tape.ts'
import type { Wire } from './wire/wire.ts'

export interface Protocol {
  readonly name: string
  /** Where it is expected: the fake's default ports, and the ones that a recorder listens on. */
  readonly ports: readonly { port: number; transport: 'tcp' | 'udp'; tls?: boolean }[]
  readonly wire: () => Promise<Wire>
  /** How it stands on a tape. */
  readonly tape: () => Promise<TapeForm>
}

const tcp = (port: number, tls = false) => ({ port, transport: 'tcp' as const, ...(tls ? { tls } : {}) })
const udp = (port: number) => ({ port, transport: 'udp' as const })

const raw = {
  wire: async () => (await import('./wire/raw.ts')).wire,
  tape: async () => (await import('./wire/raw.ts')).form,
}

export const protocols: Readonly<Record<string, Protocol>> = {
  daytime: {
    name: 'daytime',
    ports: [tcp(13), udp(13)],
    wire: async () => (await import('./wire/daytime.ts')).wire,
    tape: async () => (await import('./wire/daytime.ts')).form,
  },
  dns: {
    name: 'dns',
    ports: [udp(53), tcp(53)],
    wire: async () => (await import('./wire/dns.ts')).wire,
    tape: async () => (await import('./wire/dns/tape.ts')).form,
  },
  http: {
    name: 'http',
    ports: [tcp(80), tcp(443, true)],
    wire: async () => (await import('./wire/http.ts')).wire,
    tape: async () => (await import('./wire/http/tape.ts')).form,
  },
  imap: {
    name: 'imap',
    ports: [tcp(143), tcp(993, true)],
    wire: async () => (await import('./wire/imap.ts')).wire,
    tape: async () => (await import('./wire/imap/tape.ts')).form,
  },
  pop3: {
    name: 'pop3',
    ports: [tcp(110), tcp(995, true)],
    wire: async () => (await import('./wire/pop3.ts')).wire,
    tape: async () => (await import('./wire/pop3/tape.ts')).form,
  },
  smtp: {
    name: 'smtp',
    ports: [tcp(25), tcp(587), tcp(465, true)],
    wire: async () => (await import('./wire/smtp.ts')).wire,
    tape: async () => (await import('./wire/smtp/tape.ts')).form,
  },
  // Services from code: no port is theirs, and without a protocol both are described as octets.
  tcp: { name: 'tcp', ports: [], ...raw },
  udp: { name: 'udp', ports: [], ...raw },
}
