// One DNS query in our own octets: UDP, and TCP where the answer was cut; the next server where one does not help.

import { randomInt } from 'node:crypto'
import dgram from 'node:dgram'
import dns from 'node:dns'
import net, { isIP } from 'node:net'
import { clearTimeout, setTimeout } from 'node:timers'
import { NetworkError, networkError, UsageError } from '../../net/errors.ts'
import { ProtocolError } from '../../wire/decoder.ts'
import { type DnsMessage, decodeDnsMessage, dnsQuery, encodeDnsMessage } from '../../wire/dns/message.ts'
import type { RecordType } from '../../wire/dns/record.ts'
import { DnsTcpDecoder, encodeDnsTcpMessage } from '../../wire/dns.ts'
import { dnsError } from './error.ts'

export interface QueryOptions {
  /** Asked in this order: `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53`. Default: the system's. */
  servers?: readonly string[]
  /** How long each server has for its answer. Default: 5000. */
  timeoutMs?: number
  /** How often the whole list is gone through. Default: 2. */
  tries?: number
  /** Default: udp, and tcp after a truncated answer. */
  transport?: 'udp' | 'tcp'
  /** Default: true. */
  recursionDesired?: boolean
  /** What EDNS says; false leaves it out. Default: 1232 octets, no DO. */
  edns?: { udpBytes?: number; dnssecOk?: boolean } | false
}

interface Server {
  host: string
  port: number
}

/** Codes by which a server says that another one might know better. */
const helpless = ['SERVFAIL', 'REFUSED', 'NOTIMP']

/**
 * The whole answer with all its sections.
 *
 * @throws {DnsError} where the answer's code is not NOERROR, with the answer, or where no server answers in time.
 * @throws {NetworkError} where no server can be reached.
 */
export async function query(name: string, type: RecordType, options: QueryOptions = {}): Promise<DnsMessage> {
  const { tries = 2, timeoutMs = 5000, recursionDesired = true, edns = {} } = options
  const question = dnsQuery({ name, type }, { id: randomInt(65536), recursionDesired })
  if (edns !== false) {
    question.edns = { udpBytes: edns.udpBytes ?? 1232, version: 0, dnssecOk: edns.dnssecOk ?? false, options: [] }
  }
  const servers = (options.servers ?? dns.getServers()).map(parseServer)
  if (servers.length === 0) throw new UsageError('expected a name server, got none')
  let failure: unknown
  for (let round = 0; round < tries; round++) {
    for (const server of servers) {
      try {
        const answer = await ask(server, question, options.transport ?? 'udp', timeoutMs)
        if (answer.rcode === 'NOERROR') return answer
        failure = dnsError(answer.rcode, name, type, { answer })
        if (!helpless.includes(answer.rcode)) throw failure
      } catch (error) {
        if (error === failure) throw error
        if (!(error instanceof NetworkError || error instanceof ProtocolError)) throw error
        failure = error
      }
    }
  }
  if (failure instanceof NetworkError && failure.code === 'TIMED_OUT') {
    throw dnsError('TIMED_OUT', name, type, { cause: failure })
  }
  throw failure
}

function parseServer(text: string): Server {
  const [, bracketed, plain, port = '53'] = /^(?:\[(.+)\]|([^:]+|.*:.*:.*?))(?::(\d+))?$/.exec(text) ?? []
  const host = bracketed ?? plain ?? ''
  if (isIP(host) !== 0 && Number(port) >= 1 && Number(port) <= 65535) return { host, port: Number(port) }
  throw new UsageError(`expected a name server such as 192.0.2.1 or 192.0.2.1:5353, got ${JSON.stringify(text)}`)
}

async function ask(
  server: Server,
  question: DnsMessage,
  transport: 'udp' | 'tcp',
  timeoutMs: number,
): Promise<DnsMessage> {
  if (transport === 'tcp') return askByTcp(server, question, timeoutMs)
  const answer = await askByUdp(server, question, timeoutMs)
  return answer.truncated ? askByTcp(server, question, timeoutMs) : answer
}

async function askByUdp({ host, port }: Server, question: DnsMessage, timeoutMs: number): Promise<DnsMessage> {
  const socket = dgram.createSocket(isIP(host) === 6 ? 'udp6' : 'udp4')
  try {
    return await inTime(timeoutMs, `udp ${host}:${port}`, (resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', octets => {
        const answer = readAnswer(octets, question)
        if (answer !== undefined) resolve(answer)
      })
      // Connected, so that a closed port is reported and answers of strangers are not.
      socket.connect(port, host, () => socket.send(encodeDnsMessage(question)))
    })
  } catch (error) {
    throw networkError('dns client: udp', error)
  } finally {
    socket.close()
  }
}

/** The answer in a datagram; undefined where it is none to this question, which may still come. */
function readAnswer(octets: Buffer, question: DnsMessage): DnsMessage | undefined {
  try {
    const answer = decodeDnsMessage(octets)
    return answersTo(answer, question) ? answer : undefined
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

async function askByTcp({ host, port }: Server, question: DnsMessage, timeoutMs: number): Promise<DnsMessage> {
  const socket = net.connect({ host, port })
  const decoder = new DnsTcpDecoder()
  try {
    return await inTime(timeoutMs, `tcp ${host}:${port}`, (resolve, reject) => {
      const read = (step: () => void) => {
        try {
          step()
        } catch (error) {
          reject(error)
        }
      }
      socket.on('error', reject)
      socket.on('data', chunk =>
        read(() => {
          decoder.push(chunk)
          for (let answer = decoder.next(); answer !== undefined; answer = decoder.next()) {
            if (answersTo(answer, question)) resolve(answer)
          }
        }),
      )
      socket.on('end', () =>
        read(() => {
          decoder.end()
          reject(new NetworkError('CONNECTION_CUT', `dns client: ${host}:${port} closed the connection without a word`))
        }),
      )
      socket.write(encodeDnsTcpMessage(question))
    })
  } catch (error) {
    throw networkError('dns client: tcp connection', error)
  } finally {
    socket.destroy()
  }
}

/** Whether a message answers this very question; a FORMERR may come without one. */
function answersTo(answer: DnsMessage, { id, questions: [asked] }: DnsMessage): boolean {
  if (!answer.response || answer.id !== id) return false
  const [question] = answer.questions
  if (question === undefined) return answer.rcode !== 'NOERROR'
  return (
    question.type === asked!.type && question.name.toLowerCase() === asked!.name.replace(/(?<=.)\.$/, '').toLowerCase()
  )
}

async function inTime<T>(
  timeoutMs: number,
  whom: string,
  run: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<T>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new NetworkError('TIMED_OUT', `dns client: ${whom} did not answer within ${timeoutMs} ms`))
      }, timeoutMs)
      run(resolve, reject)
    })
  } finally {
    clearTimeout(timer)
  }
}
