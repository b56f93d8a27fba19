// EDNS as a tape has it, in the words of dig: `{udp: 1232, flags: do, cookie: client}`. Options that dig shows by name
// have it here, others are `opt65001: 0a0b`. Left out: what EDE codes mean, which is for dig to say (RFC 8914).

import { ProtocolError } from '../decoder.ts'
import type { TapeMapping, TapeValue } from '../tape.ts'
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address.ts'
import type { Edns, EdnsOption } from './edns.ts'

/** Octets of a cookie that are the client's own (RFC 7873 §4); new each time, so a tape has `client` for them. */
export const ownCookieBytes = 8
export const cookieOption = 10

interface OptionText {
  readonly key: string
  /** Undefined where the octets are not what the option's RFC has. */
  format(data: Buffer, own: Buffer | undefined): string | undefined
  /** Undefined where the text is not what is expected. */
  parse(text: string): Buffer | undefined
  readonly expected: string
}

const options = new Map<number, OptionText>([
  [
    3,
    {
      key: 'nsid',
      format: data =>
        /^[\x21-\x7e]?([\x20-\x7e]*[\x21-\x7e])?$/.test(data.toString('latin1')) ? `${data}` : undefined,
      parse: text => Buffer.from(text),
      expected: 'a text',
    },
  ],
  [
    8,
    {
      key: 'subnet',
      format: formatSubnet,
      parse: parseSubnet,
      expected: 'an address, the bits of it that count, and the scope, such as 192.0.2.0/24/0',
    },
  ],
  [
    cookieOption,
    {
      key: 'cookie',
      format(data, own) {
        const isOwn = own !== undefined && data.subarray(0, ownCookieBytes).equals(own)
        if (!isOwn) return undefined
        return `client ${data.toString('hex', ownCookieBytes)}`.trimEnd()
      },
      parse(text) {
        const server = /^client(?: ((?:[0-9a-f]{2})*))?$/i.exec(text)
        if (server === null) return parseHex(text)
        return Buffer.concat([Buffer.alloc(ownCookieBytes), Buffer.from(server[1] ?? '', 'hex')])
      },
      expected: '`client`, for the octets of its own, and the rest in hexadecimal digits',
    },
  ],
  [
    11,
    {
      key: 'keepalive',
      format(data) {
        if (data.length === 0) return ''
        return data.length === 2 ? `${(data.readUInt16BE() / 10).toFixed(1)} secs` : undefined
      },
      parse(text) {
        if (text === '') return Buffer.alloc(0)
        const [, seconds, tenth = '0'] = /^(\d{1,4})(?:\.(\d))? secs$/.exec(text) ?? []
        const tenths = 10 * Number(seconds) + Number(tenth)
        return tenths <= 0xffff ? Buffer.from([tenths >> 8, tenths]) : undefined
      },
      expected: 'nothing or a time such as 30.0 secs',
    },
  ],
  [
    12,
    {
      key: 'padding',
      format: data => (data.every(octet => octet === 0) ? String(data.length) : undefined),
      parse: text => (/^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Buffer.alloc(Number(text)) : undefined),
      expected: 'how many octets',
    },
  ],
  [
    15,
    {
      key: 'ede',
      format(data) {
        const text = data.toString('latin1', 2)
        return data.length < 2 || !/^[\x20-\x7e]*$/.test(text) ? undefined : `${data.readUInt16BE()} ${text}`.trim()
      },
      parse(text) {
        const [, code, more = ''] = /^(\d{1,5})(?: (.*))?$/s.exec(text) ?? []
        const number = Number(code)
        return number <= 0xffff ? Buffer.concat([Buffer.from([number >> 8, number]), Buffer.from(more)]) : undefined
      },
      expected: 'a code and maybe a text, such as 18 or 22 no server answers',
    },
  ],
])

const codes = new Map([...options].map(([code, { key }]) => [key, code]))

/** `own` is the client's own part of a cookie, which then is not in the value. */
export function formatEdns({ udpBytes, version, dnssecOk, options: all }: Edns, own: Buffer | undefined): TapeMapping {
  const value: Record<string, TapeValue> = { udp: String(udpBytes) }
  if (version !== 0) value.version = String(version)
  if (dnssecOk) value.flags = 'do'
  for (const option of all) {
    const [key, text] = formatOption(option, own)
    const before = value[key]
    // A mapping has each key once; what comes several times is a list.
    value[key] = before === undefined ? text : Array.isArray(before) ? [...before, text] : [before, text]
  }
  return value
}

