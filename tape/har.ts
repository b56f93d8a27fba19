// HTTP archives (HAR 1.2) as they are written. Left out: pages and caches, which a tape knows nothing of.

export interface HarPair {
  readonly name: string
  readonly value: string
}

export interface HarCookie extends HarPair {
  readonly path?: string
  readonly domain?: string
  /** ISO 8601. */
  readonly expires?: string
  readonly httpOnly?: boolean
  readonly secure?: boolean
  readonly sameSite?: string
}

/** Octets as text, or in base64 where `encoding` says so; without `text` they are not in the archive. */
interface HarOctets {
  readonly mimeType: string
  readonly text?: string
  readonly encoding?: 'base64'
  readonly comment?: string
}

export interface HarPostData extends HarOctets {
  readonly params?: readonly HarPair[]
}

export interface HarContent extends HarOctets {
  /** Octets once they are not compressed any more. */
  readonly size: number
  /** How many of them compressing has saved. */
  readonly compression?: number
}

interface HarMessage {
  readonly httpVersion: string
  readonly cookies: readonly HarCookie[]
  readonly headers: readonly HarPair[]
  /** −1 where it is not known. */
  readonly headersSize: number
  /** Octets as they crossed, −1 where it is not known. */
  readonly bodySize: number
}

export interface HarRequest extends HarMessage {
  readonly method: string
  readonly url: string
  readonly queryString: readonly HarPair[]
  readonly postData?: HarPostData
}

export interface HarResponse extends HarMessage {
  /** 0 where there was no answer. */
  readonly status: number
  readonly statusText: string
  readonly content: HarContent
  readonly redirectURL: string
}

/** Milliseconds; −1 where it does not apply. */
interface HarTimings {
  readonly blocked: -1
  readonly dns: -1
  readonly connect: -1
  readonly ssl: -1
  readonly send: number
  readonly wait: number
  readonly receive: number
}

export interface HarEntry {
  /** ISO 8601. */
  readonly startedDateTime: string
  readonly time: number
  readonly request: HarRequest
  readonly response: HarResponse
  readonly cache: Readonly<Record<string, never>>
  readonly timings: HarTimings
  readonly serverIPAddress?: string
  readonly connection: string
  readonly comment?: string
}
