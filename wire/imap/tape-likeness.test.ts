import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Side } from '../decoder.ts'
import type { TapeValue } from '../tape.ts'
import { TapeInMemory } from '../tape-in-memory.ts'
import { form } from './tape.ts'

/** What each of a client's turns is found by, its literals too. */
function identities(turns: readonly TapeValue[]): string[] {
  const reader = form.reader(new TapeInMemory(), 'tcp')
  return turns.map(turn => {
    const { message, body } = reader.read('client', turn)
    const digester = form.digester!(message)
    digester?.push(body!.octets!)
    const plain = body === undefined ? '' : createHash('sha256').update(body.octets!).digest('hex')
    return `${form.identity(message)} ${digester?.digest() ?? plain}`.trim()
  })
}

const mail = (id: string) => ({
  literal: `Date: Sun, 15 Mar 2015 12:00:0${id} +0000\nMessage-ID: <${id}@x>\nContent-Type: multipart/mixed; boundary="b${id}"\n\n--b${id}\n\nx\n--b${id}--\n`,
})

test.each([
  [['a1 SELECT INBOX'], ['T7 select  "inbox"']],
  [['1 FETCH 1:3 (FLAGS UID)'], ['2 FETCH 1,2,3 (UID FLAGS)']],
  [['1 FETCH 3:1 FLAGS'], ['2 fetch 2,1:3 (flags)']],
  [['1 FETCH 1:* BODY.PEEK[HEADER]'], ['2 FETCH *:1 (body.peek[header])']],
  [['1 UID FETCH 7 (UID FLAGS)'], ['2 UID FETCH 7 (FLAGS)']],
  [['1 UID FETCH 7 UID'], ['2 UID FETCH 7 (UID)']],
  [['1 STORE 1,2 +FLAGS (\\Seen blue)'], ['2 store 1:2 +flags (BLUE \\seen)']],
  [['1 STATUS INBOX (MESSAGES UNSEEN)'], ['2 STATUS inbox (UNSEEN MESSAGES)']],
  [['1 UID COPY 3,2 Sent'], ['2 uid copy 2:3 "Sent"']],
  [['1 SEARCH UID 1:3 NOT 4,5'], ['2 search uid 1,2,3 not 4:5']],
  [['1 ID ("name" "imapflow" "version" "1")'], ['2 ID ("name" "mutt")']],
  [['1 LOGIN ada lovelace'], ['2 LOGIN "ada" "byron"']],
  [['1 AUTHENTICATE PLAIN AGEAYg=='], ['2 authenticate plain AGEAYw==']],
  [
    ['1 LOGIN {3}', { literal: 'ada', rest: ' {8}' }, { literal: 'lovelace' }],
    ['2 LOGIN {3+}', { literal: 'ada', rest: ' {5+}' }, { literal: 'byron' }],
  ],
  [
    ['1 APPEND Sent (\\Seen blue) "15-Mar-2015 12:00:00 +0000" {130}', mail('1')],
    ['2 APPEND "Sent" (Blue \\Seen) "16-Mar-2015 12:00:00 +0000" {131+}', mail('2')],
  ],
  [['1 ENABLE UTF8=ACCEPT CONDSTORE'], ['2 ENABLE CONDSTORE UTF8=ACCEPT']],
] as [TapeValue[], TapeValue[]][])('%j and %j are alike', (one, other) => {
  expect(identities(one)).toEqual(identities(other))
})

test.each([
  [['1 SELECT INBOX'], ['1 EXAMINE INBOX']],
  [['1 SELECT Sent'], ['1 SELECT sent']],
  [['1 FETCH 1 FLAGS'], ['1 UID FETCH 1 FLAGS']],
  [['1 FETCH 1 (FLAGS UID)'], ['1 FETCH 1 FLAGS']],
  [['1 FETCH 1 BODY[]'], ['1 FETCH 1 BODY.PEEK[]']],
  [['1 FETCH 1 BODY[]<0.10>'], ['1 FETCH 1 BODY[]<0.20>']],
  [['1 STORE 1 +FLAGS (\\Seen)'], ['1 STORE 1 +FLAGS.SILENT (\\Seen)']],
  [['1 LOGIN ada x'], ['1 LOGIN eve x']],
  [['1 SEARCH SEEN'], ['1 SEARCH UNSEEN']],
  [
    ['1 CREATE {1}', { literal: 'a' }],
    ['1 CREATE {1}', { literal: 'b' }],
  ],
  [
    ['1 APPEND Sent {10}', { literal: 'Subject: a' }],
    ['1 APPEND Sent {10}', { literal: 'Subject: b' }],
  ],
] as [TapeValue[], TapeValue[]][])('%j and %j are not alike', (one, other) => {
  expect(identities(one)).not.toEqual(identities(other))
})

test.each([
  ['client', 'a1 SELECT INBOX', '… SELECT INBOX'],
  ['client', '7 ID ("name" "x")', '… ID …'],
  ['client', '7 APPEND x (\\Seen) "15-Mar-2015 12:00:00 +0000" {310+}', '… APPEND x (\\Seen) "…" {…}'],
  ['client', 'DONE', 'DONE'],
  ['server', 'a1 OK [APPENDUID 1426421356 7] done (0.001 + 0.000 secs).', '… OK [APPENDUID … 7] done (…).'],
  ['server', '* OK [UIDVALIDITY 3857529045] UIDs valid', '* OK [UIDVALIDITY …] UIDs valid'],
  [
    'server',
    '* 1 FETCH (INTERNALDATE "15-Mar-2015 12:09:16 +0000" MODSEQ (12) BODY[] {42}',
    '* 1 FETCH (INTERNALDATE "…" MODSEQ (…) BODY[] {…}',
  ],
  ['server', '* ESEARCH (TAG "a7") ALL 1:3\na7 OK', '* ESEARCH (TAG …) ALL 1:3\n… OK'],
  ['server', '+ PDEuMkB4Pg==', '+ …'],
  ['server', '* 2 RECENT\n* 1 FETCH (FLAGS (\\Seen \\Recent))', '* … RECENT\n* 1 FETCH (FLAGS (\\Seen))'],
  ['server', '* 2 EXISTS', '* 2 EXISTS'],
] as [Side, TapeValue, TapeValue][])(
  'of what a %s says, %j, another recording has the same but for what is new each time',
  (from, value, expected) => {
    expect(form.steady!(from, value)).toBe(expected)
  },
)
