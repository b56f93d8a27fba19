// Who a client says that it is, and what a server knows of that.

import { timingSafeEqual } from 'node:crypto'
import type { Connection } from '../../net/connection.ts'

/** Somebody whom the server knows. */
export interface SaslUser {
  /** The same for all names that somebody logs in by. */
  user: string
  /** What they prove themselves by; undefined where nobody is asked for it. */
  secret: { password: string; token: string } | undefined
}

/** What mechanisms ask of the server that runs them. */
export interface SaslServer {
  find(name: string): SaslUser | undefined
  /** Printable, and never the same again. */
  nonce(): string
  /** Whom the client's certificate names, where TLS has asked for one that it trusts. For EXTERNAL. */
  certified(): readonly string[]
}

/** Whom a client claimed to be, and whether it proved that. */
export interface Claim {
  user: string
  ok: boolean
  /** What a failed claim is answered with before the refusal; the client sends an empty response (XOAUTH2). */
  errorChallenge?: Buffer
}

/** What came of a claim that the right secret proves. */
export function claim(
  server: SaslServer,
  user: string,
  proves: (secret: { password: string; token: string }) => boolean,
): Claim {
  const known = server.find(user)
  return { user, ok: known !== undefined && (known.secret === undefined || proves(known.secret)) }
}

/** Whether a user may act in a name: their own. No name, or an empty one, is their own. */
export function mayActFor(server: SaslServer, user: string, name: string | undefined): boolean {
  if (name === undefined || name === '') return true
  const [known, other] = [server.find(user), server.find(name)]
  return known?.user === other?.user || (known?.secret === undefined && other?.secret === undefined)
}

export function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Whom the certificate of a connection's client names, where TLS trusts it: its common name, then its mail addresses. */
export function certifiedNames(connection: Connection): string[] {
  const certificate = connection.clientCertificate
  if (!certificate?.isTrusted) return []
  const { CN, emailAddress } = certificate.subject as Partial<Record<string, string | string[]>>
  const alternative = (certificate.subjectaltname ?? '').split(', ').filter(each => each.startsWith('email:'))
  return [CN ?? [], emailAddress ?? [], alternative.map(each => each.slice(6))].flat()
}
