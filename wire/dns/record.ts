// Resource records as values: RFC 1035 §3.2, AAAA RFC 3596, SRV RFC 2782, CAA RFC 8659, unknown types RFC 3597.
// Left out: types that carry only DNSSEC and other rare ones have their octets as `data`.

const typeCodes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const

type NamedType = keyof typeof typeCodes
/** A mnemonic, or `TYPE` and a number for a type without one here. */
export type RecordType = NamedType | `TYPE${number}`
export type RecordClass = 'IN' | 'CH' | 'HS' | 'NONE' | 'ANY' | `CLASS${number}`

/** What a record says, by its type. Names are as in {@link readName}; texts hold one octet a character. */
export type RecordData =
  | { type: 'A' | 'AAAA'; address: string }
  | { type: 'NS' | 'CNAME' | 'PTR' | 'DNAME'; target: string }
  | { type: 'MX'; preference: number; exchange: string }
  | { type: 'TXT'; texts: readonly string[] }
  | {
      type: 'SOA'
      mname: string
      rname: string
      serial: number
      refresh: number
      retry: number
      expire: number
      minimum: number
    }
  | { type: 'SRV'; priority: number; weight: number; port: number; target: string }
  | { type: 'CAA'; flags: number; tag: string; value: string }
  | { type: OpaqueType; data: Uint8Array }

type StructuredType = 'A' | 'AAAA' | 'NS' | 'CNAME' | 'PTR' | 'DNAME' | 'MX' | 'TXT' | 'SOA' | 'SRV' | 'CAA'
type OpaqueType = Exclude<NamedType, StructuredType> | `TYPE${number}`

export type DnsRecord = RecordData & {
  name: string
  /** Seconds. */
  ttl: number
  /** Default: IN. */
  class?: RecordClass
}

const typeNames: (RecordType | undefined)[] = []
for (const [name, code] of Object.entries(typeCodes)) typeNames[code] = name as RecordType

const classCodes: Record<string, number> = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 }
const classNames: (RecordClass | undefined)[] = []
for (const [name, code] of Object.entries(classCodes)) classNames[code] = name as RecordClass

export function typeName(code: number): RecordType {
  return typeNames[code] ?? `TYPE${code}`
}

export function className(code: number): RecordClass {
  return classNames[code] ?? `CLASS${code}`
}

/** The number of a type, undefined where the text names none. */
export function typeCode(type: string): number | undefined {
  return (typeCodes as Record<string, number | undefined>)[type] ?? numbered('TYPE', type)
}

export function classCode(name: string): number | undefined {
  return classCodes[name] ?? numbered('CLASS', name)
}

function numbered(word: string, text: string): number | undefined {
  if (!text.startsWith(word) || !/^\d{1,5}$/.test(text.slice(word.length))) return undefined
  const code = Number(text.slice(word.length))
  return code <= 0xffff ? code : undefined
}

/** A type as a person writes it, in any case; undefined where there is none such. */
export function parseType(text: string): RecordType | undefined {
  const code = typeCode(text.toUpperCase())
  return code === undefined ? undefined : typeName(code)
}

/** A type alone, as an update may name it in the classes NONE and ANY (RFC 2136 §2.4): no value of it can be made. */
export function withoutData(type: RecordType): RecordData {
  return { type: `TYPE${typeCode(type)!}`, data: Buffer.alloc(0) }
}
