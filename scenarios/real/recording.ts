// Records a scenario against the real server that it names. Debian packages: bind9, dovecot-imapd, dovecot-pop3d,
// libsasl2-modules, nginx-light, postfix, sasl2-bin.

import { execFileSync } from 'node:child_process'
import { chmod, cp, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { Authority } from '../../net/authority.ts'
import { Network } from '../../net/network.ts'
import { Random } from '../../net/random.ts'
import { loadForms } from '../../tape/forms.ts'
import { Outside } from '../../tape/outside.ts'
import { Recording } from '../../tape/recording.ts'
import { Trust } from '../../tape/relay.ts'
import { mails, type Recorded, type RecordedName, type ServerName, zone } from '../recordings.ts'
import { startDovecot } from './dovecot.ts'
import { startNamed } from './named.ts'
import { startNginx } from './nginx.ts'
import { startPostfix } from './postfix.ts'
import { program } from './program.ts'

export interface RealServer extends AsyncDisposable {
  /** Where it is, for a name and port of the program's. */
  at(name: RecordedName): { host: string; port: number }
  /** For example `bind 9.18.49`. */
  readonly version: string
  /** Its authority, in PEM. */
  readonly authority: string
  /** Makes it forget what clients did. */
  refill?(): Promise<void>
}

/** Where the fixtures are. */
export const fixtures: string = join(import.meta.dirname, '..', '..', 'fixtures')

/** What a server serves, where it is not what the recordings are about. */
export interface Content {
  readonly zones?: Readonly<Record<string, string>>
  /** Sites of nginx, by name: what stands in their `server { … }`. */
  readonly sites?: Readonly<Record<string, string>>
  /** Refused commands after which Postfix ends. */
  readonly maxErrors?: number
  /** Whether Postfix insists on what clients have to say. */
  readonly strict?: boolean
  /** The mail of Ada in Dovecot. */
  readonly mail?: readonly string[]
  /** Whether a session of POP3 keeps others out. */
  readonly locked?: boolean
}

/** Starts a server, or skips the test with what to install. */
export async function startServer(
  context: TestContext,
  name: ServerName,
  { zones = { 'example.org': zone }, sites, maxErrors, strict, mail = mails, locked }: Content = {},
): Promise<RealServer> {
  const authority = new Authority(label => new Random(label))
  const stack = new AsyncDisposableStack()
  const started = (version: string, at: RealServer['at']): RealServer => ({
    version,
    authority: authority.pem,
    at,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  })
  if (name === 'named') {
    const path = await program(context, 'named', 'bind9')
    const { host, port } = stack.use(await startNamed(path, { zones }))
    return started(`bind ${versionOf(path, '-v')}`, () => ({ host, port }))
  }
  if (name === 'nginx') {
    const path = await program(context, 'nginx', 'nginx-light')
    const certificate = authority.issue({ names: ['www.example.org', ...Object.keys(sites ?? {})] })
    const folder = await mkdtemp(join(tmpdir(), 'site-'))
    stack.defer(() => rm(folder, { recursive: true }))
    await cp(join(fixtures, 'http', 'site'), folder, { recursive: true })
    await chmod(folder, 0o755)
    // ETag and Last-Modified are the file's.
    for (const file of await readdir(folder, { recursive: true }))
      await utimes(join(folder, file), 1426421356, 1426421356)
    const { endpoint, secure } = stack.use(await startNginx(path, { folder, certificate, ...(sites && { sites }) }))
    return started(`nginx ${versionOf(path, '-v')}`, ({ tls }) => (tls ? secure : endpoint))
  }
  if (name === 'dovecot' || name === 'dovecot-imap') {
    const protocol = name === 'dovecot' ? 'pop3' : 'imap'
    const path = await program(context, 'dovecot', `dovecot-${protocol}d`)
    const certificate = authority.issue({ names: ['pop.example.org', 'imap.example.org'] })
    const users = { ada: 'lovelace' }
    const options = { protocol, certificate, users, mail: { ada: mail }, ...(locked && { locked }) } as const
    const { host, port, refill } = stack.use(await startDovecot(path, options))
    return { ...started(`Dovecot ${versionOf(path, '--version')}`, () => ({ host, port })), refill }
  }
  const path = await program(context, 'postfix', 'postfix')
  await program(context, 'saslpasswd2', 'sasl2-bin')
  if (process.geteuid?.() !== 0) context.skip('the master of Postfix has to be started by root')
  const { host, port } = stack.use(
    await startPostfix(path, {
      name: 'mx.example.org',
      domain: 'example.org',
      mailboxes: ['ada@example.org'],
      certificate: authority.issue({ names: ['mx.example.org'] }),
      maxBytes: 65_536,
      users: { ada: 'lovelace' },
      ...(maxErrors && { maxErrors }),
      ...(strict && { strict }),
    }),
  )
  const version = execFileSync('postconf', ['-d', '-h', 'mail_version'], { encoding: 'utf8' }).trim()
  return started(`Postfix ${version}`, () => ({ host, port }))
}

function versionOf(path: string, option: string): string {
  // nginx says it on stderr.
  const said = execFileSync('/bin/sh', ['-c', `'${path}' ${option} 2>&1`], { encoding: 'utf8' })
  return /\d+(\.\d+)+/.exec(said)?.[0] ?? 'of unknown version'
}

/** Plays a scenario's client against the server and keeps what is said in a file. Gives what the client got. */
export async function record<Result>(
  scenario: Pick<Recorded, 'names'> & { work(): Promise<Result> },
  server: RealServer,
  file: string,
): Promise<Result> {
  const network = new Network({ epoch: '2026-11-25T00:00:00Z', clock: 'running' })
  const recording = new Recording(network, await loadForms(), {
    file,
    header: { from: server.version },
    reals: scenario.names.map(each => ({ ...each, to: server.at(each) })),
    trust: new Trust([server.authority]),
    outside: new Outside({ servers: [], lookup: async () => [] }),
  })
  const play = async () => {
    await recording.begin()
    using _inside = network.intercept()
    return await scenario.work()
  }
  const result = await play().finally(async () => {
    await network.close()
    recording.recorder.finish()
  })
  if (recording.troubles.length > 0) throw new Error(recording.troubles.join('\n'))
  return result
}
