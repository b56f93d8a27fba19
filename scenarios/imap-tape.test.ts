import { expect, onTestFinished, test } from 'vitest'
import { connectImap } from '../clients/imap.ts'
import { imap } from '../index.ts'
import { Network } from '../net/network.ts'
import { handedOver, recorded, replayed, talk, tapeOf } from '../tape/in-tests.ts'
import { describeMiss } from '../tape/miss.ts'
import type { ReplayOptions } from '../tape/replay.ts'

const host = 'a.example'
const auth = { user: 'ada', password: 'lovelace' }

/** A network in which one conversation is replayed. */
async function playing(turns: string, options: ReplayOptions = {}) {
  const file = tapeOf(`conversation: 1\nservice: imap a.example:143\nturns:\n${turns}`)
  const { replay, network, misses } = await replayed(file, options)
  return { replay, network, misses: () => misses.list.flatMap(describeMiss) }
}

/** What every session of the client begins with. */
const login = `
  - server: '* OK ready'
  - client: x1 CAPABILITY
  - server: |
      * CAPABILITY IMAP4rev1 IDLE
      x1 OK done
  - client: x2 LOGIN "ada" "‹secret:password›"
  - server: x2 OK [CAPABILITY IMAP4rev1 IDLE] done
  - client: x3 LIST "" ""
  - server: |
      * LIST (\\Noselect) "/" ""
      x3 OK done
`
const selected = `
  - client: x4 LIST "" INBOX
  - server: |
      * LIST () "/" INBOX
      x4 OK done
  - client: x5 LSUB "" INBOX
  - server: x5 OK done
  - client: x6 SELECT INBOX
  - server: |
      * 3 EXISTS
      * OK [UIDVALIDITY 7] ids
      x6 OK [READ-WRITE] done
`
const logout = `
  - client: x99 LOGOUT
  - server: |
      * BYE bye
      x99 OK done
`

test('a client is answered by its own tags, with literals of the right size', async () => {
  const { replay, misses } = await playing(`${login}${selected}
  - client: x7 UID SEARCH FROM ada
  - server: |
      * SEARCH 7 9
      x7 OK done
  - client: x8 UID FETCH 9,7 (UID FLAGS BODY.PEEK[])
  - server: '* 1 FETCH (UID 7 FLAGS (\\Seen) BODY[] {1}'
  - server:
      literal: |
        Subject: edited

        Grüße
      rest: )
  - server: x8 OK done
  - client: x9 APPEND Sent (\\Seen) {3}
  - server: + go
  - client:
      literal: |
        Date: Sun, 15 Mar 2015 12:00:00 +0000
        Message-ID: <1@x>

        text
  - server: x9 OK [APPENDUID 8 3] done
${logout}`)
  const client = await connectImap({ host, auth })
  await client.select('INBOX')
  expect(await client.search('FROM ada', { uid: true })).toEqual([7, 9])
  const mails = []
  for await (const mail of client.fetch('7,9', { flags: true, source: true }, { uid: true })) mails.push(mail)
  expect(mails.map(({ source }) => source!.toString())).toEqual(['Subject: edited\r\n\r\nGrüße\r\n'])
  const other = 'Date: Mon, 16 Mar 2015 12:00:00 +0000\r\nMessage-ID: <2@x>\r\n\r\ntext\r\n'
  expect(await client.append('Sent', other, { flags: ['\\Seen'], date: new Date() })).toEqual({
    uidValidity: 8,
    uid: 3,
  })
  await client.close()
  expect(misses()).toEqual([])
  expect(replay.unused().count).toBe(0)
})

/** Says its lines one after the other, each once what it waits for has come. */
function script(...steps: (readonly [waitsFor: string, says: string])[]) {
  let from = 0
  return (heard: string) => {
    const [step] = steps
    if (step === undefined) return undefined
    const at = heard.indexOf(step[0], from)
    if (at < 0) return undefined
    from = at + step[0].length
    steps.shift()
    return step[1]
  }
}

