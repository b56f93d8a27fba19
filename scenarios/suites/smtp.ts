// SMTP on three targets: Postfix as the real server, with one mailbox and one user.

import { smtp } from '../../index.ts'
import type { Suite } from './scenario.ts'
import { addresses } from './smtp/addresses.ts'
import { contents } from './smtp/contents.ts'
import { greetings } from './smtp/greetings.ts'
import { logins } from './smtp/logins.ts'
import { mails } from './smtp/mails.ts'
import { otherCommands } from './smtp/other-commands.ts'
import { parameters } from './smtp/parameters.ts'
import { mailServer } from './smtp-client.ts'
import { explained, otherAnswers } from './smtp-explained.ts'

export const suite: Suite = {
  protocol: 'smtp',
  server: 'postfix',
  serves: 'mailboxes of one domain, one user who may log in under TLS, mails of up to 65,536 octets, 20 errors',
  content: { maxErrors: 20, strict: true },
  names: [{ name: mailServer, port: 25, protocol: 'smtp' }],
  place: network =>
    network.host(mailServer, {
      mail: smtp({
        ports: [{ port: 25, startTls: 'offered', auth: 'offered' }],
        domains: ['example.org'],
        users: { 'ada@mx.example.org': { password: 'lovelace', aliases: ['ada'] } },
        mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
        maxBytes: 65_536,
      }),
    }),
  scenarios: [...mails, ...greetings, ...logins, ...parameters, ...addresses, ...contents, ...otherCommands],
  explained,
  otherwise: otherAnswers,
}
