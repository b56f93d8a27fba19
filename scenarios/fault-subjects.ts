// For the table of faults: every fault with its options, every protocol with a client, and what the client makes of it.

import { daytime as askDaytime } from '../clients/daytime.ts'
import { query } from '../clients/dns.ts'
import { request } from '../clients/http.ts'
import { connectImap, ImapReplyError } from '../clients/imap.ts'
import { connectPop3, Pop3ReplyError } from '../clients/pop3.ts'
import { connectSmtp, SmtpReplyError } from '../clients/smtp.ts'
import { connectTcp } from '../clients/tcp.ts'
import { askUdp } from '../clients/udp.ts'
import { UsageError } from '../net/errors.ts'
import { ProtocolError } from '../wire/decoder.ts'
import type { WorldFault } from '../worlds/world.ts'

/** Where the host of all services is reached. */
export interface Where {
  at(port: number, transport: 'tcp' | 'udp'): { host: string; port: number }
  /** For clients that are told whom to trust. */
  readonly ca: string | undefined
  /** How long a client waits. */
  readonly timeoutMs: number
}

export interface Subject {
  readonly name: string
  readonly transport: 'tcp' | 'udp'
  readonly port: number
  readonly tls?: 'implicit' | 'starttls'
  /** Throws what the client throws. */
  ask(where: Where): Promise<unknown>
}

export const hostName = 'a.example'
/** That a network gives it. */
export const hostAddress = '198.18.240.201'

async function dns(where: Where, transport: 'tcp' | 'udp'): Promise<unknown> {
  const { host, port } = where.at(53, transport)
  const server = `${host === hostName ? hostAddress : host}:${port}`
  return await query('www.example', 'A', { servers: [server], transport, tries: 1, timeoutMs: where.timeoutMs })
}

async function mail(where: Where, port: number, tls: 'none' | 'required'): Promise<unknown> {
  const { timeoutMs, ca } = where
  const at = where.at(port, 'tcp')
  await using client = await connectSmtp({ ...at, tls, timeoutMs, ...(ca === undefined ? {} : { ca }) })
  return await client.send({ from: 'ann@example.org', to: 'bob@a.example', text: 'hello' })
}

const auth = { user: 'ada', password: 'lovelace' }

async function pop3(where: Where, port: number, tls: 'required' | 'implicit'): Promise<void> {
  const { timeoutMs, ca } = where
  const at = where.at(port, 'tcp')
  await using client = await connectPop3({ ...at, tls, auth, timeoutMs, ...(ca === undefined ? {} : { ca }) })
  await client.stat()
  // Otherwise the maildrop is locked until the server sees the end of the link.
  await client.quit()
}

async function imap(where: Where, port: number, tls: 'required' | 'implicit'): Promise<unknown> {
  const { timeoutMs, ca } = where
  const at = where.at(port, 'tcp')
  await using client = await connectImap({ ...at, tls, auth, timeoutMs, ...(ca === undefined ? {} : { ca }) })
  return await client.select('INBOX')
}

async function lines(where: Where, port: number, said: string, tls: boolean): Promise<string> {
  const { timeoutMs, ca } = where
  const secure = { servername: hostName, ...(ca === undefined ? {} : { ca }) }
  await using client = await connectTcp({ ...where.at(port, 'tcp'), timeoutMs, ...(tls ? { tls: secure } : {}) })
  if (said !== '') await client.write(said)
  return String(await client.readAll())
}

/** Throws unless an answer is the one that was expected. */
async function expected(answer: Promise<string>, isIt: RegExp): Promise<void> {
  const text = await answer
  if (!isIt.test(text)) throw new ProtocolError('test', `expected ${isIt}, got ${JSON.stringify(text)}`)
}

const get = `GET / HTTP/1.1\r\nHost: ${hostName}\r\nConnection: close\r\n\r\n`

export const subjects: readonly Subject[] = [
  {
    name: 'daytime',
    transport: 'tcp',
    port: 13,
    ask: where => askDaytime({ ...where.at(13, 'tcp'), signal: AbortSignal.timeout(where.timeoutMs) }),
  },
  {
    name: 'daytime over UDP',
    transport: 'udp',
    port: 13,
    ask: where =>
      askDaytime({ ...where.at(13, 'udp'), transport: 'udp', signal: AbortSignal.timeout(where.timeoutMs) }),
  },
  { name: 'dns', transport: 'udp', port: 53, ask: where => dns(where, 'udp') },
  { name: 'dns over TCP', transport: 'tcp', port: 53, ask: where => dns(where, 'tcp') },
  {
    name: 'http',
    transport: 'tcp',
    port: 80,
    async ask(where) {
      const { host, port } = where.at(80, 'tcp')
      const result = await request(`http://${host}:${port}/`, { timeoutMs: where.timeoutMs, redirects: 0 })
      await result.text()
    },
  },
  {
    name: 'https',
    transport: 'tcp',
    port: 443,
    tls: 'implicit',
    ask: where => expected(lines(where, 443, get, true), /^HTTP\/1\.1 302 .*\r\n\r\n$/s),
  },
  {
    name: 'imap with STARTTLS',
    transport: 'tcp',
    port: 143,
    tls: 'starttls',
    ask: where => imap(where, 143, 'required'),
  },
  { name: 'imaps', transport: 'tcp', port: 993, tls: 'implicit', ask: where => imap(where, 993, 'implicit') },
  {
    name: 'pop3 with STLS',
    transport: 'tcp',
    port: 110,
    tls: 'starttls',
    ask: where => pop3(where, 110, 'required'),
  },
  { name: 'pop3s', transport: 'tcp', port: 995, tls: 'implicit', ask: where => pop3(where, 995, 'implicit') },
  { name: 'smtp', transport: 'tcp', port: 25, ask: where => mail(where, 25, 'none') },
  {
    name: 'smtp with STARTTLS',
    transport: 'tcp',
    port: 587,
    tls: 'starttls',
    ask: where => mail(where, 587, 'required'),
  },
  {
    name: 'tcp',
    transport: 'tcp',
    port: 4000,
    async ask(where) {
      await using client = await connectTcp({ ...where.at(4000, 'tcp'), timeoutMs: where.timeoutMs })
      await client.write('again\n')
      for (const line of ['hello\n', 'again\n']) await expected(readLine(client), new RegExp(`^${line}$`))
    },
  },
  {
    name: 'udp',
    transport: 'udp',
    port: 4000,
    ask: where => askUdp({ ...where.at(4000, 'udp'), message: 'hello', timeoutMs: where.timeoutMs }),
  },
]

