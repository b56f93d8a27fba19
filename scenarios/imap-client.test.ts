import { expect, onTestFinished, test } from 'vitest'
import { connectImap, type ImapClientOptions, ImapReplyError } from '../clients/imap.ts'
import { createNetwork, type Network, type TcpConnection, tcp, wrongName } from '../index.ts'

const host = 'imap.example.net'
/** What an iteration gives. */
async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

const auth = { user: 'ada', password: 'lovelace' }
const capability = '* CAPABILITY IMAP4rev1 IDLE UIDPLUS SORT\r\n'

/** What a server says to a command: its own lines, then OK where they have no tag. */
type Says = (command: string, connection: TcpConnection) => string | undefined | Promise<string | undefined>

async function serve(says: Says, { greeting = '* OK ready\r\n', port = 143, tls = false } = {}): Promise<Network> {
  const network = await createNetwork()
  onTestFinished(() => network.close())
  let idle = ''
  const answer = async (line: Buffer, connection: TcpConnection) => {
    const [, tag = idle, command] = /^(?:(?!DONE)(\S+) )?(.*?)\r\n$/.exec(line.toString())!
    if (command === 'IDLE') idle = tag
    const said = await says(command!, connection)
    if (said !== undefined) return said.replaceAll('TAG', tag!)
    if (command === 'CAPABILITY') return `${capability}${tag} OK done\r\n`
    if (command === 'SELECT INBOX') return `* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ids\r\n${tag} OK [READ-WRITE] done\r\n`
    if (command === 'LOGOUT') return `* BYE bye\r\n${tag} OK done\r\n`
    return `${tag} OK done\r\n`
  }
  await network.host(host, { imap: tcp({ greeting, delimiter: '\r\n', answer }, { port, tls }) })
  const inside = network.intercept()
  onTestFinished(() => inside[Symbol.dispose]())
  return network
}

const connect = (options: Partial<ImapClientOptions> = {}) => connectImap({ host, auth, ...options })

test('a client logs in by LOGIN where the server lists no mechanism, and says LOGOUT at the end', async () => {
  const said: string[] = []
  await serve(command => void said.push(command))
  const client = await connect()
  expect(client.secure).toBe(false)
  await client.close()
  expect(said.filter(line => !line.startsWith('LIST'))).toEqual([
    'CAPABILITY',
    'LOGIN "ada" "lovelace"',
    'CAPABILITY',
    'LOGOUT',
  ])
})

test.each([
  ['NO', 'AUTHENTICATIONFAILED', 'who?', 'TAG NO [AUTHENTICATIONFAILED] who?\r\n'],
  ['NO', undefined, 'who?', 'TAG NO who?\r\n'],
  ['BAD', undefined, 'what?', 'TAG BAD what?\r\n'],
  ['BYE', 'UNAVAILABLE', 'later', '* BYE [UNAVAILABLE] later\r\n'],
])('a login answered by %s [%s] is an error with both', async (status, code, text, reply) => {
  await serve(command => (command.startsWith('LOGIN') ? reply : undefined))
  await expect(connect()).rejects.toMatchObject({ name: 'ImapReplyError', status, code, text })
})

test('a greeting of BYE is an error with its code', async () => {
  await serve(() => undefined, { greeting: '* BYE [ALERT] full\r\n' })
  await expect(connect()).rejects.toMatchObject({ name: 'ImapReplyError', status: 'BYE', code: 'ALERT', command: '' })
})

test('what is refused later is an error too, and the client goes on', async () => {
  await serve(command => (/^(UID )?(STORE|SEARCH|FETCH)/.test(command) ? 'TAG NO [CANNOT] not now\r\n' : undefined))
  await using client = await connect()
  await client.select('INBOX')
  const refused = { name: 'ImapReplyError', status: 'NO', code: 'CANNOT', text: 'not now' }
  const stored = client.store('1', 'add', ['\\Seen'])
  await expect(stored).rejects.toBeInstanceOf(ImapReplyError)
  await expect(stored).rejects.toMatchObject({ ...refused, command: 'STORE' })
  await expect(client.search('ALL', { uid: true })).rejects.toMatchObject({ ...refused, command: 'UID SEARCH' })
  await expect(all(client.fetch('1', { flags: true }))).rejects.toMatchObject(refused)
  await client.noop()
})

test('a link that is cut inside a literal ends the fetch by an error', async () => {
  await serve((command, connection) => {
    if (!command.startsWith('FETCH')) return undefined
    void connection.write('* 1 FETCH (UID 1 BODY[] {100}\r\nhalf')
    connection.end()
    return ''
  })
  await using client = await connect()
  await client.select('INBOX')
  const fetched = all(client.fetch('1', { source: true }))
  await expect(fetched).rejects.toMatchObject({ name: 'NetworkError', code: 'CONNECTION_CUT' })
  await expect(client.noop()).rejects.toMatchObject({ name: 'NetworkError', code: 'CONNECTION_CUT' })
})

