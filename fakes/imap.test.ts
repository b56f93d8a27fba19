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
  expect(say(`e APPEND INBOX {4097+}`, 'x'.repeat(4097), 'f NOOP')[0]).toBe(
    'e NO [TOOBIG] a literal of 4097 octets is too big',
  )
})

group('several clients of one mailbox', () => {
  const pair = () => {
    const one = select()
    const two = select({}, { beside: one })
    return [one, two] as const
  }

  test('are told what the other marks, with the answer to their next command', () => {
    const [one, two] = pair()
    expect(one.say('a STORE 1 +FLAGS (\\Flagged work)')).toEqual([
      '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft work)',
      '* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft work \\*)] Flags permitted.',
      '* 1 FETCH (FLAGS (\\Flagged \\Recent work))',
      'a OK Store completed',
    ])
    expect(two.taken()).toEqual([])
    expect(two.say('b NOOP').at(-2)).toBe('* 1 FETCH (FLAGS (\\Flagged work))')
    expect(two.say('c NOOP')).toEqual(['c OK NOOP completed'])
  })

  test('keep their sequence numbers until they may be told that messages are gone', () => {
    const [one, two] = pair()
    one.say('a STORE 1 +FLAGS.SILENT \\Deleted')
    expect(one.say('b EXPUNGE')).toEqual(['* 1 EXPUNGE', '* 2 RECENT', 'b OK Expunge completed'])
    expect(two.say('c FETCH 1:* UID')).toEqual([
      '* 1 FETCH (UID 1)',
      '* 2 FETCH (UID 2)',
      '* 3 FETCH (UID 3)',
      'c OK Fetch completed',
    ])
    expect(two.say('d FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]')).toContain('Subject: one')
    expect(two.say('e SEARCH ALL')).toEqual(['* SEARCH 1 2 3', 'e OK Search completed'])
    expect(two.say('f STORE 2 +FLAGS.SILENT \\Flagged')).toEqual(['f OK Store completed'])
    expect(two.state.mailbox('ada').messages[0]!.flags.list).toEqual(['\\Flagged', '\\Seen'])
    expect(two.say('g UID FETCH 3 FLAGS')).toEqual([
      '* 3 FETCH (UID 3 FLAGS ())',
      '* 1 EXPUNGE',
      'g OK Fetch completed',
    ])
    expect(two.say('h FETCH 2 UID')).toEqual(['* 2 FETCH (UID 3)', 'h OK Fetch completed'])
  })

  test('are told of messages that come and go in between by numbers that hold', () => {
    const [one, two] = pair()
    const inbox = one.state.mailbox('ada')
    inbox.add({ content: 'Subject: four\n\n' })
    inbox.expunge([inbox.messages[1]!])
    inbox.expunge([inbox.messages.at(-1)!])
    inbox.add({ content: 'Subject: five\n\n' })
    inbox.expunge([inbox.messages[0]!])
    expect(two.say('a FETCH 2:3 UID')).toEqual([
      '* 2 FETCH (UID 2)',
      '* 3 FETCH (UID 3)',
      '* 4 EXISTS',
      '* 1 RECENT',
      'a OK Fetch completed',
    ])
    expect(two.say('b FETCH 4 UID')).toEqual(['* 4 FETCH (UID 5)', 'b OK Fetch completed'])
    expect(two.say('c NOOP')).toEqual(['* 2 EXPUNGE', '* 1 EXPUNGE', 'c OK NOOP completed'])
    expect(two.say('d UID FETCH 1:* UID').slice(0, -1)).toEqual(['* 1 FETCH (UID 3)', '* 2 FETCH (UID 5)'])
  })

  test('know new messages as recent once', () => {
    const [one, two] = pair()
    one.state.mailbox('ada').add({ content: 'x' })
    expect(two.say('a NOOP')).toEqual(['* 4 EXISTS', '* 1 RECENT', 'a OK NOOP completed'])
    expect(one.say('a NOOP')).toEqual(['* 4 EXISTS', 'a OK NOOP completed'])
    expect(one.say('b FETCH 4 FLAGS')[0]).toBe('* 4 FETCH (FLAGS ())')
    expect(two.say('b FETCH 4 FLAGS')[0]).toBe('* 4 FETCH (FLAGS (\\Recent))')
  })

  test('leave a mailbox that is deleted: whoever deletes it by name, others with the link', () => {
    const one = logIn()
    one.say('a CREATE Tmp', 'b SELECT Tmp')
    const two = logIn({}, { beside: one })
    two.say('c SELECT Tmp')
    expect(one.say('d DELETE Tmp')).toEqual(['d OK [CLOSED] Delete completed'])
    expect(one.say('e FETCH 1 UID', 'f NOOP')).toEqual(['e BAD No mailbox selected', 'f OK NOOP completed'])
    expect(two.say('g NOOP')).toEqual(['* BYE Selected mailbox was deleted, have to disconnect.'])
    expect(two.ended).toBe('end')
  })

  test('find a mailbox that was renamed under them', () => {
    const one = logIn()
    one.say('a CREATE Tmp', 'b SELECT Tmp', 'c APPEND Tmp {1+}', 'x')
    const two = logIn({}, { beside: one })
    two.say('d RENAME Tmp Kept')
    expect(one.say('e FETCH 1 UID')[0]).toBe('* 1 FETCH (UID 1)')
    expect(two.say('f STATUS Kept (MESSAGES)')[0]).toBe('* STATUS Kept (MESSAGES 1)')
  })
})

