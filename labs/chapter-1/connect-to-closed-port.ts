// Connects a mail client to ports that cannot work, and shows which layers the error passed through.
// node connect-to-closed-port.ts [HOST [PORT…]]     without arguments: 127.0.0.1, 66000 (no port) and 464 (closed)

import { connectSmtp, SmtpReplyError } from '../../clients/smtp.ts'
import { NetworkError, UsageError } from '../../net/errors.ts'

const [host = '127.0.0.1', ...ports] = process.argv.slice(2)

for (const port of ports.length === 0 ? ['66000', '464'] : ports) {
  try {
    await using client = await connectSmtp({ host, port: Number(port) })
    console.log(`${host}:${port}: connected, the server offers ${client.capabilities.join(', ') || 'nothing'}`)
  } catch (error) {
    process.exitCode = 1
    const expected = error instanceof UsageError || error instanceof NetworkError || error instanceof SmtpReplyError
    if (!expected) throw error
    console.log(`${host}:${port}: ${error.message}`)
  }
}
