// What the IMAP fake and Dovecot say differently on purpose, to the same end.

import type { Explained } from './scenario.ts'

const rest = (line: string) => line.replace(/^S: /, '   ')

/** Lines of LIST that follow each other, in the order of their letters. */
function sortedLists(lines: readonly string[]): string[] {
  const sorted: string[] = []
  let list: string[] = []
  for (const line of [...lines, '']) {
    if (/^(?:S:| {2}) \* (?:LIST|LSUB|STATUS) /.test(line)) list.push(rest(line))
    else {
      sorted.push(...list.sort(), line)
      list = []
    }
  }
  return sorted.slice(0, -1)
}

export const explained: readonly Explained[] = [
  {
    name: 'words',
    why:
      'Statuses, response codes and data are the same; the words behind a status are the fake’s own where programs must ' +
      'not read them ([why](decisions/words-of-replies.md)).',
    alike: lines =>
      lines.map(line =>
        line
          .replace(/^(S: | {3})(\* |… )(OK|NO|BAD|BYE)\b( \[[^\]]*\])?.*$/, '$1$2$3$4')
          .replace(/^(S: | {3})\+ (?![\w+/]+={0,2}$).*$/, '$1+'),
      ),
  },
  {
    name: 'capabilities',
    why: 'Each lists what it has. Dovecot has more than the fake: CATENATE, BINARY, QRESYNC, NOTIFY, PREVIEW and others.',
    alike: lines => lines.map(line => line.replace(/(\[?\bCAPABILITY )[^\]]+/, '$1…')),
  },
  {
    name: 'about itself',
    why: 'To ID each says its name.',
    alike: lines => lines.map(line => line.replace(/( \* ID ).*/, '$1…')),
  },
  {
    name: 'subscribed',
    why: 'INBOX is subscribed to from the start; in Dovecot nothing is, so that our client asks once more.',
    only: [
      'a client reads a mailbox',
      'a client changes a mailbox',
      'a client is told by a typed error that a mailbox is not there',
    ],
    alike: lines => {
      const kept = lines.filter((line, at) => !/^C: … LSUB /.test(line) && !/^C: … LSUB /.test(lines[at - 1] ?? ''))
      return kept.map(line => line.replace(/(LIST \()\\Subscribed /, '$1'))
    },
  },
  {
    name: 'codes',
    why: 'A refusal has its response code of RFC 5530, CANNOT or NONEXISTENT; Dovecot has them for some.',
    alike: lines => lines.map(line => line.replace(/( NO) \[(?:CANNOT|NONEXISTENT)\]/, '$1')),
  },
  {
    name: 'HIGHESTMODSEQ',
    why: 'Who selects a mailbox is told its highest MODSEQ (RFC 7162 §3.1.2.1); Dovecot tells it once somebody counts.',
    alike: lines => lines.filter(line => !/ \* OK \[HIGHESTMODSEQ /.test(line)),
  },
  {
    name: 'order of LIST',
    why: 'Mailboxes are listed in their order in the fake, in Dovecot the newest first; RFC 3501 has no order.',
    alike: sortedLists,
  },
  {
    name: 'order of answers',
    why: 'Commands that are said at once are answered one after the other; Dovecot answers some together.',
    only: ['commands that wait for none', 'an error in the middle of many'],
    alike: lines => lines.map(rest).toSorted(),
  },
  {
    name: 'blank of THREAD',
    why: 'Where there is nothing to thread, nothing follows THREAD (RFC 5256 §4); in Dovecot a blank does.',
    only: ['THREAD of nothing'],
    alike: lines => lines.map(line => line.trimEnd()),
  },
]
