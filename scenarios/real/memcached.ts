// memcached on a free loopback port. Debian package: memcached.

import { type RealServer, startServer } from './server.ts'

export async function startMemcached(path: string): Promise<RealServer> {
  return await startServer({
    name: 'memcached',
    path,
    args: port => ['-l', '127.0.0.1', '-p', `${port}`, '-U', '0', '-m', '8', '-t', '1'],
  })
}
