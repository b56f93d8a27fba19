// A socket as the stream that TLS runs over, through JavaScript, so that what crosses it is seen.

import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Side } from '../wire/decoder.ts'

export interface Crossing {
  segment(from: Side, bytes: Uint8Array): void
  /** One side will send nothing more. */
  ended(from: Side): void
}

export function watchedStream(socket: Socket, crossing: Crossing): Duplex {
  const send = (bytes: Buffer, done: () => void) => {
    if (!socket.destroyed) crossing.segment('server', bytes)
    socket.write(bytes, () => done())
  }
  const stream: Duplex = new Duplex({
    allowHalfOpen: true,
    // TLS closes when its stream does; it is to close by itself, when the last of it has been read.
    autoDestroy: false,
    read: () => void socket.resume(),
    write: (chunk: Buffer, _encoding, done) => send(chunk, done),
    writev: (chunks, done) => send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done),
    final: done => {
      if (!socket.destroyed) crossing.ended('server')
      socket.end(() => done())
    },
    destroy: (error, done) => {
      if (socket.writableEnded) socket.resume()
      else socket.destroy()
      done(error)
    },
  })
  socket.on('data', chunk => {
    crossing.segment('client', chunk)
    // What comes after TLS is done with the link is dropped, so that its end is heard.
    if (!stream.destroyed && !stream.push(chunk)) socket.pause()
  })
  socket.on('end', () => {
    crossing.ended('client')
    stream.push(null)
  })
  return stream
}
