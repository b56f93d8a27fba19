import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blobFolder } from './blobs.ts'
import { compareTapes } from './compare.ts'
import { loadForms } from './forms.ts'
import { tapeOf } from './in-tests.ts'
import { promisedText } from './promised.ts'
import { TapeFile } from './tape-file.ts'

const forms = await loadForms()

const session = (service: string, turns: string, number = 1) =>
  `conversation: ${number}\nservice: ${service}\nturns:\n${turns}`

/** Differences of what is promised, as lines. */
function differences(before: string, after: string): string[][] {
  using one = new TapeFile(before)
  using other = new TapeFile(after)
  return compareTapes(one, other, forms, promisedText).map(({ lines }) =>
    lines.filter(({ sign }) => sign !== ' ').map(({ sign, text }) => `${sign} ${text}`),
  )
}

const stream = (turns: string) => tapeOf(session('tcp a.example:7', turns))

test('how a stream was cut, and what the other side had said by then, is not promised', () => {
  const together = stream('  - client: abcd\n  - server: ABCD\n')
  const apart = stream('  - client: ab\n  - server: A\n  - client: cd\n  - server: BCD\n')
  expect(differences(together, apart)).toEqual([])
})

test('every octet of a stream is', () => {
  const one = stream('  - client: abcd\n  - server: ABCD\n')
  expect(differences(one, stream('  - client: abcd\n  - server: ABCd\n'))).toEqual([['- S: ABCD', '+ S: ABCd']])
  expect(differences(one, stream('  - client: abcde\n  - server: ABCD\n')).length).toBe(1)
  expect(differences(one, stream('  - client: abcdA\n  - server: BCD\n')).length).toBe(1)
})

test('octets of a stream that lie beside the tape count as those in it', () => {
  const large = Buffer.alloc(100, 'x')
  const beside = stream('  - client:\n      file: large.bin\n  - server: A\n')
  mkdirSync(blobFolder(beside))
  writeFileSync(join(blobFolder(beside), 'large.bin'), large)
  expect(differences(beside, stream(`  - client: ${large}\n  - server: A\n`))).toEqual([])
})

test('pauses, and how a link ended, are not promised', () => {
  const one = stream('  - client: a\n  - server: A\n')
  const other = stream('  - client: a\n  - pause: 2 s\n  - server: A\n  - end: server\n  - reset: client\n')
  expect(differences(one, other)).toEqual([])
})

const mail = (...turns: string[]) => session('smtp a.example:25', turns.map(turn => `  - ${turn}\n`).join(''))

test('messages of a dialogue are, in their order, but for what is given anew each time', () => {
  const one = tapeOf(mail('server: 220 hi', 'client: NOOP', 'server: 250 ok', 'server: 250 2.0.0 Ok queued as 1'))
  const again = tapeOf(mail('server: 220 hi', 'client: NOOP', 'server: 250 ok', 'server: 250 2.0.0 Ok queued as 2'))
  const other = tapeOf(mail('server: 220 hi', 'client: NOOP', 'server: 250 2.0.0 Ok queued as 1', 'server: 250 ok'))
  expect(differences(one, again)).toEqual([])
  expect(differences(one, other).length).toBe(1)
})

test('the order of links is not', () => {
  const [a, b] = ['a', 'b'].map(text => (number: number) => session('tcp a.example:7', `  - client: ${text}\n`, number))
  expect(differences(tapeOf(a!(1), b!(2)), tapeOf(b!(1), a!(2)))).toEqual([])
  expect(differences(tapeOf(a!(1), b!(2)), tapeOf(b!(1)))).toEqual([['- C: a']])
})
