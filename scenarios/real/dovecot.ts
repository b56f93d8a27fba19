// Dovecot (Debian's dovecot-pop3d or dovecot-imapd) on a free loopback port, with users from a file and mail in a temporary folder.

import { chown, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ordinaryUser, type RealServer, startServer } from './server.ts'

export interface DovecotOptions {
  /** What it serves: one protocol, at the server's port. */
  protocol: 'imap' | 'pop3'
  certificate: { cert: string; key: string }
  /** Passwords by login name. */
  users: Readonly<Record<string, string>>
  /** Texts of mails by login name, the oldest first. */
  mail: Readonly<Record<string, readonly string[]>>
  /** Whether a session of POP3 keeps others out. Default: no, as Dovecot has it. */
  locked?: boolean
}

export interface Dovecot extends RealServer {
  /** Waits until nobody is logged in, and begins anew with the mail that was there at the start. */
  refill(): Promise<void>
}

/** Starts Dovecot. STARTTLS or STLS are offered, and APOP. Folders of IMAP are parted by `/`. */
export async function startDovecot(
  path: string,
  { protocol, certificate, users, mail, locked = false }: DovecotOptions,
): Promise<Dovecot> {
  const account =
    process.getuid!() === 0 ? { user: 'nobody', group: 'nogroup' } : { user: userInfo().username, group: '' }
  const mails = Object.entries(mail).flatMap(([user, texts]) =>
    texts.map((text, at): [string, string] => [`mail/${user}/new/${1426421356 + at}.M1.host`, text]),
  )
  const folders = Object.keys(users).flatMap(user => ['cur', 'new', 'tmp'].map(name => `mail/${user}/${name}`))
  let place = ''
  const server = await startServer({
    name: 'dovecot',
    path,
    prepare: folder => {
      place = folder
      return ['mkdir', '-p', 'run', 'state', ...folders]
    },
    args: (_port, folder) => ['-F', '-c', `${folder}/dovecot.conf`],
    files: (port, folder) => ({
      'cert.pem': certificate.cert,
      'key.pem': certificate.key,
      users: Object.entries(users)
        .map(([user, password]) => `${user}:{PLAIN}${password}\n`)
        .join(''),
      ...Object.fromEntries(mails),
      'dovecot.conf': `
protocols = ${protocol}
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
auth_mechanisms = ${protocol === 'imap' ? 'plain login cram-md5 scram-sha-256' : 'plain apop'}
auth_failure_delay = 0
mail_location = maildir:${folder}/mail/%n
pop3_lock_session = ${locked ? 'yes' : 'no'}
# Many small commands of one client are no attack.
imap_max_line_length = 1M
# Where the system does not tell it of changes, it looks itself.
mailbox_idle_check_interval = 1s
namespace inbox {
  inbox = yes
  separator = /
}
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
service ${protocol}-login {
  chroot =
  # One process for all connections.
  service_count = 0
  inet_listener ${protocol} {
    port = ${port}
  }
  inet_listener ${protocol}s {
    port = 0
  }
}
`,
    }),
  })
  const refill = async () => {
    await ended(join(place, 'run', 'master.pid'), protocol)
    const { uid, gid } = ordinaryUser()
    for (const user of Object.keys(users)) await rm(join(place, 'mail', user), { recursive: true })
    for (const name of folders) await mkdir(join(place, name), { recursive: true })
    const names = new Set(folders.flatMap(name => [dirname(name), name]))
    for (const name of names) await chown(join(place, name), uid, gid)
    for (const [name, text] of mails) {
      await writeFile(join(place, name), text, { mode: 0o600 })
      await chown(join(place, name), uid, gid)
      // When it was received, by IMAP.
      const seconds = Number(/(\d+)\.M1/.exec(name)![1])
      await utimes(join(place, name), seconds, seconds)
    }
  }
  return { ...server, refill }
}

/** Waits until no process serves a mailbox: each ends some time after its client. */
async function ended(pidFile: string, name: string): Promise<void> {
  const pid = (await readFile(pidFile, 'utf8')).trim()
  for (let tries = 0; tries < 1000; tries++) {
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
    const names = await Promise.all(children.map(child => readFile(`/proc/${child}/comm`, 'utf8').catch(() => '')))
    if (!names.some(each => each.trim() === name)) return
    await setTimeout(10)
  }
  throw new Error(`dovecot: somebody is still logged in by ${name}`)
}
