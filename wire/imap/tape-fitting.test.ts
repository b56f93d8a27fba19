import { expect, test } from 'vitest'
import type { TapeValue } from '../tape.ts'
import { TapeInMemory } from '../tape-in-memory.ts'
import { form } from './tape.ts'

/** What a recorded session says to a client that says `live`; undefined where it says nothing. */
function told(turns: readonly (readonly [recorded: TapeValue, live: TapeValue] | string)[]): (TapeValue | undefined)[] {
  const tape = new TapeInMemory()
  const [recorded, live] = [form.reader(tape, 'tcp'), form.reader(tape, 'tcp')]
  const fitting = form.fitting!()
  const shown = (message: Parameters<typeof form.write>[0] | undefined) =>
    message === undefined ? undefined : form.write(message, undefined, tape.writing)
  return turns.flatMap(turn => {
    if (typeof turn === 'string') return [shown(fitting.said(recorded.read('server', turn).message))]
    const more = fitting.asked(recorded.read('client', turn[0]).message, live.read('client', turn[1]).message)
    return more === undefined ? [] : [shown(more)]
  })
}

test('a client is answered by its own tags, also in a pipeline', () => {
  expect(
    told([
      '* OK',
      ['a NOOP', 'X1 NOOP'],
      ['b SEARCH ALL', 'X2 SEARCH ALL'],
      'a OK',
      '* ESEARCH (TAG "b") ALL 1\nb OK a',
    ]),
  ).toEqual(['* OK', 'X1 OK', '* ESEARCH (TAG "X2") ALL 1\nX2 OK a\n'])
})

test('a client that does not wait with its literals is not given leave', () => {
  expect(
    told([
      ['1 LOGIN {3}', 'a LOGIN {3+}'],
      '+ go',
      [
        { literal: 'ada', rest: ' {8}' },
        { literal: 'ada', rest: ' {8+}' },
      ],
      '+ go',
      [{ literal: 'lovelace' }, { literal: 'lovelace' }],
      '1 OK',
      ['2 IDLE', 'b IDLE'],
      '+ idling',
    ]),
  ).toEqual([undefined, undefined, 'a OK', '+ idling'])
})

test('a client that waits is given leave where the recorded one did not wait', () => {
  expect(
    told([
      ['1 LOGIN {3+}', 'a LOGIN {3}'],
      [
        { literal: 'ada', rest: ' lovelace' },
        { literal: 'ada', rest: ' lovelace' },
      ],
      '1 OK',
    ]),
  ).toEqual(['+ go ahead', 'a OK'])
})
