// IMAP on three targets: Dovecot as the real server, with one user.

import { imap } from '../../index.ts'
import { appends } from './imap/appends.ts'
import { clientCalls } from './imap/calls.ts'
import { clients } from './imap/clients.ts'
import { commands } from './imap/commands.ts'
import { condstore } from './imap/condstore.ts'
import { copies } from './imap/copies.ts'
import { fetches } from './imap/fetches.ts'
import { folders } from './imap/folders.ts'
import { greetings } from './imap/greetings.ts'
import { idle } from './imap/idle.ts'
import { lists } from './imap/lists.ts'
import { logins } from './imap/logins.ts'
import { mails } from './imap/mailbox.ts'
import { parts } from './imap/parts.ts'
import { searches } from './imap/searches.ts'
import { sections } from './imap/sections.ts'
import { selections } from './imap/selections.ts'
import { sorts } from './imap/sorts.ts'
import { stores } from './imap/stores.ts'
import { mailHost } from './imap-client.ts'
import { explained } from './imap-explained.ts'
import { otherAnswers } from './imap-otherwise.ts'
import type { Suite } from './scenario.ts'

export const suite: Suite = {
  protocol: 'imap',
  server: 'dovecot-imap',
  serves: 'one user with six mails in a Maildir, whose folders are parted by `/`',
  content: { mail: mails },
  names: [{ name: mailHost, port: 143, protocol: 'imap' }],
  place: network =>
    network.host(mailHost, {
      reading: imap({
        ports: [143],
        without: ['QUOTA', 'SPECIAL-USE', 'CREATE-SPECIAL-USE'],
        mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-256'],
        users: { ada: 'lovelace' },
        mail: { ada: mails.map((content, at) => ({ content, date: (1_426_421_356 + at) * 1000 })) },
      }),
    }),
  scenarios: [
    ...clientCalls,
    ...greetings,
    ...logins,
    ...selections,
    ...lists,
    ...folders,
    ...appends,
    ...fetches,
    ...sections,
    ...parts,
    ...stores,
    ...searches,
    ...sorts,
    ...copies,
    ...clients,
    ...idle,
    ...condstore,
    ...commands,
  ],
  explained,
  otherwise: otherAnswers,
}
