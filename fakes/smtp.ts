// An SMTP server (RFC 5321) with mailboxes, rules, and a queue that relays by MX: ports 25, 587 and 465.

import type { Connection } from '../net/connection.ts'
import type { Fake, Site } from '../net/service.ts'
import { SmtpCommandDecoder } from '../wire/smtp/command.ts'
import { certifiedNames } from './mail/claim.ts'
import { endWhenIdle } from './mail/idle.ts'
import { drive } from './session.ts'
import type { SmtpOptions, SmtpState } from './smtp/options.ts'
import { SmtpServer } from './smtp/server.ts'
import { SmtpSession } from './smtp/session.ts'

export type { SmtpFault, SmtpOptions, SmtpState } from './smtp/options.ts'

export function createSmtp(options: SmtpOptions = {}): (site: Site) => Fake<SmtpState> {
  return site => {
    const server = new SmtpServer(options, site)
    const { clock, network, host } = site
    const state: SmtpState = {
      delivered: server.delivered,
      queue: server.queue.list,
      faults: server.faults.list,
      fault: fault => server.faults.add(fault),
      logins: server.logins.list,
      mailbox: (user, name) => server.store.mailbox(user, name),
      queueSettled: () => server.queue.settled(),
    }
    return {
      state,
      ports: server.ports.map(({ port, tls }) => ({ port, transport: 'tcp', tls })),
      tls: server.tls,
      accept(connection: Connection) {
        const port = server.ports.find(({ port }) => port === connection.server.port)!
        const decoder = new SmtpCommandDecoder()
        const peer = { address: connection.seenAs, port, secure: port.tls, certified: () => certifiedNames(connection) }
        const random = network.random(`${host.name}/smtp/${connection.id}`)
        const session = new SmtpSession(server, peer, decoder, random)
        const { push } = drive(connection, decoder, session)
        endWhenIdle(connection, session, { clock, timeoutMs: server.idleTimeoutMs, push })
      },
      unreachedFaults: () => server.faults.unreached,
      close: () => server.queue.close(),
    }
  }
}
