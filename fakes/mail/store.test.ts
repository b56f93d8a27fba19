import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, describe as group, onTestFinished, test } from 'vitest'
import { Network } from '../../net/network.ts'
import type { Site } from '../../net/service.ts'
import type { MailboxEvent } from './mailbox.ts'
import { MailStore, mailStoreOf } from './store.ts'

const epoch = Date.UTC(2015, 2, 15, 12, 9, 16)

function open() {
  let now = epoch
  const store = new MailStore({ now: () => now, epoch })
  const account = store.account('ada')
  return { store, account, inbox: account.inbox, pass: (ms: number) => (now += ms) }
}

const mail = (subject: string, flags: string[] = []) => ({ content: `Subject: ${subject}\n\ntext\n`, flags })
const subjects = (messages: readonly { subject: string | undefined }[]) => messages.map(({ subject }) => subject)

group('a mailbox', () => {
  test('gives each message the next UID, the time of the network, and octets with CRLF', () => {
    const { inbox, pass } = open()
    inbox.add(mail('one'))
    pass(5000)
    const [two] = inbox.add(mail('two', ['\\seen', 'Work']))
    expect(inbox.messages.map(({ uid }) => uid)).toEqual([1, 2])
    expect(two).toMatchObject({ internalDate: new Date(epoch + 5000), size: 22, flags: { list: ['\\Seen', 'Work'] } })
    expect(two!.raw.toString()).toBe('Subject: two\r\n\r\ntext\r\n')
    expect(inbox).toMatchObject({ uidNext: 3, uidValidity: epoch / 1000, octets: 44, unseen: 1 })
    expect(inbox.flags).toEqual(['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft', 'Work'])
  })

  test('never gives a UID twice, and finds messages by it', () => {
    const { inbox } = open()
    inbox.add(mail('one'), mail('two'), mail('three'))
    inbox.expunge([inbox.byUid(2)!, inbox.byUid(3)!])
    inbox.add(mail('four'))
    expect(inbox.messages.map(({ uid }) => uid)).toEqual([1, 4])
    expect(inbox.byUid(2)).toBeUndefined()
    expect([0, 1, 2, 4, 5].map(uid => inbox.position(uid))).toEqual([0, 0, 1, 1, 2])
  })

  test.each([
    ['add', ['\\Deleted'], ['\\Deleted', '\\Seen', 'work']],
    ['remove', ['\\SEEN', 'other'], ['work']],
    ['replace', ['\\Draft', 'WORK'], ['\\Draft', 'work']],
  ] as const)('can %s flags, alike in any case', (how, flags, expected) => {
    const { inbox } = open()
    const [message] = inbox.add(mail('one', ['work', '\\Seen']))
    expect(inbox.change([message!], { how, flags })).toEqual([message])
    expect(message!.flags.list).toEqual(expected)
    expect(inbox.unseen).toBe(expected.includes('\\Seen' as never) ? 0 : 1)
  })

  test('counts changes, so that who looks again knows what is new', () => {
    const { inbox } = open()
    const [one, two] = inbox.add(mail('one'), mail('two'))
    const before = inbox.highestModSeq
    expect([one!.modSeq, two!.modSeq]).toEqual([before, before])
    inbox.change([one!, two!], { how: 'add', flags: ['\\Seen'] })
    expect([one!.modSeq, two!.modSeq, inbox.highestModSeq]).toEqual([before + 1, before + 1, before + 1])
    expect(inbox.change([one!], { how: 'add', flags: ['\\Seen'] })).toEqual([])
    expect(inbox.highestModSeq).toBe(before + 1)
    inbox.expunge([two!])
    expect(inbox.highestModSeq).toBe(before + 2)
  })

  test('tells those who watch what happened, before the call returns', () => {
    const { inbox, account } = open()
    const [old] = inbox.add(mail('old'))
    const events: MailboxEvent[] = []
    const watching = inbox.watch(event => events.push(event))
    const [added] = inbox.add(mail('new'))
    inbox.change([old!], { how: 'add', flags: ['\\Seen'] })
    inbox.move([old!], account.create('Archive'))
    expect(events).toEqual([
      { kind: 'added', messages: [added] },
      { kind: 'flags', messages: [old] },
      { kind: 'expunged', messages: [old] },
    ])
    expect(old!.raw.length).toBeGreaterThan(0)
    watching[Symbol.dispose]()
    inbox.expunge([added!])
    expect(events).toHaveLength(3)
  })

  test('copies with flags, dates and the same octets, and moves', () => {
    const { inbox, account } = open()
    const work = account.create('Work')
    const [one] = inbox.add({ ...mail('one', ['\\Flagged', 'x']), date: '2008-10-07T00:00:00Z' })
    const [copy] = inbox.copy([one!], work)
    expect(copy).toMatchObject({ uid: 1, flags: { list: ['\\Flagged', 'x'] }, internalDate: new Date('2008-10-07') })
    expect(copy!.raw).toBe(one!.raw)
    const [moved] = inbox.move([one!], work)
    expect([inbox.messages, work.messages]).toEqual([[], [copy, moved]])
    expect(account).toMatchObject({ messages: 2, octets: 2 * one!.size })
  })

  test('is locked for one at a time', () => {
    const { inbox } = open()
    const lock = inbox.lock()
    expect([inbox.locked, inbox.lock()]).toEqual([true, undefined])
    lock![Symbol.dispose]()
    expect(inbox.lock()).toBeDefined()
  })

  test('tells one session of a recent message', () => {
    const { inbox } = open()
    inbox.add(mail('one'))
    expect([inbox.claimRecent(), inbox.claimRecent(), inbox.firstRecent]).toEqual([1, 2, 2])
  })

  test.each([
    ['a flag that is none', (): unknown => open().inbox.add(mail('x', ['a b'])), 'CANNOT'],
    ['\\Recent', () => open().inbox.add(mail('x', ['\\Recent'])), 'CANNOT'],
    [
      'a hundred keywords and more',
      () =>
        open().inbox.add(
          mail(
            'x',
            Array.from({ length: 129 }, (_, n) => `k${n}`),
          ),
        ),
      'LIMIT',
    ],
  ])('refuses %s', (_what, call, code) => {
    expect(call).toThrow(expect.objectContaining({ name: 'MailRefusal', code }))
  })

  test('holds 100,000 messages, put in at once, at less than 1 KiB beside the octets of each', () => {
    const { inbox } = open()
    const content = Buffer.from('Subject: x\r\n\r\nx\r\n')
    const mails = Array.from({ length: 100_000 }, () => ({ content, date: epoch }))
    const before = process.memoryUsage().heapUsed
    inbox.addAll(mails)
    const bytes = (process.memoryUsage().heapUsed - before) / mails.length
    expect(bytes).toBeLessThan(1024)
    expect(inbox.byUid(70_000)).toBe(inbox.messages[69_999])
    inbox.expunge(inbox.messages.filter(({ uid }) => uid % 2 === 0))
    expect(inbox.messages).toHaveLength(50_000)
  })
})

