// PostgreSQL on a free loopback port, with a new cluster whose one user is `ann`, who is believed. Debian package:
// postgresql.

import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type RealServer, startServer } from './server.ts'

export interface PostgresOptions {
  /** Offers TLS. */
  certificate?: { cert: string; key: string }
}

/** Where Debian has the newest server; undefined where there is none. */
export function postgresPath(): string | undefined {
  return globSync('/usr/lib/postgresql/*/bin/postgres').toSorted().at(-1)
}

export async function startPostgres(path: string, { certificate }: PostgresOptions = {}): Promise<RealServer> {
  const fast = ['fsync=off', 'shared_buffers=1MB', 'max_wal_senders=0', 'wal_level=minimal', 'timezone=UTC']
  const tls = certificate === undefined ? [] : ['ssl=on', 'ssl_cert_file=../cert.pem', 'ssl_key_file=../key.pem']
  return await startServer({
    name: 'postgres',
    path,
    files: () => (certificate === undefined ? {} : { 'cert.pem': certificate.cert, 'key.pem': certificate.key }),
    prepare: folder => {
      const cluster = ['-D', join(folder, 'data'), '-U', 'ann', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N']
      return [join(dirname(path), 'initdb'), ...cluster]
    },
    args: (port, folder) => [
      ...['-D', join(folder, 'data'), '-p', `${port}`, '-h', '127.0.0.1', '-k', folder],
      ...[...fast, ...tls].flatMap(setting => ['-c', setting]),
    ],
  })
}
