// What a player makes of a client's first octets that may begin TLS and go no further: where the tape has them, or no TLS
// at all, they are heard as they are; otherwise the rest is waited for as long as a server does.

import { expectationOf } from './expectation.ts'
import type { Patience } from './opening.ts'
import { type Repertoire, tlsKey } from './repertoire.ts'
import type { Stage } from './replay.ts'
import { placeOf } from './script.ts'

const helloMs = 60_000

export function patienceOf(stage: Stage, repertoire: Repertoire, isOnTape: (head: Buffer) => boolean): Patience {
  return {
    wait: then => void stage.network.clock.after(helloMs, then),
    // Who takes over what the tape does not have may be asked for TLS.
    isPlain: head => isOnTape(head) || (stage.handOver === undefined && !hasTls(repertoire)),
  }
}

function hasTls(repertoire: Repertoire): boolean {
  return someEntry(repertoire, at => repertoire.entries[at]!.keys[0] === tlsKey)
}

/** Whether a conversation of a stream begins with these octets of its client. */
export function beginsStream(repertoire: Repertoire, head: Buffer): boolean {
  return someEntry(repertoire, at => {
    const entry = repertoire.entries[at]!
    const script = repertoire.script(entry)
    const step = script.steps[placeOf(script, 0)]
    const body = step?.kind === 'client' ? step.scripted.body : undefined
    const taken = expectationOf(body, entry.tape.folder)?.take(head) ?? 'no'
    return taken !== 'no'
  })
}

/** Reads as many conversations as it takes. */
function someEntry(repertoire: Repertoire, suits: (at: number) => boolean): boolean {
  for (let at = 0; at < repertoire.entries.length || repertoire.next() !== undefined; at++) if (suits(at)) return true
  return false
}
