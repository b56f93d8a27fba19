// Fetches by POP3: says how many mails there are, and shows the last one, parsed and decoded.
// node fetch-mail.ts [--host NAME] [--port N] [--clear] [--user NAME] [--show]

import { parseArgs } from 'node:util'
import { connectPop3 } from '../../clients/pop3.ts'
import { exitBy } from '../exit.ts'
import { Questions } from '../questions.ts'

const text = { type: 'string' as const }
const flag = { type: 'boolean' as const }

try {
  const { values } = parseArgs({ options: { host: text, port: text, user: text, clear: flag, show: flag } })
  using questions = new Questions()
  const ask = async (given: string | undefined, prompt: string) => given ?? (await questions.ask(prompt))
  const host = await ask(values.host, 'Mail server: ')
  const user = await ask(values.user, 'User: ')
  const password = await questions.askHidden('Password: ')
  // With TLS from the first octet on at 995, else by STLS; `--clear` takes a server that offers neither.
  const port = Number(values.port ?? (values.clear ? 110 : 995))
  await using client = await connectPop3({
    host,
    port,
    tls: port === 995 ? 'implicit' : values.clear ? 'offered' : 'required',
    auth: { user, password },
    ...(values.show ? { dialogue: line => console.log(line) } : {}),
  })
  const { messages, octets } = await client.stat()
  console.log(`${messages} messages, ${octets} octets`)
  if (messages > 0) {
    const mail = await client.retrieve(messages)
    for (const name of ['From', 'To', 'Date', 'Subject']) console.log(`${name}: ${mail.header(name) ?? ''}`)
    console.log(`\n${mail.text ?? mail.html ?? ''}`)
    for (const { name, type } of mail.attachments) console.log(`Attached: ${name ?? 'without a name'}, ${type}`)
  }
  await client.quit()
} catch (error) {
  exitBy(error)
}
