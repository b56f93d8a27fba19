import { constants, createCipheriv, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import tls from 'node:tls'
import { expect, describe as group, test } from 'vitest'
import { crossed as earlyCrossed, secrets as earlySecrets } from '../../fixtures/tls/openssl-early-data.ts'
import { Authority } from '../../net/authority.ts'
import { Random } from '../../net/random.ts'
import type { Side } from '../decoder.ts'
import { Eavesdropper, type Overheard } from './eavesdropper.ts'
import { KeyLog } from './key-log.ts'

// The handshakes and ciphertext are OpenSSL's, as Node has it.
const { cert, key } = new Authority(label => new Random(label)).issue({ names: ['a.example'], key: 'rsa' })

interface Said {
  from: Side
  octets: Buffer
}

interface Talk {
  crossed: Said[]
  keyLog: string[]
  said: Record<Side, Buffer>
  session: Buffer | undefined
}

interface TalkOptions {
  client?: tls.ConnectionOptions
  server?: tls.TlsOptions
  sizes?: number[]
  /** Between what is said first and the rest. */
  between?: (asking: tls.TLSSocket) => Promise<void>
}

const context = tls.createSecureContext({ cert, key })
const bodies = new Random('bodies').bytes(100_000)

/** A client says octets, which the server says again; both end. */
async function talk(options: TalkOptions = {}): Promise<Talk> {
  const { client = {}, server = {}, sizes = [5, 1, 40_000], between } = options
  const crossed: Said[] = []
  const made: Talk = {
    crossed,
    keyLog: [],
    said: { client: Buffer.alloc(0), server: Buffer.alloc(0) },
    session: undefined,
  }
  const ends: Record<Side, Duplex> = { client: end('client'), server: end('server') }
  function end(from: Side): Duplex {
    const other = from === 'client' ? 'server' : 'client'
    return new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        crossed.push({ from, octets: Buffer.from(chunk) })
        ends[other].push(chunk)
        done()
      },
      final(done) {
        ends[other].push(null)
        done()
      },
    })
  }
  const serving = new tls.TLSSocket(ends.server, { isServer: true, secureContext: context, ...server })
  serving.on('data', (chunk: Buffer) => {
    made.said.client = Buffer.concat([made.said.client, chunk])
    serving.write(chunk)
  })
  serving.on('end', () => serving.end())
  const asking = tls.connect({ socket: ends.client, servername: 'A.example', rejectUnauthorized: false, ...client })
  asking.on('keylog', (line: Buffer) => made.keyLog.push(String(line).trimEnd()))
  asking.on('session', (session: Buffer) => (made.session = session))
  asking.on('data', (chunk: Buffer) => (made.said.server = Buffer.concat([made.said.server, chunk])))
  let sent = 0
  for (const size of sizes) {
    asking.write(bodies.subarray(sent, (sent += size)))
    while (made.said.server.length < sent) await once(asking, 'data')
    if (sent === sizes[0]) await between?.(asking)
  }
  asking.end()
  await once(asking, 'end')
  return made
}

const logOf = (lines: readonly string[]): KeyLog => {
  const log = new KeyLog()
  for (const line of lines) log.add(line)
  return log
}

/** What is overheard; octets of a side that follow one another are joined. */
function overhear(crossed: readonly Said[], log: KeyLog): Overheard[] {
  const eavesdropper = new Eavesdropper(log)
  return crossed.flatMap(({ from, octets }) => eavesdropper.push(from, octets))
}

const octetsOf = (heard: readonly Overheard[], side: Side, kind: 'plain' | 'opaque' = 'plain'): Buffer =>
  Buffer.concat(heard.flatMap(each => (each.kind === kind && each.from === side ? [each.octets] : [])))

const without = (heard: readonly Overheard[], ...kinds: string[]) => heard.filter(({ kind }) => !kinds.includes(kind))

function expectAll(heard: readonly Overheard[], { said }: Talk): void {
  expect(without(heard, 'plain', 'secured', 'ended')).toEqual([])
  for (const side of ['client', 'server'] as const) {
    expect(said[side].length).toBeGreaterThan(40_000)
    expect(octetsOf(heard, side).equals(said[side])).toBe(true)
  }
}