group('an account', () => {
  const names = (account: ReturnType<typeof open>['account']) =>
    account
      .list()
      .map(({ name, mailbox, hasChildren }) => `${name}${mailbox ? '' : ' (no mailbox)'}${hasChildren ? ' +' : ''}`)

  test('has INBOX in any case, and makes what a name lies below', () => {
    const { account, inbox } = open()
    account.create('Work/2015/March')
    account.create('inbox/Later/', {})
    expect(account.mailbox('InBox')).toBe(inbox)
    expect(names(account)).toEqual(['INBOX +', 'Work +', 'Work/2015 +', 'Work/2015/March', 'INBOX/Later'])
    expect(account.create('Sent', { specialUse: '\\Sent' }).specialUse).toBe('\\Sent')
  })

  test('keeps a name with others below it when its mailbox is removed', () => {
    const { account } = open()
    const work = account.create('Work')
    account.create('Work/2015')
    work.add(mail('x'))
    account.remove('Work')
    expect(names(account)).toEqual(['INBOX', 'Work (no mailbox) +', 'Work/2015'])
    expect(account).toMatchObject({ messages: 0, octets: 0 })
    expect(() => account.remove('Work')).toThrow(expect.objectContaining({ code: 'CANNOT' }))
    account.remove('Work/2015')
    account.remove('Work')
    expect(names(account)).toEqual(['INBOX'])
  })

  test('gives a mailbox that is made again another UIDVALIDITY', () => {
    const { account } = open()
    const first = account.create('Work').uidValidity
    account.remove('Work')
    expect(account.create('Work').uidValidity).toBeGreaterThan(first)
  })

  test('renames a mailbox with all below it, which stay what they are', () => {
    const { account } = open()
    const march = account.create('Work/2015/March')
    march.add(mail('x'))
    account.rename('Work', 'Old/Work')
    expect(names(account)).toEqual(['INBOX', 'Old +', 'Old/Work +', 'Old/Work/2015 +', 'Old/Work/2015/March'])
    expect(account.mailbox('Old/Work/2015/March')).toBe(march)
    expect(march.name).toBe('Old/Work/2015/March')
  })

  test('renames INBOX by moving its messages away', () => {
    const { account, inbox } = open()
    inbox.add(mail('x'))
    account.rename('INBOX', 'Old')
    expect([inbox.messages.length, account.mailbox('Old')!.messages.length]).toEqual([0, 1])
  })

  test.each<[string, (account: ReturnType<typeof open>['account']) => unknown, string]>([
    ['a name that is taken', account => account.create('INBOX'), 'ALREADYEXISTS'],
    ['an empty part of a name', account => account.create('a//b'), 'CANNOT'],
    ['a control character', account => account.create('a\nb'), 'CANNOT'],
    ['too many levels', account => account.create(Array(51).fill('a').join('/')), 'LIMIT'],
    ['removing what is not there', account => account.remove('nothing'), 'NONEXISTENT'],
    ['removing INBOX', account => account.remove('inbox'), 'CANNOT'],
    ['renaming what is not there', account => account.rename('nothing', 'x'), 'NONEXISTENT'],
    ['renaming below itself', account => [account.create('a'), account.rename('a', 'a/b')], 'CANNOT'],
  ])('refuses %s', (_what, call, code) => {
    expect(() => call(open().account)).toThrow(expect.objectContaining({ name: 'MailRefusal', code }))
  })

  test('holds no more than its quota, and adds all of a list or nothing', () => {
    const { account, inbox } = open()
    account.quota = { octets: 50, messages: 3 }
    inbox.add(mail('one'))
    const over = expect.objectContaining({ code: 'OVERQUOTA' })
    expect(() => inbox.add(mail('two'), mail('three'))).toThrow(over)
    expect(inbox.messages).toHaveLength(1)
    account.quota = { messages: 1 }
    expect(() => inbox.copy(inbox.messages, account.create('Copies'))).toThrow(over)
    inbox.move(inbox.messages, account.create('Moved'))
    expect(account.mailbox('Moved')!.messages).toHaveLength(1)
  })
})

