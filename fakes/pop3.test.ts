import { createHash } from 'node:crypto'
import { expect, describe as group, test } from 'vitest'
import type { Connection } from '../net/connection.ts'
import { Network } from '../net/network.ts'
import { Random } from '../net/random.ts'
import { scramOf } from './mail/scram.ts'
import { createPop3, type Pop3Options } from './pop3.ts'

const users = { ada: 'lovelace', faruq: { password: 'secret', policy: '534 5.7.9 application password required' } }
const mail = { ada: ['Subject: one\n\none\n', 'Subject: two\n\n.two\nline 2\nline 3\n'] }

/** One connection to a fake without a socket: what is said to it, and what it says. */
function connect(
  options: Pop3Options = {},
  { port = 110, network = new Network(), id = 1, certificate = undefined as object | undefined } = {},
) {
  const host = { name: 'pop.example.net', names: ['pop.example.net'], addresses: ['198.18.0.1'], alsoAt: [] }
  const site = { network, host, clock: network.clock, random: network.random('pop3') }
  const fake = createPop3({ users, mail, ...options })(site)
  let written: string[] = []
  let ended = ''
  const connection = {
    id,
    seenAs: '198.18.0.2',
    server: { address: '198.18.0.1', port },
    onData: (_chunk: Buffer) => {},
    onEnd: () => {},
    onClose: () => {},
    write: (bytes: string | Buffer) => written.push(typeof bytes === 'string' ? bytes : bytes.toString('latin1')),
    end: () => (ended = 'end'),
    close: () => (ended = 'end'),
    reset: () => (ended = 'reset'),
    startTls: (_options: object, secured: () => void) => secured(),
    clientCertificate: certificate && { isTrusted: true, ...certificate },
    pause: () => {},
    resume: () => {},
    bug: (error: unknown) => {
      throw error
    },
  }
  fake.accept!(connection as unknown as Connection)
  const taken = () => {
    const lines = written.join('').replace(/\r\n$/, '').split('\r\n')
    written = []
    return lines
  }
  return {
    network,
    state: fake.state,
    connection,
    banner: taken()[0]!,
    taken,
    unreachedFaults: () => fake.unreachedFaults!(),
    /** Lines in, lines out. */
    say(...lines: string[]): string[] {
      connection.onData(Buffer.from(lines.map(line => `${line}\r\n`).join('')))
      return taken()
    },
    get writes() {
      return written.length
    },
    get ended() {
      return ended
    },
  }
}