const octetByOctet = (crossed: readonly Said[]): Said[] =>
  crossed.flatMap(({ from, octets }) => Array.from(octets, octet => ({ from, octets: Buffer.of(octet) })))

group.each([
  ['TLS_AES_128_GCM_SHA256', 'TLSv1.3'],
  ['TLS_AES_256_GCM_SHA384', 'TLSv1.3'],
  ['TLS_CHACHA20_POLY1305_SHA256', 'TLSv1.3'],
  ['ECDHE-RSA-AES128-GCM-SHA256', 'TLSv1.2'],
  ['ECDHE-RSA-AES256-GCM-SHA384', 'TLSv1.2'],
  ['AES256-GCM-SHA384', 'TLSv1.2'],
  ['ECDHE-RSA-CHACHA20-POLY1305', 'TLSv1.2'],
  ['ECDHE-RSA-AES128-SHA', 'TLSv1.2'],
  ['ECDHE-RSA-AES256-SHA', 'TLSv1.2'],
  ['AES128-SHA256', 'TLSv1.2'],
  ['AES256-SHA256', 'TLSv1.2'],
  ['ECDHE-RSA-AES128-SHA256', 'TLSv1.2'],
  ['ECDHE-RSA-AES256-SHA384', 'TLSv1.2'],
] as const)('of %s', (ciphers, version) => {
  const options: TalkOptions = { client: { ciphers, maxVersion: version } }

  test('both sides are overheard, whole and octet by octet', async () => {
    const made = await talk(options)
    expectAll(overhear(made.crossed, logOf(made.keyLog)), made)
    expectAll(overhear(octetByOctet(made.crossed), logOf(made.keyLog)), made)
  })

  test('with another secret nothing is', async () => {
    const made = await talk(options)
    const wrong = made.keyLog.map(line => line.replace(/.$/, last => (last === '0' ? '1' : '0')))
    const heard = overhear(made.crossed, logOf(wrong))
    expect(without(heard, 'opaque')).toEqual([
      { kind: 'unreadable', from: undefined, why: expect.stringMatching(/^a record of the (client|server) does not/) },
    ])
  })
})

test.each(['ECDHE-RSA-AES128-SHA', 'AES256-SHA256', 'ECDHE-RSA-AES256-SHA384'])(
  '%s is overheard without encrypt-then-MAC',
  async ciphers => {
    const plain = tls.createSecureContext({ cert, key, secureOptions: constants.SSL_OP_NO_ENCRYPT_THEN_MAC })
    const made = await talk({ client: { ciphers, maxVersion: 'TLSv1.2' }, server: { secureContext: plain } })
    expectAll(overhear(made.crossed, logOf(made.keyLog)), made)
  },
)

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'the names of %s are told once, before anything that is said',
  async version => {
    const made = await talk({
      client: { maxVersion: version, ALPNProtocols: ['x/1', 'http/1.1'] },
      server: { ALPNProtocols: ['http/1.1'] },
    })
    const heard = overhear(made.crossed, logOf(made.keyLog))
    expect(heard[0]).toEqual({ kind: 'secured', serverName: 'a.example', alpn: 'http/1.1', version })
    expect(heard.filter(({ kind }) => kind === 'secured')).toHaveLength(1)
    expect(heard.filter(({ kind }) => kind === 'ended')).toEqual([
      { kind: 'ended', from: 'client' },
      { kind: 'ended', from: 'server' },
    ])
  },
)

test.each(['TLSv1.2', 'TLSv1.3'] as const)('a session of %s that is resumed is overheard', async maxVersion => {
  const first = await talk({ client: { maxVersion } })
  let isResumed = false
  const between = async (asking: tls.TLSSocket) => void (isResumed = asking.isSessionReused())
  const made = await talk({ client: { maxVersion, session: first.session! }, between })
  expect(isResumed).toBe(true)
  expectAll(overhear(made.crossed, logOf(made.keyLog)), made)
})

