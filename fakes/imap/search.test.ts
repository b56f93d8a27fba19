import { describe, expect, test } from 'vitest'
import { ImapCommandDecoder } from '../../wire/imap/command.ts'
import type { SearchKey } from '../../wire/imap/search.ts'
import { FlagTable } from '../mail/flags.ts'
import { MailMessage } from '../mail/message.ts'
import { offeredCharsets, type SearchContext, SearchRefusal, search } from './search.ts'

const nowMs = Date.UTC(2026, 10, 25, 12, 0, 0)
const table = new FlagTable()

interface Given {
  raw?: string
  flags?: string[]
  date?: number
  modSeq?: number
  uid?: number
}

function mailbox(...given: readonly Given[]): MailMessage[] {
  return given.map(
    ({ raw = 'Subject: x\r\n\r\nhello\r\n', flags = [], date = nowMs, modSeq = 1, uid }, index) =>
      new MailMessage(uid ?? (index + 1) * 10, Buffer.from(raw, 'latin1'), date, table.set(flags), modSeq),
  )
}

/** A key as a client writes it, octets as latin1. */
function keyOf(text: string): SearchKey {
  const decoder = new ImapCommandDecoder()
  const literals = text.replace(/"[^"]*[\x80-\xff][^"]*"/g, found => `{${found.length - 2}+}\r\n${found.slice(1, -1)}`)
  decoder.push(Buffer.from(`a SEARCH ${literals}\r\n`, 'latin1'))
  const input = decoder.next()
  if (input?.kind !== 'command' || input.verb !== 'SEARCH') throw new Error(`expected a search, got ${text}`)
  return input.key
}

/** Sequence numbers. */
function find(text: string, messages: readonly MailMessage[], context: Partial<SearchContext> = {}): number[] {
  return search(keyOf(text), messages, { nowMs, isRecent: () => false, ...context }).map(index => index + 1)
}

const day = (text: string) => Date.parse(`${text}Z`)

describe('flags, dates, sizes and numbers', () => {
  const messages = mailbox(
    { flags: ['\\Seen', 'Work'], date: day('2026-11-24T23:59:59') },
    { flags: ['\\Flagged'], date: day('2026-11-25T00:00:00'), modSeq: 7 },
    { flags: ['\\Seen', '\\Flagged', '\\Deleted'], date: day('2026-11-25T11:59:00'), raw: 'a: b\r\n\r\n', modSeq: 8 },
    { flags: ['\\Answered', '\\Draft'], date: day('2026-11-26T00:00:00'), raw: `\r\n${'x'.repeat(998)}` },
  )
  test.each<[string, number[]]>([
    ['ALL', [1, 2, 3, 4]],
    ['SEEN', [1, 3]],
    ['UNSEEN', [2, 4]],
    ['FLAGGED SEEN', [3]],
    ['ANSWERED', [4]],
    ['UNANSWERED', [1, 2, 3]],
    ['DELETED', [3]],
    ['UNDELETED', [1, 2, 4]],
    ['DRAFT', [4]],
    ['UNDRAFT UNFLAGGED', [1]],
    ['KEYWORD wORK', [1]],
    ['UNKEYWORD Work', [2, 3, 4]],
    ['KEYWORD none', []],
    ['BEFORE 25-Nov-2026', [1]],
    ['ON 25-Nov-2026', [2, 3]],
    ['SINCE 25-Nov-2026', [2, 3, 4]],
    ['OLDER 60', [1, 2, 3]],
    ['OLDER 61', [1, 2]],
    ['YOUNGER 60', [3, 4]],
    ['YOUNGER 59', [4]],
    ['LARGER 999', [4]],
    ['LARGER 1000', []],
    ['SMALLER 9', [3]],
    ['SMALLER 8', []],
    ['MODSEQ 8', [3]],
    ['MODSEQ "/flags/\\\\draft" all 7', [2, 3]],
    ['NOT SEEN', [2, 4]],
    ['OR SEEN DRAFT', [1, 3, 4]],
    ['NOT (SEEN FLAGGED)', [1, 2, 4]],
    ['OR (SEEN FLAGGED) NOT OR SEEN FLAGGED', [3, 4]],
    ['2:3', [2, 3]],
    ['*', [4]],
    ['9:*', [4]],
    ['9', []],
    ['3,1 SEEN', [1, 3]],
    ['UID 20:30', [2, 3]],
    ['UID 25:*', [3, 4]],
    ['UID 99:*', [4]],
    ['UID *', [4]],
    ['NOT UID 20', [1, 3, 4]],
    ['OR 1 UID 40', [1, 4]],
    ['1:3 UID 20:40 UNSEEN', [2]],
  ])('%s', (key, expected) => {
    expect(find(key, messages)).toEqual(expected)
  })

  test('what is recent is asked of the session', () => {
    const isRecent = (message: MailMessage) => message.uid < 30
    expect(find('RECENT', messages, { isRecent })).toEqual([1, 2])
    expect(find('NEW', messages, { isRecent })).toEqual([2])
    expect(find('OLD', messages, { isRecent })).toEqual([3, 4])
  })

  test('an empty mailbox has nothing', () => {
    for (const key of ['ALL', '1', '*', '1:*', 'UID *', 'NOT 1']) expect(find(key, [])).toEqual([])
  })
})