async function readLine(client: Awaited<ReturnType<typeof connectTcp>>): Promise<string> {
  const line = await client.readUntil('\n')
  if (line === undefined) throw Object.assign(new Error('the service ended'), { code: 'END' })
  return String(line)
}

/** A fault as a world has it, and for whom it is. */
export interface Sample {
  readonly title: string
  readonly name: keyof WorldFault
  readonly options: object
  readonly fits: (subject: Subject) => boolean
  /** What comes of it is chance: any error of the client, or none. */
  readonly byChance?: boolean
  /** For everybody: in `run` the system itself sees to it. */
  readonly bySystem?: boolean
  /** The client waits in vain, so that it need not wait long. */
  readonly isSilent?: boolean
}

const all = () => true
const streams = ({ transport }: Subject) => transport === 'tcp'
/** Services that end a connection of themselves. */
const ended = ({ name }: Subject) => /^(?:daytime|https?|imap.*|pop3.*|smtp.*)$/.test(name)
const datagrams = ({ transport }: Subject) => transport === 'udp'
const secure = ({ tls }: Subject) => tls !== undefined

export const samples: readonly Sample[] = [
  { title: 'refuse', name: 'refuse', options: {}, fits: all, bySystem: true },
  { title: 'blackHole', name: 'blackHole', options: {}, fits: all, bySystem: true, isSilent: true },
  { title: 'blackHole, afterBytes: 5', name: 'blackHole', options: { afterBytes: 5 }, fits: streams, isSilent: true },
  { title: 'latency, delayMs: 20', name: 'latency', options: { delayMs: 20 }, fits: all },
  { title: 'bandwidth, bytesPerSecond: 20000', name: 'bandwidth', options: { bytesPerSecond: 20_000 }, fits: all },
  { title: 'slowClose, delayMs: 20', name: 'slowClose', options: { delayMs: 20 }, fits: ended },
  { title: 'reset, afterBytes: 5', name: 'reset', options: { afterBytes: 5 }, fits: streams },
  { title: "reset, at: 1, from: 'server'", name: 'reset', options: { at: 1, from: 'server' }, fits: streams },
  { title: 'truncate, afterBytes: 5', name: 'truncate', options: { afterBytes: 5 }, fits: streams },
  { title: 'halfClose, afterBytes: 5', name: 'halfClose', options: { afterBytes: 5 }, fits: streams },
  { title: 'slice', name: 'slice', options: {}, fits: streams },
  { title: 'corrupt', name: 'corrupt', options: {}, fits: all, byChance: true, isSilent: true },
  { title: 'drop', name: 'drop', options: {}, fits: datagrams, isSilent: true },
  { title: 'duplicate', name: 'duplicate', options: {}, fits: datagrams },
  { title: 'reorder', name: 'reorder', options: {}, fits: datagrams, isSilent: true },
  { title: 'expiredCertificate', name: 'expiredCertificate', options: {}, fits: secure },
  { title: 'wrongName', name: 'wrongName', options: {}, fits: secure },
  { title: 'selfSigned', name: 'selfSigned', options: {}, fits: secure },
  { title: 'unknownAuthority', name: 'unknownAuthority', options: {}, fits: secure },
  { title: 'oldTls', name: 'oldTls', options: {}, fits: secure },
  { title: 'startTlsStripped', name: 'startTlsStripped', options: {}, fits: ({ tls }) => tls === 'starttls' },
]

/** The sample's fault for the first link of a subject, or for all. */
export function faultFor({ name, options }: Sample, { port, transport }: Subject, times?: number): WorldFault {
  const count = times === undefined ? {} : { times }
  return {
    [name]: {
      ...options,
      to: `${hostName}:${port}`,
      ...(name === 'drop' || name === 'duplicate' || name === 'reorder' ? {} : { transport }),
      ...count,
    },
  }
}

/** `answered`, or how the client's error is called. A bug is thrown. */
export async function outcomeOf(subject: Subject, where: Where): Promise<string> {
  const late = Promise.withResolvers<string>()
  const timer = setTimeout(() => late.resolve('TIMED_OUT'), where.timeoutMs + 100)
  const asked = subject.ask(where).then(() => 'answered', nameOf)
  try {
    return await Promise.race([asked, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function nameOf(error: unknown): string {
  if (error instanceof ProtocolError) return 'ProtocolError'
  for (const refused of [ImapReplyError, Pop3ReplyError, SmtpReplyError]) {
    if (error instanceof refused) return error.name
  }
  if (error instanceof UsageError || error instanceof TypeError) throw error
  const { code, name } = error as { code?: unknown; name: string }
  return name === 'TimeoutError' || code === 'ABORTED' ? 'TIMED_OUT' : typeof code === 'string' ? code : name
}
