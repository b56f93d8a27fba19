// Request handlers of msw as a site. msw is loaded only here and only then: it is the user's own dependency.

import { UsageError } from '../../net/errors.ts'
import type { HttpResult, Responder } from './behaviour.ts'
import { answerOf } from './behaviour.ts'
import type { Exchange } from './exchange.ts'

/** What this needs of msw's handlers; each of msw's is one. */
export interface MswHandler {
  run(args: never): Promise<unknown>
  readonly info: object
}

interface Msw {
  getResponse(handlers: unknown[], request: Request, context?: { baseUrl?: string }): Promise<Response | undefined>
  isPassthroughResponse?(response: Response): boolean
}

async function loadMsw(): Promise<Msw> {
  try {
    return (await import('msw')) as unknown as Msw
  } catch (cause) {
    throw new UsageError(`expected msw to be installed for http([handlers]); add it by: npm install -D msw`, { cause })
  }
}

/** HEAD that no handler takes is answered from GET. */
export async function mswResponder(handlers: readonly MswHandler[]): Promise<Responder> {
  const msw = await loadMsw()
  const ask = async (exchange: Exchange, method?: string): Promise<HttpResult> => {
    // A handler's relative path belongs to whatever host this site is.
    const response = await msw.getResponse(handlers as unknown[], exchange.genuineRequest(method), {
      baseUrl: exchange.origin,
    })
    if (response !== undefined && response.headers.get('x-msw-intention') === 'passthrough') {
      throw new UsageError(
        `expected a response from the handler for ${exchange.method} ${exchange.url}, got passthrough(): a network has nowhere to pass to`,
      )
    }
    return response
  }
  return async exchange => {
    const response = await ask(exchange)
    return answerOf(response === undefined && exchange.method === 'HEAD' ? await ask(exchange, 'GET') : response)
  }
}
