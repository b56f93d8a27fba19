// Redis on a free loopback port, empty and in memory alone. Debian package: redis-server.

import { join } from 'node:path'
import { type RealServer, startServer } from './server.ts'

export interface RedisOptions {
  /** What clients have to give by AUTH. */
  password?: string
  /** Speaks TLS alone. */
  certificate?: { cert: string; key: string }
}

export async function startRedis(path: string, { password, certificate }: RedisOptions = {}): Promise<RealServer> {
  return await startServer({
    name: 'redis',
    path,
    files: () => (certificate === undefined ? {} : { 'cert.pem': certificate.cert, 'key.pem': certificate.key }),
    args(port, folder) {
      const tls = ['--tls-cert-file', join(folder, 'cert.pem'), '--tls-key-file', join(folder, 'key.pem')]
      const listen =
        certificate === undefined
          ? ['--port', `${port}`]
          : ['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no', ...tls]
      const secret = password === undefined ? [] : ['--requirepass', password]
      return [...listen, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, ...secret]
    },
  })
}
