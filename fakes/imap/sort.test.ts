import { describe, expect, test } from 'vitest'
import type { SortCriterion } from '../../wire/imap/command.ts'
import { FlagTable } from '../mail/flags.ts'
import { MailMessage } from '../mail/message.ts'
import { baseSubject } from './base-subject.ts'
import { sort } from './sort.ts'

const none = new FlagTable().set([])

function mailbox(...raws: readonly string[]): MailMessage[] {
  return raws.map(
    (raw, index) => new MailMessage(index + 1, Buffer.from(raw, 'latin1'), 1_000_000_000_000 - index * 1000, none, 1),
  )
}

/** Criteria as a client writes them. */
function criteria(text: string): SortCriterion[] {
  return [...text.matchAll(/(REVERSE )?([A-Z]+)/g)].map(([, reverse, by]) => ({
    by: by as SortCriterion['by'],
    reverse: reverse !== undefined,
  }))
}

function sorted(by: string, messages: readonly MailMessage[]): number[] {
  return sort(criteria(by), [...messages.keys()], messages).map(index => index + 1)
}

describe('messages are sorted by', () => {
  const messages = mailbox(
    'Subject: Re: b\r\nFrom: Zoe <ann@x>\r\nTo: c@d\r\nDate: Wed, 25 Nov 2026 12:00:00 +0200\r\n\r\n',
    'Subject: c\r\nFrom: Bob <zed@x>\r\nTo: a@b\r\nCc: x@y\r\nDate: Wed, 25 Nov 2026 12:00:00 +0300\r\n\r\n.',
    'Subject: a\r\nFrom: bob@y\r\nTo: b@c\r\nCc: w@y\r\n\r\n',
    'Subject: [list] B\r\nFrom: =?utf-8?q?=C3=84da?= <m@x>\r\nTo: Al <z@z>\r\n\r\n',
  )
  test.each<[string, number[]]>([
    ['ARRIVAL', [4, 3, 2, 1]],
    ['REVERSE ARRIVAL', [1, 2, 3, 4]],
    // Without a date of their own they are as old as their arrival.
    ['DATE', [4, 3, 2, 1]],
    ['REVERSE DATE', [1, 2, 3, 4]],
    ['SIZE', [3, 4, 1, 2]],
    ['SUBJECT', [3, 1, 4, 2]],
    ['REVERSE SUBJECT', [2, 1, 4, 3]],
    ['SUBJECT ARRIVAL', [3, 4, 1, 2]],
    ['FROM', [1, 3, 4, 2]],
    ['TO', [2, 3, 1, 4]],
    ['CC', [1, 4, 3, 2]],
    ['DISPLAYFROM', [4, 2, 3, 1]],
    ['DISPLAYTO', [2, 4, 3, 1]],
    ['REVERSE SUBJECT REVERSE ARRIVAL', [2, 1, 4, 3]],
  ])('%s', (by, expected) => {
    expect(sorted(by, messages)).toEqual(expected)
  })

  test('the order of the mailbox where nothing else tells them apart', () => {
    expect(sort(criteria('CC'), [3, 0], messages)).toEqual([0, 3])
    expect(sort(criteria('REVERSE CC'), [3, 0], messages)).toEqual([0, 3])
  })

  test('code points, not the halves of them', () => {
    const [beyond, last] = [Buffer.from('\u{1f600}').toString('latin1'), Buffer.from('\uffee').toString('latin1')]
    expect(sorted('SUBJECT', mailbox(`Subject: ${beyond}\r\n\r\n`, `Subject: ${last}\r\n\r\n`))).toEqual([2, 1])
  })
})

describe('the base of a subject', () => {
  test.each<[string, string, boolean]>([
    ['plan', 'PLAN', false],
    ['Re: plan', 'PLAN', true],
    ['RE: re :  Fwd:FW: plan', 'PLAN', true],
    ['Re[2]: plan', 'PLAN', true],
    ['[list] Re: [other] plan', 'PLAN', true],
    ['[list] plan', 'PLAN', false],
    ['[list]', '[LIST]', false],
    ['[a] [b]', '[B]', false],
    ['plan (fwd) (FWD) ', 'PLAN', true],
    ['[Fwd: [list] Re: plan (fwd)] (fwd)', 'PLAN', true],
    ['[fwd: plan', '[FWD: PLAN', false],
    ['=?utf-8?q?Re=3A_plan?=', 'PLAN', true],
    ['Regarding: plan', 'REGARDING: PLAN', false],
    ['AW: plan', 'AW: PLAN', false],
    ['  a \t b  ', 'A B', false],
    ['Re:', '', true],
    ['', '', false],
  ])('%j is %j', (subject, text, isReplyOrForward) => {
    expect(baseSubject(subject)).toEqual({ text, isReplyOrForward })
  })

  test('long subjects of nothing but leaders take no long time', () => {
    for (const piece of ['[a]', 'Re:', '[fwd:', '[a]re', '(fwd)', ' ', '[', '[a] ']) {
      expect(baseSubject(piece.repeat(2_000_000)).text.length).toBeLessThanOrEqual(10_000)
    }
  })
})
