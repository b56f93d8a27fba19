import { expect, describe as group, test } from 'vitest'
import { logIn, select } from './in-tests.ts'

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
    expect(client.taken().slice(-2)).toEqual([
      'b OK Fetch completed',
      '* BYE Selected mailbox was deleted, have to disconnect.',
    ])
    expect(client.ended).toBe('end')
  })

  test('ends with the link, without a word in the middle of it', async () => {
    const client = select({ mail: big })
    client.stall()
    client.say('a FETCH 1:* BODY.PEEK[]')
    await client.network.clock.advance('30m')
    expect([client.taken(), client.ended]).toEqual([[], 'end'])
  })
})