group('a store', () => {
  const site = (network: Network, name: string) => {
    const host = { name, names: [name], addresses: [], alsoAt: [] }
    return { network, host, clock: network.clock, random: network.random('mail') } as Site
  }

  test('gives mailboxes the same UIDVALIDITY whenever they are first looked at', () => {
    const validities = [0, 90_000].map(late => {
      const { store, pass } = open()
      pass(late)
      return [store.mailbox('bob').uidValidity, store.account('bob').create('Work').uidValidity]
    })
    expect(validities[1]).toEqual(validities[0])
  })

  test('is shared by the services of one host, and by name beyond it', () => {
    const network = new Network()
    const one = mailStoreOf(site(network, 'a.example'), { users: { ada: 'lovelace' } })
    expect(mailStoreOf(site(network, 'a.example'), {})).toBe(one)
    expect(mailStoreOf(site(network, 'b.example'), {})).not.toBe(one)
    expect(mailStoreOf(site(new Network(), 'a.example'), {})).not.toBe(one)
    const named = mailStoreOf(site(network, 'a.example'), { mailboxes: 'gmail' })
    expect(mailStoreOf(site(network, 'b.example'), { mailboxes: 'gmail' })).toBe(named)
    expect(one.users.get('ada')).toEqual({ password: 'lovelace' })
  })

  test('has once what several services say of mail at the start', () => {
    const network = new Network()
    const seeds = {
      ada: ['Subject: one\n\n', { content: Buffer.from('Subject: two\n\n'), mailbox: 'Work/Old', flags: ['\\Seen'] }],
    }
    const store = mailStoreOf(site(network, 'a.example'), { mail: seeds })
    mailStoreOf(site(network, 'a.example'), { mail: seeds })
    expect(subjects(store.mailbox('ada').messages)).toEqual(['one'])
    expect(subjects(store.mailbox('ada', 'Work/Old').messages)).toEqual(['two'])
    expect(() => store.mailbox('ada', 'Wrok')).toThrow(
      'expected a mailbox of ada, which has INBOX, Work, Work/Old, got "Wrok"',
    )
  })

  test('gives the same list to each owner that it is given for', () => {
    const { store } = open()
    const list = ['Subject: x\n\n']
    store.take({ mail: { ada: list, bob: list } })
    expect([store.mailbox('ada'), store.mailbox('bob')].map(({ messages }) => messages.length)).toEqual([1, 1])
  })

  test('takes the date of a mail at the start from its header', () => {
    const { store } = open()
    store.take({ mail: { ada: ['Date: Tue, 7 Oct 2008\n 19:03:16 +0100\n\n', 'Subject: no date\n\nDate: 1'] } })
    expect(store.mailbox('ada').messages.map(({ internalDate }) => internalDate.toISOString())).toEqual([
      '2008-10-07T18:03:16.000Z',
      '2015-03-15T12:09:16.000Z',
    ])
  })

  test('forgets the oldest of very many owners, and no user', () => {
    const { store } = open()
    store.take({ users: { ada: 'lovelace' } })
    const accounts = ['ada', 'first@example.net', 'second@example.net'].map(owner => store.account(owner))
    for (let i = 0; i < 99_998; i++) store.account(`${i}@example.net`)
    // From the last, since asking for one that is forgotten makes it anew.
    expect(accounts.reverse().map(account => store.account(account.owner) === account)).toEqual([true, false, true])
  })

  test('finds a mailbox where nobody has a password', () => {
    const { store } = open()
    store.account('bob@example.net').inbox.add(mail('x'))
    expect(['bob', 'BOB@example.net', 'bob@example.net'].map(name => store.mailbox(name).messages.length)).toEqual([
      1, 1, 1,
    ])
    expect(store.ownerOf('Eve')).toBe('eve')
  })
})