function formatOption({ code, data }: EdnsOption, own: Buffer | undefined): [key: string, text: string] {
  const octets = Buffer.from(data)
  const option = options.get(code)
  const text = option?.format(octets, own)
  const isSame = () => text !== undefined && (code === cookieOption || option!.parse(text)?.equals(octets))
  return isSame() ? [option!.key, text!] : [`opt${code}`, octets.toString('hex')]
}

/** @throws {ProtocolError} naming what was expected. */
export function parseEdns(value: TapeValue): Edns {
  if (typeof value === 'string' || Array.isArray(value)) throw wrong('edns as a mapping such as {udp: 1232}', value)
  const { udp = '1232', version = '0', flags = '', ...rest } = value as TapeMapping
  if (flags !== '' && flags !== 'do') throw wrong('flags of edns that are do or absent', flags)
  const all: EdnsOption[] = []
  for (const [key, given] of Object.entries(rest)) {
    for (const text of Array.isArray(given) ? (given as readonly TapeValue[]) : [given])
      all.push(parseOption(key, text))
  }
  return {
    udpBytes: numberOf(udp, 'udp', 65535),
    version: numberOf(version, 'version', 255),
    dnssecOk: flags === 'do',
    options: all,
  }
}

function parseOption(key: string, text: TapeValue): EdnsOption {
  const number = /^opt(\d{1,5})$/.exec(key)?.[1]
  const code = number === undefined ? codes.get(key) : Number(number)
  if (code === undefined || code > 65535) {
    throw wrong(`udp, version, flags, ${[...codes.keys()].join(', ')} or opt and a number in edns`, key)
  }
  const { parse, expected } =
    number === undefined ? options.get(code)! : { parse: parseHex, expected: 'hexadecimal digits' }
  const data = typeof text === 'string' ? parse(text) : undefined
  if (data === undefined) throw wrong(`${expected} as ${key} of edns`, text)
  return { code, data }
}

function parseHex(text: string): Buffer | undefined {
  return /^([0-9a-f]{2})*$/i.test(text) ? Buffer.from(text, 'hex') : undefined
}

function numberOf(value: TapeValue, what: string, max: number): number {
  if (typeof value !== 'string' || !/^\d{1,5}$/.test(value) || Number(value) > max) {
    throw wrong(`${what} of edns from 0 to ${max}`, value)
  }
  return Number(value)
}

/** A value of a tape is not what it has to be. */
export function wrong(expected: string, got: TapeValue): ProtocolError {
  return new ProtocolError('dns', `expected ${expected}, got ${JSON.stringify(got).slice(0, 60)}`)
}

/** As dig shows a subnet (RFC 7871 §6): address, source and scope. */
function formatSubnet(data: Buffer): string | undefined {
  if (data.length < 4) return undefined
  const family = data.readUInt16BE()
  if (family !== 1 && family !== 2) return undefined
  const address = Buffer.alloc(family === 1 ? 4 : 16)
  if (data.copy(address, 0, 4) < data.length - 4) return undefined
  const groups = Array.from({ length: 8 }, (_, at) => (family === 2 ? address.readUInt16BE(2 * at) : 0))
  return `${family === 1 ? formatIpv4(address) : formatIpv6(groups)}/${data[2]}/${data[3]}`
}

function parseSubnet(text: string): Buffer | undefined {
  const [, address, source, scope] = /^([0-9a-f.:]{2,45})\/(\d{1,3})\/(\d{1,3})$/i.exec(text) ?? []
  if (address === undefined) return undefined
  const isIpv6 = address.includes(':')
  const octets = Buffer.alloc(isIpv6 ? 16 : 4)
  if (isIpv6) for (const [at, group] of parseIpv6(address).entries()) octets.writeUInt16BE(group, 2 * at)
  else octets.writeUInt32BE(parseIpv4(address))
  const bits = Number(source)
  if (bits > 8 * octets.length || Number(scope) > 255) return undefined
  return Buffer.concat([Buffer.from([0, isIpv6 ? 2 : 1, bits, Number(scope)]), octets.subarray(0, Math.ceil(bits / 8))])
}