test('a literal beyond the limit is an error before it has come', async () => {
  await serve(command => (command.startsWith('FETCH') ? '* 1 FETCH (BODY[] {1073741824}\r\n' : undefined))
  await using client = await connect({ maxBytes: 1000 })
  await client.select('INBOX')
  const fetched = all(client.fetch('1', { source: true }))
  await expect(fetched).rejects.toMatchObject({ name: 'ProtocolError' })
})

test('nobody there, and a server that never speaks, are errors of the network', async () => {
  await serve(() => undefined, { greeting: '' })
  await expect(connect({ port: 993 })).rejects.toMatchObject({ name: 'NetworkError', code: 'REFUSED' })
  await expect(connect({ timeoutMs: 20 })).rejects.toMatchObject({ name: 'NetworkError', code: 'TIMED_OUT' })
  await expect(connect({ port: 0 })).rejects.toMatchObject({ name: 'UsageError' })
})

test('TLS from the first octet on trusts the network, and nobody under another name', async () => {
  const network = await serve(() => undefined, { port: 993, tls: true })
  await using client = await connect({ port: 993 })
  expect(client.secure).toBe(true)
  using _wrong = network.fault(wrongName())
  await expect(connect({ port: 993 })).rejects.toMatchObject({ name: 'NetworkError', code: 'TLS_WRONG_NAME' })
})

test('STARTTLS secures the session', async () => {
  let isSecure = false
  await serve(async (command, connection) => {
    if (command === 'STARTTLS') {
      await connection.write('2 OK go\r\n')
      await connection.startTls()
      isSecure = true
      return ''
    }
    return command === 'CAPABILITY' && !isSecure ? '* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n' : undefined
  })
  await using client = await connect()
  expect(client.secure).toBe(true)
})

test('STARTTLS that is required and not offered is an error', async () => {
  await serve(() => undefined)
  await expect(connect({ tls: 'required' })).rejects.toMatchObject({ name: 'NetworkError', code: 'TLS_FAILED' })
})

test('IDLE is said again whenever the clock of the network says so', async () => {
  const said: string[] = []
  const network = await serve(command => {
    said.push(command)
    return command === 'IDLE' ? '+ idling\r\n' : undefined
  })
  await using client = await connect()
  await client.select('INBOX')
  const stop = new AbortController()
  const changes = client.idle({ signal: stop.signal, restartMs: 60_000, clock: network.clock })
  const next = changes.next()
  await expect.poll(() => said).toContain('IDLE')
  await network.clock.advance(60_000)
  stop.abort()
  expect(await next).toMatchObject({ done: true })
  const idling = ['IDLE', 'DONE', 'IDLE', 'DONE']
  expect(said.filter(line => idling.includes(line))).toEqual(idling)
})

test('a BYE during IDLE is an error with its code', async () => {
  await serve((command, connection) => {
    if (command !== 'IDLE') return undefined
    void connection.write('+ idling\r\n* BYE [UNAVAILABLE] maintenance\r\n')
    connection.end()
    return ''
  })
  await using client = await connect()
  await client.select('INBOX')
  const bye = { name: 'ImapReplyError', status: 'BYE', code: 'UNAVAILABLE', command: 'IDLE' }
  await expect(client.idle().next()).rejects.toMatchObject(bye)
})

test('an IDLE that is refused is an error, and the client goes on', async () => {
  await serve(command => (command === 'IDLE' ? 'TAG NO [LIMIT] no more\r\n' : undefined))
  await using client = await connect()
  await client.select('INBOX')
  await expect(client.idle().next()).rejects.toMatchObject({ status: 'NO', code: 'LIMIT', command: 'IDLE' })
  await client.noop()
})

test('a server that does not answer LOGOUT is not waited for', async () => {
  await serve(command => (command === 'LOGOUT' ? '' : undefined))
  const client = await connect({ timeoutMs: 50 })
  await client.close()
  await expect(client.noop()).rejects.toMatchObject({ name: 'NetworkError', code: 'CONNECTION_CUT' })
})

test('the dialogue has no passwords and no mails', async () => {
  await serve(() => undefined)
  const said: string[] = []
  const client = await connect({ dialogue: line => said.push(line) })
  await client.append('Sent', 'Subject: hush\r\n\r\n')
  await client.close()
  expect(said).toContain('S: * OK ready')
  expect(said.find(line => line.includes('LOGIN'))).toMatch(/^C: \w+ LOGIN "ada" /)
  expect(said.find(line => line.includes('APPEND'))).toMatch(/^C: \w+ APPEND "Sent" /)
  expect(said.join('\n')).not.toMatch(/lovelace|hush/)
})
