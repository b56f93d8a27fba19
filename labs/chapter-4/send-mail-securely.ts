// Logs in under TLS and sends a mail; the password is asked for and not shown.
// node send-mail-securely.ts --host NAME [--port N] [--implicit] --user NAME [--from A] --to B [--subject S] [--text T] [--show]

import { parseArgs } from 'node:util'
import { connectSmtp } from '../../clients/smtp.ts'
import { exitBy } from '../exit.ts'
import { Questions } from '../questions.ts'

const text = { type: 'string' as const }
const options = { host: text, port: text, user: text, from: text, to: text, subject: text, text, mechanism: text }

try {
  const { values } = parseArgs({ options: { ...options, show: { type: 'boolean' }, implicit: { type: 'boolean' } } })
  using questions = new Questions()
  const ask = async (given: string | undefined, prompt: string) => given ?? (await questions.ask(prompt))
  const host = await ask(values.host, 'Mail server: ')
  const user = await ask(values.user, 'User: ')
  const password = await questions.askHidden('Password: ')
  const from = values.from ?? (user.includes('@') ? user : await questions.ask('From: '))
  const to = await ask(values.to, 'To: ')
  const subject = await ask(values.subject, 'Subject: ')
  const plain = await ask(values.text, 'Text: ')
  // By STARTTLS, or with TLS from the first octet on.
  const implicit = values.implicit || values.port === '465'
  await using client = await connectSmtp({
    host,
    port: Number(values.port ?? (implicit ? 465 : 587)),
    tls: implicit ? 'implicit' : 'required',
    auth: { user, password, ...(values.mechanism === undefined ? {} : { mechanism: values.mechanism }) },
    ...(values.show ? { dialogue: line => console.log(line) } : {}),
  })
  const { reply } = await client.send({ from, to, subject, text: plain })
  console.log(`Sent: ${reply.code} ${reply.lines.join(' ')}`)
} catch (error) {
  exitBy(error)
}
