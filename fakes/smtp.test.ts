import { expect, describe as group, test } from 'vitest'
import type { Connection } from '../net/connection.ts'
import { Network } from '../net/network.ts'
import { Random } from '../net/random.ts'
import { addPiece } from './smtp/content.ts'
import { createSmtp, type SmtpOptions } from './smtp.ts'

/** One connection to a fake without a socket: what is said to it, and what it says. */
function connect(
  options: SmtpOptions,
  {
    port = 25,
    address = '77.233.155.107',
    network = new Network(),
    certificate = undefined as object | undefined,
  } = {},
) {
  const host = { name: 'mx.example.net', names: ['mx.example.net'], addresses: ['198.18.0.1'], alsoAt: [] }
  const fake = createSmtp(options)({ network, host, clock: network.clock, random: network.random('smtp') })
  let written: string[] = []
  let ended = ''
  const link = { id: 1, seenAs: address, server: { address: '198.18.0.1', port } }
  const connection = {
    ...link,
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
    banner: taken(),
    /** Lines in, lines out. */
    say(...lines: string[]): string[] {
      connection.onData(Buffer.from(lines.map(line => `${line}\r\n`).join('')))
      return taken()
    },
    raw: (octets: Uint8Array) => {
      connection.onData(Buffer.from(octets))
      return taken()
    },
    taken,
    get writes() {
      return written.length
    },
    get ended() {
      return ended
    },
  }
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const users = { ada: 'lovelace', faruq: { password: 'secret', aliases: ['postmaster', 'root'] } }

group('a plain server', () => {
  test('answers the mail of RFC 5321 appendix D.1', () => {
    const { banner, say, state } = connect({})
    expect(banner).toEqual(['220 mx.example.net ESMTP'])
    expect(say('EHLO bar.com')).toEqual([
      '250-mx.example.net greets bar.com',
      '250-PIPELINING',
      '250-SIZE 35882577',
      '250-STARTTLS',
      '250-ENHANCEDSTATUSCODES',
      '250-8BITMIME',
      '250-DSN',
      '250-SMTPUTF8',
      '250 CHUNKING',
    ])
    expect(say('MAIL FROM:<Smith@bar.com>')).toEqual(['250 2.1.0 sender accepted'])
    expect(say('RCPT TO:<Jones@foo.com>')).toEqual(['250 2.1.5 recipient accepted'])
    expect(say('DATA')).toEqual(['354 go ahead, end with <CRLF>.<CRLF>'])
    expect(say('Subject: x', '', 'Blah blah blah...', '..etc.', '.')).toEqual([
      expect.stringMatching(/^250 2\.0\.0 accepted as [0-9A-F]{11}$/),
    ])
    expect(say('QUIT')).toEqual(['221 2.0.0 mx.example.net closes the connection'])
    expect(state.delivered).toMatchObject([
      { from: 'Smith@bar.com', to: ['Jones@foo.com'], subject: 'x', text: 'Blah blah blah...\n.etc.' },
    ])
  })

  test('writes once for a batch of commands', () => {
    const client = connect({})
    client.say('EHLO me')
    client.connection.onData(Buffer.from('MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n'))
    expect(client.writes).toBe(1)
    expect(client.taken().map(line => line.slice(0, 3))).toEqual(['250', '250', '250', '354'])
  })

  test.each([
    ['MAIL', 'MAIL FROM:<a@b>'],
    ['AUTH', 'AUTH PLAIN'],
    ['RCPT', 'RCPT TO:<a@b>'],
    ['DATA', 'DATA'],
  ])('refuses %s before a greeting', (_verb, line) => {
    expect(connect({}).say(line)).toEqual(['503 5.5.1 EHLO or HELO first'])
  })

  test.each([
    [['MAIL FROM:<a@b>'], 'MAIL FROM:<a@b>', '503 5.5.1 nested MAIL command'],
    [[], 'RCPT TO:<a@b>', '503 5.5.1 MAIL first'],
    [[], 'DATA', '503 5.5.1 MAIL first'],
    [['MAIL FROM:<a@b>'], 'DATA', '554 5.5.1 no valid recipients'],
    [['MAIL FROM:<a@b>'], 'AUTH PLAIN', '503 5.5.1 AUTH is out of order in a mail'],
    [['MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'BDAT 0'], 'DATA', '503 5.5.1 DATA is out of order after BDAT'],
    [['MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'BDAT 0'], 'RCPT TO:<c@d>', '503 5.5.1 RCPT is out of order after BDAT'],
    [[], 'FOO', '500 5.5.2 command not recognized'],
    [[], '', '500 5.5.2 command not recognized'],
    [[], 'EHLO', '501 expected a host name after EHLO'],
    [[], 'MAIL FROM:<a@b> FOO=1', '555 5.5.4 parameter FOO is not known'],
    [[], 'MAIL FROM:<a@b> SIZE=x', '501 5.5.4 SIZE=x is not understood'],
    [[], 'MAIL FROM:<a@b> SIZE=35882578', '552 5.3.4 a mail may have at most 35882577 octets'],
    [[], 'MAIL FROM:<a@b> BODY=9BIT', '555 5.5.4 BODY=9BIT is not understood'],
    [[], 'MAIL FROM:<a@b> RET=NONE', '501 5.5.4 RET=NONE is not understood'],
    [[], 'MAIL FROM:<é@b>', '553 5.6.7 an address beyond ASCII needs SMTPUTF8'],
    [['MAIL FROM:<a@b>'], 'RCPT TO:<c@d> NOTIFY=NEVER,DELAY', '501 5.5.4 NOTIFY=NEVER,DELAY is not understood'],
    [['MAIL FROM:<a@b>'], 'RCPT TO:<c@d> ORCPT=x', '501 5.5.4 ORCPT=x is not understood'],
    [[], 'BDAT x', '521 5.5.4 expected BDAT octets [LAST]'],
    [[], 'STARTTLS now', '501 5.5.4 STARTTLS takes no arguments'],
    [[], 'EXPN list', '502 5.5.1 EXPN is not offered'],
    [[], 'VRFY ada', '252 2.0.0 send some mail, it will be tried'],
    [[], 'NOOP anything', '250 2.0.0 OK'],
    [[], `NOOP ${'x'.repeat(3000)}`, '500 5.5.2 line of 3007 octets is too long'],
  ])('after %j answers %s with %s', (before, line, expected) => {
    const { say } = connect({})
    say('EHLO me', ...before)
    expect(say(line)).toEqual([expected])
  })

  test('answers STARTTLS and VRFY before a greeting', () => {
    expect(connect({}).say('STARTTLS')).toEqual(['220 2.0.0 ready to start TLS'])
    expect(connect({}).say('VRFY a')).toEqual(['252 2.0.0 send some mail, it will be tried'])
  })

  test.each(['GET / HTTP/1.1', 'POST / HTTP/1.1', 'CONNECT a:25 HTTP/1.1'])('ends at a browser: %s', line => {
    const client = connect({})
    expect(client.say(line)).toEqual(['221 2.7.0 this is no web server'])
    expect(client.ended).toBe('end')
  })

  test('offers nothing to a client that says HELO, and takes parameters all the same', () => {
    const { say } = connect({})
    expect(say('HELO me')).toEqual(['250 mx.example.net greets me'])
    expect(say('MAIL FROM:<a@b> SIZE=1')).toEqual(['250 2.1.0 sender accepted'])
  })

  test('says no enhanced codes where it does not list them', () => {
    const { say } = connect({ extensions: ['8BITMIME'] })
    expect(say('EHLO me')).toEqual(['250-mx.example.net greets me', '250 8BITMIME'])
    expect(say('NOOP')).toEqual(['250 OK'])
    expect(say('STARTTLS')).toEqual(['502 TLS is not offered'])
    expect(say('BDAT 3', 'ab')).toEqual(['502 BDAT is not offered', '500 command not recognized'])
  })

  test('forgets a mail by RSET, EHLO and HELO', () => {
    for (const verb of ['RSET', 'EHLO me', 'HELO me']) {
      const { say } = connect({})
      say('EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', verb)
      expect(say('DATA')).toEqual(['503 5.5.1 MAIL first'])
    }
  })

  test('keeps the octets of chunks, dots and bare line ends included', () => {
    const { say, raw, state } = connect({})
    say('EHLO me', 'MAIL FROM:<a@b> BODY=8BITMIME', 'RCPT TO:<c@d>')
    expect(raw(Buffer.from('BDAT 9\r\nA: b\r\n\r\n.'))).toEqual(['250 2.0.0 9 octets received'])
    expect(raw(Buffer.from('BDAT 6 LAST\r\n\r\n.\n\xff\r', 'latin1'))).toEqual([
      expect.stringMatching(/^250 2\.0\.0 accepted/),
    ])
    expect(state.delivered[0]!.content).toEqual(Buffer.from('A: b\r\n\r\n.\r\n.\n\xff\r', 'latin1'))
    expect(state.delivered[0]!.envelope.body).toBe('8BITMIME')
  })

  test('holds a mail of many small chunks in few pieces', () => {
    const pieces: Buffer[] = []
    for (let i = 0; i < 200_000; i++) addPiece(pieces, Buffer.of(i & 0xff))
    expect(pieces.length).toBeLessThan(30)
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(Array.from({ length: 200_000 }, (_, i) => i & 0xff)))
  })

  test('reads a refused chunk before it says why', () => {
    const { say, raw, state } = connect({})
    say('EHLO me')
    expect(raw(Buffer.from('BDAT 10\r\nQUIT\r\n'))).toEqual([''])
    expect(raw(Buffer.from('RSETNOOP\r\n'))).toEqual(['503 5.5.1 MAIL first', '250 2.0.0 OK'])
    expect(state.delivered).toEqual([])
  })

  test('refuses a mail that is too large when it has been read, by DATA and by BDAT', () => {
    const { say, raw, state } = connect({ maxBytes: 10 })
    say('EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA')
    expect(say('1234567890', '.')).toEqual(['552 5.3.4 a mail may have at most 10 octets'])
    say('MAIL FROM:<a@b>', 'RCPT TO:<c@d>')
    expect(raw(Buffer.from('BDAT 11\r\n12345678901'))).toEqual(['552 5.3.4 a mail may have at most 10 octets'])
    expect(say('BDAT 0 LAST')).toEqual(['503 5.5.1 MAIL first'])
    expect(state.delivered).toEqual([])
  })

  test('keeps what was asked for in the envelope', () => {
    const { say, state } = connect({})
    say('EHLO me', 'MAIL FROM:<é@b.org> SIZE=5 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb AUTH=<>')
    expect(say('RCPT TO:<ü@d.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+40y', 'DATA', 'x', '.')).toHaveLength(3)
    expect(state.delivered[0]!.envelope).toEqual({
      from: 'é@b.org',
      to: [{ address: 'ü@d.org', notify: 'SUCCESS,DELAY', orcpt: 'rfc822;x@y' }],
      body: '8BITMIME',
      smtpUtf8: true,
      ret: 'HDRS',
      envid: 'a+b',
    })
  })

  test('takes no more recipients than it is told', () => {
    const { say, state } = connect({ maxRecipients: 1 })
    say('EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>')
    expect(say('RCPT TO:<e@f>')).toEqual(['452 4.5.3 too many recipients'])
    say('DATA', 'x', '.')
    expect(state.delivered[0]!.to).toEqual(['c@d'])
  })

  test('ends a connection after too many errors', () => {
    const client = connect({ maxErrors: 3 })
    expect(client.say('A', 'B', 'C', 'NOOP')).toEqual([
      '500 5.5.2 command not recognized',
      '500 5.5.2 command not recognized',
      '500 5.5.2 command not recognized',
      '421 4.7.0 too many errors',
    ])
    expect(client.ended).toBe('end')
  })

  test('ends a connection on which nothing is said, and not one on which something is', async () => {
    const client = connect({ idleTimeout: '5m' })
    await client.network.clock.advance('4m')
    expect(client.say('NOOP')).toEqual(['250 2.0.0 OK'])
    await client.network.clock.advance('4m59s')
    expect(client.ended).toBe('')
    await client.network.clock.advance('1s')
    expect(client.taken()).toEqual(['421 4.4.2 timeout, closing the connection'])
    expect(client.ended).toBe('end')
  })

  test('refuses a mail that has been received a hundred times', () => {
    const { say } = connect({})
    say('EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA')
    const hops = Array.from({ length: 100 }, () => 'Received: from x')
    expect(say(...hops, '', 'x', '.')).toEqual(['554 5.4.6 the mail goes round in circles'])
    say('MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA')
    expect(say(...hops.slice(1), '', 'Received: in the body', '.')[0]).toMatch(/^250 /)
  })

  test('keeps as many mails as it is told, the newest', () => {
    const { say, state } = connect({ keep: 2 })
    say('EHLO me')
    for (const word of ['one', 'two', 'three']) say('MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA', `Subject: ${word}`, '.')
    expect(state.delivered.map(({ subject }) => subject)).toEqual(['two', 'three'])
    expect(state.mailbox('c@d').messages).toHaveLength(2)
  })
})

group('a server of Google', () => {
  const gmail: SmtpOptions = {
    name: 'mx.google.com',
    style: 'gsmtp',
    ports: [25],
    users,
    domains: ['gmail.com', 'google.com'],
    extensions: ['SIZE', '8BITMIME', 'STARTTLS', 'ENHANCEDSTATUSCODES', 'PIPELINING', 'CHUNKING', 'SMTPUTF8'],
  }
  const id = '[a-z]\\d{1,2}si\\d{7,8}[a-z]{3}\\.\\d{1,3} - gsmtp'

  test('has the words of its replies', () => {
    const { banner, say } = connect(gmail)
    expect(banner).toEqual([expect.stringMatching(new RegExp(`^220 mx\\.google\\.com ESMTP ${id}$`))])
    expect(say('EHLO debian6box.localdomain.loc')).toEqual([
      '250-mx.google.com at your service, [77.233.155.107]',
      '250-SIZE 35882577',
      '250-8BITMIME',
      '250-STARTTLS',
      '250-ENHANCEDSTATUSCODES',
      '250-PIPELINING',
      '250-CHUNKING',
      '250 SMTPUTF8',
    ])
    const said = say('MAIL FROM:<me@example.org>', 'RCPT TO:<ada@gmail.com>', 'DATA').concat(say('x', '.', 'QUIT'))
    const patterns = [
      `250 2.1.0 OK ${id}`,
      `250 2.1.5 OK ${id}`,
      `354 Go ahead ${id}`,
      `250 2.0.0 OK 1426421356 ${id}`,
      `221 2.0.0 closing connection ${id}`,
    ]
    expect(said).toEqual(patterns.map(pattern => expect.stringMatching(new RegExp(`^${pattern}$`))))
  })

  test('knows its users and nobody else', () => {
    const { say } = connect(gmail)
    say('EHLO me', 'MAIL FROM:<me@example.org>')
    expect(say('RCPT TO:<nobody@gmail.com>')[0]).toMatch(/^550-5\.1\.1 /)
    expect(say('RCPT TO:<ada@example.org>')[0]).toMatch(/^550 5\.7\.1 /)
    expect(say('RCPT TO:<Ada+shop@google.com>')[0]).toMatch(/^250 2\.1\.5 /)
  })

  test('says the same to the same seed', () => {
    expect(connect(gmail).banner).toEqual(connect(gmail).banner)
    expect(connect(gmail, { network: new Network({ seed: 2 }) }).banner).not.toEqual(connect(gmail).banner)
  })
})

group('a submission server', () => {
  test('takes no mail before TLS and then none before a login', () => {
    const { say } = connect({ users }, { port: 587 })
    expect(say('EHLO me').join()).not.toContain('AUTH')
    expect(say('MAIL FROM:<a@b>')).toEqual(['530 5.7.0 STARTTLS is required first'])
    expect(say('AUTH PLAIN')).toEqual(['530 5.7.0 STARTTLS is required first'])
    expect(say('STARTTLS')).toEqual(['220 2.0.0 ready to start TLS'])
    expect(say('MAIL FROM:<a@b>')).toEqual(['503 5.5.1 EHLO or HELO first'])
    expect(say('EHLO me')).toContain('250-AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2')
    expect(say('MAIL FROM:<a@b>')).toEqual(['530 5.7.0 authentication is required'])
    expect(say(`AUTH PLAIN ${base64('\0ada\0lovelace')}`)).toEqual(['235 2.7.0 authenticated'])
    expect(say('AUTH PLAIN')).toEqual(['503 5.5.1 already authenticated'])
    expect(say('MAIL FROM:<a@b>', 'RCPT TO:<far@away.example>')).toEqual([
      '250 2.1.0 sender accepted',
      '250 2.1.5 recipient accepted',
    ])
  })

  test('speaks of TLS and logins as Google does', () => {
    const { say } = connect({ users, style: 'gsmtp', ports: [{ port: 587, startTls: 'required' }] }, { port: 587 })
    say('EHLO me')
    expect(say('MAIL FROM:<a@b>')[0]).toMatch(/^530 5\.7\.0 Must issue a STARTTLS command first\. .* - gsmtp$/)
    expect(say('STARTTLS')).toEqual(['220 2.0.0 Ready to start TLS'])
    say('EHLO me')
    expect(say('MAIL FROM:<a@b>')[0]).toMatch(/^530 5\.5\.1 Authentication Required\. .* - gsmtp$/)
    expect(say('AUTH XOAUTH')[0]).toMatch(/^504 5\.7\.4 /)
    expect(say(`AUTH PLAIN ${base64('\0ada\0lovelace')}`)).toEqual(['235 2.7.0 Accepted'])
  })

  test('drops what was said before TLS in the same segment', () => {
    const { raw } = connect({ users }, { port: 587 })
    expect(raw(Buffer.from('EHLO me\r\nSTARTTLS\r\nEHLO evil\r\nNOOP\r\n')).at(-1)).toBe('220 2.0.0 ready to start TLS')
  })

  test('wants no password in the clear where TLS is offered', () => {
    const { say } = connect({ users, ports: [{ port: 25, auth: 'offered' }] })
    say('EHLO me')
    expect(say('AUTH PLAIN')).toEqual(['503 5.5.1 authentication needs encryption'])
  })
})

group('AUTH', () => {
  const open: SmtpOptions = {
    users,
    ports: [{ port: 25, startTls: 'none', auth: 'offered' }],
    mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-256', 'XOAUTH2', 'OAUTHBEARER', 'EXTERNAL', 'XOAUTH'],
  }
  const greeted = (options = open) => {
    const client = connect(options)
    client.say('EHLO me')
    return client
  }

  test.each([
    ['PLAIN at once', [`AUTH PLAIN ${base64('\0ada\0lovelace')}`], ['235']],
    ['PLAIN when asked', ['AUTH PLAIN', base64('\0ada\0lovelace')], ['334 ', '235']],
    ['PLAIN for oneself', [`auth plain ${base64('ada\0ada\0lovelace')}`], ['235']],
    ['PLAIN for somebody else', [`AUTH PLAIN ${base64('faruq\0ada\0lovelace')}`], ['535 5.7.8']],
    ['PLAIN with a domain', [`AUTH PLAIN ${base64('\0ada@example.net\0lovelace')}`], ['235']],
    ['PLAIN with a wrong password', [`AUTH PLAIN ${base64('\0ada\0byron')}`], ['535 5.7.8']],
    ['PLAIN of nobody', [`AUTH PLAIN ${base64('\0nobody\0x')}`], ['535 5.7.8']],
    ['PLAIN of a strange domain', [`AUTH PLAIN ${base64('\0ada@elsewhere.example\0lovelace')}`], ['535 5.7.8']],
    ['an empty PLAIN', ['AUTH PLAIN ='], ['501 5.5.2']],
    ['PLAIN that is not base64', ['AUTH PLAIN !!'], ['501 5.5.2']],
    ['an answer that is not base64', ['AUTH PLAIN', 'a'], ['334 ', '501 5.5.2']],
    ['LOGIN', ['AUTH LOGIN', base64('ada'), base64('lovelace')], ['334 VXNlcm5hbWU6', '334 UGFzc3dvcmQ6', '235']],
    ['LOGIN with a name at once', [`AUTH LOGIN ${base64('ada')}`, base64('lovelace')], ['334 UGFzc3dvcmQ6', '235']],
    ['LOGIN that is cancelled', ['AUTH LOGIN', '*'], ['334', '501 5.7.0']],
    ['LOGIN with a wrong password', ['AUTH LOGIN', base64('ada'), base64('x')], ['334', '334', '535 5.7.8']],
    ['XOAUTH2', [`AUTH XOAUTH2 ${base64('user=ada\x01auth=Bearer lovelace\x01\x01')}`], ['235']],
    [
      'XOAUTH2 with a wrong token',
      [`AUTH XOAUTH2 ${base64('user=ada\x01auth=Bearer x\x01\x01')}`, ''],
      ['334 eyJzdGF0dXMi', '535 5.7.8'],
    ],
    ['OAUTHBEARER', [`AUTH OAUTHBEARER ${base64('n,a=ada,\x01auth=Bearer lovelace\x01\x01')}`], ['235']],
    ['SCRAM without a proof', [`AUTH SCRAM-SHA-256 ${base64('n,,n=ada,r=abc')}`, ''], ['334 cj1hYmM8', '501 5.5.2']],
    ['a mechanism that is listed and not there', ['AUTH XOAUTH abc'], ['504 5.5.4']],
    ['a mechanism that is unknown', ['AUTH GSSAPI'], ['504 5.5.4']],
    ['no mechanism', ['AUTH'], ['501 5.5.4']],
    ['CRAM-MD5 with an initial response', ['AUTH CRAM-MD5 YQ=='], ['501 5.5.2']],
    ['an answer that is too long', ['AUTH LOGIN', 'x'.repeat(12_300)], ['334', '500 5.5.2']],
  ])('takes or refuses %s', (_what, lines, expected) => {
    const { say } = greeted()
    const said = lines.map(line => say(line)[0]!)
    expect(said.map((line, index) => line.slice(0, expected[index]!.length))).toEqual(expected)
    expect(say('NOOP')).toEqual(['250 2.0.0 OK'])
  })

  test('CRAM-MD5 asks by time and chance of the network and refuses a wrong digest', () => {
    const { say } = greeted()
    const challenge = Buffer.from(say('AUTH CRAM-MD5')[0]!.slice(4), 'base64').toString()
    expect(challenge).toMatch(/^<\d+\.1426421356@mx\.example\.net>$/)
    expect(say(base64('ada 00000000000000000000000000000000'))[0]).toMatch(/^535 5\.7\.8/)
  })

  test('a policy refuses an account with its own reply', () => {
    const policy = '534 5.7.9 Application-specific password required'
    const { say, state } = greeted({ ...open, users: { ada: { password: 'lovelace', policy } } })
    expect(say(`AUTH PLAIN ${base64('\0ada\0lovelace')}`)).toEqual([policy])
    expect(state.logins).toEqual([{ user: 'ada', mechanism: 'PLAIN', ok: false }])
  })

  const subject = (CN: string) => ({ subject: { CN } })
  test.each<[string, object | undefined, string, string]>([
    ['the name in it', subject('ada'), '=', '235 2.7.0 authenticated'],
    ['a name of the same user', subject('ada'), base64('ada@example.net'), '235 2.7.0 authenticated'],
    [
      'its mail address',
      { subject: {}, subjectaltname: 'DNS:x, email:ada@example.net' },
      '=',
      '235 2.7.0 authenticated',
    ],
    ['another name', subject('ada'), base64('faruq'), '535 5.7.8 authentication failed'],
    ['a name that nobody has', subject('eve'), '=', '535 5.7.8 authentication failed'],
    ['one that nobody trusts', { ...subject('ada'), isTrusted: false }, '=', '535 5.7.8 authentication failed'],
    ['no certificate', undefined, base64('ada'), '535 5.7.8 authentication failed'],
  ])('EXTERNAL goes by the certificate of the client: %s', (_what, certificate, response, expected) => {
    const { say } = connect(open, { certificate })
    say('EHLO me')
    expect(say(`AUTH EXTERNAL ${response}`)).toEqual([expected])
  })

  test('without users whoever logs in is taken for who they say', () => {
    const { users: _users, ...anybody } = open
    const { say, state } = greeted(anybody)
    expect(say(`AUTH PLAIN ${base64('\0whoever\0x')}`)).toEqual(['235 2.7.0 authenticated'])
    expect(state.logins).toEqual([{ user: 'whoever', mechanism: 'PLAIN', ok: true }])
  })
})

group('rules', () => {
  const begin = (options: SmtpOptions, where = {}) => {
    const client = connect(options, where)
    client.say('EHLO me', 'MAIL FROM:<me@example.org>')
    return client
  }

  test('an alias is its user, the postmaster needs no domain', () => {
    const { say, state } = begin({ users })
    expect(say('RCPT TO:<root@example.net>', 'RCPT TO:<Postmaster>', 'DATA').map(line => line.slice(0, 3))).toEqual([
      '250',
      '250',
      '354',
    ])
    say('x', '.')
    expect(state.mailbox('faruq').messages).toHaveLength(1)
    expect(state.mailbox('ada').messages).toHaveLength(0)
  })

  test('mail for elsewhere is taken from the ranges that may relay', () => {
    const relayFor = ['127.0.0.0/8', '10.0.2.0/24']
    expect(begin({ users, relayFor }).say('RCPT TO:<a@far.example>')).toEqual(['554 5.7.1 relaying denied'])
    expect(begin({ users, relayFor }, { address: '10.0.2.15' }).say('RCPT TO:<a@far.example>')).toEqual([
      '250 2.1.5 recipient accepted',
    ])
  })

  test('a full mailbox refuses by 452, at the recipient or when the mail does not fit', () => {
    const { say, state } = begin({ users: { ada: { password: 'x', quotaBytes: 200 } } })
    say('RCPT TO:<ada@example.net>', 'DATA')
    expect(say('1'.repeat(200), '.')).toEqual(['452 4.2.2 mailbox full'])
    say('MAIL FROM:<a@b>', 'RCPT TO:<ada@example.net>', 'DATA', '12345678', '.')
    state.mailbox('ada').account.quota = { octets: state.mailbox('ada').octets }
    expect(state.mailbox('ada').messages).toHaveLength(1)
    say('MAIL FROM:<a@b>')
    expect(say('RCPT TO:<ada@example.net>')).toEqual(['452 4.2.2 mailbox full'])
  })

  test('greylisting turns away until its time has passed, each sender and recipient by itself', async () => {
    const { say, network } = begin({ greylist: '5m' })
    expect(say('RCPT TO:<ada@example.net>')).toEqual(['451 4.7.1 greylisted, try again later'])
    await network.clock.advance('4m59s')
    expect(say('RCPT TO:<ada@example.net>')).toEqual(['451 4.7.1 greylisted, try again later'])
    await network.clock.advance('1s')
    expect(say('RCPT TO:<ada@example.net>')).toEqual(['250 2.1.5 recipient accepted'])
    expect(say('RCPT TO:<faruq@example.net>')).toEqual(['451 4.7.1 greylisted, try again later'])
  })

  test.each<[string | undefined, string, number]>([
    [undefined, 'ada+shop', 250],
    [undefined, 'ada+shop+more', 250],
    [undefined, 'ADA+Shop', 250],
    [undefined, 'ada-shop', 550],
    [undefined, '+ada', 550],
    [undefined, 'ada+', 250],
    ['-+', 'ada-shop', 250],
    ['-+', 'root+x', 250],
    ['', 'ada+shop', 550],
    ['', 'eve+x', 250],
  ])('with the delimiter %j mail for %s is answered %i', (recipientDelimiter, local, code) => {
    const options = recipientDelimiter === undefined ? {} : { recipientDelimiter }
    const { say, state } = begin({ users: { ...users, 'eve+x': 'x' }, ...options })
    expect(say(`RCPT TO:<${local}@example.net>`)[0]).toMatch(new RegExp(`^${code} `))
    say('DATA', 'x', '.')
    const owners = [...Object.keys(users), 'eve+x'].filter(user => state.mailbox(user).messages.length > 0)
    expect(owners).toHaveLength(code === 250 ? 1 : 0)
  })

  test('who sends too much is refused until the window has passed, each sender by itself', async () => {
    const { say, network } = connect({ rateLimits: [{ by: 'sender', most: 2, per: '1m' }] })
    const send = (from: string) => say(`MAIL FROM:<${from}>`, 'RSET')[0]
    say('EHLO me')
    expect([send('a@b'), send('A@b'), send('a@b')]).toEqual([
      '250 2.1.0 sender accepted',
      '250 2.1.0 sender accepted',
      '450 4.7.1 too many messages from this sender, try again later',
    ])
    expect(send('c@b')).toMatch(/^250 /)
    await network.clock.advance('59s')
    expect(send('a@b')).toMatch(/^450 /)
    await network.clock.advance('1s')
    expect(send('a@b')).toMatch(/^250 /)
  })

  test('recipients have a limit of their own, over several mails of a client', () => {
    const { say } = begin({ rateLimits: [{ of: 'recipients', most: 2 }] })
    const named = () => say('RCPT TO:<a@example.net>')[0]
    expect([named(), named(), named()].map(line => line!.slice(0, 9))).toEqual(['250 2.1.5', '250 2.1.5', '450 4.7.1'])
    say('RSET', 'MAIL FROM:<x@y>')
    expect(named()).toBe('450 4.7.1 too many recipients from 77.233.155.107, try again later')
  })

  test('a limit may have a reply of its own, of which 421 ends the link', () => {
    const client = connect({ rateLimits: [{ most: 0, reply: '421 4.7.28 slow down' }] })
    client.say('EHLO me')
    expect(client.say('MAIL FROM:<a@b>', 'NOOP')).toEqual(['421 4.7.28 slow down'])
    expect(client.ended).toBe('end')
  })

  test('a limit of users is for those who have logged in', () => {
    const ports = [{ port: 25, startTls: 'none', auth: 'offered' } as const]
    const { say } = connect({ users, ports, rateLimits: [{ by: 'user', most: 1 }] })
    say('EHLO me')
    expect(say('MAIL FROM:<a@b>', 'RSET', 'MAIL FROM:<a@b>', 'RSET').map(line => line.slice(0, 3))).toEqual(
      Array(4).fill('250'),
    )
    say(`AUTH PLAIN ${base64('\0ada\0lovelace')}`)
    expect(say('MAIL FROM:<a@b>', 'RSET', 'MAIL FROM:<a@b>').map(line => line.slice(0, 3))).toEqual([
      '250',
      '250',
      '450',
    ])
  })

  test.each([
    [{ most: 1.5 }, 'smtp: expected most of a rate limit as a number of messages, got 1.5'],
    [{ of: 'connections', by: 'sender', most: 1 }, 'smtp: expected connections to be limited by client, got sender'],
    [{ most: 1, reply: '250 ok' }, 'smtp: expected the reply of a rate limit to refuse, got "250 ok"'],
  ] as const)('a limit as %j makes no sense', (limit, problem) => {
    expect(() => connect({ rateLimits: [limit] })).toThrow(problem)
  })

  test('a rule of the test has the last word on a recipient', () => {
    const { say } = begin({
      recipient: ({ to }) => (to.startsWith('late') ? '450 4.2.1 come back at noon' : undefined),
    })
    expect(say('RCPT TO:<late@example.net>', 'RCPT TO:<soon@example.net>')).toEqual([
      '450 4.2.1 come back at noon',
      '250 2.1.5 recipient accepted',
    ])
  })

  test('recipients have replies of their own by their addresses', () => {
    const recipient = { 'Full@example.net': '452 4.2.2 mailbox full', 'moved@example.net': '551 5.1.6 try b@c' }
    const { say } = begin({ recipient })
    expect(say('RCPT TO:<full@example.net>', 'RCPT TO:<moved@EXAMPLE.net>', 'RCPT TO:<ada@example.net>')).toEqual([
      '452 4.2.2 mailbox full',
      '551 5.1.6 try b@c',
      '250 2.1.5 recipient accepted',
    ])
    expect(() => begin({ recipient: { 'a@b': '250 ok' } })).toThrow(
      'smtp: expected a reply that refuses a@b, got "250 ok"',
    )
  })

  test('a rule that takes its time holds back what was pipelined behind it', async () => {
    let decide: (reply: string | undefined) => void = () => {}
    const recipient = () => new Promise<string | undefined>(resolve => (decide = resolve))
    const { say, taken } = begin({ recipient })
    expect(say('RCPT TO:<a@example.net>', 'NOOP')).toEqual([''])
    decide('550 5.7.1 no')
    await new Promise(resolve => setImmediate(resolve))
    expect(taken()).toEqual(['550 5.7.1 no', '250 2.0.0 OK'])
  })

  test('VRFY refuses whom RCPT would refuse', () => {
    const { say } = connect({ users })
    expect(say('VRFY ada', 'VRFY nobody', 'VRFY a@far.example')).toEqual([
      '252 2.0.0 send some mail, it will be tried',
      '550 5.1.1 nobody is not known here',
      '554 5.7.1 relaying denied',
    ])
  })

  test('there is always a postmaster', () => {
    const { say, state } = begin({ users })
    expect(say('RCPT TO:<Postmaster>')).toEqual(['250 2.1.5 recipient accepted'])
    say('DATA', 'Subject: help', '', 'Help.', '.')
    expect(state.delivered.map(({ to }) => to)).toEqual([['Postmaster']])
  })

  test('VRFY and EXPN tell who is known where they may', () => {
    const { say } = connect({ users, vrfy: true })
    say('EHLO me')
    expect(say('VRFY ada')).toEqual(['250 2.1.5 <ada@mx.example.net>'])
    expect(say('VRFY nobody')).toEqual(['550 5.1.1 nobody is not known here'])
    expect(say('EXPN root')).toEqual(['250 2.1.5 <faruq@mx.example.net>'])
  })

  test('of what comes a mailbox keeps the last, and what was there before', () => {
    const { say, state } = connect({ keep: 2, mail: { 'c@d': ['Subject: first'] } })
    say('EHLO me')
    for (const subject of ['1', '2', '3']) {
      say('MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA', `Subject: ${subject}`, '.')
    }
    expect(state.mailbox('c@d').messages.map(({ subject }) => subject)).toEqual(['first', '2', '3'])
  })

  test('two services with mailboxes of one name share them', () => {
    const network = new Network()
    const first = connect({ users, mailboxes: 'gmail' }, { network })
    const second = connect({ users, mailboxes: 'gmail' }, { network })
    first.say('EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<ada@example.net>', 'DATA', 'x', '.')
    expect(second.state.mailbox('ada').messages).toHaveLength(1)
    expect(second.state.delivered).toHaveLength(0)
  })
})

group('faults', () => {
  test('a reply is said at the command and the time that was asked for', () => {
    const { say } = connect({ faults: [{ at: 'MAIL', nth: 2, reply: '451 4.3.0 later' }] })
    say('EHLO me')
    expect(say('MAIL FROM:<a@b>', 'RSET', 'MAIL FROM:<a@b>', 'MAIL FROM:<a@b>').map(line => line.slice(0, 9))).toEqual([
      '250 2.1.0',
      '250 2.0.0',
      '451 4.3.0',
      '250 2.1.0',
    ])
  })

  test('a fault for some times is over after them', () => {
    const { say } = connect({ faults: [{ at: 'NOOP', times: 2, reply: '450 4.0.0 not now' }] })
    expect(say('NOOP', 'NOOP', 'NOOP').map(line => line.slice(0, 3))).toEqual(['450', '450', '250'])
  })

  test('a mail that is refused at its end is not delivered', () => {
    const { say, state } = connect({ faults: [{ at: 'content', reply: '554 5.7.1 spam' }] })
    say('EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA')
    expect(say('x', '.')).toEqual(['554 5.7.1 spam'])
    expect(state.delivered).toEqual([])
  })

  test('a connection is dropped without a word, by an end or a reset', () => {
    const ended = connect({ faults: [{ at: 'connect', drop: 'end' }] })
    expect([ended.banner, ended.ended]).toEqual([[''], 'end'])
    const reset = connect({ faults: [{ at: 'DATA', drop: 'reset' }] })
    reset.say('EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>')
    expect([reset.say('DATA'), reset.ended]).toEqual([[''], 'reset'])
  })

  test('a 421 ends the connection', () => {
    const client = connect({ faults: [{ at: 'RCPT', reply: '421 4.3.2 shutting down' }] })
    client.say('EHLO me', 'MAIL FROM:<a@b>')
    expect(client.say('RCPT TO:<c@d>')).toEqual(['421 4.3.2 shutting down'])
    expect(client.ended).toBe('end')
  })

  test('faults are added and taken away while the server runs', () => {
    const { say, state } = connect({})
    state.faults.push({ at: 'NOOP', reply: '450 4.0.0 not now' })
    expect(say('NOOP')).toEqual(['450 4.0.0 not now'])
    state.faults.length = 0
    expect(say('NOOP')).toEqual(['250 2.0.0 OK'])
  })

  test('octets that are no reply are said as they are', () => {
    const { say } = connect({ faults: [{ at: 'NOOP', raw: 'HTTP/1.1 400 Bad Request\r\n', drop: 'end' }] })
    expect(say('NOOP', 'NOOP')).toEqual(['HTTP/1.1 400 Bad Request'])
  })

  test('a command that meets silence is not answered, and the next is', () => {
    const { say } = connect({ faults: [{ at: 'NOOP', drop: 'silence' }, { at: 'RSET' }] })
    expect(say('NOOP', 'RSET', 'HELP')).toEqual(['214 2.0.0 see RFC 5321'])
  })

  test('a banner waits for the clock, and commands for the banner', async () => {
    const { network, banner, say, taken } = connect({ faults: [{ at: 'connect', delay: '30s' }] })
    expect([banner, say('NOOP')]).toEqual([[''], ['']])
    await network.clock.advance('29s')
    expect(taken()).toEqual([''])
    await network.clock.advance('1s')
    expect(taken()).toEqual(['220 mx.example.net ESMTP', '250 2.0.0 OK'])
  })

  test('a mail whose end has come is delivered though its sender leaves before the delayed reply', async () => {
    const { network, state, say, connection } = connect({ faults: [{ at: 'content', delay: '1m' }] })
    say('EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA')
    say('x', '.')
    connection.onClose()
    await network.clock.advance('59s')
    expect(state.delivered).toEqual([])
    await network.clock.advance('1s')
    expect(state.delivered).toHaveLength(1)
  })

  test('a mail without its end is not delivered where its sender leaves before the delayed reply to DATA', async () => {
    const { network, state, say, connection } = connect({ faults: [{ at: 'DATA', delay: '1m' }] })
    say('EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA', 'x', '.')
    connection.onClose()
    await network.clock.advance('1m')
    expect(state.delivered).toEqual([])
  })

  test('a recipient that was named is judged though its sender leaves before the delayed reply', async () => {
    const judged: string[] = []
    const recipient = ({ from, to }: { from: string; to: string }) => void judged.push(`${from} to ${to}`)
    const { network, say, connection } = connect({ recipient, faults: [{ at: 'RCPT', delay: '1m' }] })
    say('EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>')
    connection.onClose()
    await network.clock.advance('1m')
    expect(judged).toEqual(['a@b to c@d'])
  })

  test('a client that waits for a delayed reply is not idle, and is from the reply on', async () => {
    const faults = [{ at: 'NOOP' as const, delay: '9m' }]
    const { network, say, taken } = connect({ faults, idleTimeout: '5m' })
    expect(say('NOOP')).toEqual([''])
    await network.clock.advance('9m')
    expect(taken()).toEqual(['250 2.0.0 OK'])
    await network.clock.advance('4m59s')
    expect(taken()).toEqual([''])
    await network.clock.advance('1s')
    expect(taken()).toEqual(['421 4.4.2 timeout, closing the connection'])
  })

  test('a mail that was taken is delivered though its reply is lost or another', () => {
    for (const fault of [{ drop: 'reset' as const }, { reply: '451 4.3.0 perhaps' }]) {
      const { say, state } = connect({ faults: [{ at: 'accepted', ...fault }] })
      say('EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA')
      expect(say('x', '.')).toEqual([fault.reply ?? ''])
      expect(state.delivered).toHaveLength(1)
    }
  })

  test('a moment that is none is an error when the fake is made', () => {
    expect(() => connect({ faults: [{ at: 'RCTP' as 'RCPT' }] })).toThrow(
      'smtp: expected at of a fault as one of connect',
    )
  })

  test('a reply of an option that is none is an error when the fake is made', () => {
    expect(() => connect({ faults: [{ at: 'MAIL', reply: 'no' }] })).toThrow('smtp: expected a reply such as')
  })
})

group('what the server adds to a mail', () => {
  const trace = (options: SmtpOptions, ...lines: string[]) => {
    const { say, state } = connect(options, { address: '10.0.2.15' })
    say(...lines, 'DATA', 'Subject: x', '', 'y', '.')
    return state.delivered[0]!.raw.toString()
      .replace(/\b[0-9A-F]{11}\b/, 'ID')
      .split('Subject')[0]
  }

  test('is where it came from and how', () => {
    expect(trace({}, 'EHLO me.example', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>')).toBe(
      'Return-Path: <a@b>\r\nReceived: from me.example ([10.0.2.15])\r\n\tby mx.example.net with ESMTP id ID\r\n\tfor <c@d>;\r\n\tSun, 15 Mar 2015 12:09:16 +0000\r\n',
    )
  })

  test('names no recipient where there are several', () => {
    expect(trace({}, 'HELO me', 'MAIL FROM:<>', 'RCPT TO:<c@d>', 'RCPT TO:<e@f>')).toBe(
      'Return-Path: <>\r\nReceived: from me ([10.0.2.15])\r\n\tby mx.example.net with SMTP id ID;\r\n\tSun, 15 Mar 2015 12:09:16 +0000\r\n',
    )
  })

  test('has Envelope-to and Delivery-date where they are asked for', () => {
    const said = trace({ envelopeHeaders: true }, 'EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'RCPT TO:<e@f>')
    expect(said).toContain('\r\nEnvelope-to: c@d,\r\n\te@f\r\nDelivery-date: Sun, 15 Mar 2015 12:09:16 +0000\r\n')
  })
})

test('any octets are answered by replies, and the next client is served', () => {
  const random = new Random('smtp fake')
  const words = [
    'EHLO x\r\n',
    'MAIL FROM:<a@b>\r\n',
    'RCPT TO:<c@d>\r\n',
    'DATA\r\n',
    '.\r\n',
    'BDAT 5\r\n',
    'BDAT 0 LAST\r\n',
    'AUTH LOGIN\r\n',
    'AUTH PLAIN AA==\r\n',
    '*\r\n',
    'STARTTLS\r\n',
    'RSET\r\n',
    '\n',
    'x'.repeat(3000),
  ]
  for (let round = 0; round < 200; round++) {
    const client = connect({ maxErrors: 1000, ports: [{ port: 25, startTls: 'none', auth: 'offered' }] })
    let said = ''
    for (let i = 0; i < 40; i++) {
      const chunk =
        random.below(4) === 0 ? random.bytes(random.below(50)) : Buffer.from(words[random.below(words.length)]!)
      client.connection.onData(Buffer.from(chunk))
      said += client.taken().join('\n')
    }
    for (const line of said.split('\n')) expect(line).toMatch(/^$|^[2-5]\d\d[ -]/)
  }
  expect(connect({}).say('NOOP')).toEqual(['250 2.0.0 OK'])
})
