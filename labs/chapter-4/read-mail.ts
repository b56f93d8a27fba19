// Reads by IMAP: the mailboxes and how much is in each, what a search finds in one, and the last of it, decoded.
// node read-mail.ts [--host NAME] [--port N] [--clear] [--user NAME] [--mailbox NAME] [--search KEYS] [--show]

import { parseArgs } from 'node:util'
import { connectImap } from '../../clients/imap.ts'
import { Mail } from '../../wire/mime/mail.ts'
import { exitBy } from '../exit.ts'
import { Questions } from '../questions.ts'

const text = { type: 'string' as const }
const flag = { type: 'boolean' as const }

try {
  const { values } = parseArgs({
    options: { host: text, port: text, user: text, mailbox: text, search: text, clear: flag, show: flag },
  })
  using questions = new Questions()
  const ask = async (given: string | undefined, prompt: string) => given ?? (await questions.ask(prompt))
  const host = await ask(values.host, 'Mail server: ')
  const user = await ask(values.user, 'User: ')
  const password = await questions.askHidden('Password: ')
  // With TLS from the first octet on at 993, else by STARTTLS; `--clear` takes a server that offers neither.
  const port = Number(values.port ?? (values.clear ? 143 : 993))
  await using client = await connectImap({
    host,
    port,
    tls: port === 993 ? 'implicit' : values.clear ? 'offered' : 'required',
    auth: { user, password },
    ...(values.show ? { dialogue: line => console.log(line) } : {}),
  })
  for (const { path, flags } of await client.mailboxes()) {
    if (flags.has('\\Noselect')) continue
    const { messages, unseen } = await client.status(path, { messages: true, unseen: true })
    console.log(`${path}: ${messages} messages, ${unseen} unread`)
  }
  // To read is not to mark as read.
  await client.select(values.mailbox ?? 'INBOX', { readOnly: true })
  const keys = values.search ?? 'ALL'
  const found = await client.search(keys)
  console.log(`${found.length} found by ${keys}`)
  const last = found.at(-1)
  if (last !== undefined) {
    for await (const { source } of client.fetch(String(last), { source: true })) {
      const mail = new Mail(source!)
      for (const name of ['From', 'To', 'Date', 'Subject']) console.log(`${name}: ${mail.header(name) ?? ''}`)
      console.log(`\n${mail.text ?? mail.html ?? ''}`)
      for (const { name, type } of mail.attachments) console.log(`Attached: ${name ?? 'without a name'}, ${type}`)
    }
  }
} catch (error) {
  exitBy(error)
}
