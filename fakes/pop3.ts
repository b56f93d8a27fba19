// A POP3 server (RFC 1939) on the mail store of its host: ports 110 and 995. Left out: UTF8 and LANG (RFC 6856).

import type { Connection } from '../net/connection.ts'
import type { Fake, Site } from '../net/service.ts'
import { Pop3CommandDecoder } from '../wire/pop3/command.ts'
import { certifiedNames } from './mail/claim.ts'
import { endWhenIdle } from './mail/idle.ts'
import type { Pop3Options, Pop3State } from './pop3/options.ts'
import { Pop3Server } from './pop3/server.ts'
import { Pop3Session } from './pop3/session.ts'
import { drive } from './session.ts'

export type { Pop3Fault, Pop3Options, Pop3State } from './pop3/options.ts'

export function createPop3(options: Pop3Options = {}): (site: Site) => Fake<Pop3State> {
  return site => {
    const server = new Pop3Server(options, site)
    const { clock, network, host } = site
    const state: Pop3State = {
      mailbox: (user, name) => server.store.mailbox(user, name),
      faults: server.faults.list,
      fault: fault => server.faults.add(fault),
      logins: server.logins.log.list,
    }
    return {
      state,
      ports: server.ports.map(({ port, tls }) => ({ port, transport: 'tcp', tls })),
      tls: server.tls,
      accept(connection: Connection) {
        const port = server.ports.find(({ port }) => port === connection.server.port)!
        const decoder = new Pop3CommandDecoder()
        const random = network.random(`${host.name}/pop3/${connection.id}`)
        const session = new Pop3Session(server, port, decoder, random, () => certifiedNames(connection))
        const { push } = drive(connection, decoder, session)
        endWhenIdle(connection, session, { clock, timeoutMs: server.idleTimeoutMs, push })
      },
      unreachedFaults: () => server.faults.unreached,
    }
  }
}
