// A plain UDP client for what has no protocol here, on Node's own sockets: one datagram out, the answer in.

import dgram from 'node:dgram'
import dns from 'node:dns'
import { clearTimeout, setTimeout } from 'node:timers'
import { NetworkError, networkError, UsageError } from '../net/errors.ts'

export interface UdpQuestion {
  host: string
  port: number
  /** Text goes as UTF-8. */
  message: Uint8Array | string
  /** How long to wait for the answer. Default: 5 s. */
  timeoutMs?: number
  /** Gives up, closing everything. */
  signal?: AbortSignal
}

/**
 * Sends a datagram and gives the first that comes back from there.
 *
 * @throws {UsageError} where the port cannot be one.
 * @throws {NetworkError} `NAME_NOT_FOUND`, `REFUSED` for a closed port, `TIMED_OUT` where nothing comes, `ABORTED`.
 */
export async function askUdp({ host, port, message, timeoutMs = 5000, signal }: UdpQuestion): Promise<Buffer> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new UsageError(`udp client: expected a port from 1 to 65535, got ${port}`)
  }
  let socket: dgram.Socket | undefined
  let late: NodeJS.Timeout | undefined
  let abort = () => {}
  try {
    const { address, family } = await dns.promises.lookup(host)
    const used = (socket = dgram.createSocket(family === 6 ? 'udp6' : 'udp4'))
    return await new Promise<Buffer>((resolve, reject) => {
      late = setTimeout(() => {
        reject(
          new NetworkError(
            'TIMED_OUT',
            `udp client: expected an answer from ${host}:${port} in ${timeoutMs} ms, got none`,
          ),
        )
      }, timeoutMs)
      abort = () => reject(Object.assign(new Error('the caller gave up'), { code: 'ABORT_ERR', cause: signal?.reason }))
      signal?.addEventListener('abort', abort)
      if (signal?.aborted) abort()
      used.on('error', reject)
      used.on('message', resolve)
      // Connected, so that a closed port is reported and answers of strangers are not.
      used.connect(port, address, () => used.send(message))
    })
  } catch (error) {
    throw networkError('udp client: udp', error)
  } finally {
    clearTimeout(late)
    signal?.removeEventListener('abort', abort)
    socket?.close()
  }
}
