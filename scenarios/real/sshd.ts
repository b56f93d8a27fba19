// OpenSSH's server on a free loopback port, with a host key of its own. Nobody can log in. Debian package: openssh-server.

import { join } from 'node:path'
import { type RealServer, startServer } from './server.ts'

export async function startSshd(path: string): Promise<RealServer> {
  return await startServer({
    name: 'sshd',
    path,
    files: () => ({ sshd_config: 'UsePAM no\nPasswordAuthentication no\n' }),
    prepare: folder => ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')],
    args: (port, folder) => [
      ...['-D', '-e', '-f', join(folder, 'sshd_config'), '-h', join(folder, 'key')],
      ...['-o', `ListenAddress=127.0.0.1:${port}`, '-o', `PidFile=${join(folder, 'pid')}`],
    ],
  })
}
