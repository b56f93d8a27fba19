// Opens the socket of a mail client, in the clear or under TLS from the first octet on, with errors that name the layer.

import net from 'node:net'
import tls from 'node:tls'
import { networkError } from '../net/errors.ts'

/** What TLS is told, beside the name. */
export interface SecureOptions {
  /** Authorities to trust, in PEM. */
  ca?: string
  /** The client's own certificate and key, in PEM. */
  cert?: string
  key?: string
}

interface OpenOptions {
  host: string
  port: number
  /** Undefined: in the clear. */
  secure: SecureOptions | undefined
  timeoutMs: number
}

/** @param client what it is for, in messages: `smtp client` */
export async function openSocket(client: string, { host, port, secure, timeoutMs }: OpenOptions): Promise<net.Socket> {
  const socket = net.connect({ host, port, noDelay: true })
  try {
    await opened(socket, 'connect', timeoutMs)
  } catch (error) {
    throw networkError(`${client}: tcp connection`, error)
  }
  return secure === undefined ? socket : await secureSocket(client, socket, { host, secure, timeoutMs })
}

/** TLS on a socket that is open, as after STLS. */
export async function secureSocket(
  client: string,
  socket: net.Socket,
  { host, secure, timeoutMs }: { host: string; secure: SecureOptions; timeoutMs: number },
): Promise<tls.TLSSocket> {
  const secured = startSecureSocket(socket, { host, secure })
  try {
    await opened(secured, 'secureConnect', timeoutMs)
  } catch (error) {
    socket.destroy()
    throw networkError(`${client}: tls`, error)
  }
  return secured
}

/** The handshake has begun; `secureConnect` or `error` tells how it ends. */
export function startSecureSocket(
  socket: net.Socket,
  { host, secure }: { host: string; secure: SecureOptions },
): tls.TLSSocket {
  return tls.connect({ socket, ...secure, ...(net.isIP(host) === 0 ? { servername: host } : { host }) })
}

function opened(socket: net.Socket, event: 'connect' | 'secureConnect', timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      socket.off('error', settle).off(event, done).setTimeout(0)
      if (error === undefined) resolve()
      else {
        socket.on('error', () => {}).destroy()
        reject(error)
      }
    }
    const done = () => settle()
    socket.on('error', settle).on(event, done)
    socket.setTimeout(timeoutMs, () => {
      const seconds = `${timeoutMs / 1000} s`
      settle(Object.assign(new Error(`no connection within ${seconds}`), { code: 'ETIMEDOUT' }))
    })
  })
}
