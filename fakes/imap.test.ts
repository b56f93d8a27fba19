import { createHmac } from 'node:crypto'
import { expect, describe as group, test } from 'vitest'
import { Random } from '../net/random.ts'
import { connect, logIn, mail, select } from './imap/in-tests.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

test('a session logs in, selects, fetches, and logs out', () => {
  const client = connect()
  expect(client.greeting).toBe(
    '* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR ID ENABLE IDLE STARTTLS AUTH=PLAIN] imap.example.net IMAP4rev1 ready',
  )
  expect(client.say('a LOGIN ada lovelace')[0]).toMatch(/^a OK \[CAPABILITY IMAP4rev1 .* MOVE .*\] Logged in$/)
  expect(client.say('b SELECT inbox')).toEqual([
    '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)',
    '* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags permitted.',
    '* 3 EXISTS',
    '* 3 RECENT',
    '* OK [UNSEEN 1] First unseen.',
    '* OK [UIDVALIDITY 1426421356] UIDs valid',
    '* OK [UIDNEXT 4] Predicted next UID',
    '* OK [HIGHESTMODSEQ 2] Highest',
    'b OK [READ-WRITE] Select completed',
  ])
  expect(client.say('c FETCH 1 (BODY[TEXT] FLAGS)')).toEqual([
    '* 1 FETCH (FLAGS (\\Seen \\Recent) BODY[TEXT] {5}',
    'one',
    ')',
    'c OK Fetch completed',
  ])
  expect(client.say('d LOGOUT')).toEqual(['* BYE Logging out', 'd OK Logout completed'])
  expect(client.ended).toBe('end')
  expect(client.state.mailbox('ada').messages[0]!.flags.seen).toBe(true)
})

test('commands that come at once are answered in order, by one write', () => {
  const client = connect()
  client.connection.onData(Buffer.from('a LOGIN ada lovelace\r\nb SELECT INBOX\r\nc FETCH 1:* UID\r\nd NOOP\r\n'))
  expect(client.writes).toBe(1)
  expect(
    client
      .taken()
      .filter(line => !line.startsWith('*'))
      .map(line => line.slice(0, 4)),
  ).toEqual(['a OK', 'b OK', 'c OK', 'd OK'])
})

group('a login', () => {
  test.each([
    ['a LOGIN ada byron', 'a NO [AUTHENTICATIONFAILED] Authentication failed.'],
    ['a LOGIN nobody x', 'a NO [AUTHENTICATIONFAILED] Authentication failed.'],
    ['a LOGIN bob x', 'a NO [AUTHORIZATIONFAILED] application password required'],
    ['a LOGIN ada', 'a BAD expected a space, got the end of the line'],
    ['a AUTHENTICATE FOO', 'a NO [CANNOT] Unsupported authentication mechanism.'],
    [`a AUTHENTICATE PLAIN ${base64('\0ada\0no')}`, 'a NO [AUTHENTICATIONFAILED] Authentication failed.'],
    ['a AUTHENTICATE PLAIN x', 'a BAD expected base64'],
  ])('by %j is refused', (line, expected) => {
    const client = connect()
    expect(client.say(line)).toEqual([expected])
    expect(client.say('b SELECT INBOX')).toEqual(['b BAD SELECT is not possible before a login'])
  })

  test('goes by PLAIN with and without an initial response, and can be cancelled', () => {
    const response = base64('\0ada\0lovelace')
    expect(connect().say(`a AUTHENTICATE PLAIN ${response}`)[0]).toMatch(/^a OK/)
    expect(connect().say('a authenticate plain', response)).toEqual(['+ ', expect.stringMatching(/^a OK/)])
    expect(connect().say('a AUTHENTICATE PLAIN', '*')).toEqual(['+ ', 'a BAD authentication cancelled'])
    const client = connect({ without: ['SASL-IR'] })
    expect(client.say(`a AUTHENTICATE PLAIN ${response}`)).toEqual(['a BAD expected no initial response'])
  })

  test('goes by LOGIN, CRAM-MD5 and XOAUTH2 where they are offered', () => {
    const mechanisms = ['LOGIN', 'CRAM-MD5', 'XOAUTH2']
    expect(connect({ mechanisms }).say('a AUTHENTICATE LOGIN', base64('ada'), base64('lovelace'))).toEqual([
      `+ ${base64('Username:')}`,
      `+ ${base64('Password:')}`,
      expect.stringMatching(/^a OK/),
    ])
    const cram = connect({ mechanisms })
    const challenge = Buffer.from(cram.say('a AUTHENTICATE CRAM-MD5')[0]!.slice(2), 'base64')
    const digest = createHmac('md5', 'lovelace').update(challenge).digest('hex')
    expect(cram.say(base64(`ada ${digest}`))[0]).toMatch(/^a OK/)
    const wrong = connect({ mechanisms })
    expect(wrong.say(`a AUTHENTICATE XOAUTH2 ${base64('user=ada\x01auth=Bearer x\x01\x01')}`)[0]).toMatch(/^\+ /)
    expect(wrong.say('')).toEqual(['a NO [AUTHENTICATIONFAILED] Authentication failed.'])
    expect(wrong.state.logins).toEqual([{ user: 'ada', mechanism: 'XOAUTH2', ok: false }])
  })

  test('waits for TLS where it is required', () => {
    const { say, greeting } = connect({ ports: [{ port: 143, startTls: 'required' }] })
    expect(greeting).toContain('STARTTLS LOGINDISABLED]')
    expect(say('a LOGIN ada lovelace')).toEqual(['a NO [PRIVACYREQUIRED] STARTTLS is required first'])
    expect(say('b STARTTLS')).toEqual(['b OK Begin TLS negotiation now.'])
    expect(say('c STARTTLS')).toEqual(['c BAD TLS is on'])
    expect(say('d LOGIN ada lovelace')[0]).toMatch(/^d OK/)
  })

  test('is by AUTHENTICATE alone where LOGIN is disabled', () => {
    const { say, greeting } = connect({ loginDisabled: true })
    expect(greeting).toContain('AUTH=PLAIN LOGINDISABLED]')
    expect(say('a LOGIN ada lovelace')).toEqual(['a NO [CANNOT] LOGIN is disabled'])
    expect(say(`a AUTHENTICATE PLAIN ${base64('\0ada\0lovelace')}`)[0]).toMatch(/^a OK/)
  })
})

