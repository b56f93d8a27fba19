// Mails a log: each line that is read is a record, ten of them a mail, and the rest at the end, which an empty line is too. A
// word such as WARN at the beginning of a line is its level. What cannot be mailed is shown.
// node mail-log.ts [--host NAME] [--port N] [--from A] [--to B] [--subject S] [--records N] [--show]

import { parseArgs } from 'node:util'
import { MailingLog, MailingLogError } from '../../clients/mailing-log.ts'
import { exitBy } from '../exit.ts'
import { Questions } from '../questions.ts'

const text = { type: 'string' as const }
const options = { host: text, port: text, from: text, to: text, subject: text, records: text }

try {
  const { values } = parseArgs({ options: { ...options, show: { type: 'boolean' } } })
  using questions = new Questions()
  const ask = async (given: string | undefined, prompt: string) => given ?? (await questions.ask(prompt))
  const host = await ask(values.host, 'Mail server: ')
  const from = await ask(values.from, 'From: ')
  const to = (await ask(values.to, 'To: ')).split(/\s*,\s*/)
  await using log = new MailingLog({
    smtp: {
      host,
      port: Number(values.port ?? 25),
      ...(values.show ? { dialogue: line => console.log(line) } : {}),
    },
    from,
    to,
    subject: values.subject ?? 'Log',
    records: Number(values.records ?? 10),
  })
  log.on('mailed', (_sent, records) => console.log(`Mailed: ${records}`))
  log.on('failed', (error, records) => console.error(`Kept: ${records}, since ${error.message}`))
  for (let line = await questions.ask('Record: '); line !== ''; line = await questions.ask('Record: ')) {
    const [, level = 'INFO', message] = /^(?:(TRACE|DEBUG|INFO|WARN|ERROR|FATAL):? )?(.*)$/.exec(line)!
    log.write({ level, message })
  }
} catch (error) {
  if (error instanceof MailingLogError) console.error(error.records.join('\n'))
  exitBy(error)
}
