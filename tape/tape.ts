// What a tape says: a header, and conversations of turns. docs/tapes.md is for people who edit them.

import type { Side } from '../wire/decoder.ts'
import type { TapeValue } from '../wire/tape.ts'

/** The version of the format that is written, and the only one that is read. */
export const formatVersion = 1

export interface TapeHeader {
  /** When it was recorded: ISO 8601, to the second. */
  readonly recorded?: string | undefined
  /** What recorded it, for example `backlot 0.1.0`. */
  readonly by?: string | undefined
  /** What was recorded, in somebody's words: `nginx 1.22.1`. */
  readonly from?: string | undefined
  /** Where the network's clock started, in milliseconds of Unix time. */
  readonly epoch: number
}

/** Where a conversation went: the protocol as in protocols.ts, and the name or address that the client had for it. */
export interface TapeService {
  readonly protocol: string
  readonly transport: 'tcp' | 'udp'
  readonly host: string
  readonly port: number
}

/** One thing that happened on a link. `line` is where it stands in the file, counted from 1. */
export type TapeTurn = { readonly line: number } & (
  | {
      readonly kind: 'said'
      readonly from: Side
      readonly value: TapeValue
      /** Of a server's turn that does not answer the client's last one: which one it answers, counted from 1. */
      readonly to?: number | undefined
    }
  | { readonly kind: 'tls'; readonly name: string | undefined; readonly alpn: string | undefined }
  /** That side sends nothing more. */
  | { readonly kind: 'end' | 'reset'; readonly from: Side }
  | { readonly kind: 'pause'; readonly ms: number }
)

export interface TapeConversation {
  readonly number: number
  readonly service: TapeService
  /** In logical order: after each turn of the client what answers it. */
  readonly turns: readonly TapeTurn[]
  readonly line: number
}

/** `smtp mx.example.org:25`, `dns/udp ns1.example.org:53`, `http [2001:db8::1]:80`. */
export function formatService({ protocol, transport, host, port }: TapeService): string {
  const over = transport === 'udp' && protocol !== 'udp' ? '/udp' : ''
  return `${protocol}${over} ${host.includes(':') ? `[${host}]` : host}:${port}`
}

export function parseService(text: string): TapeService | undefined {
  const found = /^([a-z][a-z0-9]*)(\/udp)? (?:\[([0-9a-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(text)
  if (found === null) return undefined
  const [, protocol, udp, address, name, digits] = found
  const port = Number(digits)
  if (port < 1 || port > 65535) return undefined
  const transport = udp !== undefined || protocol === 'udp' ? 'udp' : 'tcp'
  return { protocol: protocol!, transport, host: (address ?? name)!.toLowerCase(), port }
}