const literals = (mark: '' | '+') => `
  - server: '* OK ready'
  - client: 1 LOGIN {3${mark}}${mark === '' ? '\n  - server: + go' : ''}
  - client: {literal: ada, rest: ' {8${mark}}'}${mark === '' ? '\n  - server: + go' : ''}
  - client: {literal: ‹secret:password›}
  - server: 1 OK done
  - client: 2 APPEND x {4${mark}}${mark === '' ? '\n  - server: + go' : ''}
  - client: {literal: mail}
  - server: 2 OK done
`
const waiting = () =>
  script(
    ['ready\r\n', 'a LOGIN {3}\r\n'],
    ['+ ', 'ada {8}\r\n'],
    ['+ ', 'lovelace\r\n'],
    ['a OK done\r\n', 'b APPEND x {4}\r\n'],
    ['+ ', 'mail\r\n'],
    ['b OK done\r\n', 'end'],
  )
const hasty = () =>
  script(['ready\r\n', 'a LOGIN {3+}\r\nada {8+}\r\nlovelace\r\nb APPEND x {4+}\r\nmail\r\n'], ['b OK done\r\n', 'end'])

test.each([
  ['waits', 'waited', waiting, literals('')],
  ['waits', 'did not wait', waiting, literals('+')],
  ['does not wait', 'waited', hasty, literals('')],
  ['does not wait', 'did not wait', hasty, literals('+')],
])('a client that %s with its literals finds what one that %s was told', async (_live, _recorded, client, turns) => {
  const { replay, misses } = await playing(turns)
  const { heard } = await talk(143, client(), { byOctet: true })
  expect(heard.match(/\+ |. OK done/g)).toEqual(
    client === waiting ? ['+ ', '+ ', 'a OK done', '+ ', 'b OK done'] : ['a OK done', 'b OK done'],
  )
  expect(misses()).toEqual([])
  expect(replay.unused().count).toBe(0)
})

test('commands in a pipeline are answered each by its own tag', async () => {
  const { misses } = await playing(`
  - server: '* PREAUTH ready'
  - client: 1 NOOP
  - server: 1 OK done
  - client: 2 FETCH 1:3 (FLAGS UID)
  - server: |
      * 1 FETCH (UID 7 FLAGS ())
      2 OK done
`)
  const { heard } = await talk(143, script(['ready\r\n', 'a NOOP\r\nb FETCH 1,2,3 (UID FLAGS)\r\n'], ['b OK', 'end']))
  expect(heard).toBe('* PREAUTH ready\r\na OK done\r\n* 1 FETCH (UID 7 FLAGS ())\r\nb OK done\r\n')
  expect(misses()).toEqual([])
})

test('what was pushed during IDLE comes when it came, by the clock of the network', async () => {
  const { network } = await playing(
    `${login}${selected}
  - client: x7 IDLE
  - server: + idling
  - pause: 60 s
  - server: '* 4 EXISTS'
  - client: DONE
  - server: x7 OK done
${logout}`,
    { speed: 'real' },
  )
  const said: string[] = []
  const client = await connectImap({ host, auth, dialogue: line => said.push(line) })
  await client.select('INBOX')
  const changes = client.idle()
  let isTold = false
  const change = changes.next().finally(() => (isTold = true))
  await expect.poll(() => said).toContain('S: + idling')
  await network.clock.advance(59_000)
  expect(isTold).toBe(false)
  await network.clock.advance(1_000)
  expect((await change).value).toEqual({ kind: 'exists', count: 4 })
  await changes.return()
  await client.close()
})

