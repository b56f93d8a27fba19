import { expect, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { type Client, select } from './in-tests.ts'

/** A client that believes what it is told, and nothing else. */
class Believer {
  readonly client: Client
  /** By sequence number less 1; undefined where it was not told the UID. */
  uids: (number | undefined)[]
  readonly flags = new Map<number, string>()
  idles = false

  constructor(client: Client) {
    this.client = client
    const uids = client.say('u UID FETCH 1:* FLAGS')
    this.uids = uids.slice(0, -1).map(() => undefined)
    this.hear(uids, true)
  }

  say(command: string): void {
    const mayExpunge = !/^(FETCH|STORE|SEARCH)/.test(command)
    const { length } = this.uids
    const lines = this.client.say(`t ${command}`)
    if (command !== 'IDLE') expect(lines.at(-1), command).toMatch(/^t (OK|NO) /)
    this.hear(lines, mayExpunge)
    if (command !== 'FETCH 1:* UID') return
    expect(lines.filter(line => /^\* \d+ FETCH \(UID \d+\)$/.test(line))).toHaveLength(length)
  }

  hear(lines: readonly string[], mayExpunge: boolean): void {
    for (const line of lines) {
      const [, number, word, rest = ''] = /^\* (\d+) (EXISTS|EXPUNGE|FETCH)(.*)$/.exec(line) ?? []
      const at = Number(number) - 1
      if (word === 'EXISTS') {
        expect(Number(number), line).toBeGreaterThanOrEqual(this.uids.length)
        while (this.uids.length < Number(number)) this.uids.push(undefined)
      } else if (word === 'EXPUNGE') {
        expect(mayExpunge, line).toBe(true)
        expect(at, line).toBeLessThan(this.uids.length)
        this.uids.splice(at, 1)
      } else if (word === 'FETCH') {
        expect(at, line).toBeLessThan(this.uids.length)
        const uid = /UID (\d+)/.exec(rest)?.[1]
        if (uid !== undefined) expect(this.uids[at] ?? Number(uid), line).toBe((this.uids[at] = Number(uid)))
        const flags = /FLAGS \(([^)]*)\)/.exec(rest)?.[1]
        const known = this.uids[at]
        if (flags !== undefined && known !== undefined) this.flags.set(known, flags.replace(/ ?\\Recent/, '').trim())
      }
    }
  }
}

test('several clients that do what comes to their mind all know in the end what is there', () => {
  const random = new Random('sessions')
  for (let round = 0; round < 60; round++) {
    const mail = { ada: Array.from({ length: random.below(8) }, (_, at) => `Subject: ${at}\n\nx\n`) }
    const first = select({ mail })
    const inbox = first.state.mailbox('ada')
    inbox.account.create('Other')
    const clients = [first, select({}, { beside: first }), select({}, { beside: first })].map(
      each => new Believer(each),
    )
    const commands = [
      () => 'NOOP',
      () => 'FETCH 1:* UID',
      () => 'UID FETCH 1:* FLAGS',
      () => 'SEARCH ALL',
      () => 'UID SEARCH ALL',
      () => `STORE ${1 + random.below(3)} +FLAGS (\\Deleted)`,
      () => `UID STORE 1:${1 + random.below(12)} -FLAGS.SILENT (\\Flagged)`,
      () => `STORE 1:* FLAGS (k${random.below(3)})`,
      () => 'EXPUNGE',
      () => `UID EXPUNGE ${1 + random.below(12)}:*`,
      () => 'APPEND INBOX {1+}\r\nx',
      () => 'COPY 1 INBOX',
      () => `UID MOVE ${1 + random.below(12)} Other`,
      () => 'FETCH 1 BODY[]',
    ]
    for (let turn = 0; turn < 60; turn++) {
      const one = clients[random.below(clients.length)]!
      if (one.idles) {
        one.hear(one.client.say('DONE'), true)
        one.idles = false
      } else if (random.below(6) === 0) {
        one.say('IDLE')
        one.idles = true
      } else {
        const command = commands[random.below(commands.length)]!()
        // Sequence numbers need messages.
        if (one.uids.length < 3 && /^(FETCH|STORE|COPY)/.test(command)) one.say('NOOP')
        else one.say(command)
      }
      for (const other of clients) if (other.idles) other.hear(other.client.taken(), true)
    }
    for (const each of clients) {
      if (each.idles) each.hear(each.client.say('DONE'), true)
      each.say('NOOP')
      each.say('UID FETCH 1:* UID')
      expect(each.uids).toEqual(inbox.messages.map(({ uid }) => uid))
      for (const { uid, flags } of inbox.messages) {
        const told = each.flags.get(uid)
        if (told !== undefined) expect([uid, told]).toEqual([uid, flags.list.join(' ')])
      }
    }
  }
})
