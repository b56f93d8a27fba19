// A connection as a Node stream, for servers of libraries that want one.

import { Duplex } from 'node:stream'
import type { Connection } from './connection.ts'

/** `drop` ends the link at once. Handlers of the connection that were set before are replaced. */
export function duplexOf(connection: Connection, drop: () => void): Duplex {
  const duplex: Duplex = new Duplex({
    allowHalfOpen: true,
    read: () => connection.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      if (connection.write(chunk)) done()
      else connection.onDrain = once(connection, done)
    },
    final: done => {
      connection.end()
      done()
    },
    destroy: (error, done) => {
      drop()
      done(error)
    },
  })
  connection.onData = chunk => {
    if (!duplex.push(chunk)) connection.pause()
  }
  connection.onEnd = () => duplex.push(null)
  connection.onClose = () => duplex.destroy()
  return duplex
}

function once(connection: Connection, done: () => void): () => void {
  return () => {
    connection.onDrain = () => {}
    done()
  }
}