test('capabilities that are left out are not listed, and what they bring is not known', () => {
  const { say, greeting } = connect({ without: ['IDLE', 'MOVE', 'LITERAL+', 'UIDPLUS', 'THREAD', 'CONDSTORE'] })
  expect(greeting).toContain('IMAP4rev1 LITERAL- SASL-IR ID ENABLE STARTTLS')
  const [ok] = say('a LOGIN ada lovelace')
  for (const left of [' IDLE', ' MOVE', 'UIDPLUS', 'THREAD', 'CONDSTORE']) expect(ok).not.toContain(left)
  expect(say('b IDLE')).toEqual(['b BAD IDLE is not known'])
  expect(say('s SELECT INBOX').join()).not.toContain('HIGHESTMODSEQ')
  expect(say('c MOVE 1 INBOX')).toEqual(['c BAD MOVE is not known'])
  expect(say('d APPEND INBOX {2+}', 'x')).toEqual(['* 4 EXISTS', '* 4 RECENT', 'd OK Append completed'])
  expect(say('g FETCH 1 MODSEQ', 'g STATUS INBOX (HIGHESTMODSEQ)', 'g SELECT INBOX (CONDSTORE)', 'g NOOP')).toEqual([
    'g BAD CONDSTORE is not known',
    'g BAD CONDSTORE is not known',
    '* OK [CLOSED] Previous mailbox closed.',
    'g BAD CONDSTORE is not known',
    'g OK NOOP completed',
  ])
  expect(say(`e APPEND INBOX {4097+}`, 'x'.repeat(4097), 'f NOOP')[0]).toBe(
    'e NO [TOOBIG] a literal of 4097 octets is too big',
  )
})