test('a hello that has to be said again is overheard', async () => {
  const curve = tls.createSecureContext({ cert, key, ecdhCurve: 'P-384' })
  const made = await talk({ client: { ecdhCurve: 'X25519:P-384' }, server: { secureContext: curve } })
  const retry = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex')
  expect(made.crossed.filter(({ octets }) => octets.includes(retry))).toHaveLength(1)
  expectAll(overhear(made.crossed, logOf(made.keyLog)), made)
})

test('a client with a certificate is overheard', async () => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const made = await talk({
      client: { maxVersion, cert, key },
      server: { requestCert: true, rejectUnauthorized: false },
    })
    expectAll(overhear(made.crossed, logOf(made.keyLog)), made)
  }
})

test('TLS 1.2 that is negotiated anew goes on being overheard', async () => {
  const made = await talk({
    client: { maxVersion: 'TLSv1.2' },
    between: asking => new Promise((done, fail) => asking.renegotiate({}, error => (error ? fail(error) : done()))),
  })
  expect(new Set(made.keyLog.map(line => line.split(' ')[1]))).toHaveProperty('size', 2)
  expectAll(overhear(made.crossed, logOf(made.keyLog)), made)
})

test('early data is overheard, and is nothing without its secret', () => {
  const crossed = earlyCrossed.map(([from, hex]) => ({ from, octets: Buffer.from(hex, 'hex') }))
  const secured = { kind: 'secured', serverName: 'a.example', alpn: undefined, version: 'TLSv1.3' }
  const ends = [
    { kind: 'ended', from: 'client' },
    { kind: 'ended', from: 'server' },
  ]
  for (const cut of [crossed, octetByOctet(crossed)]) {
    expect(overhear(cut, logOf(earlySecrets))).toEqual([
      secured,
      { kind: 'plain', from: 'client', octets: Buffer.from('early\n') },
      { kind: 'plain', from: 'client', octets: Buffer.from('second\n') },
      ...ends,
    ])
  }
  const [early, ...others] = earlySecrets
  expect(early).toMatch(/^CLIENT_EARLY/)
  expect(overhear(crossed, logOf(others))).toEqual([
    { kind: 'note', text: 'no secret for the early data of the client' },
    secured,
    { kind: 'plain', from: 'client', octets: Buffer.from('second\n') },
    ...ends,
  ])
})

/** A record of TLS 1.3 under TLS_AES_128_GCM_SHA256, for what OpenSSL does not do here. Written from RFC 8446 §5. */
function seal(secret: Buffer, sequence: number, inner: Buffer): Buffer {
  const head = Buffer.from([23, 3, 3, (inner.length + 16) >> 8, (inner.length + 16) & 255])
  const nonce = expand(secret, 'iv', 12)
  nonce[11]! ^= sequence
  const cipher = createCipheriv('aes-128-gcm', expand(secret, 'key', 16), nonce).setAAD(head)
  return Buffer.concat([head, cipher.update(inner), cipher.final(), cipher.getAuthTag()])
}

function expand(secret: Buffer, label: string, length: number): Buffer {
  const info = Buffer.from(`\0${String.fromCharCode(length, 6 + label.length)}tls13 ${label}\0\x01`, 'latin1')
  return createHmac('sha256', secret).update(info).digest().subarray(0, length)
}

