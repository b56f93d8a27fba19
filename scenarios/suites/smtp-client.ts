// What the scenarios of SMTP are made of: lines that are said one after the other, mails of our client, replies in words.

import { once } from 'node:events'
import tls from 'node:tls'
import { connectSmtp, type OutgoingMail, type SmtpClientOptions, SmtpReplyError } from '../../clients/smtp.ts'
import { connectTcp, TcpClient } from '../../clients/tcp.ts'
import { NetworkError } from '../../net/errors.ts'
import { parseReply, type SmtpReply } from '../../wire/smtp/reply.ts'
import { dedent, type Scenario } from './scenario.ts'

export const mailServer = 'mx.example.org'
export const hello = 'EHLO laptop.example.net'
export const mailFrom = 'MAIL FROM:<bob@example.net>'
export const rcptTo = 'RCPT TO:<ada@example.org>'

/** Lines that are written at once, and how many replies they have. Default: one a line. */
export type Step = string | { readonly lines: string; readonly replies: number }

/** The content of a mail after DATA, which has one reply. */
export const content = (lines: string): Step => ({ lines: `${lines}\n.`, replies: 1 })

const codes = ({ code, enhanced }: SmtpReply) => (enhanced === undefined ? `${code}` : `${code} ${enhanced}`)

async function readReply(client: TcpClient): Promise<SmtpReply | undefined> {
  let text = ''
  for (;;) {
    const line = await client.readUntil('\r\n')
    if (line === undefined) return undefined
    text += line.toString('latin1')
    if (line[3] !== 0x2d) return parseReply(text.trimEnd())
  }
}

async function startTls(client: TcpClient): Promise<TcpClient> {
  const { socket } = client
  for (const event of ['data', 'end', 'error', 'close']) socket.removeAllListeners(event)
  const secured = tls.connect({ socket, servername: mailServer })
  await once(secured, 'secureConnect')
  return new TcpClient(secured, mailServer)
}

/** Says lines; a 220 to STARTTLS is followed by TLS. */
export function says(title: string, steps: readonly Step[], result: string): Scenario {
  const work = async () => {
    let client = await connectTcp({ host: mailServer, port: 25 })
    const told: string[] = []
    try {
      const banner = await readReply(client)
      told.push(`S: ${banner === undefined ? 'the end' : codes(banner)}`)
      for (const step of steps) {
        const { lines, replies } = typeof step === 'string' ? { lines: step, replies: step.split('\n').length } : step
        await client.write(Buffer.from(`${lines.replaceAll('\n', '\r\n')}\r\n`, 'utf8'))
        const first = lines.split('\n', 1)[0]!
        told.push(`C: ${first.length > 60 ? `${first.slice(0, 60)}…` : first}`)
        for (let count = 0; count < replies; count++) {
          const reply = await readReply(client)
          told.push(`S: ${reply === undefined ? 'the end' : codes(reply)}`)
          if (reply === undefined) return told.join('\n')
          if (lines.toUpperCase() === 'STARTTLS' && reply.code === 220) client = await startTls(client)
        }
      }
      return told.join('\n')
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      return [...told, `NetworkError ${error.code}`].join('\n')
    } finally {
      await client[Symbol.asyncDispose]()
    }
  }
  return { title, work, result: dedent(result) }
}

/** Mails by our client, on one connection. */
export function sends(
  title: string,
  options: Omit<SmtpClientOptions, 'host'>,
  mails: readonly OutgoingMail[],
  result: string,
): Scenario {
  const work = async () => {
    const told: string[] = []
    try {
      await using client = await connectSmtp({ host: mailServer, tls: 'none', name: 'laptop.example.net', ...options })
      for (const mail of mails) {
        const { accepted, rejected, reply } = await client.send(mail)
        told.push(`accepted ${accepted.join(' ')}: ${codes(reply)}`)
        for (const each of rejected) told.push(`rejected ${each.address}: ${codes(each.reply)}`)
      }
    } catch (error) {
      if (error instanceof SmtpReplyError) told.push(`SmtpReplyError ${error.command}: ${codes(error.reply)}`)
      else if (error instanceof NetworkError) told.push(`NetworkError ${error.code}`)
      else throw error
    }
    return told.join('\n')
  }
  return { title, work, result: dedent(result) }
}

/** `user`, NUL, `password`, in base64, as AUTH PLAIN has it. */
export const plainLogin = (user: string, password: string): string =>
  Buffer.from(`\0${user}\0${password}`).toString('base64')
export const base64 = (text: string): string => Buffer.from(text).toString('base64')

export const login = (mechanism: string, password = 'lovelace'): Omit<SmtpClientOptions, 'host'> => ({
  port: 25,
  tls: 'required',
  auth: { user: 'ada@mx.example.org', password, mechanism },
})

export const mail: OutgoingMail = {
  from: 'bob@example.net',
  to: 'ada@example.org',
  subject: 'Hello',
  text: 'Hello Ada.',
}

export const long = (octets: number): string => 'x'.repeat(octets)