group('literals', () => {
  test('are asked for, or come unasked', () => {
    const client = logIn()
    expect(client.say('a APPEND INBOX (\\Seen) "25-Nov-2026 01:41:34 +0100" {12}')).toEqual(['+ OK'])
    expect(client.say('Subject: x\r\n')).toEqual(['a OK [APPENDUID 1426421356 4] Append completed'])
    expect(client.say('b APPEND INBOX {1+}', 'y {1+}', 'z')).toEqual([
      'b OK [APPENDUID 1426421356 5:6] Append completed',
    ])
    const { internalDate, flags } = client.state.mailbox('ada').messages[3]!
    expect([internalDate.toISOString(), flags.list]).toEqual(['2026-11-25T00:41:34.000Z', ['\\Seen']])
  })

  test.each([
    ['a APPEND Nope {5}', "a NO [TRYCREATE] Mailbox doesn't exist: Nope"],
    ['a APPEND INBOX {1073741824}', 'a NO [TOOBIG] a literal of 1073741824 octets is too big'],
    ['a LOGIN {1073741824}', 'a BAD [TOOBIG] a literal of 1073741824 octets is too big'],
    ['a APPEND "INBOX {5}', 'a BAD expected a string, got "\\"INBOX {5}"'],
  ])('are refused before they come: %s', (line, expected) => {
    expect(logIn().say(line, 'b NOOP')).toEqual([expected, 'b OK NOOP completed'])
  })

  test('of 64 KiB are too much before a login', () => {
    expect(connect().say('a LOGIN {65537}', 'b NOOP')).toEqual([
      'a BAD [TOOBIG] a literal of 65537 octets is too big',
      'b OK NOOP completed',
    ])
    expect(connect().say('a APPEND INBOX {5}')).toEqual(['a BAD APPEND is not possible before a login'])
  })

  test('of a gibibyte that come unasked end the link', () => {
    const client = logIn()
    expect(client.say('a APPEND INBOX {1073741824+}')).toEqual([
      'a NO [TOOBIG] a literal of 1073741824 octets is too big',
      '* BYE [TOOBIG] a literal of 1073741824 octets is on its way',
    ])
    expect(client.ended).toBe('end')
  })

  test('that never come end the link with its timeout', async () => {
    const client = logIn()
    client.say('a APPEND INBOX {5}')
    client.connection.onData(Buffer.from('ab'))
    await client.network.clock.advance('30m')
    expect(client.taken()).toEqual(['* BYE Disconnected for inactivity.'])
    expect(client.state.mailbox('ada').messages).toHaveLength(3)
  })
})