test('keys that are updated, padding and records of nothing are overheard', async () => {
  const { crossed, keyLog } = await talk({ client: { ciphers: 'TLS_AES_128_GCM_SHA256' }, sizes: [5] })
  const log = logOf(keyLog)
  const eavesdropper = new Eavesdropper(log)
  const lastOfClient = crossed.findLastIndex(({ from }) => from === 'client')
  const before = crossed.slice(0, lastOfClient)
  const heard = before.flatMap(({ from, octets }) => eavesdropper.push(from, octets))
  expect(octetsOf(heard, 'client')).toEqual(bodies.subarray(0, 5))
  const line = keyLog.find(text => text.startsWith('CLIENT_TRAFFIC_SECRET_0'))!
  const secret = Buffer.from(line.split(' ')[2]!, 'hex')
  // The client's first data was record 0 of these keys.
  const pushed = (octets: Buffer) => eavesdropper.push('client', octets)
  expect(pushed(seal(secret, 1, Buffer.from('padded\x17\0\0\0', 'latin1')))).toEqual([
    { kind: 'plain', from: 'client', octets: Buffer.from('padded') },
  ])
  expect(pushed(seal(secret, 2, Buffer.from([23, 0, 0])))).toEqual([])
  expect(pushed(seal(secret, 3, Buffer.from([24, 0, 0, 1, 1, 22])))).toEqual([])
  const next = expand(secret, 'traffic upd', 32)
  expect(pushed(seal(next, 0, Buffer.from('updated\x17', 'latin1')))).toEqual([
    { kind: 'plain', from: 'client', octets: Buffer.from('updated') },
  ])
  // Of padding alone, which says not even what it pads.
  expect(pushed(seal(next, 1, Buffer.alloc(5)))).toMatchObject([
    { kind: 'unreadable', from: 'client' },
    { kind: 'opaque' },
  ])
})

test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s without secrets is opaque, and says why', async maxVersion => {
  const made = await talk({ client: { maxVersion } })
  const heard = overhear(made.crossed, new KeyLog())
  expect(without(heard, 'opaque')).toEqual([{ kind: 'unreadable', from: undefined, why: 'no secrets' }])
  const ciphertext = made.crossed.filter(({ from }) => from === 'server').map(({ octets }) => octets)
  expect(octetsOf(heard, 'server', 'opaque').equals(Buffer.concat(ciphertext))).toBe(true)
})

test('octets that are missing make one side opaque, and the other is overheard to its end', async () => {
  const made = await talk()
  const eavesdropper = new Eavesdropper(logOf(made.keyLog))
  const last = made.crossed.findLastIndex(({ from, octets }) => from === 'client' && octets.length > 1000)
  const heard = made.crossed.flatMap(({ from, octets }, i) =>
    i === last ? eavesdropper.lost(from) : eavesdropper.push(from, octets),
  )
  expect(heard.filter(({ kind }) => kind === 'unreadable')).toEqual([
    { kind: 'unreadable', from: 'client', why: 'octets of the client are missing' },
  ])
  expect(octetsOf(heard, 'server').equals(made.said.server)).toBe(true)
})

test('a suite and a version that are not read are named', async () => {
  const ccm = await talk({
    client: { ciphers: 'ECDHE-ECDSA-AES128-CCM:AES128-CCM', maxVersion: 'TLSv1.2' },
    server: { secureContext: tls.createSecureContext({ cert, key, ciphers: 'AES128-CCM' }) },
  })
  expect(overhear(ccm.crossed, logOf(ccm.keyLog))[0]).toMatchObject({ why: 'cipher suite 0xc09c is not read' })
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  const made = await talk({ client: old, server: { secureContext: tls.createSecureContext({ cert, key, ...old }) } })
  expect(overhear(made.crossed, logOf(made.keyLog))[0]).toMatchObject({ why: 'TLS 1.1 is not read' })
})

test('whatever is in the octets, it neither throws nor says more than it was given', async () => {
  const talks = [await talk(), await talk({ client: { maxVersion: 'TLSv1.2' } })]
  const random = new Random('mutations')
  for (let i = 0; i < 300; i++) {
    const { crossed, keyLog } = talks[i % 2]!
    const log = logOf(keyLog)
    const mutated = crossed.map(({ from, octets }) => ({ from, octets: Buffer.from(octets) }))
    for (let many = 1 + random.below(4); many > 0; many--) {
      const { octets } = mutated[random.below(Math.min(6, mutated.length))]!
      octets[random.below(octets.length)] = random.below(256)
    }
    const heard = overhear(mutated, log)
    for (const side of ['client', 'server'] as const) {
      const given = mutated.filter(({ from }) => from === side).reduce((sum, { octets }) => sum + octets.length, 0)
      expect(octetsOf(heard, side).length + octetsOf(heard, side, 'opaque').length).toBeLessThanOrEqual(given)
    }
  }
})
