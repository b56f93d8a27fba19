// The first message of a TLS client, read before anybody answers it: whom it asks for and what it offers to speak
// (RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301 §3.1; older versions have the same shape). Left out: SSLv2's hello, DTLS, and
// what is encrypted inside (ECH): the outer name is seen.

export interface ClientHello {
  /** As it was sent; undefined where the client names nobody. */
  readonly serverName: string | undefined
  /** Names of protocols as latin1, the client's favourite first; empty where it says nothing of them. */
  readonly alpn: readonly string[]
}

/** Beyond anything that is sent: post-quantum key shares make a hello of 2 KiB. */
const maxBytes = 64 * 1024

/** Octets of a record (RFC 8446 §5.1). */
const maxRecordBytes = 2 ** 14

const handshakeRecord = 22
const clientHello = 1
const serverNameExtension = 0
const alpnExtension = 16
const hostName = 0

/** Why no hello can be read: too little is there, or it is something else. */
class Unreadable extends Error {
  readonly because: 'more' | 'other'

  constructor(because: 'more' | 'other') {
    super(because)
    this.because = because
  }
}

/** Octets of a known length, of which the last may not be there yet. */
class Part {
  readonly #octets: Buffer
  readonly #end: number
  #at: number

  constructor(octets: Buffer, start: number, end: number) {
    this.#octets = octets
    this.#at = start
    this.#end = end
  }

  get isDone(): boolean {
    return this.#at === this.#end
  }

  number(size: 1 | 2 | 3): number {
    return this.#octets.readUIntBE(this.#pass(size), size)
  }

  take(size: number): Buffer {
    const start = this.#pass(size)
    return this.#octets.subarray(start, start + size)
  }

  /** What follows its own length, which takes `size` octets. */
  vector(size: 1 | 2, min: number, max = Infinity): Part {
    const length = this.number(size)
    const start = this.#at
    if (length < min || length > max || start + length > this.#end) throw new Unreadable('other')
    this.#at += length
    return new Part(this.#octets, start, this.#at)
  }

  /** The rest of it. */
  text(): string {
    return this.take(this.#end - this.#at).toString('latin1')
  }

  /** Where the next `size` octets begin. */
  #pass(size: number): number {
    const start = this.#at
    if (start + size > this.#end) throw new Unreadable('other')
    if (start + size > this.#octets.length) throw new Unreadable('more')
    this.#at += size
    return start
  }
}

/**
 * Reads what a client has said so far. `more`: it can still become a hello; `other`: it cannot, whatever follows. What
 * comes after the hello is not looked at.
 */
export function readClientHello(octets: Buffer): 'more' | 'other' | ClientHello {
  // Wherever TLS may begin, nearly everything that comes is something else.
  if (octets.length > 0 && octets[0] !== handshakeRecord) return 'other'
  const { message, isBroken } = firstMessage(octets)
  try {
    return hello(message)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return isBroken ? 'other' : error.because
  }
}

/** The first handshake message as far as it is there, whatever records it is cut over; nothing can follow a broken one. */
function firstMessage(octets: Buffer): { message: Buffer; isBroken: boolean } {
  const fragments: Buffer[] = []
  let length = 0
  let isBroken = false
  for (let at = 0; at < octets.length && length < maxBytes; ) {
    const [type, major = 3, minor = 0] = octets.subarray(at, at + 3)
    const size = at + 5 > octets.length ? 1 : octets.readUInt16BE(at + 3)
    // The version says nothing (RFC 8446 §5.1); it only keeps other protocols out.
    isBroken = type !== handshakeRecord || major !== 3 || minor > 4 || size === 0 || size > maxRecordBytes
    if (isBroken) break
    const fragment = octets.subarray(at + 5, at + 5 + size)
    fragments.push(fragment)
    length += fragment.length
    at += 5 + size
  }
  return { message: fragments.length === 1 ? fragments[0]! : Buffer.concat(fragments), isBroken }
}

function hello(octets: Buffer): ClientHello {
  const header = new Part(octets, 0, 4)
  if (header.number(1) !== clientHello) throw new Unreadable('other')
  const length = header.number(3)
  if (4 + length > maxBytes) throw new Unreadable('other')
  const body = new Part(octets, 4, 4 + length)
  if (body.number(1) !== 3) throw new Unreadable('other')
  body.take(1 + 32) // the rest of the version, random
  body.vector(1, 0, 32) // session id
  body.vector(2, 2) // cipher suites
  body.vector(1, 1) // compression methods
  let serverName: string | undefined
  let alpn: string[] = []
  const extensions = body.isDone ? body : body.vector(2, 0)
  if (!body.isDone) throw new Unreadable('other')
  while (!extensions.isDone) {
    const type = extensions.number(2)
    const data = extensions.vector(2, 0)
    if (type === serverNameExtension) serverName = readServerName(data)
    else if (type === alpnExtension) alpn = readAlpn(data)
  }
  if (octets.length < 4 + length) throw new Unreadable('more')
  return { serverName, alpn }
}

function readServerName(data: Part): string | undefined {
  const list = data.vector(2, 1)
  if (!data.isDone) throw new Unreadable('other')
  let found: string | undefined
  while (!list.isDone) {
    const type = list.number(1)
    const name = list.vector(2, 1)
    if (type === hostName) found ??= name.text()
  }
  // Whoever dials or shows it relies on this.
  if (found !== undefined && !/^[\x21-\x7e]{1,255}$/.test(found)) throw new Unreadable('other')
  return found
}

function readAlpn(data: Part): string[] {
  const list = data.vector(2, 2)
  if (!data.isDone) throw new Unreadable('other')
  const names: string[] = []
  while (!list.isDone) names.push(list.vector(1, 1).text())
  return names
}
