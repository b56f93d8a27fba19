// Commands that search, sort and thread the mail of imap-search-corpus.ts and imap-corpus.ts.

import { Random } from '../net/random.ts'

/** Without tags; what is in quotes is UTF-8. `count` messages may be sorted. */
export function programs(count: number): readonly string[] {
  const texts = [
    '',
    'a',
    'ada',
    'ADA LOVELACE',
    '\\"Ada Lovelace\\"',
    '\\"Ada Lovelace\\" <ada@example.org>',
    'Lovelace <ada',
    '<ada@example.org>',
    'ada@example.org',
    'ada@example.org,',
    ', bob',
    'example.org, \\"',
    'café',
    'CAFÉ',
    'cafe',
    'e\u0301',
    'é',
    '\u0301',
    'été',
    'éTÉ',
    'adé',
    'émile',
    'missing',
    'missing_mailbox',
    'SYNTAX_ERROR',
    'undisclosed-recipients',
    'friends:',
    'friends: ada',
    'bob@example.org;',
    ';',
    '(',
    'comment',
    '@a.example',
    "o'neil",
    '\\\\',
    '\\"',
    'a.b',
    '\\"a.b\\"',
    'quoted',
    'last, first',
    '\\"last, first\\"',
    'folded',
    'folded twice',
    'folded  twice',
    'folded twice then',
    'twice\tthen',
    'lead',
    'lead and trail',
    'trail ',
    'trail  ',
    'onetwo',
    'one two',
    'one x two',
    'aoneb',
    'language',
    'with blank',
    'under score_',
    '=ZZ',
    'приВЕТ',
    'привет',
    '日本',
    '=?utf-8?q?unfinished',
    'unfinished',
    'Ã©',
    '\ufffd',
    'first',
    'second',
    '  ',
    ' ',
    'straße',
    'strasse',
    'STRASSE',
    'ﬁ',
    'fi',
    'fin',
    '①',
    '1',
    'ǆ',
    'Ǆ',
    'ǅ',
    'ᾀ',
    'ᾈ',
    'ა',
    'Ა',
    'ı',
    'İ',
    'i',
    'I\u0307',
    '😀',
    '\ue000',
    '?',
    '=?',
    '?=',
    'x?',
    ', <',
    ',  <',
    ',   <',
    ', ?',
  ]
  const bodies = [
    'needle',
    'NEEDLE',
    'needle in hay',
    'nee',
    'naïve',
    '“q”',
    '\u0093q',
    'needles',
    'preneedle',
    'epineedle',
    'partneedle',
    'noneedle',
    'halfneedle',
    'twoneedle',
    'inner needle',
    'inner',
    'found inside',
    'soft',
    'softbreak',
    'soft  break',
    'trailing',
    'trailing next',
    'trailing  ',
    'one',
    'two  three',
    'two three',
    'three\tfour',
    'two café',
    'café nonsense',
    'café ascii',
    'broken',
    'status: needle',
    'Subject',
    'subject: ',
    'Content-Type: text/plain',
    'content-type: text/html',
    'text/plain; charset=utf-8',
    'From: a@example.org',
    'mime-version: 1.0',
    'hello',
    'body',
    'text',
    'x-y',
    'x: y',
    'long tail',
    'long needle tail',
    '<b>',
    '&eacute;',
    'yyyyyyyy',
    '+AOk-',
    'image/png',
    '--b',
    'deep',
    'at 3',
    'end',
    'pgp',
    'three\rfour',
    'dated',
    'talk',
    'filename',
    'café.txt',
    'x-part: partneedle',
    'inner body',
  ]
  const quoted = (text: string) => `"${text}"`
  const fields = ['SUBJECT', 'FROM', 'TO', 'CC', 'BCC']
  const named = [
    'Subject',
    'x-thing',
    'To',
    'Date',
    'Content-Type',
    'Content-Disposition',
    'Message-ID',
    'X-None',
    'from',
  ]
  const days = [
    '24-Nov-2026',
    '25-Nov-2026',
    '26-Nov-2026',
    '5-Nov-2026',
    '1-Jan-1970',
    '2-Jan-1970',
    '31-Dec-1969',
    '1-Jan-2000',
    '15-Mar-2015',
    '1-Mar-2015',
    '20-Feb-2015',
    '25-Nov-2049',
    '25-Nov-1950',
    '1-Dec-2026',
    '1-Jan-1990',
    '2-Jan-2038',
  ]
  const keys = [
    ...fields.flatMap(field => texts.map(text => `${field} ${quoted(text)}`)),
    ...named.flatMap((name, index) =>
      texts.slice(0, index < 3 ? 100 : 15).map(text => `HEADER ${name} ${quoted(text)}`),
    ),
    ...[...texts.filter(text => text !== '\ufffd'), ...bodies].flatMap(text => [
      `BODY ${quoted(text)}`,
      `TEXT ${quoted(text)}`,
    ]),
    ...days.flatMap(day => ['BEFORE', 'ON', 'SINCE', 'SENTBEFORE', 'SENTON', 'SENTSINCE'].map(key => `${key} ${day}`)),
    ...days.map(day => `NOT SENTBEFORE ${day}`),
    ...[
      'SEEN',
      'UNSEEN',
      'FLAGGED',
      'ANSWERED',
      'DRAFT',
      'DELETED',
      'UNDELETED',
      'KEYWORD work',
      'UNKEYWORD Work',
      'KEYWORD other',
      'KEYWORD $FORWARDED',
      'NEW',
      'OLD',
      'RECENT',
      'ALL',
      'NOT ALL',
    ],
    ...['SMALLER 100', 'LARGER 100', 'SMALLER 41', 'LARGER 41', 'LARGER 10000', 'SMALLER 1', 'SMALLER 0', 'LARGER 0'],
    ...[
      '1',
      '*',
      `${count}:999999`,
      '1,3:5,5:4',
      'UID 1',
      'UID *',
      'UID 999999:*',
      'UID 999999',
      'UID 5:1',
      'NOT 2:*',
      'NOT UID 2:*',
      'OR 1 UID 2',
      '*:5 SEEN',
    ],
    ...['OLDER 1', 'YOUNGER 1', 'OLDER 4294967295', 'YOUNGER 4294967295', 'MODSEQ 1', 'MODSEQ "/flags/\\\\seen" all 1'],
    'OR SUBJECT plan FROM ada',
    'NOT (SUBJECT plan)',
    'OR (SEEN SUBJECT re) (NOT SEEN NOT BODY talk)',
    'NOT BODY needle SINCE 10-Nov-2026 NOT SUBJECT ""',
    'NOT OR FROM ada TO ada',
    'HEADER "" "a"',
    'HEADER "Subject:" "a"',
    'HEADER "Subject " "a"',
  ]
  const charsets = ['UTF-8', 'utf8', 'US-ASCII', 'ISO-8859-1', 'iso-8859-15', 'windows-1252', 'KOI8-R', 'klingon']
  return [
    ...keys.map(key => `SEARCH CHARSET UTF-8 ${key}`),
    ...nested(keys),
    ...charsets.flatMap(charset =>
      ['SUBJECT plan', 'ALL', 'SUBJECT "é"'].map(key => `SEARCH CHARSET ${charset} ${key}`),
    ),
    'SEARCH SUBJECT "é"',
    ...sorts(count),
    ...threads(count),
  ]
}

