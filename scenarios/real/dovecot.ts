// Dovecot (Debian's dovecot-pop3d) on a free loopback port, with users from a file and mail in a temporary folder.

import { userInfo } from 'node:os'
import { type RealServer, startServer } from './server.ts'

export interface DovecotOptions {
  certificate: { cert: string; key: string }
  /** Passwords by login name. */
  users: Readonly<Record<string, string>>
  /** Texts of mails by login name, the oldest first. */
  mail: Readonly<Record<string, readonly string[]>>
}

/** Starts Dovecot's POP3 alone; STLS and APOP are offered. */
export async function startDovecot(path: string, { certificate, users, mail }: DovecotOptions): Promise<RealServer> {
  const account =
    process.getuid!() === 0 ? { user: 'nobody', group: 'nogroup' } : { user: userInfo().username, group: '' }
  const mails = Object.entries(mail).flatMap(([user, texts]) =>
    texts.map((text, at): [string, string] => [`mail/${user}/new/${1426421356 + at}.M1.host`, text]),
  )
  const folders = Object.keys(users).flatMap(user => ['cur', 'new', 'tmp'].map(name => `mail/${user}/${name}`))
  return startServer({
    name: 'dovecot',
    path,
    prepare: () => ['mkdir', '-p', 'run', 'state', ...folders],
    args: (_port, folder) => ['-F', '-c', `${folder}/dovecot.conf`],
    files: (port, folder) => ({
      'cert.pem': certificate.cert,
      'key.pem': certificate.key,
      users: Object.entries(users)
        .map(([user, password]) => `${user}:{PLAIN}${password}\n`)
        .join(''),
      ...Object.fromEntries(mails),
      'dovecot.conf': `
protocols = pop3
listen = 127.0.0.1
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
default_internal_user = ${account.user}
default_login_user = ${account.user}
${account.group === '' ? '' : `default_internal_group = ${account.group}`}
first_valid_uid = 1
first_valid_gid = 1
ssl = yes
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain apop
auth_failure_delay = 0
mail_location = maildir:${folder}/mail/%n
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = static
  args = uid=${account.user} gid=${account.group || account.user} home=${folder}/mail/%n
}
service anvil {
  chroot =
  # Without it nobody is made to wait after a wrong password.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
service pop3-login {
  chroot =
  inet_listener pop3 {
    port = ${port}
  }
  inet_listener pop3s {
    port = 0
  }
}
`,
    }),
  })
}
