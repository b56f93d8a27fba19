// Follows a TLS link from its first record on, knowing its secrets: ciphertext in, what both sides said out. Of versions
// 1.2 and 1.3; nothing is verified but that records open. Left out on purpose: resumption without the secrets of the
// new link, compression, exporters.

import { ProtocolError, type Side } from '../decoder.ts'
import { alertText } from './alerts.ts'
import { type CipherSuite, cipherSuite } from './cipher-suites.ts'
import {
  type ClientGreeting,
  type HandshakeMessage,
  HandshakeReader,
  handshakeTypes,
  readClientGreeting,
  readEncryptedExtensions,
  readServerGreeting,
  type ServerGreeting,
} from './handshake.ts'
import type { KeyLog } from './key-log.ts'
import { keyBlock, type RecordKeys } from './key-schedule.ts'
import { type RecordOpener, Tls12Opener, Tls13Opener } from './protection.ts'
import { alert, applicationData, changeCipherSpec, handshake, RecordReader, type TlsRecord } from './records.ts'

export type Overheard =
  | {
      readonly kind: 'secured'
      readonly serverName: string | undefined
      readonly alpn: string | undefined
      /** As Node names it. */
      readonly version: 'TLSv1.2' | 'TLSv1.3'
    }
  | { readonly kind: 'plain'; readonly from: Side; readonly octets: Buffer }
  /** The side has said that nothing follows. */
  | { readonly kind: 'ended'; readonly from: Side }
  /** What follows of a side, or of both, is `opaque`. */
  | { readonly kind: 'unreadable'; readonly from: Side | undefined; readonly why: string }
  | { readonly kind: 'opaque'; readonly from: Side; readonly octets: Buffer }
  | { readonly kind: 'note'; readonly text: string }

interface Half {
  readonly records: RecordReader
  readonly messages: HandshakeReader
  /** Read, but what it needs of the other side is not there yet. */
  waiting: TlsRecord | undefined
  /** Undefined while records are in the clear. */
  opener: RecordOpener | undefined
  finished: boolean
  ended: boolean
  isOpaque: boolean
}

/** Octets of a client that wait for the server to answer. */
const maxWaitingBytes = 1024 * 1024

const half = (): Half => ({
  records: new RecordReader(),
  messages: new HandshakeReader(),
  waiting: undefined,
  opener: undefined,
  finished: false,
  ended: false,
  isOpaque: false,
})

export class Eavesdropper {
  readonly #secrets: KeyLog
  readonly #halves: Readonly<Record<Side, Half>> = { client: half(), server: half() }
  #heard: Overheard[] = []
  #client: ClientGreeting | undefined
  #server: ServerGreeting | undefined
  #suite: CipherSuite | undefined
  #alpn: string | undefined
  /** Of TLS 1.2, for the present hellos. */
  #keys: Record<Side, RecordKeys> | undefined
  /** Of TLS 1.3: what the client goes on with after early data. */
  #afterEarlyData: RecordOpener | undefined
  /** Records of the client that do not open are early data that nobody reads. */
  #skipsEarlyData = false
  #secured = false

  constructor(secrets: KeyLog) {
    this.#secrets = secrets
  }

  /** The name that the client asked for, as soon as its hello is there. */
  get serverName(): string | undefined {
    return this.#client?.serverName
  }

  /** The octets are kept. It never throws. */
  push(from: Side, octets: Buffer): Overheard[] {
    this.#halves[from].records.push(octets)
    this.#read(from)
    if (from === 'server') this.#read('client')
    const { records, waiting } = this.#halves.client
    if (waiting !== undefined && records.length > maxWaitingBytes) this.#fail(undefined, 'the server does not answer')
    return this.#taken()
  }

  /** Octets of a side are missing here. */
  lost(from: Side): Overheard[] {
    this.#fail(from, `octets of the ${from} are missing`)
    return this.#taken()
  }

  /** Nothing follows from a side. */
  end(from: Side): Overheard[] {
    const { records, waiting, isOpaque } = this.#halves[from]
    if ((records.length > 0 || waiting !== undefined) && !isOpaque) this.#fail(from, 'it ends inside a record')
    return this.#taken()
  }