group('IDLE', () => {
  test('tells what comes, goes and is marked, at once', () => {
    const one = select()
    expect(one.say('a IDLE')).toEqual(['+ idling'])
    const inbox = one.state.mailbox('ada')
    inbox.add({ content: 'Subject: four\n\n' })
    expect(one.taken()).toEqual(['* 4 EXISTS', '* 4 RECENT'])
    inbox.change(inbox.messages.slice(0, 1), { how: 'add', flags: ['\\Flagged'] })
    expect(one.taken()).toEqual(['* 1 FETCH (FLAGS (\\Flagged \\Recent))'])
    inbox.expunge([inbox.messages[1]!])
    expect(one.taken()).toEqual(['* 2 EXPUNGE', '* 3 RECENT'])
    expect(one.say('DONE')).toEqual(['a OK Idle completed'])
    inbox.add({ content: 'x' })
    expect(one.taken()).toEqual([])
  })

  test('tells at once what happened before', () => {
    const one = select()
    one.state.mailbox('ada').add({ content: 'x' })
    expect(one.say('a IDLE')).toEqual(['+ idling', '* 4 EXISTS', '* 4 RECENT'])
  })

  test('ends by nothing but DONE', () => {
    expect(logIn().say('a IDLE', 'b NOOP', 'c NOOP')).toEqual([
      '+ idling',
      'a BAD expected DONE',
      'c OK NOOP completed',
    ])
  })

  test('says that it is there every two minutes, and ends after half an hour', async () => {
    const client = logIn()
    client.say('a IDLE')
    await client.network.clock.advance('4m')
    expect(client.taken()).toEqual(['* OK Still here', '* OK Still here'])
    await client.network.clock.advance('25m')
    expect(client.ended).toBe('')
    await client.network.clock.advance('1m')
    expect(client.taken().at(-1)).toBe('* BYE Disconnected for inactivity.')
    expect(client.ended).toBe('end')
    await client.network.clock.advance('4m')
    expect(client.taken()).toEqual([])
  })

  test('keeps for a client that takes nothing only what is so in the end', () => {
    const client = select()
    client.say('a IDLE')
    const inbox = client.state.mailbox('ada')
    client.stall()
    inbox.add({ content: 'first' })
    client.taken()
    for (let count = 0; count < 100; count++) inbox.add({ content: 'x' })
    inbox.expunge(inbox.messages.slice(5))
    expect(client.taken()).toEqual([])
    client.stall(false)
    expect(client.taken()).toEqual(['* 5 EXISTS', '* 5 RECENT'])
  })
})

