// One connection to an IMAP fake without a socket, for tests: what is said to it, and what it says.

import type { Connection } from '../../net/connection.ts'
import { Network } from '../../net/network.ts'
import type { Fake } from '../../net/service.ts'
import { createImap, type ImapOptions, type ImapState } from '../imap.ts'
import type { SeedMail } from '../mail/store.ts'

const users: ImapOptions['users'] & object = {
  ada: 'lovelace',
  bob: { password: 'x', policy: '534 5.7.9 application password required' },
}
export const mail: { ada: (string | SeedMail)[] } = {
  ada: [
    'From: ann@example.org\nSubject: one\n\none\n',
    { content: 'Subject: two\n\ntwo\n', flags: ['\\Seen'] },
    'Subject: three\n\n3\n',
  ],
}

export interface Client {
  readonly network: Network
  readonly fake: Fake<ImapState>
  readonly state: ImapState
  readonly connection: { readonly id: number; onData(chunk: Buffer): void; onClose(): void }
  readonly greeting: string
  /** Lines that were said since. */
  taken(): string[]
  /** Lines in, lines out. */
  say(...lines: string[]): string[]
  /** From now on nothing that is written is taken, until this is said with false. */
  stall(on?: boolean): void
  readonly writes: number
  readonly ended: string
}

/** A fake of its own, or one more connection to another's. */
export function connect(
  options: ImapOptions = {},
  { port = 143, beside }: { port?: number; beside?: Client } = {},
): Client {
  const network = beside?.network ?? new Network()
  const host = { name: 'imap.example.net', names: ['imap.example.net'], addresses: ['198.18.0.1'], alsoAt: [] }
  const site = { network, host, clock: network.clock, random: network.random('imap') }
  const fake = beside?.fake ?? createImap({ users, mail, ...options })(site)
  let written: string[] = []
  let ended = ''
  let full = false
  const connection = {
    id: (beside?.connection.id ?? 0) + 1,
    seenAs: '198.18.0.2',
    server: { address: '198.18.0.1', port },
    onData: (_chunk: Buffer) => {},
    onEnd: () => {},
    onClose: () => {},
    onDrain: () => {},
    write: (bytes: string | Uint8Array) => {
      written.push(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1'))
      return !full
    },
    end: () => (ended = 'end'),
    close: () => (ended = 'end'),
    reset: () => (ended = 'reset'),
    startTls: (_options: object, secured: () => void) => secured(),
    pause: () => {},
    resume: () => {},
    bug: (error: unknown) => {
      throw error
    },
  }
  fake.accept!(connection as unknown as Connection)
  const taken = () => {
    const text = written.join('')
    written = []
    return text === '' ? [] : text.replace(/\r\n$/, '').split('\r\n')
  }
  return {
    network,
    fake,
    state: fake.state,
    connection,
    greeting: taken()[0]!,
    taken,
    say(...lines) {
      connection.onData(Buffer.from(lines.map(line => `${line}\r\n`).join(''), 'latin1'))
      return taken()
    },
    stall(on = true) {
      full = on
      if (!on) connection.onDrain()
    },
    get writes() {
      return written.length
    },
    get ended() {
      return ended
    },
  }
}

/** Logged in as ada. */
export function logIn(...args: Parameters<typeof connect>): Client {
  const client = connect(...args)
  client.say('l LOGIN ada lovelace')
  return client
}

/** With INBOX selected. */
export function select(...args: Parameters<typeof connect>): Client {
  const client = logIn(...args)
  client.say('s SELECT INBOX')
  return client
}
