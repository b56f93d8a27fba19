// Mosquitto, a broker of MQTT, on a free loopback port. Debian package: mosquitto.

import { join } from 'node:path'
import { type RealServer, startServer } from './server.ts'

export interface MosquittoOptions {
  /** Speaks TLS alone. */
  certificate?: { cert: string; key: string }
}

export async function startMosquitto(path: string, { certificate }: MosquittoOptions = {}): Promise<RealServer> {
  const tls = certificate === undefined ? [] : ['certfile cert.pem', 'keyfile key.pem']
  const lines = ['allow_anonymous true', 'persistence false', ...tls]
  return await startServer({
    name: 'mosquitto',
    path,
    files: port => ({
      'mosquitto.conf': [`listener ${port} 127.0.0.1`, ...lines, ''].join('\n'),
      ...(certificate === undefined ? {} : { 'cert.pem': certificate.cert, 'key.pem': certificate.key }),
    }),
    args: (_port, folder) => ['-c', join(folder, 'mosquitto.conf')],
  })
}