function logIn(...args: Parameters<typeof connect>) {
  const client = connect(...args)
  client.say('USER ada', 'PASS lovelace')
  return client
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const subjects = ({ state }: ReturnType<typeof connect>) => state.mailbox('ada').messages.map(({ subject }) => subject)

test('a session goes as in RFC 1939 §10', () => {
  const client = connect()
  expect(client.banner).toMatch(/^\+OK pop\.example\.net POP3 ready <\d+\.\d+@pop\.example\.net>$/)
  const { say } = client
  expect(say('USER ada')).toEqual(['+OK send PASS'])
  expect(say('PASS lovelace')).toEqual(['+OK 2 messages (59 octets)'])
  expect(say('STAT')).toEqual(['+OK 2 59'])
  expect(say('LIST')).toEqual(['+OK 2 messages (59 octets)', '1 21', '2 38', '.'])
  expect(say('LIST 2')).toEqual(['+OK 2 38'])
  expect(say('RETR 2')).toEqual(['+OK 38 octets', 'Subject: two', '', '..two', 'line 2', 'line 3', '.'])
  expect(say('TOP 2 0')).toEqual(['+OK top of the message follows', 'Subject: two', '', '.'])
  expect(say('TOP 2 2')).toEqual(['+OK top of the message follows', 'Subject: two', '', '..two', 'line 2', '.'])
  expect(say('UIDL')).toEqual(['+OK 2 messages (59 octets)', '1 000000015505766c', '2 000000025505766c', '.'])
  expect(say('UIDL 1')).toEqual(['+OK 1 000000015505766c'])
  expect(say('NOOP')).toEqual(['+OK'])
  expect(say('DELE 1')).toEqual(['+OK message 1 is marked as deleted'])
  expect(say('STAT', 'LIST', 'UIDL')).toEqual([
    '+OK 1 38',
    '+OK 1 message (38 octets)',
    '2 38',
    '.',
    '+OK 1 message (38 octets)',
    '2 000000025505766c',
    '.',
  ])
  expect(say('RSET')).toEqual(['+OK 2 messages (59 octets)'])
  expect(say('DELE 1', 'QUIT').at(-1)).toBe('+OK pop.example.net closes the connection')
  expect(client.ended).toBe('end')
  expect(subjects(client)).toEqual(['two'])
})

group('what is marked as deleted', () => {
  test('is gone after QUIT alone, not when the link dies or nobody says anything', async () => {
    const dead = logIn()
    dead.say('DELE 1')
    dead.connection.onClose()
    expect(subjects(dead)).toEqual(['one', 'two'])
    const silent = logIn({ idleTimeout: '10m' })
    silent.say('DELE 1')
    await silent.network.clock.advance('9m59s')
    expect(silent.ended).toBe('')
    await silent.network.clock.advance('1s')
    expect([silent.ended, silent.writes]).toEqual(['end', 0])
    expect(subjects(silent)).toEqual(['one', 'two'])
  })

  test('cannot be had any more in this session', () => {
    const { say } = logIn()
    say('DELE 1')
    const refused = '-ERR message 1 is marked as deleted'
    expect(say('RETR 1', 'TOP 1 0', 'LIST 1', 'UIDL 1', 'DELE 1')).toEqual(Array(5).fill(refused))
  })
})

test('what was read, whole or its top, is seen by others after QUIT', () => {
  const { say, state } = logIn({ mail: { ada: [...mail.ada, 'Subject: three\n\n'] } })
  say('RETR 1', 'TOP 2 0', 'LIST 3')
  expect(state.mailbox('ada').unseen).toBe(3)
  say('QUIT')
  expect(state.mailbox('ada').messages.map(({ flags }) => flags.seen)).toEqual([true, true, false])
})

test('one session has the maildrop, and the next may have it as soon as that is over', () => {
  const network = new Network()
  const first = logIn({}, { network })
  const second = connect({}, { network, id: 2 })
  expect(second.say('USER ada', 'PASS lovelace')[1]).toBe('-ERR [IN-USE] another session has the maildrop')
  first.say('QUIT')
  expect(second.say('USER ada', 'PASS lovelace')[1]).toBe('+OK 2 messages (59 octets)')
  second.connection.onClose()
  expect(second.state.mailbox('ada').locked).toBe(false)
})

test('a session keeps the messages that it began with', () => {
  const { say, state } = logIn()
  const mailbox = state.mailbox('ada')
  mailbox.add({ content: 'Subject: three\n\n' })
  mailbox.expunge([mailbox.messages[0]!])
  expect(say('STAT')).toEqual(['+OK 2 59'])
  expect(say('RETR 1')[1]).toBe('Subject: one')
  expect(say('RETR 3')).toEqual(['-ERR there is no message 3'])
})

group('a login', () => {
  test('by APOP proves the password by the timestamp of the greeting', () => {
    const { banner, say, state } = connect()
    const digest = (password: string) =>
      createHash('md5')
        .update(/<.*>/.exec(banner)![0] + password)
        .digest('hex')
    expect(say(`APOP ada ${digest('wrong')}`)).toEqual(['-ERR [AUTH] authentication failed'])
    expect(say(`APOP ada ${digest('lovelace').toUpperCase()}`)).toEqual(['+OK 2 messages (59 octets)'])
    expect(state.logins).toEqual([
      { user: 'ada', mechanism: 'APOP', ok: false },
      { user: 'ada', mechanism: 'APOP', ok: true },
    ])
  })

  test('by AUTH PLAIN comes with the command or after its challenge', () => {
    const response = base64('\0ada\0lovelace')
    expect(connect().say(`AUTH PLAIN ${response}`)).toEqual(['+OK 2 messages (59 octets)'])
    expect(connect().say('auth plain', response)).toEqual(['+ ', '+OK 2 messages (59 octets)'])
    expect(connect().say('AUTH PLAIN', '*', 'AUTH PLAIN', '!', 'AUTH PLAIN x=')).toEqual([
      '+ ',
      '-ERR authentication cancelled',
      '+ ',
      '-ERR expected base64',
      '-ERR expected base64',
    ])
    expect(connect().say(`AUTH PLAIN ${base64('\0ada\0no')}`, 'AUTH FOO', 'AUTH')).toEqual([
      '-ERR [AUTH] authentication failed',
      '-ERR authentication mechanism is not known',
      '+OK mechanisms follow',
      'PLAIN',
      '.',
    ])
  })

  test('takes a password with blanks, and a name with its domain', () => {
    const { say } = connect({ users: { ada: ' two  words ' } })
    expect(say('USER ada@example.net', 'PASS  two  words ')[1]).toBe('+OK 2 messages (59 octets)')
  })

  test("by SCRAM goes by challenges, the last of which is the server's proof", () => {
    const { say, state } = connect({ mechanisms: ['SCRAM-SHA-256'] })
    const [challenge] = say(`AUTH SCRAM-SHA-256 ${base64('n,,n=ada,r=abc')}`)
    const serverFirst = Buffer.from(challenge!.slice(2), 'base64').toString()
    const [, nonce, salt] = /^r=(.+),s=(.+),i=4096$/.exec(serverFirst)!
    const message = `n=ada,r=abc,${serverFirst},c=biws,r=${nonce}`
    const given = { password: 'lovelace', salt: Buffer.from(salt!, 'base64'), iterations: 4096, message }
    const { proof, signature } = scramOf('sha256', given)
    expect(say(base64(`c=biws,r=${nonce},p=${proof}`))).toEqual([`+ ${base64(`v=${signature}`)}`])
    expect(say('')).toEqual(['+OK 2 messages (59 octets)'])
    expect(state.logins).toEqual([{ user: 'ada', mechanism: 'SCRAM-SHA-256', ok: true }])
  })

  test('by EXTERNAL goes by the certificate of the client', () => {
    const external = { mechanisms: ['EXTERNAL'] }
    const certificate = { subject: { CN: 'ada' } }
    expect(connect(external, { certificate }).say('AUTH EXTERNAL =')).toEqual(['+OK 2 messages (59 octets)'])
    expect(connect(external).say('AUTH EXTERNAL =')).toEqual(['-ERR [AUTH] authentication failed'])
  })

  test.each([
    [['USER nobody', 'PASS x'], '-ERR [AUTH] authentication failed'],
    [['USER ada', 'PASS byron'], '-ERR [AUTH] authentication failed'],
    [['USER ada', 'PASS byron', 'PASS lovelace'], '-ERR USER first'],
    [['USER faruq', 'PASS secret'], '-ERR [AUTH] application password required'],
    [['PASS lovelace'], '-ERR USER first'],
    [['USER'], '-ERR expected USER name'],
    [['USER  ada ', 'PASS lovelace'], '-ERR [AUTH] authentication failed'],
    [['APOP ada'], '-ERR expected APOP name digest'],
  ])('by %j is refused', (lines, expected) => {
    expect(
      connect()
        .say(...lines)
        .at(-1),
    ).toBe(expected)
  })

  test('waits for TLS where it is required', () => {
    const { say } = connect({ ports: [{ port: 110, stls: 'required' }] })
    expect(say('USER ada', 'AUTH PLAIN =')).toEqual(Array(2).fill('-ERR [AUTH] STLS is required first'))
    expect(say('CAPA')).not.toContain('USER')
    expect(say('STLS')).toEqual(['+OK ready to start TLS'])
    expect(say('CAPA')).toEqual(expect.arrayContaining(['USER', 'SASL PLAIN']))
    expect(say('CAPA')).not.toContain('STLS')
    expect(say('STLS')).toEqual(['-ERR TLS is on'])
    expect(say('USER ada', 'PASS lovelace')[1]).toBe('+OK 2 messages (59 octets)')
  })

  test('is anybody where there are no users', () => {
    const network = new Network()
    const host = { name: 'pop.example.net', names: [], addresses: [], alsoAt: [] }
    const site = { network, host, clock: network.clock, random: network.random('x') }
    const state = createPop3({ mail: { 'bob@example.net': ['Subject: x\n\n'] } })(site).state
    expect(state.mailbox('bob').messages).toHaveLength(1)
    const { say } = connect({ users: {}, mail: {} })
    expect(say('USER eve', 'PASS x')[1]).toBe('-ERR [AUTH] authentication failed')
  })
})

test('capabilities are listed as they are given, and what is not listed is not there', () => {
  expect(connect().say('CAPA')).toEqual([
    '+OK capabilities follow',
    'TOP',
    'UIDL',
    'RESP-CODES',
    'AUTH-RESP-CODE',
    'PIPELINING',
    'STLS',
    'USER',
    'SASL PLAIN',
    'EXPIRE NEVER',
    '.',
  ])
  for (const capability of ['STLS', 'USER', 'SASL PLAIN']) expect(logIn().say('CAPA')).not.toContain(capability)
  const { say, banner } = connect({ capabilities: ['USER', 'IMPLEMENTATION test'], apop: false })
  expect(banner).toBe('+OK pop.example.net POP3 ready')
  expect(say('CAPA')).toEqual(['+OK capabilities follow', 'USER', 'IMPLEMENTATION test', '.'])
  expect(say('STLS', 'AUTH PLAIN', 'APOP a b', 'UIDL')).toEqual(
    ['STLS', 'AUTH', 'APOP', 'UIDL'].map(verb => `-ERR unknown command ${verb}`),
  )
  expect(say('USER ada', 'PASS no')[1]).toBe('-ERR authentication failed')
})

test.each([
  ['STAT', '-ERR STAT is not possible before a login'],
  ['RETR 1', '-ERR RETR is not possible before a login'],
  ['FOO bar', '-ERR unknown command FOO'],
  ['', '-ERR unknown command '],
  [`NOOP ${'x'.repeat(13_000)}`, '-ERR line of 13007 octets is too long'],
  ['STLS now', '-ERR STLS takes no arguments'],
])('before a login %j is refused', (line, expected) => {
  expect(connect().say(line)).toEqual([expected])
})

test.each([
  ['USER ada', '-ERR USER is not possible after a login'],
  ['STLS', '-ERR STLS is not possible after a login'],
  ['RETR', '-ERR expected RETR message'],
  ['RETR 0', '-ERR there is no message 0'],
  ['RETR -1', '-ERR expected RETR message'],
  ['RETR 1 ', '-ERR expected RETR message'],
  ['RETR\t1', '-ERR unknown command RETR?1'],
  ['RETR 99999999999', '-ERR expected RETR message'],
  ['TOP 1', '-ERR expected TOP message lines'],
  ['TOP 1 2 3', '-ERR expected TOP message lines'],
  ['LIST x', '-ERR expected LIST [message]'],
  ['DELE 3', '-ERR there is no message 3'],
  ['STAT 1', '-ERR STAT takes no arguments'],
])('after a login %j is refused', (line, expected) => {
  expect(logIn().say(line)).toEqual([expected])
})

test('too many refused commands end the connection', () => {
  const client = connect({ maxErrors: 3 })
  client.say('A', 'B')
  expect(client.ended).toBe('')
  client.say('C')
  expect(client.ended).toBe('end')
})

test('a batch of commands is answered by one write', () => {
  const client = connect()
  client.connection.onData(Buffer.from('USER ada\r\nPASS lovelace\r\nSTAT\r\nLIST\r\nRETR 1\r\n'))
  expect(client.writes).toBe(1)
})

group('faults', () => {
  test('are said at their moment, the time that is asked for', () => {
    const { say, state } = logIn({ faults: [{ at: 'RETR', nth: 2, reply: '-ERR [SYS/TEMP] try again' }] })
    expect(say('RETR 1')[0]).toBe('+OK 21 octets')
    expect(say('RETR 1')).toEqual(['-ERR [SYS/TEMP] try again'])
    expect(say('RETR 1')[0]).toBe('+OK 21 octets')
    state.faults.push({ at: 'QUIT', drop: 'reset' })
    say('DELE 1', 'QUIT')
    expect(state.mailbox('ada').messages).toHaveLength(2)
  })

  test('end the connection in place of the greeting', () => {
    const client = connect({ faults: [{ at: 'connect', reply: '-ERR [SYS/PERM] closed', drop: 'end' }] })
    expect([client.banner, client.ended]).toEqual(['-ERR [SYS/PERM] closed', 'end'])
  })

  test('are refused where they are no response', () => {
    expect(() => connect({ faults: [{ at: 'STAT', reply: '550 no' }] })).toThrow('pop3: expected a status')
    expect(() => connect({ faults: [{ at: 'STATS' as 'STAT' }] })).toThrow(
      'pop3: expected at of a fault as one of connect, CAPA',
    )
  })

  test('are octets that are no response, silence, and undone by their guards', () => {
    const { say, state, unreachedFaults } = logIn({ faults: [{ at: 'STAT', times: 1, raw: '220 smtp\r\n' }] })
    expect(say('STAT', 'STAT')).toEqual(['220 smtp', '+OK 2 59'])
    const guard = state.fault({ at: 'NOOP', drop: 'silence' })
    expect(say('NOOP', 'STAT')).toEqual(['+OK 2 59'])
    guard[Symbol.dispose]()
    expect(say('NOOP')).toEqual(['+OK'])
    state.fault({ at: 'QUIT', reply: '-ERR no' })
    expect(unreachedFaults()).toEqual([
      'the fault at QUIT of pop3 on pop.example.net never happened: expected one that comes to it, but none did',
    ])
  })

  test('hold back the usual response on the clock of the network, and what comes after it', async () => {
    const { network, say, taken } = logIn({ faults: [{ at: 'RETR', times: 1, delay: '1m' }] })
    expect(say('RETR 1', 'NOOP')).toEqual([''])
    await network.clock.advance('59s')
    expect(taken()).toEqual([''])
    await network.clock.advance('1s')
    expect(taken()).toEqual(['+OK 21 octets', 'Subject: one', '', 'one', '.', '+OK'])
  })

  test('do not make idle who waits for them', async () => {
    const client = logIn({ idleTimeout: '10m', faults: [{ at: 'RETR', delay: '19m' }] })
    client.say('RETR 1')
    await client.network.clock.advance('19m')
    expect([client.taken()[0], client.ended]).toEqual(['+OK 21 octets', ''])
    await client.network.clock.advance('9m59s')
    expect(client.ended).toBe('')
    await client.network.clock.advance('1s')
    expect(client.ended).toBe('end')
  })

  test('that come when the client has gone leave its maildrop to others', async () => {
    const { network, say, connection, state, taken } = connect({ faults: [{ at: 'PASS', delay: '1m' }] })
    say('USER ada', 'PASS lovelace')
    connection.onClose()
    await network.clock.advance('1m')
    expect(taken()).toEqual([''])
    expect(state.mailbox('ada').locked).toBe(false)
    expect(state.logins).toEqual([])
  })
})

test('any octets are answered, and no session harms the mail of another', () => {
  const random = new Random('pop3 fake')
  const words = ['USER ada', 'PASS lovelace', 'STAT', 'LIST', 'RETR 1', 'TOP 1 1', 'UIDL', 'RSET', 'AUTH PLAIN', 'CAPA']
  for (let round = 0; round < 200; round++) {
    const client = connect({ maxErrors: 1000 })
    for (let turn = 0; turn < 20; turn++) {
      const line = random.below(4) === 0 ? random.text(random.below(40), 'RETR 1\0\xff\t') : words[random.below(10)]!
      client.say(line)
    }
    client.connection.onClose()
    expect(subjects(client)).toEqual(['one', 'two'])
    expect(client.state.mailbox('ada').locked).toBe(false)
  }
})