/** Keys in keys. */
function nested(keys: readonly string[]): string[] {
  const random = new Random('nested keys')
  const key = (depth: number): string => {
    switch (depth === 0 ? 0 : random.below(5)) {
      case 1:
        return `NOT ${key(depth - 1)}`
      case 2:
        return `OR ${key(depth - 1)} ${key(depth - 1)}`
      case 3:
        return `(${key(depth - 1)} ${key(depth - 1)})`
    }
    return keys[random.below(keys.length)]!
  }
  return Array.from({ length: 200 }, () => `SEARCH CHARSET UTF-8 ${key(3)} ${key(2)}`)
}

function sorts(count: number): string[] {
  const criteria = ['ARRIVAL', 'CC', 'DATE', 'FROM', 'SIZE', 'SUBJECT', 'TO', 'DISPLAYFROM', 'DISPLAYTO']
  return [
    ...criteria
      .flatMap(by => [by, `REVERSE ${by}`, `${by} DATE`, `SUBJECT REVERSE ${by}`, `REVERSE DATE ${by}`])
      .map(by => `SORT (${by}) UTF-8 1:${count}`),
    'SORT (SUBJECT REVERSE DATE SIZE) UTF-8 SEEN BODY talk',
    'SORT (FROM) UTF-8 NOT ALL',
  ]
}

function threads(count: number): string[] {
  const keys = [
    'NOT ALL',
    'BODY id',
    'BODY subject',
    'BODY dated',
    'BODY timed',
    'BODY timed SEEN',
    'BODY timed UNSEEN',
  ]
  const tied = [
    `1:${count}`,
    'BODY talk',
    'SEEN BODY talk',
    'BODY talk UNDELETED',
    '300:400',
    '350:450',
    '400:500',
    '2:3',
  ]
  return [
    ...['ORDEREDSUBJECT', 'REFERENCES'].flatMap(by => [...keys, ...tied].map(key => `THREAD ${by} UTF-8 ${key}`)),
    ...keys.map(key => `THREAD REFS UTF-8 ${key}`),
  ]
}

/** Commands that Dovecot answers otherwise, and why. */
export const unlikePrograms: readonly [reason: string, program: string][] = [
  ['lines end in line feeds on its disk', 'SEARCH BODY "needle\n"'],
  [
    'octets that a part ends with in the middle of a character are found in another part',
    'SEARCH CHARSET UTF-8 BODY "\ufffd"',
  ],
  [
    'of conversations that end in one second those come first that answer what is not there',
    'THREAD REFS UTF-8 BODY talk',
  ],
]
