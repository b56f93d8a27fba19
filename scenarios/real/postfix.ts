// Postfix on a free loopback port, with configuration, queue and data in a temporary folder. Debian package: postfix.
// Its master drops privileges and so must be started as root.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './server.ts'

export interface PostfixOptions {
  name: string
  /** Whose mail it keeps, for the addresses in `mailboxes`. */
  domain: string
  mailboxes: readonly string[]
  certificate: { cert: string; key: string }
  maxBytes: number
  /** Passwords by user, for AUTH PLAIN, LOGIN and CRAM-MD5 under TLS. Needs the Debian packages sasl2-bin and libsasl2-modules. */
  users?: Readonly<Record<string, string>>
  /** Refused commands of one connection, after which it ends. Default: 100. */
  maxErrors?: number
  /** Insists on what RFC 5321 and RFC 6531 have clients say. Default: false. */
  strict?: boolean
  /** Loopback ports where other domains' mail is handed over, which is then taken from everybody. Default: it is refused. */
  routes?: Readonly<Record<string, number>>
}

export interface RealPostfix extends AsyncDisposable {
  readonly host: string
  readonly port: number
}

export async function startPostfix(path: string, options: PostfixOptions): Promise<RealPostfix> {
  // The port may be taken between its choice and Postfix' start; then another is chosen.
  for (let attempt = 1; ; attempt++) {
    const started = await attemptPostfix(path, options)
    if (typeof started !== 'string') return started
    if (attempt === 3 || !started.includes('Address already in use')) {
      throw new Error(`postfix did not start:\n${started}`)
    }
  }
}

