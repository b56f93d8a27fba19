import { expect, test } from 'vitest'
import { Random } from '../net/random.ts'
import { ACK, FIN, PSH, RST, SYN } from './packets.ts'
import { TcpStory } from './tcp-story.ts'

/** A story and its segments as a person writes them, numbers counted from the first ones. */
function story(seed = 'story') {
  const told: string[] = []
  const first: Record<string, number> = {}
  const names: [number, string][] = [
    [SYN, 'SYN'],
    [FIN, 'FIN'],
    [RST, 'RST'],
    [PSH, 'PSH'],
    [ACK, 'ACK'],
  ]
  const tcp = new TcpStory(100, new Random(seed), (from, segment) => {
    const { flags, sequence, acknowledgment, payload } = segment
    if (flags & SYN) first[from] = sequence
    const other = from === 'client' ? 'server' : 'client'
    const set = names.filter(([bit]) => flags & bit).map(([, name]) => name)
    const numbers = [`seq ${(sequence - first[from]!) >>> 0}`]
    if (flags & ACK) numbers.push(`ack ${(acknowledgment - first[other]!) >>> 0}`)
    if (payload !== undefined) numbers.push(`${payload.length} octets`)
    told.push(`${from} ${set.join('+')} ${numbers.join(' ')}`)
  })
  return { tcp, told }
}

test('a request and its answer', () => {
  const { tcp, told } = story()
  tcp.open()
  tcp.data('client', new Uint8Array(10))
  tcp.data('server', new Uint8Array(250))
  tcp.end('server')
  tcp.acknowledge()
  tcp.end('client')
  tcp.close('end')
  expect(told).toEqual([
    'client SYN seq 0',
    'server SYN+ACK seq 0 ack 1',
    'client ACK seq 1 ack 1',
    'client PSH+ACK seq 1 ack 1 10 octets',
    'server ACK seq 1 ack 11 100 octets',
    'server ACK seq 101 ack 11 100 octets',
    'client ACK seq 11 ack 201',
    'server PSH+ACK seq 201 ack 11 50 octets',
    'server FIN+ACK seq 251 ack 11',
    'client ACK seq 11 ack 252',
    'client FIN+ACK seq 11 ack 252',
    'server ACK seq 252 ack 12',
  ])
})

test.each(['client', 'server'] as const)('a reset by the %s is its last word', side => {
  const { tcp, told } = story()
  tcp.open()
  tcp.data('client', new Uint8Array(10))
  tcp.close(`reset by ${side}`)
  expect(told.slice(4)).toEqual([side === 'client' ? 'client RST+ACK seq 11 ack 1' : 'server RST+ACK seq 1 ack 11'])
})

test('a side ends once, and a network that closes ends the server', () => {
  const { tcp, told } = story()
  tcp.open()
  tcp.end('client')
  tcp.end('client')
  tcp.close('network closed')
  expect(told.slice(3)).toEqual(['client FIN+ACK seq 1 ack 1', 'server FIN+ACK seq 1 ack 2', 'client ACK seq 2 ack 2'])
})

test('numbers go on from 0 after the last one', () => {
  const high = { uint32: () => 0xffff_fff0 } as Random
  const sequences: number[] = []
  const tcp = new TcpStory(100, high, (from, { sequence }) => void (from === 'client' && sequences.push(sequence)))
  tcp.open()
  tcp.data('client', new Uint8Array(20))
  tcp.data('client', new Uint8Array(1))
  expect(sequences).toEqual([0xffff_fff0, 0xffff_fff1, 0xffff_fff1, 5])
})

test('first numbers follow from the seed', () => {
  const firsts = (seed: string) => {
    const numbers: number[] = []
    new TcpStory(100, new Random(seed), (_from, { sequence }) => numbers.push(sequence)).open()
    return numbers
  }
  expect(firsts('a')).toEqual(firsts('a'))
  expect(firsts('a')).not.toEqual(firsts('b'))
})