test('what is not on the tape is refused by the tag, and shown beside the nearest turn', async () => {
  const { misses } = await playing(`${login}${selected}
  - client: x7 UID FETCH 1:3 (FLAGS)
  - server: x7 OK done
`)
  const client = await connectImap({ host, auth })
  await client.select('INBOX')
  const searched = client.search('UNSEEN', { uid: true })
  await expect(searched).rejects.toMatchObject({ name: 'ImapReplyError', code: 'UNAVAILABLE' })
  expect(misses().map(line => line.replace(/\/\S+:\d+/, 'FILE'))).toEqual([
    'miss at imap a.example:143: the client said what the tape does not have here',
    '  the nearest turn, FILE (- on the tape, + asked):',
    '    - … UID FETCH 1:3 (FLAGS)',
    '    + … UID SEARCH UNSEEN',
  ])
})

test('a link that is cut inside a literal is replayed as it was', async () => {
  await playing(`${login}${selected}
  - client: x7 FETCH 1 (UID BODY.PEEK[])
  - server: '* 1 FETCH (UID 7 BODY[] {1000}'
  - server:
      cut: half of it
  - end: server
`)
  const client = await connectImap({ host, auth })
  await client.select('INBOX')
  await expect(client.fetch('1', { source: true }).next()).rejects.toMatchObject({ code: 'CONNECTION_CUT' })
})

test('a greeting of BYE is replayed as it was', async () => {
  await playing("  - server: '* BYE [ALERT] full'\n")
  const bye = { name: 'ImapReplyError', status: 'BYE', code: 'ALERT' }
  await expect(connectImap({ host, auth })).rejects.toMatchObject(bye)
})

test('what the fake says is recorded and replayed, two clients at once', async () => {
  const work = async () => {
    await using idle = await connectImap({ host, auth })
    await idle.select('INBOX')
    const changes = idle.idle()
    const first = changes.next()
    await using client = await connectImap({ host, auth })
    const appended = await client.append('INBOX', 'Subject: news\r\n\r\nhello\r\n', { flags: ['\\Flagged'] })
    const { value } = await first
    await changes.return()
    await client.select('INBOX', { readOnly: true })
    const subjects = []
    for await (const { envelope } of client.fetch('1:*', { envelope: true, source: true })) {
      subjects.push(envelope?.subject)
    }
    return [appended?.uid, value, subjects, await client.search('FLAGGED')]
  }
  const expected = [2, { kind: 'exists', count: 2 }, ['one', 'news'], [2]]
  const services = { imap: imap({ users: { ada: 'lovelace' }, mail: { ada: ['Subject: one\n\none\n'] } }) }
  const tape = await recorded(services, async () => expect(await work()).toEqual(expected))
  const { misses, replay } = await replayed(tape)
  expect(await work()).toEqual(expected)
  expect(misses.list.flatMap(describeMiss)).toEqual([])
  expect(replay.unused().count).toBe(0)
})

test.each([
  ['waits', 'waited', waiting, ''],
  ['waits', 'did not wait', waiting, '+'],
  ['does not wait', 'waited', hasty, ''],
  ['does not wait', 'did not wait', hasty, '+'],
] as const)(
  'a client that %s with its literals goes on with a real server where one %s',
  async (_live, _recorded, client, mark) => {
    const network = new Network()
    onTestFinished(() => network.close())
    const seeds = [{ mailbox: 'x', content: 'Subject: seed\n\n' }]
    const { mail } = await network.host(host, { mail: imap({ users: { ada: 'lovelace' }, mail: { ada: seeds } }) })
    const to = mail.endpoints.find(({ port }) => port === 143)!.real
    const file = tapeOf(`conversation: 1\nservice: imap a.example:143\nturns:\n${literals(mark)}`)
    const reals = [{ name: host, port: 143, protocol: 'imap', to }]
    const { misses } = await handedOver('passthrough', file, { reals })
    const begun = client()
    const beyond = script(['b OK done\r\n', 'c STATUS x (MESSAGES)\r\n'], ['c OK', 'end'])
    const { heard } = await talk(143, said => {
      const next = begun(said)
      return next === undefined || next === 'end' ? beyond(said) : next
    })
    expect(misses.list.flatMap(describeMiss)).toEqual([])
    expect(heard).toContain('* STATUS x (MESSAGES 2)\r\nc OK')
  },
)
