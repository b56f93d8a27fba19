// Asks a daytime server (RFC 867) over TCP or UDP, on Node's own sockets.

import dgram from 'node:dgram'
import net from 'node:net'
import { NetworkError, networkError } from '../net/errors.ts'
import { DaytimeDecoder, type DaytimeReply, decodeDaytimeReply } from '../wire/daytime.ts'

export interface DaytimeQuery {
  host: string
  /** Default: 13. */
  port?: number
  /** Default: tcp. */
  transport?: 'tcp' | 'udp'
  /** Gives up, closing everything. */
  signal?: AbortSignal
}

/**
 * The time as the server writes it.
 *
 * @throws {NetworkError} where the server cannot be reached or ends the link early.
 * @throws {ProtocolError} where it says something else than one line.
 */
export async function daytime(query: DaytimeQuery): Promise<DaytimeReply> {
  return query.transport === 'udp' ? askByUdp(query) : askByTcp(query)
}

async function askByTcp({ host, port = 13, signal }: DaytimeQuery): Promise<DaytimeReply> {
  const decoder = new DaytimeDecoder()
  const socket = net.connect({ host, port, ...(signal === undefined ? {} : { signal }) })
  try {
    for await (const chunk of socket) {
      decoder.push(chunk)
      const reply = decoder.next()
      if (reply !== undefined) return reply
    }
    decoder.end()
  } catch (error) {
    throw networkError('daytime client: tcp connection', error)
  } finally {
    socket.destroy()
  }
  throw new NetworkError('CONNECTION_CUT', `daytime client: ${host}:${port} closed the connection without a word`)
}

async function askByUdp({ host, port = 13, signal }: DaytimeQuery): Promise<DaytimeReply> {
  const socket = dgram.createSocket('udp4')
  try {
    return await new Promise((resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', message => {
        try {
          resolve(decodeDaytimeReply(message))
        } catch (error) {
          reject(error)
        }
      })
      signal?.addEventListener('abort', () => reject(signal.reason))
      // Connected, so that a closed port is reported and answers of strangers are not.
      socket.connect(port, host, () => socket.send(''))
    })
  } catch (error) {
    throw networkError('daytime client: udp', error)
  } finally {
    socket.close()
  }
}
