// Questions for names while a program is recorded or replayed: those that the network's own name server cannot answer go
// to somebody else first. Recorded, that is the world outside; replayed, the tape.

import type { Connection } from '../net/connection.ts'
import type { Flow } from '../net/flow.ts'
import type { Link } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import type { Fake, ServiceDescription, Site } from '../net/service.ts'
import { ProtocolError } from '../wire/decoder.ts'
import { fitted } from '../wire/dns/fit.ts'
import { type DnsMessage, readDnsMessage } from '../wire/dns/message.ts'
import { DnsFrameDecoder, frameDnsMessage } from '../wire/dns.ts'

export interface NameQuestion {
  /** In lower case, without the last dot. */
  readonly name: string
  /** As in a zone file. */
  readonly type: string
  readonly octets: Buffer
  readonly message: DnsMessage
  readonly link: Link
}

/**
 * Gives the octets of an answer, or undefined where the network's own server is to answer after all. Of an answer that is
 * longer than the client's datagram the client is told what fits.
 */
export type Ask = (question: NameQuestion) => Promise<Buffer | undefined> | Buffer | undefined

/** A name server that asks somebody else first. `own` is the network's. */
export function askingFirst(own: ServiceDescription, ask: (network: Network) => Ask): ServiceDescription {
  return {
    protocol: own.protocol,
    load: async () => {
      const create = await own.load()
      return site => createAsking(create(site), site, ask(site.network))
    },
  }
}

function createAsking(own: Fake, { network }: Site, ask: Ask): Fake {
  const answer = async (octets: Buffer, link: Flow | Connection, send: (octets: Buffer) => void) => {
    const question = questionOf(octets, link)
    const given = question === undefined ? undefined : await ask(question)
    if (given !== undefined) send(fitted(given, question!.message, link.transport))
    // The network's server answers whom it sees; that what it says is sent elsewhere is no concern of its.
    else own.datagram!(octets, Object.create(link, { send: { value: send } }) as Flow)
  }
  const guarded = (octets: Buffer, link: Flow | Connection, send: (octets: Buffer) => void) => {
    answer(octets, link, send).catch(error => network.reportBug(error, link))
  }
  return {
    ...own,
    datagram: (octets: Buffer, flow: Flow) => guarded(octets, flow, answered => flow.send(answered)),
    accept(connection: Connection) {
      const frames = new DnsFrameDecoder()
      connection.onData = chunk => {
        frames.push(chunk)
        for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
          guarded(frame, connection, octets => connection.write(frameDnsMessage(octets)))
        }
      }
    },
  }
}

function questionOf(octets: Buffer, link: Link): NameQuestion | undefined {
  try {
    const { message } = readDnsMessage(octets)
    const [question] = message.questions
    if (question === undefined || message.opcode !== 'QUERY') return undefined
    return { name: question.name.toLowerCase(), type: question.type, octets, message, link }
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

/** Whether a link is one of questions for names, to the network's own name server. */
export function isNameServer({ server, protocol }: Link, resolver: string): boolean {
  return protocol === 'dns' && server.address === resolver
}
