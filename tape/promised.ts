// What two runs of one program in one network are promised to have in common: on each link what either side says, decrypted.
// Not when it was said, nor how it was cut, nor what the other side had said by then, nor how a link ended.

import { createHash } from 'node:crypto'
import type { Side } from '../wire/decoder.ts'
import type { TapeForm } from '../wire/tape.ts'
import { octetsOf } from './script.ts'
import { linesOfValue } from './show.ts'
import type { TapeConversation } from './tape.ts'
import type { TapeFile } from './tape-file.ts'

/** Alike in two recordings where the promise is kept, but for what the protocol gives anew each time. */
export function promisedText(conversation: TapeConversation, form: TapeForm | undefined, tape: TapeFile): string {
  const { transport } = conversation.service
  const tell = form === undefined || form.kind(transport) !== 'stream' ? messagesOf : octetsOfStream
  return `C: ${tell(conversation, 'client', form, tape)}\nS: ${tell(conversation, 'server', form, tape)}`
}

function messagesOf({ turns }: TapeConversation, side: Side, form: TapeForm | undefined): string {
  return turns
    .flatMap(turn => (turn.kind === 'said' && turn.from === side ? [turn.value] : []))
    .map(value => linesOfValue(form?.steady?.(side, value) ?? value).join('\n'))
    .join('\n---\n')
}

/** Where nothing says what a message is, all that a side said is one. */
function octetsOfStream({ turns }: TapeConversation, side: Side, _form: TapeForm | undefined, tape: TapeFile): string {
  const hash = createHash('sha256')
  for (const turn of turns) {
    if (turn.kind !== 'said' || turn.from !== side) continue
    for (const octets of octetsOf(tape.reading.body(turn.value), tape.folder)) hash.update(octets)
  }
  return hash.digest('hex')
}
