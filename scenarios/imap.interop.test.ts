import net from 'node:net'
import { expect, onTestFinished, type TestContext, test } from 'vitest'
import { createNetwork, imap } from '../index.ts'
import { dialogues, logins, mails } from './imap-dialogues.ts'
import { startDovecot } from './real/dovecot.ts'
import { program } from './real/program.ts'

interface Place {
  readonly host: string
  readonly port: number
}

/** Says lines as they are and gathers what is answered. */
class Talker {
  readonly #socket: net.Socket
  #heard = ''
  #ended = false
  #wake = () => {}

  constructor({ host, port }: Place) {
    this.#socket = net.connect({ host, port, noDelay: true })
    this.#socket.on('data', chunk => {
      this.#heard += chunk.toString('latin1')
      this.#wake()
    })
    this.#socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
    this.#socket.on('error', () => {})
  }

  /** Lines up to the one that answers, or up to the end. */
  async say(line: string): Promise<string[]> {
    this.#socket.write(`${line}\r\n`, 'latin1')
    return this.#until(/(?:^|\n)(?:\+ |(?!\*)\S+ (?:OK|NO|BAD) )[^\n]*\n$/)
  }

  async hear(word: string): Promise<string[]> {
    return this.#until(new RegExp(`${word}[^\n]*\n`))
  }

  async #until(end: RegExp): Promise<string[]> {
    while (!this.#ended && !end.test(this.#heard)) {
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve
        const heard = JSON.stringify(this.#heard)
        AbortSignal.timeout(10_000).addEventListener('abort', () => reject(new Error(`expected ${end}, got ${heard}`)))
      })
    }
    const lines = this.#heard.split('\r\n').slice(0, -1)
    this.#heard = ''
    return lines
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Without what no two servers have alike: times, counters, texts for people where a command is refused, capabilities. */
function comparable(lines: readonly string[]): string[] {
  const told = lines
    .filter(line => !line.startsWith('* CAPABILITY') && !/^\* OK \[HIGHESTMODSEQ/.test(line))
    .map(line =>
      line
        .replace(/ \(\d+\.\d+ \+ .* secs\)\.?$/, '')
        .replace(/^(\S+ OK .*completed)\.$/, '$1')
        .replace(/\[CAPABILITY [^\]]*\] /, '')
        .replace(/^(\S+ (?:NO|BAD|BYE)(?: \[[^\]]*\])?).*$/, '$1')
        .replace(/INTERNALDATE "[^"]*"/, 'INTERNALDATE')
        .replace(/((?:UIDVALIDITY|APPENDUID|COPYUID|HIGHESTMODSEQ) )\d+/, '$1N')
        .replace(/(MODSEQ \(?)\d+/g, '$1N'),
    )
  // The order of LIST is nobody's promise.
  const isList = (line: string) => /^\* (?:LIST|LSUB|STATUS) /.test(line)
  return told.every((line, at) => isList(line) || at === told.length - 1)
    ? [...told.filter(isList).sort(), ...told.slice(-1).filter(line => !isList(line))]
    : told
}

async function talk(place: Place, user: string, lines: readonly string[]): Promise<string[][]> {
  const clients = new Map<string, Talker>()
  const said: string[][] = []
  for (const line of lines) {
    const [, number = '1', mark = '>', text] = /^(?:(\d)([<>]) )?(.*)$/s.exec(line)!
    let client = clients.get(number)
    if (client === undefined) {
      client = new Talker(place)
      clients.set(number, client)
      await client.hear('ready')
    }
    const words = text!.replace('USER', user)
    said.push(comparable(await (mark === '<' ? client.hear(words) : client.say(words))))
  }
  for (const client of clients.values()) client.close()
  return said
}

test('says to each dialogue what Dovecot says, but for what is explained', async (context: TestContext) => {
  const path = await program(context, 'dovecot', 'dovecot-imapd')
  const network = await createNetwork()
  onTestFinished(() => network.close())
  const names = dialogues.map((_, at) => `user${at}`)
  const users = Object.fromEntries(names.map(name => [name, 'lovelace']))
  const mail = Object.fromEntries(names.map(name => [name, mails]))
  const received = Object.fromEntries(
    names.map(name => [name, mails.map(content => ({ content, date: '2015-03-16' }))]),
  )
  const certificate = network.authority.issue({ names: ['imap.example.net'] })
  await using real = await startDovecot(path, { protocol: 'imap', certificate, users, mail })
  const { reading } = await network.host('imap.example.net', { reading: imap({ users, mail: received }) })
  const differences: string[] = []
  const compare = async (
    what: string,
    user: string,
    lines: readonly (string | readonly [string, { dovecot: readonly string[] }?])[],
  ) => {
    const texts = lines.map(line => (typeof line === 'string' ? line : line[0]))
    const theirs = await talk(real, user, texts)
    const ours = await talk(reading.endpoint, user, texts)
    for (const [at, line] of lines.entries()) {
      const expected = typeof line === 'string' ? undefined : line[1]?.dovecot
      const isAlike = JSON.stringify(theirs[at]) === JSON.stringify(ours[at])
      const show = (said: readonly string[] | undefined) => said?.join('\n    ')
      if (expected === undefined ? isAlike : !isAlike && JSON.stringify(theirs[at]) === JSON.stringify(expected))
        continue
      differences.push(`${what}: ${texts[at]}\n  Dovecot\n    ${show(theirs[at])}\n  ours\n    ${show(ours[at])}`)
    }
  }
  for (const [at, [what, lines]] of dialogues.entries()) {
    await compare(what, names[at]!, ['l LOGIN USER lovelace', ...lines])
  }
  for (const login of logins) await compare('a login', 'user0', [login])
  expect(differences.join('\n')).toBe('')
})
