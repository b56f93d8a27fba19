// What the scenarios of DNS are made of: questions of our clients, octets of our own, and answers in words.

import { promises as names } from 'node:dns'
import type { QueryOptions } from '../../clients/dns/query.ts'
import { DnsError, type LookUpType, lookUp, query } from '../../clients/dns.ts'
import { connectTcp } from '../../clients/tcp.ts'
import { askUdp } from '../../clients/udp.ts'
import { NetworkError } from '../../net/errors.ts'
import {
  type DnsMessage,
  type DnsQuestion,
  decodeDnsMessage,
  dnsQuery,
  encodeDnsMessage,
} from '../../wire/dns/message.ts'
import type { RecordType } from '../../wire/dns/record.ts'
import { describe, frameDnsMessage } from '../../wire/dns.ts'
import { dedent, type Scenario } from './scenario.ts'

export const nameServer = 'ns1.example.org'

/** An answer without its id. */
function inWords(answer: DnsMessage): string {
  return describe({ ...answer, id: 0 }).replace('answer 0 ', '')
}

async function answered(question: string, options: QueryOptions): Promise<string> {
  const [name, type] = question.split(' ') as [string, RecordType]
  const { address } = await names.lookup(nameServer, 4)
  try {
    return inWords(await query(name, type, { servers: [address], tries: 1, ...options }))
  } catch (error) {
    if (!(error instanceof DnsError)) throw error
    return `DnsError ${error.code}${error.answer === undefined ? '' : `\n${inWords(error.answer)}`}`
  }
}

/** Questions such as `www.example.org A`, one after the other. */
export function asks(
  title: string,
  questions: string | readonly string[],
  result: string,
  options: QueryOptions = {},
): Scenario {
  const work = async () => {
    const answers: string[] = []
    for (const each of [questions].flat()) answers.push(await answered(each, options))
    return answers.join('\n')
  }
  return { title, work, result: dedent(result) }
}

/** Questions to c-ares, which Node looks names up with. */
export function looksUp(title: string, questions: readonly string[], result: string): Scenario {
  const work = async () => {
    const { address } = await names.lookup(nameServer, 4)
    const found: string[] = []
    for (const question of questions) {
      const [name, type] = question.split(' ') as [string, LookUpType]
      try {
        const records = await lookUp(name, type, { servers: [address], tries: 1 })
        found.push(...records.map(record => JSON.stringify(record)))
      } catch (error) {
        if (!(error instanceof DnsError)) throw error
        found.push(`DnsError ${error.code}`)
      }
    }
    return found.join('\n')
  }
  return { title, work, result: dedent(result) }
}

type Said = Partial<DnsMessage> | Uint8Array

const octetsOf = (said: Said) =>
  said instanceof Uint8Array ? said : encodeDnsMessage({ ...dnsQuery({ name: '.', type: 'A' }, { id: 4711 }), ...said })

/** Messages or octets in datagrams, one after the other, and what comes back for each. */
export function sendsDatagrams(title: string, said: readonly Said[], result: string): Scenario {
  const work = async () => {
    const answers: string[] = []
    for (const each of said) {
      const answer = await askUdp({ host: nameServer, port: 53, message: octetsOf(each) })
      answers.push(inWords(decodeDnsMessage(answer)))
    }
    return answers.join('\n')
  }
  return { title, work, result: dedent(result) }
}

/** Messages on one connection, each after the answer to the one before. */
export function sendsOnConnection(title: string, said: readonly Said[], result: string): Scenario {
  const work = async () => {
    await using client = await connectTcp({ host: nameServer, port: 53 })
    const answers: string[] = []
    for (const each of said) {
      try {
        await client.write(frameDnsMessage(octetsOf(each)))
        const length = await client.readExactly(2)
        if (length === undefined) return [...answers, 'the end'].join('\n')
        answers.push(inWords(decodeDnsMessage((await client.readExactly(length.readUInt16BE()))!)))
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error
        return [...answers, `NetworkError ${error.code}`].join('\n')
      }
    }
    return answers.join('\n')
  }
  return { title, work, result: dedent(result) }
}

export const header = (fields: string): Buffer => Buffer.from(fields.replaceAll(' ', ''), 'hex')

export const www: DnsQuestion = { name: 'www.example.org', type: 'A', class: 'IN' }

export const asked: DnsMessage = dnsQuery(www, { id: 4711, recursionDesired: true })

export const edns: NonNullable<DnsMessage['edns']> = { udpBytes: 1232, version: 0, dnssecOk: false, options: [] }
