// Drives a session, which is pure, over a connection: octets to messages, messages to the session, its effects to octets.

import type { Connection } from '../net/connection.ts'
import type { TlsOptions } from '../net/service.ts'
import { type Decoder, ProtocolError } from '../wire/decoder.ts'

/** What a session wants done after a message; in this order. */
export interface Effects {
  /** Octets, or text as latin1. */
  reply?: Uint8Array | string
  /** TLS from here on. What the client sent before the handshake is dropped (RFC 3207 §4.2's injection). */
  startTls?: TlsOptions
  /** Nothing follows: `end` after the reply is sent, `reset` at once. */
  close?: 'end' | 'reset'
  /** Makes what follows once the peer can take more; until there is no more, nothing else is answered. */
  more?: () => Effects | undefined
}

/**
 * One connection's protocol without sockets, timers, dates or chance. A promise holds back the messages that follow
 * until it is settled, and the peer with them.
 */
export interface Session<Message> {
  /** The connection is open; what a server says first. */
  open?(): Effects | undefined | Promise<Effects | undefined>
  receive(message: Message): Effects | undefined | Promise<Effects | undefined>
  /** The peer broke the rules; the decoder cannot go on. Default: the link is closed. */
  refuse?(error: ProtocolError): Effects | undefined
  /** The peer takes again what it is sent. */
  drained?(): Effects | undefined
  /** TLS is on. */
  secured?(): void
  /** The link is gone, by whichever side. */
  closed?(): void
}

/** Octets that a peer may send ahead while a session waits. */
const maxAhead = 256 * 1024

/** Octets of replies that are gathered into one write. */
const maxGathered = 64 * 1024

/** For what a session says unasked. */
export interface Driven {
  push(effects: Effects | undefined): void
  /** Whether the peer takes what it is sent; if not, what is pushed waits in memory. */
  readonly isTaking: boolean
}

/** Sets the connection's handlers. The decoder is the session's too: it changes the decoder's mode between messages. */
export function drive<Message>(connection: Connection, decoder: Decoder<Message>, session: Session<Message>): Driven {
  let waiting = false
  /** The peer does not take what it is sent; until it does, nothing more is answered. */
  let blocked = false
  let ended = false
  let done = false
  let ahead = 0
  let more: Effects['more']
  let replies: (Uint8Array | string)[] = []
  let gathered = 0

  const flush = () => {
    if (replies.length === 0) return
    const out = replies
    replies = []
    gathered = 0
    if (!connection.write(joined(out))) blocked = true
  }

  const apply = (effects: Effects | undefined) => {
    if (effects === undefined || done) return
    if (effects.reply !== undefined) {
      replies.push(effects.reply)
      gathered += effects.reply.length
      if (gathered >= maxGathered) flush()
    }
    if (effects.startTls !== undefined) {
      flush()
      decoder.rest()
      connection.startTls(effects.startTls, () => session.secured?.())
      // The handshake holds the peer back now, and the stream that was full tells nothing any more.
      blocked = false
    }
    more = effects.more ?? more
    if (effects.close !== undefined) {
      done = true
      flush()
      if (effects.close === 'end') connection.close()
      else connection.reset()
    }
  }

  const refuse = (error: unknown) => {
    if (!(error instanceof ProtocolError)) throw error
    apply(session.refuse?.(error))
    if (!done) apply({ close: 'end' })
  }

  const run = () => {
    try {
      while (!waiting && !blocked && !done) {
        if (more !== undefined) {
          const make = more
          more = undefined
          apply(make())
          continue
        }
        const message = decoder.next()
        if (message === undefined) break
        const effects = session.receive(message)
        if (effects instanceof Promise) {
          waiting = true
          effects.then(resume, failed)
        } else apply(effects)
      }
      if (ended && !waiting && !blocked && !done) {
        done = true
        flush()
        connection.end()
      }
    } catch (error) {
      refuse(error)
    }
    flush()
  }

  const goOn = () => {
    if (waiting || blocked) return
    if (ahead > maxAhead) connection.resume()
    ahead = 0
    run()
  }

  const resume = (effects: Effects | undefined) => {
    waiting = false
    try {
      apply(effects)
      goOn()
    } catch (error) {
      connection.bug(error)
    }
  }

  const failed = (error: unknown) => {
    waiting = false
    try {
      // Nobody is left to be refused, but a bug is one all the same.
      if (!done || !(error instanceof ProtocolError)) refuse(error)
    } catch (error) {
      connection.bug(error)
    }
  }

  connection.onData = chunk => {
    if (done) return
    decoder.push(chunk)
    if (!waiting && !blocked) run()
    else if ((ahead += chunk.length) > maxAhead) connection.pause()
  }
  connection.onEnd = () => {
    ended = true
    if (!waiting && !blocked) run()
  }
  connection.onDrain = () => {
    blocked = false
    try {
      if (more === undefined && !waiting) apply(session.drained?.())
      goOn()
    } catch (error) {
      connection.bug(error)
    }
  }
  connection.onClose = () => {
    done = true
    session.closed?.()
  }
  const opening = session.open?.()
  if (opening instanceof Promise) {
    waiting = true
    opening.then(resume, failed)
  } else apply(opening)
  flush()
  return {
    push(effects) {
      apply(effects)
      flush()
    },
    get isTaking() {
      return !blocked
    },
  }
}

function joined(replies: readonly (Uint8Array | string)[]): Uint8Array | string {
  if (replies.length === 1) return replies[0]!
  if (replies.every(reply => typeof reply === 'string')) return replies.join('')
  return Buffer.concat(replies.map(reply => (typeof reply === 'string' ? Buffer.from(reply, 'latin1') : reply)))
}