group('commands that make no sense', () => {
  test.each([
    ['a FOO', 'a BAD expected a command, got "FOO"'],
    ['a', 'a BAD expected a space, got the end of the line'],
    ['', '* BAD expected a tag, got the end of the line'],
    ['a FETCH 1 FLAGS', 'a BAD No mailbox selected'],
    ['a LOGIN ada lovelace', 'a BAD LOGIN is not possible after a login'],
    ['a STARTTLS', 'a BAD STARTTLS is not possible after a login'],
    ['a SELECT', 'a BAD expected a space, got the end of the line'],
    ['a SELECT Nope', "a NO [NONEXISTENT] Mailbox doesn't exist: Nope"],
    ['a SELECT &bad', 'a NO [CANNOT] expected a name in modified UTF-7, got &bad'],
    ['a APPEND INBOX (\\Foo) {1+}\r\nx', 'a BAD Invalid system flag \\Foo'],
    ['a APPEND INBOX {0+}\r\n', "a NO Can't save a zero byte message"],
    [`a NOOP ${'x'.repeat(300_000)}`, expect.stringMatching(/^a BAD expected lines of at most 262144 octets/)],
  ])('are refused after a login: %s', (line, expected) => {
    expect(logIn().say(line, 'b NOOP')).toEqual([expected, 'b OK NOOP completed'])
  })

  const everywhere = ['CAPABILITY', 'NOOP', 'ID NIL']
  const before = ['LOGIN ada lovelace', 'AUTHENTICATE PLAIN AGFkYQBsb3ZlbGFjZQ==', 'STARTTLS']
  const after = [
    ...['ENABLE CONDSTORE', 'SELECT INBOX', 'EXAMINE INBOX', 'CREATE z', 'RENAME x y', 'SUBSCRIBE INBOX', 'DELETE y'],
    ...['UNSUBSCRIBE INBOX', 'LIST "" *', 'LSUB "" *', 'NAMESPACE', 'STATUS INBOX (MESSAGES)', 'GETQUOTAROOT INBOX'],
    ...['GETQUOTA "User quota"', 'APPEND INBOX {1+}\r\nx'],
  ]
  const inMailbox = [
    ...['CHECK', 'FETCH 1 UID', 'STORE 1 +FLAGS x', 'COPY 1 INBOX', 'MOVE 1 INBOX', 'SEARCH ALL', 'EXPUNGE'],
    ...['SORT (DATE) UTF-8 ALL', 'THREAD REFS UTF-8 ALL', 'UID FETCH 1 UID', 'UID EXPUNGE 1', 'CLOSE', 'UNSELECT'],
  ]
  const states = { connected: connect, 'logged in': logIn, selected: select } as const

  test.each([
    ...everywhere.map(line => [line, ['connected', 'logged in', 'selected']] as const),
    ...before.map(line => [line, ['connected']] as const),
    ...after.map(line => [line, ['logged in', 'selected']] as const),
    ...inMailbox.map(line => [line, ['selected']] as const),
  ])('are BAD in every state but where they belong: %s', (line, allowedIn) => {
    for (const [state, start] of Object.entries(states)) {
      const client = start()
      // What some need.
      if (allowedIn.length < 3) client.say('p CREATE x', 'p CREATE y')
      if (line.startsWith('RENAME')) client.say('p DELETE y')
      const answer = client.say(`a ${line}`).at(-1)!
      expect(answer, state).toMatch((allowedIn as readonly string[]).includes(state) ? /^a OK/ : /^a BAD/)
    }
  })

  test('are a search of a million keys, which ends before it is a command', () => {
    expect(select().say(`a SEARCH ${'SEEN '.repeat(1_000_000)}`, 'b NOOP')).toEqual([
      expect.stringMatching(/^a BAD expected lines of at most 262144 octets/),
      'b OK NOOP completed',
    ])
    expect(select().say(`a SEARCH ${'SEEN '.repeat(20_000)}`)).toEqual([
      expect.stringMatching(/^a BAD expected at most 10000 keys/),
    ])
    expect(select().say(`a SEARCH ${'('.repeat(100)}SEEN${')'.repeat(100)}`)).toEqual([
      expect.stringMatching(/^a BAD expected keys at most 64 deep/),
    ])
  })

  test.each([
    ['FETCH 4 FLAGS', 'Invalid messageset'],
    ['FETCH 1:4 FLAGS', 'Invalid messageset'],
    ['FETCH 0 FLAGS', 'expected a set of numbers, got "0 FLAGS"'],
    ['STORE 1 +FLAGS \\Recent', 'Invalid system flag \\Recent'],
    ['STORE 9 +FLAGS \\Seen', 'Invalid messageset'],
    ['COPY 9 INBOX', 'Invalid messageset'],
    ['THREAD FOO UTF-8 ALL', 'Unknown thread algorithm.'],
  ])('are BAD in a mailbox: %s', (line, expected) => {
    expect(select().say(`a ${line}`)).toEqual([`a BAD ${expected}`])
  })

  test('end the connection when there are too many in a row', () => {
    const client = connect({ maxErrors: 3 })
    client.say('a FOO', 'b FOO', 'c NOOP', 'd FOO', 'e FOO')
    expect(client.ended).toBe('')
    client.say('f FOO')
    expect(client.ended).toBe('end')
  })

  test('of any octets are answered, and no session harms the mail of another', () => {
    const random = new Random('imap fake')
    const words = [
      'LOGIN ada lovelace',
      'SELECT INBOX',
      'FETCH 1:* (FLAGS BODY.PEEK[])',
      'UID FETCH 1:* ALL',
      'SEARCH OR FROM x NOT SEEN',
      'LIST "" %*%',
      'IDLE',
      'DONE',
      'CREATE a/b/c',
      'STATUS INBOX (MESSAGES)',
      'UID COPY 1:* Work',
      'AUTHENTICATE PLAIN',
    ]
    for (let round = 0; round < 200; round++) {
      const client = connect({ maxErrors: 1000 })
      for (let turn = 0; turn < 20; turn++) {
        const line =
          random.below(4) === 0 ? random.text(random.below(40), 'a 1:*(){+}"\\\0\xff\t') : words[random.below(12)]!
        client.say(random.below(3) === 0 ? line : `t ${line}`)
      }
      client.connection.onClose()
      expect(client.state.mailbox('ada').messages).toHaveLength(mail.ada.length)
    }
  })
})

test('a session is the same octet by octet', () => {
  const lines = [
    'a LOGIN {3}\r\nada {8+}\r\nlovelace',
    'b SELECT INBOX',
    'c APPEND INBOX {5+}\r\nhello',
    'd UID FETCH 1:* (FLAGS BODY[TEXT])',
    'e IDLE\r\nDONE',
    'f SEARCH TEXT {3+}\r\none',
    'g LOGOUT',
  ]
  const octets = Buffer.from(lines.map(line => `${line}\r\n`).join(''))
  const [whole, slow] = [connect(), connect()]
  whole.connection.onData(octets)
  for (const octet of octets) slow.connection.onData(Buffer.from([octet]))
  const said = whole.taken()
  expect(said.at(-1)).toBe('g OK Logout completed')
  expect(slow.taken()).toEqual(said)
})
