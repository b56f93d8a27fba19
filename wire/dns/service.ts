// The data of SVCB and HTTPS records as zone files have it (RFC 9460 §2.1): `1 . alpn="h2,h3" port=8443`.
// A parameter whose octets are not what its key has is `keyNNNNN="…"`, octet for octet.

import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address.ts'
import { base64Octets, FieldOctets, nameOctets, uint } from './fields.ts'
import { absolute, type DataTokens, expected, fail, quoted, textOctets } from './words.ts'

interface Parameter {
  readonly key: string
  /** Undefined where the octets are none of its kind. */
  format(octets: Buffer): string | undefined
  parse(value: string): Buffer
}

const keyCode = (key: string): number => {
  const known = parameters.findIndex(parameter => parameter.key === key)
  if (known >= 0) return known
  const number = /^key(\d{1,5})$/.exec(key)?.[1]
  return number !== undefined && Number(number) <= 65535 ? Number(number) : fail('a key of a service', key)
}
const keyName = (code: number): string => parameters[code]?.key ?? `key${code}`

/** As many octets each. */
function eachOf(octets: Buffer, size: number, format: (part: Buffer) => string): string | undefined {
  if (octets.length === 0 || octets.length % size !== 0) return undefined
  const parts = Array.from({ length: octets.length / size }, (_, at) => octets.subarray(size * at, size * (at + 1)))
  return parts.map(format).join(',')
}

const parameters: readonly Parameter[] = [
  {
    key: 'mandatory',
    format: octets => eachOf(octets, 2, part => keyName(part.readUInt16BE())),
    parse: value => Buffer.concat(value.split(',').map(key => uint(keyCode(key), 2))),
  },
  {
    key: 'alpn',
    format(octets) {
      const ids: string[] = []
      const left = new FieldOctets(octets)
      while (left.left > 0) {
        const id = left.take(left.number(1)!)?.toString('latin1')
        // What would have to be escaped twice is left to the key's number.
        if (id === undefined || !/^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/.test(id)) return undefined
        ids.push(id)
      }
      return ids.length === 0 ? undefined : `"${ids.join(',')}"`
    },
    parse(value) {
      const ids = value.split(',').map(id => Buffer.from(textOctets(id), 'latin1'))
      if (ids.some(id => id.length === 0 || id.length > 255)) fail('names of protocols such as h2,h3', value)
      return Buffer.concat(ids.flatMap(id => [Buffer.from([id.length]), id]))
    },
  },
  {
    key: 'no-default-alpn',
    format: octets => (octets.length === 0 ? '' : undefined),
    parse: value => (value === '' ? Buffer.alloc(0) : fail('no value of no-default-alpn', value)),
  },
  {
    key: 'port',
    format: octets => (octets.length === 2 ? String(octets.readUInt16BE()) : undefined),
    parse: value =>
      /^\d{1,5}$/.test(value) && Number(value) <= 65535 ? uint(Number(value), 2) : fail('a port', value),
  },
  {
    key: 'ipv4hint',
    format: octets => eachOf(octets, 4, part => formatIpv4(part)),
    parse: value => Buffer.concat(value.split(',').map(address => uint(parseIpv4(address), 4))),
  },
  {
    key: 'ech',
    format: octets => (octets.length === 0 ? undefined : octets.toString('base64')),
    parse: base64Octets,
  },
  {
    key: 'ipv6hint',
    format: octets =>
      eachOf(octets, 16, part => formatIpv6(Array.from({ length: 8 }, (_, at) => part.readUInt16BE(2 * at)))),
    parse: value => Buffer.concat(value.split(',').flatMap(address => parseIpv6(address).map(group => uint(group, 2)))),
  },
]

/** Undefined where the octets are no such data. */
export function formatService(data: Uint8Array): string | undefined {
  const octets = new FieldOctets(data)
  const priority = octets.number(2)
  const target = octets.name()
  if (priority === undefined || target === undefined) return undefined
  const words = [String(priority), absolute(target)]
  while (octets.left > 0) {
    const code = octets.number(2)
    const length = octets.number(2)
    const value = length === undefined ? undefined : octets.take(length)
    if (code === undefined || value === undefined) return undefined
    const known = parameters[code]?.format(value)
    if (known !== undefined) words.push(known === '' ? keyName(code) : `${keyName(code)}=${known}`)
    else words.push(value.length === 0 ? `key${code}` : `key${code}=${quoted(value.toString('latin1'))}`)
  }
  return words.join(' ')
}

export function parseService(tokens: DataTokens): Buffer {
  const head = Buffer.concat([uint(tokens.number('a priority', 65535), 2), nameOctets(tokens.name())])
  const given = new Map<number, Buffer>()
  while (tokens.left > 0) {
    const word = tokens.take('a parameter').text
    const [, key, equals, rest] = /^([a-z0-9-]+)(=?)(.*)$/s.exec(word) ?? fail('a parameter such as port=8443', word)
    // A quote begins a word of its own.
    const value = equals === '=' && rest === '' ? tokens.take(`a value of ${key}`).text : rest!
    const code = keyCode(key!)
    if (given.has(code)) throw expected(`${key} once`, word)
    const parameter = parameters[code]
    given.set(code, parameter?.key === key ? parameter!.parse(value) : Buffer.from(textOctets(value), 'latin1'))
  }
  const parts = [...given].sort(([one], [other]) => one - other)
  return Buffer.concat([head, ...parts.flatMap(([code, value]) => [uint(code, 2), uint(value.length, 2), value])])
}
