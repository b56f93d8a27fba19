// Dialogues of IMAP about the tree of mailboxes, and what dialogues are.

/** What a line says; `2> ` in front of it is another client, `2< word` waits until that one was told so. */
export type Said = string

export interface Difference {
  /** What Dovecot says, without what is left out of comparisons. */
  readonly dovecot: readonly string[]
  readonly why: string
}

export type Dialogue = readonly [what: string, lines: readonly (Said | readonly [Said, Difference])[]]

export const no = (line: Said, dovecot: string, why: string): readonly [Said, Difference] => [
  line,
  { dovecot: [dovecot], why },
]

export const plainNo: string = 'RFC 5530 has a code for it'
const disconnects = 'Dovecot gives up a session whose mailbox was deleted; by its own hand nothing is left to tell'
const noselect = 'RFC 3501 §6.3.4: the name cannot be selected any more; Dovecot sees the folder of what lies below it'
const tree = 'the store makes what a name lies below, which can be selected; Dovecot makes it only to be listed'

export const treeDialogues: readonly Dialogue[] = [
  [
    'the tree of mailboxes',
    [
      'a CREATE Work',
      'a CREATE Work/2015',
      'a CREATE Foo/',
      'a CREATE inbox',
      'a CREATE Work',
      'a CREATE ""',
      'a LIST "" *',
      'a LIST "" %',
      'a LIST "" Work/%',
      'a LIST Work/ %',
      'a LIST "" inbox',
      'a LIST "" ""',
      'a LIST "" nothing',
      'a RENAME Work Arbeit',
      'a LIST "" Arb*',
      'a RENAME Nope X',
      'a RENAME Arbeit Foo',
      no('a RENAME Arbeit Arbeit/X', 'a NO', plainNo),
      'a DELETE Arbeit/2015',
      'a DELETE Arbeit',
      'a DELETE Arbeit',
      no('a DELETE INBOX', 'a NO', plainNo),
      no('a SELECT Nope', 'a NO', plainNo),
      no('a STATUS Nope (MESSAGES)', 'a NO', plainNo),
      'a CREATE "x&AOk-"',
      no('a CREATE "&bad"', 'a NO', plainNo),
      'a LIST "" x*',
    ],
  ],
  [
    'a mailbox that is deleted above others',
    [
      'a CREATE A',
      'a CREATE A/B',
      'a DELETE A',
      [
        'a LIST "" *',
        {
          dovecot: [
            '* LIST (\\HasChildren) "/" A',
            '* LIST (\\HasNoChildren) "/" A/B',
            '* LIST (\\HasNoChildren) "/" INBOX',
            'a OK List completed',
          ],
          why: noselect,
        },
      ],
      ['a LIST "" (A)', { dovecot: ['* LIST () "/" A', 'a OK List completed'], why: noselect }],
      [
        'a LIST "" A RETURN (STATUS (MESSAGES))',
        { dovecot: ['* LIST () "/" A', '* NO', 'a OK List completed'], why: noselect },
      ],
      'a RENAME A C',
      'a LIST "" *',
      'a CREATE C',
      'a LIST "" C',
    ],
  ],
  ['what a mailbox lies below', ['a CREATE A/B', ['a CREATE A', { dovecot: ['a OK Create completed'], why: tree }]]],
  [
    'subscriptions',
    [
      'a CREATE Work',
      'a CREATE Work/2015',
      'a SUBSCRIBE Work/2015',
      'a SUBSCRIBE INBOX',
      no('a SUBSCRIBE Nope', 'a NO', plainNo),
      'a LSUB "" *',
      'a LSUB "" %',
      'a LIST (SUBSCRIBED) "" *',
      'a LIST (SUBSCRIBED RECURSIVEMATCH) "" %',
      'a LIST "" * RETURN (SUBSCRIBED)',
      'a LIST "" * RETURN (SUBSCRIBED CHILDREN)',
      'a LIST "" (INBOX "W*") RETURN (CHILDREN)',
      'a LIST "" * RETURN (STATUS (MESSAGES UNSEEN))',
      'a DELETE Work/2015',
      'a LSUB "" *',
      'a LIST (SUBSCRIBED) "" *',
      'a UNSUBSCRIBE Work/2015',
      'a UNSUBSCRIBE Nope',
      'a LSUB "" *',
    ],
  ],
  [
    'the mailbox of a session is deleted',
    [
      'a CREATE Tmp',
      'a SELECT Tmp',
      '2> l LOGIN USER lovelace',
      '2> b SELECT Tmp',
      ['2> b DELETE Tmp', { dovecot: ['b OK Delete completed', '* BYE'], why: disconnects }],
      'a NOOP',
    ],
  ],
]