test('no octets of a message are read for flags, dates, sizes and numbers', () => {
  class Sealed extends MailMessage {
    static of(flags: string[]): Sealed {
      const message = new Sealed(1, Buffer.alloc(0), nowMs, table.set(flags), 1)
      Object.defineProperty(message, 'raw', {
        get: () => {
          throw new Error('its octets were read')
        },
      })
      Object.defineProperty(message, 'size', { value: 100 })
      return message
    }
  }
  const sealed = [Sealed.of(['\\Seen'])]
  expect(() => find('TEXT x', sealed)).toThrow('its octets were read')
  expect(find('SEEN SINCE 1-Jan-2020 LARGER 99 OLDER 1 1 UID 1 MODSEQ 1', sealed)).toEqual([])
  expect(find('SEEN SINCE 1-Jan-2020 LARGER 99 YOUNGER 1 1 UID 1 MODSEQ 1', sealed)).toEqual([1])
  // What decides is asked first, wherever it stands.
  expect(find('BODY x SUBJECT y SENTON 1-Jan-2020 UNSEEN', sealed)).toEqual([])
  expect(find('OR BODY x SEEN', sealed)).toEqual([1])
  expect(find('TEXT x 2', sealed)).toEqual([])
})

describe('texts', () => {
  const messages = mailbox(
    {
      raw: [
        'Date: Tue, 24 Nov 2026 23:30:00 -0200',
        'From: =?utf-8?q?Ad=C3=A9?= Lovelace <ada@example.org>',
        'Subject: =?iso-8859-1?q?Caf=E9?=\r\n =?iso-8859-1?q?_au_lait?=',
        'To: bob@example.net, "C., Eve" <eve@example.com>',
        'Cc: carol@example.net',
        'X-Empty:',
        'Content-Type: text/plain; charset=windows-1252',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        '=93Quotes=94 and a long wo=',
        'rd',
      ].join('\r\n'),
    },
    {
      raw: [
        'Date: Wed, 25 Nov 2026 01:00:00 +0300',
        'From: carol@example.net',
        'Bcc: dan@example.net',
        'Content-Type: multipart/mixed; boundary=b',
        '',
        'before',
        '--b',
        'Content-Transfer-Encoding: base64',
        '',
        'aGlkZGVuIHRleHQ=',
        '--b',
        'Content-Type: image/png; name=Picture',
        '',
        'pixels',
        '--b--',
      ].join('\r\n'),
    },
  )
  test.each<[string, number[]]>([
    ['FROM "adé"', [1]],
    ['FROM lovelace', [1]],
    ['FROM example', [1, 2]],
    ['TO "c., eve"', [1]],
    ['CC carol', [1]],
    ['BCC dan', [2]],
    ['SUBJECT "cafe au"', []],
    ['SUBJECT "CAFÉ AU LAIT"', [1]],
    ['HEADER x-empty ""', [1]],
    ['HEADER x-empty x', []],
    ['HEADER CONTENT-TYPE mixed', [2]],
    ['BODY "“QUOTES”"', [1]],
    ['BODY "long word"', [1]],
    ['BODY hidden', [2]],
    ['BODY before', []],
    ['BODY pixels', []],
    ['BODY picture', []],
    ['TEXT picture', [2]],
    ['TEXT "example.net"', [1, 2]],
    ['TEXT ""', [1, 2]],
    ['SENTON 24-Nov-2026', [1]],
    ['SENTBEFORE 25-Nov-2026', [1]],
    ['SENTSINCE 25-Nov-2026', [2]],
  ])('%s', (key, expected) => {
    expect(find(Buffer.from(key).toString('latin1'), messages, { charset: 'utf-8' })).toEqual(expected)
  })

  test('what is searched for is in the charset of the search', () => {
    expect(find('SUBJECT "caf\xe9"', messages, { charset: 'ISO-8859-1' })).toEqual([1])
    expect(find('BODY "\x93"', messages, { charset: 'windows-1252' })).toEqual([1])
  })

  test('a letter matches one with an accent, which is a letter and an accent', () => {
    expect(find('SUBJECT cafe', messages, { charset: 'us-ascii' })).toEqual([1])
  })

  test('a charset that nobody knows is refused', () => {
    const refused = new SearchRefusal(
      'BADCHARSET',
      'expected a charset such as US-ASCII, UTF-8, ISO-8859-1, got klingon',
    )
    expect(() => find('SUBJECT x', messages, { charset: 'klingon' })).toThrow(refused)
    for (const charset of offeredCharsets) expect(find('FROM example', messages, { charset })).toEqual([1, 2])
  })
})

describe('very many keys', () => {
  const messages = mailbox({ raw: `Subject: x\r\n\r\n${'y'.repeat(1_000_000)}` }, { flags: ['\\Seen'] })
  const context: SearchContext = { nowMs, isRecent: () => false }
  const many = <Item>(item: Item) => Array.from({ length: 100_000 }, () => item)

  test('beside one another are asked one after another', () => {
    expect(search({ key: 'AND', all: many({ key: 'SEEN' }) }, messages, context)).toEqual([1])
    expect(search({ key: 'AND', all: many({ key: 'SUBJECT', text: 'x' }) }, messages, context)).toEqual([0, 1])
  })

  test('within one another are refused', () => {
    const deep = many(0).reduce<SearchKey>(not => ({ key: 'NOT', not }), { key: 'SEEN' })
    expect(() => search(deep, messages, context)).toThrow(expect.objectContaining({ code: 'LIMIT' }))
  })

  test('that look through long texts are refused before they take minutes', () => {
    const key: SearchKey = { key: 'NOT', not: { key: 'BODY', text: 'z' } }
    const all = Array.from({ length: 100_000 }, () => key)
    expect(() => search({ key: 'AND', all }, messages, context)).toThrow(expect.objectContaining({ code: 'LIMIT' }))
  })
})