/** Gives its log where it does not start. */
async function attemptPostfix(path: string, options: PostfixOptions): Promise<RealPostfix | string> {
  const folder = await mkdtemp(join(tmpdir(), 'postfix-'))
  await chmod(folder, 0o755)
  for (const name of ['etc', 'spool', 'data']) await mkdir(join(folder, name), { mode: 0o755 })
  const port = await freePort()
  await configure(folder, port, options)
  if (options.users !== undefined) await addUsers(folder, options.name, options.users)
  const chown = spawn('chown', ['postfix', join(folder, 'data')])
  await once(chown, 'exit')
  const etc = join(folder, 'etc')
  const postfix = spawn(path, ['-c', etc, 'start-fg'], { stdio: 'ignore' })
  const exit = once(postfix, 'exit')
  // Its own way of stopping looks whether its master runs, and leaves it where it cannot tell.
  const signal = async (name: NodeJS.Signals) => {
    const master = Number(await readFile(join(folder, 'spool', 'pid', 'master.pid'), 'utf8').catch(() => ''))
    try {
      if (master > 0) process.kill(master, name)
      else postfix.kill(name)
    } catch {
      // it has ended meanwhile
    }
  }
  const stop = async () => {
    if (postfix.exitCode === null && postfix.signalCode === null) {
      await signal('SIGTERM')
      const patience = setTimeout(() => void signal('SIGKILL'), 5000)
      await exit
      clearTimeout(patience)
    }
    // Some of its processes end a little later than their master.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
  while (!(await answers(port))) {
    await new Promise(resolve => setTimeout(resolve, 50))
    if (postfix.exitCode === null) continue
    const log = await readFile(join(folder, 'log'), 'utf8').catch(() => 'no log')
    await stop()
    return log
  }
  return { host: '127.0.0.1', port, [Symbol.asyncDispose]: stop }
}

/** Whether a banner comes. */
async function answers(port: number): Promise<boolean> {
  const socket = net.connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'data', { signal: AbortSignal.timeout(5000) })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function configure(folder: string, port: number, options: PostfixOptions): Promise<void> {
  const { name, domain, mailboxes, certificate, maxBytes, maxErrors = 100, strict = false } = options
  const file = (name: string) => join(folder, 'etc', name)
  await writeFile(file('cert.pem'), certificate.cert)
  await writeFile(file('key.pem'), certificate.key, { mode: 0o600 })
  await writeFile(file('mailboxes'), mailboxes.map(address => `${address} x\n`).join(''))
  // As in Debian's master.cf, without chroot: name, private, processes at most, command.
  const services = [
    'anvil - 1 anvil',
    'bounce - 0 bounce',
    'cleanup n 0 cleanup',
    'defer - 0 bounce',
    'discard - - discard',
    'error - - error',
    'flush n 0 flush',
    'proxymap - - proxymap',
    'qmgr n 1 qmgr',
    'retry - - error',
    'rewrite - - trivial-rewrite',
    'scache - 1 scache',
    'showq n - showq',
    'tlsmgr - 1 tlsmgr',
    'smtp - - smtp',
    'trace - 0 bounce',
    'verify - 1 verify',
  ].map(line => {
    const [service, visible, most, command] = line.split(' ')
    return `${service} unix ${visible} - n - ${most} ${command}`
  })
  const lines = [`127.0.0.1:${port} inet n - n - - smtpd`, ...services, 'postlog unix-dgram n - n - 1 postlogd']
  await writeFile(file('master.cf'), `${lines.join('\n')}\n`)
  const settings = {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'spool'),
    data_directory: join(folder, 'data'),
    // Not /dev/stdout: what Node gives its children there are sockets, which cannot be opened by name.
    maillog_file: join(folder, 'log'),
    maillog_file_prefixes: folder,
    myhostname: name,
    mydestination: '',
    // The client is nobody special.
    mynetworks: '127.0.0.2/32',
    smtpd_relay_restrictions: 'reject_unauth_destination',
    inet_protocols: 'ipv4',
    inet_interfaces: '127.0.0.1',
    virtual_mailbox_domains: domain,
    virtual_mailbox_maps: `texthash:${file('mailboxes')}`,
    virtual_transport: 'discard:',
    default_transport: 'discard:',
    message_size_limit: String(maxBytes),
    mailbox_size_limit: '0',
    alias_maps: '',
    smtpd_peername_lookup: 'no',
    smtpd_tls_security_level: 'may',
    smtpd_tls_cert_file: file('cert.pem'),
    smtpd_tls_key_file: file('key.pem'),
    // Errors are answered at once, and many are let pass.
    smtpd_error_sleep_time: '0',
    smtpd_soft_error_limit: String(maxErrors),
    smtpd_hard_error_limit: String(maxErrors),
    smtputf8_enable: 'yes',
    ...(strict ? { smtpd_helo_required: 'yes', strict_rfc821_envelopes: 'yes', strict_smtputf8: 'yes' } : {}),
    ...(options.routes === undefined
      ? {}
      : {
          mynetworks: '127.0.0.0/8',
          smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
          transport_maps: `inline:{ ${Object.entries(options.routes).map(([each, to]) => `{ ${each} = smtp:[127.0.0.1]:${to} }`)} }`,
        }),
    ...(options.users === undefined
      ? {}
      : {
          smtpd_sasl_auth_enable: 'yes',
          smtpd_tls_auth_only: 'yes',
          smtpd_relay_restrictions: 'permit_sasl_authenticated, reject_unauth_destination',
        }),
  }
  const main = Object.entries(settings).map(([key, value]) => `${key} = ${value}\n`)
  await writeFile(file('main.cf'), main.join(''))
}

async function addUsers(folder: string, realm: string, users: Readonly<Record<string, string>>): Promise<void> {
  const database = join(folder, 'etc', 'sasldb')
  const lines = ['pwcheck_method: auxprop', 'auxprop_plugin: sasldb', 'mech_list: PLAIN LOGIN CRAM-MD5']
  // Where Debian's Postfix looks for it.
  await mkdir(join(folder, 'etc', 'sasl'), { mode: 0o755 })
  await writeFile(join(folder, 'etc', 'sasl', 'smtpd.conf'), `${[...lines, `sasldb_path: ${database}`].join('\n')}\n`)
  for (const [user, password] of Object.entries(users)) {
    const child = spawn('/usr/sbin/saslpasswd2', ['-p', '-c', '-f', database, '-u', realm, user], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.stdin.end(password)
    const [status] = await once(child, 'exit')
    if (status !== 0) throw new Error(`expected saslpasswd2 to add ${user}, got status ${status}`)
  }
  // Postfix' own user reads it.
  await chmod(database, 0o644)
}
