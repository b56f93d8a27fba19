// imapflow as it is within: a connection made of our sockets, and the parts of it that its types leave out.

import type net from 'node:net'
import { ImapFlow, type ImapFlowOptions, type ImapResponse } from 'imapflow'
import { type SecureOptions, startSecureSocket } from '../open-socket.ts'

/** A token of a command; text that is printed as it stands is of type TEXT. */
export type Token =
  | { type: 'ATOM' | 'STRING' | 'TEXT' | 'SEQUENCE' | 'LITERAL'; value: string | Buffer }
  | Token[]
  | null

/** A command that was answered by OK. `next` lets the connection read on. */
interface Answer {
  response: ImapResponse
  next(): void
}

interface ExecOptions {
  untagged?: Record<string, (response: ImapResponse) => Promise<void>>
  onPlusTag?: () => Promise<void>
}

interface Within {
  exec(command: string, tokens: Token[] | false, options?: ExecOptions): Promise<Answer>
  run(command: 'ENABLE', extensions: readonly string[]): Promise<Set<string> | false | undefined>
  write(line: string): void
  /** Ends what is under way so that another command can be said. */
  preCheck: (() => Promise<void>) | false
  serverBye(response: ImapResponse): Promise<void>
}

export type Flow = ImapFlow & Within

/**
 * @param open is connected already, under TLS where `secure` says so
 * @param heardBye is told what goes before the end of a link
 */
export function createFlow(
  open: net.Socket,
  secure: SecureOptions,
  options: ImapFlowOptions & { host: string; port: number },
  heardBye: (response: ImapResponse) => void,
): Flow {
  const flow = new ImapFlow({
    ...options,
    transport: {
      connect(_destination, onConnect) {
        setImmediate(onConnect)
        return open
      },
      upgrade: (socket, _destination, onSecure) =>
        startSecureSocket(socket as net.Socket, { host: options.host, secure }).once('secureConnect', onSecure),
    },
    disableAutoIdle: true,
    // What is enabled changes what is said; who calls decides.
    disableAutoEnable: true,
    disableCompression: true,
  }) as Flow
  // It keeps the text alone.
  const serverBye = flow.serverBye.bind(flow)
  flow.serverBye = response => {
    heardBye(response)
    return serverBye(response)
  }
  return flow
}
