// An HTTP/1.1 site (RFC 9110, 9112) on ports 80 and 443: a function, msw handlers or a folder answers.

import type { Fake, Site } from '../net/service.ts'
import { functionResponder, type HttpFunction } from './http/behaviour.ts'
import { type HttpOptions, HttpServer } from './http/server.ts'
import type { HttpState } from './http/state.ts'

export type { HttpFunction, HttpResult } from './http/behaviour.ts'
export type { HttpInfo } from './http/exchange.ts'
export type { HttpReply } from './http/reply.ts'
export type { HttpOptions, HttpTimeouts } from './http/server.ts'
export type { HttpMatch, HttpSeen, HttpState } from './http/state.ts'

export type HttpBehaviour = HttpFunction

export function createHttp(behaviour: HttpBehaviour, options: HttpOptions = {}): (site: Site) => Fake<HttpState> {
  return site => new HttpServer(site, functionResponder(behaviour), options)
}
