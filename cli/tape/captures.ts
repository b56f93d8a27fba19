// Tapes to captures and back.

import tls from 'node:tls'
import { capturePcapng } from '../../capture/pcapng.ts'
import { Network } from '../../net/network.ts'
import { loadForms } from '../../tape/forms.ts'
import { reenact } from '../../tape/reenact.ts'
import { Replay } from '../../tape/replay.ts'
import { formOf, readScript } from '../../tape/script.ts'
import { standIn } from '../../tape/secrets.ts'
import { formatService } from '../../tape/tape.ts'

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

export async function tapeOfCapture(
  _from: string,
  _to: string,
  _keyLog: string | undefined,
): Promise<readonly string[]> {
  return ['not yet']
}
