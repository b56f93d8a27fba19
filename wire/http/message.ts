// What crosses an HTTP/1.1 connection (RFC 9112), as the decoder gives it and the encoders take it.

import { ProtocolError } from '../decoder.ts'

/** Header fields in the order in which they stand, names as they are written, values as latin1 without outer blanks. */
export type HttpHeaders = readonly (readonly [name: string, value: string])[]

export type HttpVersion = '1.0' | '1.1'

/** Octets of the body, or how its end is known: by chunks, or by the end of the connection. */
export type BodyLength = number | 'chunked' | 'until close'

export interface HttpRequestHead {
  readonly kind: 'request'
  readonly method: string
  /** As it was sent: `/path?query`, `http://…`, `host:port` or `*`. */
  readonly target: string
  /** Versions above 1.1 with the same first number count as 1.1. */
  readonly version: HttpVersion
  readonly headers: HttpHeaders
  /** 0 where there is no body. */
  readonly length: BodyLength
  /** The head as it was sent, its empty line included, as latin1. */
  readonly raw: string
}

export interface HttpResponseHead {
  readonly kind: 'response'
  readonly version: HttpVersion
  readonly status: number
  /** May be empty. */
  readonly reason: string
  readonly headers: HttpHeaders
  readonly length: BodyLength
  readonly raw: string
}

/** A piece of a body, in whatever size it arrived. */
export interface HttpData {
  readonly kind: 'data'
  readonly bytes: Buffer
  /** On the first piece of a chunk: the lines before it as they were sent, as latin1. */
  readonly framing?: string
}

/** The end of a message; every head is followed by one, also where there is no body. */
export interface HttpEnd {
  readonly kind: 'end'
  readonly trailers: HttpHeaders
  /** Of a chunked body: all that follows the last chunk's octets as it was sent, as latin1. */
  readonly framing?: string
}

export type HttpRequestPart = HttpRequestHead | HttpData | HttpEnd
export type HttpResponsePart = HttpResponseHead | HttpData | HttpEnd

/** Refused octets, and the status that a server answers them with. */
export class HttpProtocolError extends ProtocolError {
  readonly status: number

  constructor(status: number, problem: string, section?: string) {
    super('http', problem, section === undefined ? {} : { section })
    this.status = status
  }
}

/** The first value of a header, however its name is written. */
export function header(headers: HttpHeaders, name: string): string | undefined {
  const wanted = name.toLowerCase()
  for (const [each, value] of headers) if (each.length === wanted.length && each.toLowerCase() === wanted) return value
  return undefined
}

/** Whether a list such as `Connection: keep-alive, Upgrade` has a token. */
function hasToken(list: string | undefined, token: string): boolean {
  if (list === undefined) return false
  return list.split(',').some(each => each.trim().toLowerCase() === token)
}

/** Whether any of a header's lines has a token. */
export function headerHasToken(headers: HttpHeaders, name: string, token: string): boolean {
  for (const [each, value] of headers) {
    if (each.length === name.length && each.toLowerCase() === name && hasToken(value, token)) return true
  }
  return false
}

/** Whether a response with this status never has a body (RFC 9112 §6.3). */
export function isBodiless(status: number): boolean {
  return status < 200 || status === 204 || status === 304
}

const reasons: Record<number, string> = {
  100: 'Continue',
  101: 'Switching Protocols',
  102: 'Processing',
  103: 'Early Hints',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  203: 'Non-Authoritative Information',
  204: 'No Content',
  205: 'Reset Content',
  206: 'Partial Content',
  207: 'Multi-Status',
  208: 'Already Reported',
  226: 'IM Used',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  305: 'Use Proxy',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  418: "I'm a teapot",
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  423: 'Locked',
  424: 'Failed Dependency',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  506: 'Variant Also Negotiates',
  507: 'Insufficient Storage',
  508: 'Loop Detected',
  511: 'Network Authentication Required',
}

/** The registered phrase of a status, or an empty text. */
export const reasonOf = (status: number): string => reasons[status] ?? ''
