// POP3 on three targets: Dovecot as the real server, with one maildrop that is one session's at a time.

import { pop3 } from '../../index.ts'
import { auth } from './pop3/auth.ts'
import { commands } from './pop3/commands.ts'
import { deletions } from './pop3/deletions.ts'
import { greetings } from './pop3/greetings.ts'
import { lines } from './pop3/lines.ts'
import { listings } from './pop3/listings.ts'
import { logins } from './pop3/logins.ts'
import { mails } from './pop3/maildrop.ts'
import { messages } from './pop3/messages.ts'
import { tops } from './pop3/tops.ts'
import { maildrop } from './pop3-client.ts'
import { explained, otherAnswers } from './pop3-explained.ts'
import type { Suite } from './scenario.ts'

export const suite: Suite = {
  protocol: 'pop3',
  server: 'dovecot',
  serves: 'one maildrop, which is one session’s at a time, with ten mails',
  content: { mail: mails, locked: true },
  names: [{ name: maildrop, port: 110, protocol: 'pop3' }],
  place: network =>
    network.host(maildrop, {
      pop: pop3({
        ports: [110],
        users: { ada: 'lovelace' },
        mail: { ada: mails },
        // As Dovecot lists them, itself included.
        capabilities: ['CAPA', 'TOP', 'UIDL', 'RESP-CODES', 'PIPELINING', 'AUTH-RESP-CODE', 'STLS', 'USER', 'SASL'],
      }),
    }),
  scenarios: [...greetings, ...logins, ...auth, ...listings, ...messages, ...tops, ...deletions, ...commands, ...lines],
  explained,
  otherwise: otherAnswers,
}