group('what the client does not take', () => {
  const big = { ada: Array.from({ length: 50 }, (_, at) => `Subject: ${at}\n\n${'x'.repeat(50_000)}\n`) }

  test('is made when it does', () => {
    const client = select({ mail: big })
    client.stall()
    const first = client.say('a FETCH 1:* BODY.PEEK[]', 'b NOOP').join('\r\n')
    expect(first.length).toBeLessThan(200_000)
    let rest = ''
    for (let round = 0; round < 100; round++) {
      client.stall(false)
      rest += client.taken().join('\r\n')
    }
    expect((first + rest).match(/x{50000}/g)).toHaveLength(50)
    expect(rest).toMatch(/a OK Fetch completed\r\nb OK NOOP completed$/)
  })

  test('is given up with the mailbox', () => {
    const client = logIn({ mail: { ada: big.ada.map(content => ({ content, mailbox: 'Big' })) } })
    client.say('a SELECT Big')
    client.stall()
    client.say('b FETCH 1:* BODY.PEEK[]')
    client.state.mailbox('ada', 'Big').account.remove('Big')
    client.stall(false)
    expect(client.ended).toBe('end')
  })
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

group('faults', () => {
  test('are said at their moment with the tag of the command, the time that is asked for', () => {
    const client = select({ faults: [{ at: 'FETCH', nth: 2, reply: 'NO [UNAVAILABLE] try again' }] })
    expect(client.say('a FETCH 1 UID', 'b UID FETCH 1 UID', 'c FETCH 1 UID')).toEqual([
      '* 1 FETCH (UID 1)',
      'a OK Fetch completed',
      'b NO [UNAVAILABLE] try again',
      '* 1 FETCH (UID 1)',
      'c OK Fetch completed',
    ])
  })

  test('end the link by a BYE, in place of the greeting and later', () => {
    const shut = connect({ faults: [{ at: 'connect', reply: '* BYE come back tomorrow' }] })
    expect([shut.greeting, shut.ended]).toEqual(['* BYE come back tomorrow', 'end'])
    const client = logIn({ faults: [{ at: 'SELECT', reply: '* BYE maintenance', drop: 'reset' }] })
    expect(client.say('a SELECT INBOX')).toEqual(['* BYE maintenance'])
    expect(client.ended).toBe('reset')
  })

  test('cut a literal in half', () => {
    const client = select({ faults: [{ at: 'FETCH', cut: true }] })
    expect(client.say('a FETCH 2 BODY[TEXT]')).toEqual(['* 2 FETCH (BODY[TEXT] {5}', 'tw'])
    expect(client.ended).toBe('end')
  })

  test('drop an IDLE when there is something to tell, and keep silent', () => {
    const client = select()
    const { state } = client
    using _silent = state.fault({ at: 'push', times: 1, drop: 'silence' })
    client.say('a IDLE')
    state.mailbox('ada').add({ content: 'x' })
    expect([client.taken(), client.ended]).toEqual([[], ''])
    state.fault({ at: 'push', drop: 'reset' })
    state.mailbox('ada').add({ content: 'x' })
    expect([client.taken(), client.ended]).toEqual([[], 'reset'])
  })

  test('hold back the usual answer on the clock, and what comes after it', async () => {
    const client = select({ faults: [{ at: 'NOOP', times: 1, delay: '1m' }] })
    expect(client.say('a NOOP', 'b CHECK')).toEqual([])
    await client.network.clock.advance('1m')
    expect(client.taken()).toEqual(['a OK NOOP completed', 'b OK Check completed'])
  })

  test('are refused where they are none, and told of where they never happened', () => {
    expect(() => connect({ faults: [{ at: 'RETR' as 'FETCH' }] })).toThrow(
      'imap: expected at of a fault as one of connect',
    )
    expect(() => connect({ faults: [{ at: 'FETCH', reply: '550 no' }] })).toThrow('imap: expected a reply such as NO')
    expect(connect({ faults: [{ at: 'MOVE', reply: 'NO' }] }).fake.unreachedFaults!()).toEqual([
      'the fault at MOVE of imap on imap.example.net never happened: expected one that comes to it, but none did',
    ])
  })
})
