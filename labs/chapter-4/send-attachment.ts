// Sends files as attachments of a mail, each with its name and type.
// node send-attachment.ts [--host NAME] [--port N] [--from A] [--to B] [--subject S] FILE…

import { access } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { connectSmtp } from '../../clients/smtp.ts'
import { UsageError } from '../../net/errors.ts'
import { exitBy } from '../exit.ts'
import { Questions } from '../questions.ts'

const text = { type: 'string' as const }
const options = { host: text, port: text, from: text, to: text, subject: text }

try {
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (positionals.length === 0) throw new UsageError('expected a file to attach: send-attachment.ts FILE…')
  for (const file of positionals) {
    await access(file).catch(() => {
      throw new UsageError(`expected a file that can be read, got ${JSON.stringify(file)}`)
    })
  }
  using questions = new Questions()
  const ask = async (given: string | undefined, prompt: string) => given ?? (await questions.ask(prompt))
  const host = await ask(values.host, 'Mail server: ')
  const from = await ask(values.from, 'From: ')
  const to = await ask(values.to, 'To: ')
  const names = positionals.map(file => basename(file)).join(', ')
  await using client = await connectSmtp({ host, port: Number(values.port ?? 25) })
  await client.send({
    from,
    to,
    subject: values.subject ?? names,
    text: `Attached: ${names}`,
    attachments: positionals.map(path => ({ path })),
  })
  console.log(`Sent ${names} to ${to}`)
} catch (error) {
  exitBy(error)
}
