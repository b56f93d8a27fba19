// Tapes to captures and back.

import tls from 'node:tls'
import { capturePcapng } from '../../capture/pcapng.ts'
import { type CaptureEvent, readCapture } from '../../capture/read/capture.ts'
import type { CapturedLink } from '../../capture/read/events.ts'
import { UsageError } from '../../net/errors.ts'
import type { Link } from '../../net/link.ts'
import { Network } from '../../net/network.ts'
import { protocols } from '../../protocols.ts'
import { loadForms } from '../../tape/forms.ts'
import { Recorder } from '../../tape/recorder.ts'
import { reenact } from '../../tape/reenact.ts'
import { Replay } from '../../tape/replay.ts'
import { formOf, readScript } from '../../tape/script.ts'
import { standIn } from '../../tape/secrets.ts'
import { formatService } from '../../tape/tape.ts'
import { counted } from '../counted.ts'
import { version } from '../version.ts'

/** Plays each conversation once more across a network that is captured. */
export async function captureOfTape(from: string, to: string): Promise<readonly string[]> {
  const forms = await loadForms()
  using replay = new Replay([from], forms)
  const [tape] = replay.tapes
  const notes = [...replay.notes]
  await using network = new Network({ epoch: replay.epoch, onBug: error => notes.push(String(error)) })
  await replay.place(network)
  await using capture = await capturePcapng(network, { file: to })
  const secureContext = tls.createSecureContext({ ca: network.authority.pem })
  for (let at = 0; at < tape!.length; at++) {
    const service = tape!.serviceOf(at)
    const [address = service.host] = network.lookup(service.host)
    const real = network.reach({ address, port: service.port }, service.transport)
    if (real.outcome !== 'served') continue
    const form = formOf(forms, service, tape!)
    const { failure } = await reenact(readScript(tape!, at, form), {
      to: real,
      transport: service.transport,
      host: service.host,
      form,
      reveal: standIn,
      secureContext,
      pause: async ms => network.clock.advance(ms),
    })
    if (failure !== undefined) notes.push(`${formatService(service)} came to no end: ${failure}`)
  }
  await capture.close()
  return [...notes, `${capture.packets} packets in ${to}`]
}

/** A link of a capture as the recorder knows links; it is begun when there is something of it to record. */
interface Seen {
  readonly captured: CapturedLink
  link: Link | undefined
  /** Part of it cannot be read, and what follows is left out. */
  isLost: boolean
}

/** Records what a capture tells as if it happened now, at the capture's own time. */
export async function tapeOfCapture(from: string, to: string, keyLog: string | undefined): Promise<readonly string[]> {
  const forms = await loadForms()
  const names = new Map<string, string>()
  const addresses = new Map<string, string[]>()
  const seen = new Map<number, Seen>()
  const notes: string[] = []
  let recorder: Recorder | undefined
  let now = 0
  const recorderFrom = (time: number) => {
    recorder ??= new Recorder(
      {
        epoch: Math.floor(time),
        now: () => now,
        addressesOf: host => addresses.get(host),
        bug: error => notes.push(String(error)),
      },
      forms,
      { file: to, header: { by: `backlot ${version()}` } },
    )
    return recorder
  }
  const begun = (each: Seen, serverName?: string): Link => {
    if (each.link !== undefined) return each.link
    const { id, transport, client, server } = each.captured
    const host = names.get(server.address) ?? serverName ?? server.address
    addresses.set(host, [...new Set([...(addresses.get(host) ?? []), server.address])])
    const protocol = protocolOf(server.port, transport)
    each.link = { id, transport, protocol, host, client, seenAs: client.address, server, tls: undefined }
    recorder!.opened(each.link)
    return each.link
  }
  for (const event of readCapture(from, keyLog === undefined ? {} : { keyLog })) {
    if (event.kind === 'names') {
      if (event.names[0] !== undefined) names.set(event.address, event.names[0].toLowerCase())
      continue
    }
    if (event.kind === 'note') {
      notes.push(event.text)
      continue
    }
    now = event.time
    recorderFrom(event.time)
    if (event.kind === 'opened') {
      seen.set(event.link.id, { captured: event.link, link: undefined, isLost: false })
      continue
    }
    take(event, seen.get(event.link.id)!)
  }
  const isWritten = recorder?.finish() ?? false
  for (const refusal of recorder?.tape.refusals ?? []) notes.push(refusal)
  if (!isWritten) throw new UsageError(`tape convert: expected a capture with something that can be read, got ${from}`)
  const { turns, conversations } = recorder!.tape.journal
  return [...notes, `${counted(turns, 'turn')} in ${counted(conversations, 'conversation')} on ${to}`]

  function take(event: Exclude<CaptureEvent, { kind: 'names' | 'note' | 'opened' }>, each: Seen): void {
    if (event.kind === 'opaque') each.isLost = true
    if (each.isLost && event.kind !== 'closed') return
    switch (event.kind) {
      case 'plain':
        recorder!.plain(begun(each), event.from, event.octets)
        break
      case 'secured': {
        const link = begun(each, event.serverName)
        link.tls = { servername: event.serverName, alpn: event.alpn, version: event.version, cipher: '' }
        recorder!.secured(link)
        break
      }
      case 'ended':
        if (each.link !== undefined) recorder!.ended(each.link, event.from)
        break
      case 'lost':
        notes.push(`${event.count} octets of link ${event.link.id} are not in the capture, and not on the tape`)
        break
      case 'closed':
        if (each.link !== undefined) recorder!.closed(each.link, event.how === 'unseen' ? 'network closed' : event.how)
    }
  }
}

function protocolOf(port: number, transport: 'tcp' | 'udp'): string {
  const isAt = (each: { port: number; transport: string }) => each.port === port && each.transport === transport
  return Object.values(protocols).find(({ ports }) => ports.some(isAt))?.name ?? transport
}
