// An IMAP4rev1 server (RFC 3501) on the mail store of its host: ports 143 and 993. Left out: what wire/imap leaves out.

import type { Connection } from '../net/connection.ts'
import type { Fake, Site } from '../net/service.ts'
import { ImapCommandDecoder } from '../wire/imap/command.ts'
import type { ImapOptions, ImapState } from './imap/options.ts'
import { ImapServer } from './imap/server.ts'
import { ImapSession } from './imap/session.ts'
import { certifiedNames } from './mail/claim.ts'
import { endWhenIdle } from './mail/idle.ts'
import { drive } from './session.ts'

export type { ImapFault, ImapOptions, ImapState } from './imap/options.ts'

export function createImap(options: ImapOptions = {}): (site: Site) => Fake<ImapState> {
  return site => {
    const server = new ImapServer(options, site)
    const { clock, network, host } = site
    const state: ImapState = {
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
        const decoder = new ImapCommandDecoder(server.limits({ loggedIn: false }))
        const random = network.random(`${host.name}/imap/${connection.id}`)
        const session = new ImapSession(server, port, decoder, random, () => certifiedNames(connection))
        const driven = drive(connection, decoder, session)
        session.push = driven.push
        session.isTaking = () => driven.isTaking
        endWhenIdle(connection, session, { clock, timeoutMs: server.idleTimeoutMs, push: driven.push })
      },
      unreachedFaults: () => server.faults.unreached,
    }
  }
}
