// What a fault makes of a reply.

import type { Effects } from '../session.ts'
import type { ImapFault } from './options.ts'

/** What a fault says in place of the usual reply, and whether the link goes on. */
export function broken({ reply, raw, drop }: ImapFault, tag: string): Effects {
  const effects: Effects = {}
  if (raw !== undefined) effects.reply = raw
  else if (reply !== undefined) effects.reply = `${/^[*+]/.test(reply) ? '' : `${tag} `}${reply}\r\n`
  if (drop !== undefined && drop !== 'silence') effects.close = drop
  else if (drop === undefined && /^\* BYE/i.test(reply ?? '')) effects.close = 'end'
  return effects
}

const literal = /\{(\d+)\}\r\n/

/** A reply up to the middle of its first literal, or of all that was made of it. */
export function cutShort(effects: Effects | undefined, drop: ImapFault['drop']): Effects {
  const reply = effects?.reply ?? ''
  const octets = typeof reply === 'string' ? Buffer.from(reply, 'latin1') : Buffer.from(reply)
  const found = literal.exec(octets.toString('latin1'))
  const end = found === null ? octets.length / 2 : found.index + found[0].length + Number(found[1]) / 2
  const close = drop === 'silence' ? {} : { close: drop ?? 'end' }
  return { reply: octets.subarray(0, Math.floor(end)), ...close }
}
