// Tapes to HTTP archives and back.

import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isIP } from '../../net/address.ts'
import { UsageError } from '../../net/errors.ts'
import { type ArchivedConversation, HarMessages } from '../../tape/har-messages.ts'
import { readArchive } from '../../tape/har-read.ts'
import { HarWriter } from '../../tape/har-write.ts'
import { shortestPauseMs } from '../../tape/recorder.ts'
import { eventText, saidText, TapeSink } from '../../tape/sink.ts'
import { TapeFile } from '../../tape/tape-file.ts'
import type { Side } from '../../wire/decoder.ts'
import { form } from '../../wire/http/tape.ts'
import type { HttpTaped } from '../../wire/http/tape-message.ts'
import type { Scripted } from '../../wire/tape.ts'
import { counted } from '../counted.ts'
import { version } from '../version.ts'

/** An archive is read whole. */
const maxArchiveBytes = 256 * 1024 * 1024

/** Every exchange of HTTP becomes an entry. */
export async function archiveOfTape(from: string, to: string): Promise<readonly string[]> {
  using tape = new TapeFile(from)
  const writer = new HarWriter(tape)
  // A file of that name stays as it was until all is well.
  const unfinished = `${to}.unfinished`
  let entries = 0
  let others = 0
  const descriptor = openForWriting(unfinished)
  try {
    const creator = { name: 'backlot', version: version() }
    put(
      descriptor,
      `{\n  "log": {\n    "version": "1.2",\n    "creator": ${json(creator, 4)},\n    "pages": [],\n    "entries": [`,
    )
    for (let at = 0; at < tape.length; at++) {
      if (tape.serviceOf(at).protocol !== 'http') {
        others++
        continue
      }
      for (const entry of writer.entries(at)) put(descriptor, `${entries++ === 0 ? '' : ','}\n      ${json(entry, 6)}`)
    }
    put(descriptor, `${entries === 0 ? '' : '\n    '}]\n  }\n}\n`)
    if (entries === 0)
      throw new UsageError(`${from}: expected a tape with HTTP, got none in ${counted(tape.length, 'conversation')}`)
    renameSync(unfinished, to)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
  return [
    ...tape.notes,
    ...(others === 0 ? [] : [`left out: ${counted(others, 'conversation')} of other protocols than HTTP`]),
    ...(writer.leftOut === 0 ? [] : [`left out: ${counted(writer.leftOut, 'turn')} that an archive has no place for`]),
    `${counted(entries, 'entry', 'entries')} in ${to}`,
  ]
}

function openForWriting(file: string): number {
  try {
    return openSync(file, 'w')
  } catch (cause) {
    throw new UsageError(`expected an archive that can be written, got ${file}: ${(cause as Error).message}`, { cause })
  }
}

function put(descriptor: number, text: string): void {
  const octets = Buffer.from(text)
  for (let at = 0; at < octets.length; ) at += writeSync(descriptor, octets, at)
}

/** As it stands in a document at an indentation. */
function json(value: object, indent: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${' '.repeat(indent)}`)
}

/** Every entry with an answer becomes an exchange on the tape, written as if it had been recorded. */
export async function tapeOfArchive(from: string, to: string): Promise<readonly string[]> {
  let left = maxArchiveBytes
  const read = (file: string): Buffer => {
    const stat = statSync(file)
    // What is no file may have no end.
    if (!stat.isFile()) throw new Error('no file')
    const { size } = stat
    if (size > left) throw new UsageError(`${file}: expected at most 256 MiB with the files beside it, got more`)
    left -= size
    return readFileSync(file)
  }
  const attached = (name: string): Buffer | undefined => {
    const file = join(dirname(from), name)
    return isPlainName.test(name) && statSync(file, { throwIfNoEntry: false })?.isFile() ? read(file) : undefined
  }
  const archive = readArchive(readable(from, read).toString(), from)
  const messages = new HarMessages(archive, attached)
  const { conversations, notes } = messages
  if (conversations.length === 0) {
    throw new UsageError(`${from}: expected an exchange of HTTP, got ${messages.left || 'no entries'}`)
  }
  const times = archive.entries.flatMap(({ startedMs }) => startedMs ?? [])
  const epoch = times.reduce((earliest, each) => Math.min(earliest, each), times[0] ?? defaultEpoch)
  const header = { by: `backlot ${version()}` }
  const sink = new TapeSink({ file: to, header, hosts: addressesOf(messages.hosts) }, epoch)
  for (const conversation of conversations) write(conversation, sink)
  sink.journal.close()
  sink.blobs.sweep()
  const { journal } = sink
  return [...notes, `${counted(journal.turns, 'turn')} in ${counted(journal.conversations, 'conversation')} on ${to}`]
}

/** Of a file that may lie beside an archive. */
const isPlainName = /^\w[\w.+-]{0,200}$/

function readable(file: string, read: (file: string) => Buffer): Buffer {
  try {
    return read(file)
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    throw new UsageError(`${file}: expected an HTTP archive, got ${(cause as Error).message}`, { cause })
  }
}

/** As for every network: of an archive without times. */
const defaultEpoch = Date.UTC(2015, 2, 15, 12, 9, 16)

/** Names that there are addresses for. */
const maxHosts = 130_000

/** An address is its own; names get those of 198.18.0.0/15 that are free. */
function addressesOf(hosts: readonly string[]): ReadonlyMap<string, readonly string[]> {
  if (hosts.length > maxHosts)
    throw new UsageError(`expected at most ${maxHosts} hosts in an archive, got ${hosts.length}`)
  const taken = new Set(hosts)
  let number = 0
  const next = () => {
    number++
    return `198.${18 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`
  }
  const free = () => {
    let address = next()
    while (taken.has(address)) address = next()
    return address
  }
  const addressOf = (host: string) => (isIP(host) !== 0 ? host : host === 'localhost' ? '127.0.0.1' : free())
  return new Map(hosts.map(host => [host, [addressOf(host)]]))
}

function write({ service, isSecure, exchanges }: ArchivedConversation, sink: TapeSink): void {
  const conversation = sink.journal.begin(service)
  const event = (turn: Parameters<typeof eventText>[0], group: number) =>
    sink.journal.append(conversation, eventText(turn), { group, fromClient: false })
  const say = (from: Side, { message, body }: Scripted<HttpTaped>, group: number) => {
    const value = sink.value(form, message, body, sink.writing(undefined))
    sink.journal.append(conversation, saidText(from, value), { group, fromClient: from === 'client' })
  }
  const name = isIP(service.host) === 0 ? service.host : undefined
  if (isSecure) event({ kind: 'tls', name, alpn: 'http/1.1' }, 0)
  for (const [index, { request, response, waitMs }] of exchanges.entries()) {
    say('client', request, index + 1)
    if (waitMs >= shortestPauseMs) event({ kind: 'pause', ms: waitMs }, index + 1)
    say('server', response, index + 1)
  }
}
