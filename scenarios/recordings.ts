// What the tapes in fixtures/ are recordings of: our clients against real servers of Debian 12, and what they get from
// them. The tests beside replay the tapes; `npm run test:real` records them again and compares.

import { createHash } from 'node:crypto'
import { promises as names } from 'node:dns'
import { query } from '../clients/dns.ts'
import { HttpError, type HttpRequestOptions, request } from '../clients/http.ts'
import { connectImap, type ImapClientOptions, ImapReplyError } from '../clients/imap.ts'
import { connectPop3, Pop3ReplyError } from '../clients/pop3.ts'
import { connectSmtp, SmtpReplyError } from '../clients/smtp.ts'
import type { RecordType } from '../wire/dns/record.ts'
import { describe as describeMessage } from '../wire/dns.ts'

export type ServerName = 'dovecot' | 'dovecot-imap' | 'named' | 'nginx' | 'postfix'

export interface RecordedName {
  readonly name: string
  readonly port: number
  readonly protocol: string
  /** The server's port under TLS. */
  readonly tls?: boolean
}

export interface Recorded {
  /** In fixtures/. */
  readonly file: string
  /** What it shows. */
  readonly title: string
  readonly server: ServerName
  /** Names and ports of the program's that lead to the server. */
  readonly names: readonly RecordedName[]
  /** Plays the client. What it gives is the same with the server and with its tape. */
  work(): Promise<unknown>
  /** What that is. */
  readonly result: unknown
  /** What a server says in one conversation hangs on another, so that one alone cannot be held against it. */
  readonly entangled?: boolean
  /** What stands behind the placeholders of the fixture, where it is not what it is elsewhere. */
  readonly secrets?: Readonly<Record<string, string>>
}

/** The mails that dovecot has for Ada: one of two forms, and one with dots and octets beyond ASCII. */
export const mails: readonly string[] = [
  `Date: Tue, 7 Oct 2008 19:03:16 +0100
From: bob@example.net
To: ada@example.org
Subject: =?iso-8859-1?Q?gr=FC=DFe?=
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="two"

--two
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe
--two
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

<p>Gr=FC=DFe</p>
--two--
`,
  `Date: Wed, 8 Oct 2008 08:00:00 +0100
From: carol@example.com
To: ada@example.org
Subject: dots
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

.one
..two
.
drei: ü
`,
]

/** More than a datagram takes. */
const texts = Array.from({ length: 40 }, (_, at) => `"${String(at).padStart(3, '0')} ${'x'.repeat(60)}"`).join(' ')

/** The zone that named serves. */
export const zone: string = `$TTL 3600
@ SOA ns1 hostmaster 2026112501 7200 900 1209600 300
@ NS ns1
ns1 A 192.0.2.1
www A 192.0.2.80
www AAAA 2001:db8::80
web CNAME www
@ MX 10 mx
@ MX 20 mx.example.net.
mx A 192.0.2.25
@ TXT "v=spf1 mx -all" "and \\"more\\""
_http._tcp SRV 10 60 8080 www
@ CAA 0 issue "ca.example"
*.any A 192.0.2.99
big TXT ${texts}
`

const nameServer: RecordedName = { name: 'ns1.example.org', port: 53, protocol: 'dns' }

/** A tiny GIF, one pixel, drawn octet by octet. */
const gif = Buffer.from('47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b', 'hex')

const mailbox: RecordedName = { name: 'imap.example.org', port: 143, protocol: 'imap' }
const maildrop: RecordedName = { name: 'pop.example.org', port: 110, protocol: 'pop3' }
const mailServer: RecordedName = { name: 'mx.example.org', port: 25, protocol: 'smtp' }
const submission: RecordedName = { name: 'mx.example.org', port: 587, protocol: 'smtp' }

/** The lines of an answer, or why there is none. */
async function asked(name: string, type: RecordType): Promise<string[]> {
  const { address } = await names.lookup('ns1.example.org', 4)
  try {
    return describeMessage({ ...(await query(name, type, { servers: [address] })), id: 0 }).split('\n')
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (typeof code !== 'string') throw error
    return [code]
  }
}