group('mail in files', () => {
  function folder(files: Record<string, string>): string {
    const path = mkdtempSync(join(tmpdir(), 'mail-'))
    onTestFinished(() => rmSync(path, { recursive: true }))
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(path, name, '..'), { recursive: true })
      writeFileSync(join(path, name), text)
    }
    return path
  }
  const read = (path: string) => {
    const { store } = open()
    store.take({ mail: { ada: path } })
    return store.account('ada')
  }

  test('is read from an .eml, and from a folder of them in the order of names', () => {
    const path = folder({ '2.eml': 'Subject: two\n\nx\n', '1.eml': 'Subject: one\r\n\r\n', 'notes.txt': '' })
    expect(read(join(path, '2.eml')).inbox.messages[0]!.raw.toString()).toBe('Subject: two\r\n\r\nx\r\n')
    expect(subjects(read(path).inbox.messages)).toEqual(['one', 'two'])
  })

  test('is read from a Maildir, with flags, dates and folders', () => {
    const account = read(
      folder({
        'cur/1426421356.M1P1.host:2,RS': 'Subject: old\n\n',
        'new/1426421357.M1P1.host': 'Subject: new\n\n',
        'tmp/1426421358.M1P1.host': 'Subject: half\n',
        '.Work.2015/cur/1426421355.x:2,FT': 'Subject: work\n\n',
      }),
    )
    expect(account.inbox.messages).toMatchObject([
      { subject: 'old', flags: { list: ['\\Answered', '\\Seen'] }, internalDate: new Date(1426421356000) },
      { subject: 'new', flags: { list: [] } },
    ])
    expect(account.mailbox('Work/2015')!.messages).toMatchObject([{ flags: { list: ['\\Flagged', '\\Deleted'] } }])
  })

  test('is read from an mbox, which is what a mailbox is written as', () => {
    const { inbox } = open()
    inbox.add(
      { ...mail('one', ['\\Seen', '\\Flagged']), date: '2008-10-07T18:03:16Z' },
      { content: 'Subject: two\n\nFrom me\n' },
    )
    const path = folder({ 'ada.mbox': inbox.toMbox().toString() })
    const again = read(join(path, 'ada.mbox')).inbox
    expect(again.messages.map(({ raw, flags, internalDate }) => [String(raw), flags.list, internalDate])).toEqual(
      inbox.messages.map(({ raw, flags, internalDate }) => [String(raw), flags.list, internalDate]),
    )
  })

  test.each([
    ['nothing', {}, 'ada.mbox', /expected an \.eml, an mbox or a Maildir at .*ada\.mbox, got nothing/],
    [
      'what is no mbox',
      { 'ada.mbox': 'Subject: x\n' },
      'ada.mbox',
      /expected an \.eml, or an mbox that begins with "From "/,
    ],
  ])('is refused where there is %s', (_what, files, name, message) => {
    const path = folder(files as unknown as Record<string, string>)
    expect(() => read(join(path, name))).toThrow(message)
  })
})
