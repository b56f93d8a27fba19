// Sends a mail with a plain and an HTML text; asks for what is not given.
// node send-mail.ts [--host NAME] [--port N] [--from A] [--to B] [--subject S] [--text T] [--show]

import { parseArgs } from 'node:util'
import { connectSmtp } from '../../clients/smtp.ts'
import { exitBy } from '../exit.ts'
import { Questions } from '../questions.ts'

const text = { type: 'string' as const }
const options = {
  host: text,
  port: text,
  from: text,
  to: text,
  subject: text,
  text,
  show: { type: 'boolean' as const },
}

const escaped = (plain: string) => plain.replace(/[&<>]/g, char => `&#${char.charCodeAt(0)};`)

try {
  const { values } = parseArgs({ options })
  using questions = new Questions()
  const ask = async (given: string | undefined, prompt: string) => given ?? (await questions.ask(prompt))
  const host = await ask(values.host, 'Mail server: ')
  const from = await ask(values.from, 'From: ')
  const to = (await ask(values.to, 'To: ')).split(/\s*,\s*/)
  const subject = await ask(values.subject, 'Subject: ')
  const plain = await ask(values.text, 'Text: ')
  await using client = await connectSmtp({
    host,
    port: Number(values.port ?? 25),
    ...(values.show ? { dialogue: line => console.log(line) } : {}),
  })
  const sent = await client.send({ from, to, subject, text: plain, html: `<p>${escaped(plain)}</p>` })
  for (const { address, reply } of sent.rejected) console.error(`${address}: ${reply.code} ${reply.lines.join(' ')}`)
  console.log(`Sent to ${sent.accepted.join(', ')}`)
  if (sent.rejected.length > 0) process.exitCode = 1
} catch (error) {
  exitBy(error)
}