/** What a server accepted, or how it refused. */
async function sent(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SmtpReplyError)) throw error
    const { code, enhanced } = error.reply
    return { refused: error.command, code, enhanced }
  }
}

/** What a server of POP3 gave, or how it refused. */
async function popped(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Pop3ReplyError)) throw error
    return { refused: error.command, ...(error.reply.code === undefined ? {} : { code: error.reply.code }) }
  }
}

/** What a server of IMAP gave, or how it refused. */
async function refusedOr(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ImapReplyError)) throw error
    const { command, status, code } = error
    return { refused: command, status, ...(code === undefined ? {} : { code }) }
  }
}

const reader = (password: string, options: Partial<ImapClientOptions> = {}) =>
  connectImap({ host: 'imap.example.org', tls: 'none', auth: { user: 'ada', password }, ...options })

function lookUps(file: string, title: string, questions: [string, RecordType][], result: unknown): Recorded {
  return {
    file: `dns/${file}`,
    title,
    server: 'named',
    names: [nameServer],
    async work() {
      const answers: string[][] = []
      for (const [name, type] of questions) answers.push(await asked(name, type))
      return answers
    },
    result,
  }
}

/** What a server answers to a request, as far as it is the same each time. */
async function fetched(path: string, options: HttpRequestOptions = {}, scheme = 'http'): Promise<unknown> {
  try {
    const answer = await request(`${scheme}://www.example.org${path}`, options)
    const body = await answer.bytes()
    const digest = createHash('sha256').update(body).digest('hex').slice(0, 8)
    return { status: answer.status, type: answer.header('content-type'), size: body.length, digest }
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    return { error: error.status, reason: error.reason }
  }
}

const site: RecordedName = { name: 'www.example.org', port: 80, protocol: 'http' }
const secureSite: RecordedName = { name: 'www.example.org', port: 443, protocol: 'http', tls: true }

const authority = '  authority example.org. 3600 IN NS ns1.example.org.'
const glue = '  additional ns1.example.org. 3600 IN A 192.0.2.1'
const servers = [authority, glue]
const head = (question: string) => `answer 0 NOERROR ${question} (authoritative, recursion desired, EDNS 1232 octets)`
const www = '  answer www.example.org. 3600 IN A 192.0.2.80'

const mailer = (port: 25 | 587, auth?: { user: string; password: string; mechanism: string }) =>
  connectSmtp({
    host: 'mx.example.org',
    port,
    tls: port === 25 ? 'none' : 'required',
    name: 'laptop.example.net',
    ...(auth === undefined ? {} : { auth }),
  })