  #taken(): Overheard[] {
    for (const from of ['client', 'server'] as const) {
      const { isOpaque, records } = this.#halves[from]
      if (isOpaque && records.length > 0) this.#heard.push({ kind: 'opaque', from, octets: records.rest() })
    }
    const heard = this.#heard
    this.#heard = []
    return heard
  }

  #read(from: Side): void {
    const own = this.#halves[from]
    try {
      while (!own.isOpaque) {
        own.waiting ??= own.records.next()
        if (own.waiting === undefined || !this.#record(from, own, own.waiting)) return
        own.waiting = undefined
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#fail(from, error.message.replace(/^tls: /, ''))
    }
  }

  /** False where the record has to wait for the other side. */
  #record(from: Side, own: Half, record: TlsRecord): boolean {
    const { type, fragment } = record
    const isTls13 = this.#server?.version === 0x0304
    if (own.opener === undefined || (isTls13 && type !== applicationData)) {
      if (type === handshake) this.#messages(from, own, fragment)
      else if (type === alert) this.#alert(from, own, fragment)
      else if (type === changeCipherSpec && !isTls13) this.#changeCipher(from, own)
      else if (type === applicationData) return this.#protectedEarly(from)
      return true
    }
    const opened = own.opener.open(record)
    if (opened === undefined) {
      if (from !== 'client' || !this.#skipsEarlyData) this.#fail(from, `a record of the ${from} does not decrypt`)
      return true
    }
    if (from === 'client') this.#skipsEarlyData = false
    if (opened.type === handshake) this.#messages(from, own, opened.content)
    else if (opened.type === alert) this.#alert(from, own, opened.content)
    else if (opened.type === changeCipherSpec) this.#changeCipher(from, own)
    else if (opened.type === applicationData && !own.ended && opened.content.length > 0) {
      this.#secure()
      this.#heard.push({ kind: 'plain', from, octets: opened.content })
    }
    return true
  }

  /** A protected record before there are keys: early data waits for the server to take it, or to ask for another hello. */
  #protectedEarly(from: Side): boolean {
    if (from === 'server') throw new ProtocolError('tls', 'expected a hello of the server, got protected records')
    if (this.#server === undefined || this.#server.version === 0x0304) return this.#server?.isRetry === true
    throw new ProtocolError('tls', 'expected a handshake of the client, got protected records')
  }

  #messages(from: Side, own: Half, fragment: Buffer): void {
    own.messages.push(fragment)
    for (let message = own.messages.next(); message !== undefined; message = own.messages.next()) {
      this.#message(from, own, message)
      if (own.isOpaque) return
    }
  }

  #message(from: Side, own: Half, { type, body }: HandshakeMessage): void {
    if (type === handshakeTypes.clientHello && from === 'client') this.#client = readClientGreeting(body)
    else if (type === handshakeTypes.serverHello && from === 'server') this.#serverHello(own, readServerGreeting(body))
    else if (type === handshakeTypes.encryptedExtensions && from === 'server') this.#encryptedExtensions(body)
    else if (type === handshakeTypes.endOfEarlyData && from === 'client') own.opener = this.#afterEarlyData
    else if (type === handshakeTypes.finished) this.#finished(from, own)
    else if (type === handshakeTypes.keyUpdate && own.opener instanceof Tls13Opener) own.opener.update()
  }

  #serverHello(own: Half, greeting: ServerGreeting): void {
    const { version, compression } = greeting
    const suite = cipherSuite(greeting.cipherSuite)
    this.#server = greeting
    this.#suite = suite
    if (this.#client === undefined) throw new ProtocolError('tls', 'expected a hello of the client first, got none')
    const { random } = this.#client
    if (version < 0x0303) this.#fail(undefined, `${oldVersions[version] ?? 'its version'} is not read`)
    else if (suite === undefined) this.#fail(undefined, `cipher suite ${hex(greeting.cipherSuite)} is not read`)
    else if (compression !== 0) this.#fail(undefined, 'it is compressed')
    else if (greeting.isRetry) return
    else if (version === 0x0303) {
      this.#alpn = greeting.alpn
      const master = this.#secrets.find('CLIENT_RANDOM', random)
      if (master === undefined) this.#fail(undefined, noSecrets)
      else this.#keys = keyBlock(suite, master, random, greeting.random)
    } else {
      const secret = this.#secrets.find('SERVER_HANDSHAKE_TRAFFIC_SECRET', random)
      if (secret === undefined || this.#clientSecret() === undefined) this.#fail(undefined, noSecrets)
      else own.opener = new Tls13Opener(suite, secret)
    }
  }

  #clientSecret(): Buffer | undefined {
    return this.#secrets.find('CLIENT_HANDSHAKE_TRAFFIC_SECRET', this.#client!.random)
  }

  /** From here on the client's protected records can be read. */
  #encryptedExtensions(body: Buffer): void {
    const { alpn, earlyData } = readEncryptedExtensions(body)
    const client = this.#halves.client
    if (this.#suite === undefined || this.#client === undefined || client.opener !== undefined) return
    this.#alpn = alpn
    const opener = new Tls13Opener(this.#suite, this.#clientSecret()!)
    const early = this.#secrets.find('CLIENT_EARLY_TRAFFIC_SECRET', this.#client.random)
    client.opener = opener
    if (earlyData && early !== undefined) {
      client.opener = new Tls13Opener(this.#suite, early)
      this.#afterEarlyData = opener
      return
    }
    this.#skipsEarlyData = this.#client.earlyData
    if (earlyData) this.#heard.push({ kind: 'note', text: 'no secret for the early data of the client' })
  }

  #finished(from: Side, own: Half): void {
    own.finished = true
    if (this.#server?.version === 0x0304) {
      const label = from === 'client' ? 'CLIENT_TRAFFIC_SECRET_0' : 'SERVER_TRAFFIC_SECRET_0'
      const secret = this.#secrets.find(label, this.#client!.random)
      if (secret === undefined) this.#fail(from, noSecrets)
      else own.opener = new Tls13Opener(this.#suite!, secret)
    }
    if (this.#halves.client.finished && this.#halves.server.finished) this.#secure()
  }

  /** Of TLS 1.2; in 1.3, and before the version is known, it says nothing. */
  #changeCipher(from: Side, own: Half): void {
    if (this.#keys === undefined) return
    own.opener = new Tls12Opener(this.#suite!, this.#keys[from], this.#server!.encryptThenMac)
  }

  #alert(from: Side, own: Half, content: Buffer): void {
    const [level, number] = content
    if (level === undefined || number === undefined || own.ended) return
    if (number === 0) {
      own.ended = true
      this.#heard.push({ kind: 'ended', from })
    } else if (level === 2 || this.#server?.version === 0x0304) {
      this.#heard.push({ kind: 'note', text: `the ${from} broke off: ${alertText(number)}` })
    }
  }

  #secure(): void {
    if (this.#secured) return
    this.#secured = true
    const version = this.#server!.version === 0x0304 ? 'TLSv1.3' : 'TLSv1.2'
    this.#heard.push({ kind: 'secured', serverName: this.serverName, alpn: this.#alpn, version })
  }

  /** A side cannot be read any more; while nothing is agreed, the other one neither. */
  #fail(from: Side | undefined, why: string): void {
    const { client, server } = this.#halves
    const isBoth = from === undefined || !this.#secured
    if (isBoth ? client.isOpaque && server.isOpaque : this.#halves[from].isOpaque) return
    this.#heard.push({ kind: 'unreadable', from: isBoth ? undefined : from, why })
    for (const side of isBoth ? (['client', 'server'] as const) : [from]) {
      const own = this.#halves[side]
      own.isOpaque = true
      const { waiting } = own
      own.waiting = undefined
      if (waiting !== undefined) {
        this.#heard.push({ kind: 'opaque', from: side, octets: Buffer.concat([waiting.head, waiting.fragment]) })
      }
    }
  }
}

const noSecrets = 'no secrets'
const oldVersions: Readonly<Record<number, string>> = { 768: 'SSL 3.0', 769: 'TLS 1.0', 770: 'TLS 1.1' }

const hex = (number: number): string => `0x${number.toString(16).padStart(4, '0')}`
