// Somebody between the two has STARTTLS not said: the word is masked in both directions, as some firewalls do it.

import type { Fault, Stage } from '../net/fault.ts'
import type { Side } from '../wire/decoder.ts'
import { faultOf } from './placing.ts'
import type { FaultTarget } from './target.ts'

/** Octets of a line whose end has not come. */
const maxLineBytes = 4096

/**
 * Masks the word STARTTLS until a link is under TLS, so that clients do not learn of it and servers do not know it.
 *
 * @example
 * using stripped = network.fault(startTlsStripped({ to: 'mx.example.org' }))
 */
export function startTlsStripped(options: FaultTarget = {}): Fault {
  return faultOf('startTlsStripped', options, [], {
    what: 'STARTTLS stripped',
    transport: 'tcp',
    stage({ link, hit }): Stage {
      const passes: Partial<Record<Side, Parameters<Stage['cross']>[2]>> = {}
      const begun: Record<Side, string> = { client: '', server: '' }
      const say = (from: Side, text: string) => {
        if (text !== '') passes[from]!({ kind: 'octets', octets: Buffer.from(text, 'latin1') })
      }
      const rest = (from: Side) => {
        const text = begun[from]
        begun[from] = ''
        say(from, text)
      }
      return {
        cross(from, what, pass) {
          passes[from] = pass
          if (what.kind !== 'octets' || link.tls !== undefined) {
            rest(from)
            pass(what)
            return
          }
          const text = begun[from] + what.octets.toString('latin1')
          const end = text.length > maxLineBytes ? text.length : text.lastIndexOf('\n') + 1
          begun[from] = text.slice(end)
          const masked = text.slice(0, end).replace(/\bSTARTTLS\b/gi, 'XXXXXXXX')
          if (masked !== text.slice(0, end)) hit()
          say(from, masked)
        },
        release() {
          rest('client')
          rest('server')
        },
      }
    },
  })
}