export const recordings: readonly Recorded[] = [
  lookUps(
    'bind-types.tape.yaml',
    'each type of record, with the sections that help',
    [
      ['www.example.org', 'A'],
      ['www.example.org', 'AAAA'],
      ['web.example.org', 'A'],
      ['example.org', 'MX'],
      ['example.org', 'TXT'],
      ['_http._tcp.example.org', 'SRV'],
      ['example.org', 'CAA'],
      ['x.any.example.org', 'A'],
    ],
    [
      [head('www.example.org. A'), www, ...servers],
      [head('www.example.org. AAAA'), '  answer www.example.org. 3600 IN AAAA 2001:db8::80', ...servers],
      [head('web.example.org. A'), '  answer web.example.org. 3600 IN CNAME www.example.org.', www, ...servers],
      [
        head('example.org. MX'),
        '  answer example.org. 3600 IN MX 10 mx.example.org.',
        '  answer example.org. 3600 IN MX 20 mx.example.net.',
        authority,
        '  additional mx.example.org. 3600 IN A 192.0.2.25',
        glue,
      ],
      [head('example.org. TXT'), '  answer example.org. 3600 IN TXT "v=spf1 mx -all" "and \\"more\\""', ...servers],
      [
        head('_http._tcp.example.org. SRV'),
        '  answer _http._tcp.example.org. 3600 IN SRV 10 60 8080 www.example.org.',
        authority,
        '  additional www.example.org. 3600 IN A 192.0.2.80',
        glue,
        '  additional www.example.org. 3600 IN AAAA 2001:db8::80',
      ],
      [head('example.org. CAA'), '  answer example.org. 3600 IN CAA 0 issue "ca.example"', ...servers],
      [head('x.any.example.org. A'), '  answer x.any.example.org. 3600 IN A 192.0.2.99', ...servers],
    ],
  ),
  lookUps(
    'bind-no-such-name.tape.yaml',
    'what is not there, and the zone of somebody else',
    [
      ['nobody.example.org', 'A'],
      ['ns1.example.org', 'MX'],
      ['www.example.net', 'A'],
    ],
    [
      ['NXDOMAIN'],
      [
        head('ns1.example.org. MX'),
        '  authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300',
      ],
      ['REFUSED'],
    ],
  ),
  lookUps(
    'bind-truncated.tape.yaml',
    'an answer that is cut over UDP and whole over TCP',
    [['big.example.org', 'TXT']],
    [[head('big.example.org. TXT'), `  answer big.example.org. 3600 IN TXT ${texts}`, ...servers]],
  ),
  {
    file: 'http/nginx-methods.tape.yaml',
    title: 'methods, ranges, conditions, codings, what is not there',
    server: 'nginx',
    names: [site],
    async work() {
      const form = { method: 'POST', body: { form: { user: 'ada', password: 'lovelace' } } }
      return [
        await fetched('/'),
        await fetched('/rfc/rfc2324.txt', { headers: { 'Accept-Encoding': 'gzip' } }),
        await fetched('/rfc/rfc2324.txt', { headers: { 'Accept-Encoding': 'identity' } }),
        await fetched('/rfc/rfc2324.txt', { headers: { 'Accept-Encoding': 'identity', Range: 'bytes=0-9' } }),
        await fetched('/pixel.gif', {
          headers: { 'If-Modified-Since': 'Sun, 15 Mar 2015 12:09:16 GMT' },
          throwErrors: false,
        }),
        await fetched('/data.json?token=letmein123', { headers: { Authorization: 'Bearer letmein123' } }),
        await fetched('/', { method: 'HEAD' }),
        await fetched('/data.json', form),
        await fetched('/rfc/rfc1.txt'),
        await fetched('/pixel.gif'),
      ]
    },
    result: [
      { status: 200, type: 'text/html', size: 193, digest: '626e3826' },
      { status: 200, type: 'text/plain', size: 4654, digest: '305d31a5' },
      { status: 200, type: 'text/plain', size: 4654, digest: '305d31a5' },
      { status: 206, type: 'text/plain', size: 10, digest: '1e5f0a52' },
      { status: 304, type: undefined, size: 0, digest: 'e3b0c442' },
      { status: 200, type: 'application/json', size: 43, digest: 'ad466568' },
      { status: 200, type: 'text/html', size: 0, digest: 'e3b0c442' },
      { error: 405, reason: 'Not Allowed' },
      { error: 404, reason: 'Not Found' },
      { status: 200, type: 'image/gif', size: 43, digest: '693d949d' },
    ],
  },
  {
    file: 'http/nginx-tls.tape.yaml',
    title: 'the same site under TLS',
    server: 'nginx',
    names: [secureSite],
    work: async () => [await fetched('/', {}, 'https'), await fetched('/none', {}, 'https')],
    result: [
      { status: 200, type: 'text/html', size: 193, digest: '626e3826' },
      { error: 404, reason: 'Not Found' },
    ],
  },
  {
    file: 'smtp/postfix-plain.tape.yaml',
    title: 'a mail with an attachment, and a recipient who is not known',
    server: 'postfix',
    names: [mailServer],
    async work() {
      await using client = await mailer(25)
      const { accepted, rejected, reply } = await client.send({
        from: 'bob@example.net',
        to: ['ada@example.org', 'nobody@example.org'],
        subject: 'A picture',
        text: 'Here it is.\n.dots\n..too',
        attachments: [{ name: 'pixel.gif', type: 'image/gif', content: gif }],
      })
      const refused = rejected.map(({ address, reply: { code } }) => ({ address, code }))
      return { accepted, rejected: refused, code: reply.code }
    },
    result: { accepted: ['ada@example.org'], rejected: [{ address: 'nobody@example.org', code: 550 }], code: 250 },
  },
  {
    file: 'smtp/postfix-starttls-auth.tape.yaml',
    title: 'STARTTLS, passwords right and wrong, mail for elsewhere',
    server: 'postfix',
    names: [submission],
    async work() {
      const results: unknown[] = []
      for (const [mechanism, password] of [
        ['PLAIN', 'lovelace'],
        ['LOGIN', 'lovelace'],
        ['CRAM-MD5', 'lovelace'],
        ['PLAIN', 'byron'],
      ] as const) {
        const work = async () => {
          await using client = await mailer(587, { user: 'ada@mx.example.org', password, mechanism })
          const { reply } = await client.send({
            from: 'ada@example.org',
            to: 'carol@example.com',
            subject: `By ${mechanism}`,
            text: 'Hello.',
            html: '<p>Hello.</p>',
          })
          return { mechanism, code: reply.code }
        }
        results.push(await sent(work))
      }
      return results
    },
    result: [
      { mechanism: 'PLAIN', code: 250 },
      { mechanism: 'LOGIN', code: 250 },
      { mechanism: 'CRAM-MD5', code: 250 },
      { refused: 'AUTH', code: 535, enhanced: '5.7.8' },
    ],
  },
  {
    file: 'smtp/postfix-refused.tape.yaml',
    title: 'relaying that is refused',
    server: 'postfix',
    names: [mailServer],
    work: () =>
      sent(async () => {
        await using client = await mailer(25)
        return await client.send({ from: 'bob@example.net', to: 'carol@example.com', text: 'x' })
      }),
    result: { refused: 'RCPT', code: 554, enhanced: '5.7.1' },
  },
  {
    file: 'imap/dovecot-session.tape.yaml',
    title: 'folders, flags, searches, whole mails and parts of them, mail that is kept, moved and removed',
    server: 'dovecot-imap',
    names: [mailbox],
    secrets: { password: 'lovelace' },
    async work() {
      await using client = await reader('lovelace', { auth: { user: 'ada', password: 'lovelace', mechanism: 'LOGIN' } })
      const { exists } = await client.select('INBOX')
      const results: unknown[] = [exists, await client.search('FROM carol'), await client.sort('REVERSE SUBJECT')]
      for await (const { seq, size, envelope, source } of client.fetch('1:*', {
        size: true,
        envelope: true,
        source: true,
      })) {
        results.push([seq, size, envelope?.subject, source?.length])
      }
      for await (const { bodyParts } of client.fetch('1', { bodyParts: ['1', '2'] })) {
        results.push([...(bodyParts ?? [])].map(([part, octets]) => [part, octets.toString()]))
      }
      await client.store('1', 'add', ['\\Flagged'])
      results.push(await client.search('FLAGGED', { uid: true }))
      await client.store('1', 'remove', ['\\Flagged'])
      await client.create('Entwürfe')
      const draft = 'Date: Thu, 9 Oct 2008 09:00:00 +0100\r\nSubject: draft\r\n\r\nnot yet\r\n'
      results.push((await client.append('Entwürfe', draft, { flags: ['\\Draft', 'blue'] }))?.uid)
      results.push((await client.copy('1:2', 'Entwürfe'))?.uids)
      results.push(await client.status('Entwürfe', { messages: true, unseen: true }))
      await client.select('Entwürfe')
      await client.store('2', 'add', ['\\Deleted'])
      results.push(await client.expunge())
      for await (const { uid, flags } of client.fetch('1:*', { flags: true })) {
        results.push([uid, [...(flags ?? [])].filter(flag => flag !== '\\Recent').sort()])
      }
      await client.deselect()
      await client.delete('Entwürfe')
      results.push(await refusedOr(() => client.select('Entwürfe')))
      results.push((await client.mailboxes()).map(({ path }) => path))
      await client.close()
      return results
    },
    result: [
      2,
      [2],
      [1, 2],
      [1, 430, 'grüße', 430],
      [2, 201, 'dots', 201],
      [
        ['1', 'Gr=FC=DFe'],
        ['2', '<p>Gr=FC=DFe</p>'],
      ],
      [1],
      1,
      [
        { from: 1, to: 2 },
        { from: 2, to: 3 },
      ],
      { messages: 3, unseen: 3 },
      [2],
      [1, ['\\Draft', 'blue']],
      [3, []],
      { refused: 'SELECT', status: 'NO' },
      ['INBOX'],
    ],
  },
  {
    file: 'imap/dovecot-idle.tape.yaml',
    title: 'what an idle client is told that another client does',
    server: 'dovecot-imap',
    names: [mailbox],
    entangled: true,
    async work() {
      await using idle = await reader('lovelace')
      await idle.create('News')
      await idle.select('News')
      const changes = idle.idle()
      const first = changes.next()
      await using other = await reader('lovelace')
      await other.append('News', 'Subject: news\r\n\r\nhello\r\n')
      const { value } = await first
      await changes.return()
      await idle.deselect()
      await idle.delete('News')
      await other.close()
      await idle.close()
      return value
    },
    result: { kind: 'exists', count: 1 },
  },
  {
    file: 'imap/dovecot-starttls.tape.yaml',
    title: 'STARTTLS, passwords right and wrong',
    server: 'dovecot-imap',
    names: [mailbox],
    async work() {
      const results: unknown[] = []
      for (const password of ['lovelace', 'byron']) {
        const work = async () => {
          await using client = await reader(password, { tls: 'required' })
          const { exists } = await client.select('INBOX', { readOnly: true })
          await client.close()
          return { secure: client.secure, exists }
        }
        results.push(await refusedOr(work))
      }
      return results
    },
    result: [
      { secure: true, exists: 2 },
      { refused: '', status: 'NO', code: 'AUTHENTICATIONFAILED' },
    ],
    secrets: { 'password-2': Buffer.from('\0ada\0byron').toString('base64') },
  },
  {
    file: 'pop3/dovecot-session.tape.yaml',
    title: 'counts, lists, tops and whole mails, marks that are taken back',
    server: 'dovecot',
    names: [maildrop],
    secrets: { password: 'lovelace' },
    async work() {
      const auth = { user: 'ada', password: 'lovelace', mechanism: 'USER' } as const
      await using client = await connectPop3({ host: 'pop.example.org', tls: 'none', auth })
      const results: unknown[] = [await client.stat(), await client.list(), await client.list(2)]
      results.push(new Set((await client.uidl()).map(({ id }) => id)).size)
      results.push((await client.top(2, 1)).raw.toString().split('\r\n').slice(-3))
      for (const number of [1, 2]) {
        const mail = await client.retrieve(number)
        results.push([mail.raw.length, mail.header('subject'), mail.text])
      }
      await client.delete(1)
      results.push(await client.stat(), await popped(() => client.retrieve(1)), await popped(() => client.retrieve(3)))
      await client.reset()
      results.push(await client.stat())
      await client.quit()
      return results
    },
    result: [
      { messages: 2, octets: 631 },
      [
        { number: 1, octets: 430 },
        { number: 2, octets: 201 },
      ],
      [{ number: 2, octets: 201 }],
      2,
      ['', '.one', ''],
      [430, 'grüße', 'Grüße'],
      [201, 'dots', '.one\n..two\n.\ndrei: ü'],
      { messages: 1, octets: 201 },
      { refused: 'RETR' },
      { refused: 'RETR' },
      { messages: 2, octets: 631 },
    ],
  },
  {
    file: 'pop3/dovecot-stls.tape.yaml',
    title: 'STLS, passwords right and wrong',
    server: 'dovecot',
    names: [maildrop],
    async work() {
      const results: unknown[] = []
      for (const password of ['lovelace', 'byron']) {
        const work = async () => {
          const auth = { user: 'ada', password, mechanism: 'PLAIN' } as const
          await using client = await connectPop3({ host: 'pop.example.org', tls: 'required', auth })
          const { messages } = await client.stat()
          await client.quit()
          return { secure: client.secure, messages }
        }
        results.push(await popped(work))
      }
      return results
    },
    result: [
      { secure: true, messages: 2 },
      { refused: 'AUTH', code: 'AUTH' },
    ],
    secrets: { 'password-2': Buffer.from('\0ada\0byron').toString('base64') },
  },
]
