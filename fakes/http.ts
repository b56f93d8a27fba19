// An HTTP/1.1 site (RFC 9110, 9112) on ports 80 and 443: a function, msw handlers or a folder answers.

import { UsageError } from '../net/errors.ts'
import type { Fake, Site } from '../net/service.ts'
import { functionResponder, type HttpFunction, type Responder } from './http/behaviour.ts'
import { coded } from './http/codings.ts'
import type { Exchange } from './http/exchange.ts'
import type { HttpFolder } from './http/folder.ts'
import type { MswHandler } from './http/msw.ts'
import type { Answer, Cut } from './http/reply.ts'
import { conditional } from './http/representation.ts'
import { type HttpOptions, HttpServer } from './http/server.ts'
import type { HttpState } from './http/state.ts'

export type { HttpFunction, HttpResult } from './http/behaviour.ts'
export type { ContentCoding } from './http/codings.ts'
export type { HttpInfo } from './http/exchange.ts'
export type { HttpFault } from './http/faults.ts'
export type { HttpFolder } from './http/folder.ts'
export type { HttpReply } from './http/reply.ts'
export type { HttpOptions, HttpTimeouts } from './http/server.ts'
export type { HttpMatch, HttpSeen, HttpState } from './http/state.ts'

/** A function, request handlers of msw, or a folder of files. */
export type HttpBehaviour = HttpFunction | readonly MswHandler[] | HttpFolder

/** Loads what the behaviour needs, and nothing else. */
export async function createHttp(
  behaviour: HttpBehaviour,
  options: HttpOptions = {},
): Promise<(site: Site) => Fake<HttpState>> {
  const { unacceptable = 'send' } = options
  if (typeof behaviour === 'object' && 'folder' in behaviour) {
    const { folderResponder } = await import('./http/folder.ts')
    const codings = options.codings ?? ['gzip', 'br', 'zstd', 'deflate']
    const respond = folderResponder(behaviour, { codings, unacceptable })
    return site => new HttpServer(site, respond(site.clock.epoch), options)
  }
  const responder = await dynamicResponder(behaviour)
  const { codings = [] } = options
  const refine = (exchange: Exchange, answer: Answer | Cut | undefined) => {
    if (answer === undefined || typeof answer === 'string' || answer.exact) return answer
    if (codings.length === 0 || exchange.header('range') !== undefined) return conditional(exchange, answer)
    const done = coded(exchange, answer, codings, unacceptable)
    return done instanceof Promise ? done.then(each => conditional(exchange, each)) : conditional(exchange, done)
  }
  const respond: Responder = exchange => {
    const answer = responder(exchange)
    return answer instanceof Promise ? answer.then(settled => refine(exchange, settled)) : refine(exchange, answer)
  }
  return site => new HttpServer(site, respond, options)
}

async function dynamicResponder(behaviour: HttpFunction | readonly MswHandler[]): Promise<Responder> {
  if (typeof behaviour === 'function') return functionResponder(behaviour)
  if (!Array.isArray(behaviour)) {
    throw new UsageError(
      `expected a function, an array of msw handlers or { folder } for http, got ${String(behaviour)}`,
    )
  }
  return (await import('./http/msw.ts')).mswResponder(behaviour)
}
