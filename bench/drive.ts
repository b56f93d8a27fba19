// Drives a server as fast as it answers and prints one line of JSON: answers a second, and latencies in microseconds.
// node bench/drive.ts --shape dns|http|smtp-new|smtp-kept|pop3|imap-session|imap-fetch|echo|udp|down|up --port N [--flows 32] [--seconds 2 | --count 10000]

import dgram from 'node:dgram'
import net from 'node:net'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    shape: { type: 'string' },
    port: { type: 'string' },
    flows: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '2' },
    count: { type: 'string' },
  },
})
const at = { host: '127.0.0.1', port: Number(values.port) }
const flows = Number(values.flows)
const count = values.count === undefined ? Number.POSITIVE_INFINITY : Number(values.count)

/** One flow: asks, and calls `done` when it is answered; false where the answer is wrong. */
type Ask = (done: (good: boolean) => void) => void

function dns(flow: number): Promise<Ask> {
  const name = Buffer.from('037777770562656e636804746573740000010001', 'hex') // www.bench.test A IN
  const query = Buffer.concat([Buffer.from('000001000001000000000000', 'hex'), name])
  const socket = dgram.createSocket('udp4')
  let id = flow
  let done = (_good: boolean) => {}
  socket.on('message', message => {
    if (message.readUInt16BE(0) === id) done((message[3]! & 15) === 0 && message.readUInt16BE(6) > 0)
  })
  return new Promise(resolve => {
    socket.connect(at.port, at.host, () =>
      resolve(answered => {
        done = answered
        id = (id + 1) & 0xffff
        query.writeUInt16BE(id, 0)
        socket.send(query)
      }),
    )
  })
}

async function http(): Promise<Ask> {
  const socket = net.connect({ ...at, noDelay: true })
  const request = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
  let done = (_good: boolean) => {}
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
    const end = text.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1])
    if (text.length < end + 4 + length) return
    const good = text.startsWith('HTTP/1.1 200') && length === 100
    text = ''
    done(good)
  })
  await new Promise(resolve => socket.once('connect', resolve))
  return answered => {
    done = answered
    socket.write(request)
  }
}

const mail = [
  'MAIL FROM:<a@example.org>',
  'RCPT TO:<b@example.test>',
  'DATA',
  `Subject: x\r\n\r\n${'x'.repeat(1000)}\r\n.`,
]

/** A dialogue of lines: every line is sent when the one before was answered. */
function talk(socket: net.Socket, lines: string[], done: (good: boolean) => void): void {
  let text = ''
  let next = 0
  let good = true
  const hear = (chunk: Buffer) => {
    text += chunk.toString('latin1')
    if (!/(^|\r\n)\d\d\d [^\r]*\r\n$/.test(text)) return
    good &&= /^[23]/.test(text)
    text = ''
    if (next < lines.length) socket.write(`${lines[next++]}\r\n`)
    else {
      socket.off('data', hear)
      done(good)
    }
  }
  socket.on('data', hear)
}

async function smtpKept(): Promise<Ask> {
  const socket = net.connect({ ...at, noDelay: true })
  await new Promise(resolve => talk(socket, ['EHLO bench.test'], resolve))
  return answered => {
    talk(socket, mail.slice(1), answered)
    socket.write(`${mail[0]}\r\n`)
  }
}

async function smtpNew(): Promise<Ask> {
  return answered => {
    const socket = net.connect({ ...at, noDelay: true })
    talk(socket, ['EHLO bench.test', ...mail, 'QUIT'], good => {
      socket.once('close', () => answered(good))
      socket.end()
    })
  }
}

/** A session with one mail; each flow has a maildrop of its own. */
async function pop3(flow: number): Promise<Ask> {
  const lines = [`USER u${flow / 100}`, 'PASS x', 'STAT', 'RETR 1', 'QUIT']
  return answered => {
    const socket = net.connect({ ...at, noDelay: true })
    let text = ''
    let next = 0
    let good = true
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      if (!text.endsWith(lines[next - 1] === 'RETR 1' ? '\r\n.\r\n' : '\r\n')) return
      good &&= text.startsWith('+OK')
      text = ''
      if (next < lines.length) socket.write(`${lines[next++]}\r\n`)
      else {
        socket.once('close', () => answered(good))
        socket.end()
      }
    })
  }
}

/** Where the last line of what came begins, ended or not. */
function lastLine(text: string): number {
  return text.lastIndexOf('\n', text.length - 2) + 1
}

/** Commands of IMAP one after another, each tagged; a flow logs in as a user of its own. */
function imapTalk(socket: net.Socket, commands: string[], done: (good: boolean) => void): void {
  let text = ''
  let next = 0
  let good = true
  const hear = (chunk: Buffer) => {
    text += chunk.toString('latin1')
    const last = lastLine(text)
    if (!text.endsWith('\r\n') || !text.startsWith(next === 0 ? '* ' : `t${next} `, last)) return
    const status = text.slice(last).split(' ')[1]
    const isFetch = commands[next - 1]?.startsWith('FETCH')
    good &&= status === 'OK' && (!isFetch || text.length > 900)
    text = ''
    if (next < commands.length) socket.write(`t${next + 1} ${commands[next++]}\r\n`)
    else {
      socket.off('data', hear)
      done(good)
    }
  }
  socket.on('data', hear)
}

const fetchOne = 'FETCH 1 (UID BODY.PEEK[])'

async function imapSession(flow: number): Promise<Ask> {
  const commands = [`LOGIN u${flow / 100} x`, 'SELECT INBOX', fetchOne, 'LOGOUT']
  return answered => {
    const socket = net.connect({ ...at, noDelay: true })
    imapTalk(socket, commands, good => {
      socket.once('close', () => answered(good))
      socket.end()
    })
  }
}

async function imapFetch(flow: number): Promise<Ask> {
  const socket = net.connect({ ...at, noDelay: true })
  await new Promise(resolve => imapTalk(socket, [`LOGIN u${flow / 100} x`, 'SELECT INBOX'], resolve))
  let tag = 2
  let done = (_good: boolean) => {}
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
    const last = lastLine(text)
    if (!text.endsWith('\r\n') || !text.startsWith(`t${tag} `, last)) return
    const good = text.startsWith(`t${tag} OK`, last) && text.length > 900
    text = ''
    done(good)
  })
  return answered => {
    done = answered
    socket.write(`t${++tag} ${fetchOne}\r\n`)
  }
}

const message = Buffer.alloc(100, 'm')

/** A message there and back. */
async function echo(): Promise<Ask> {
  const socket = net.connect({ ...at, noDelay: true })
  let done = (_good: boolean) => {}
  let heard = 0
  socket.on('data', chunk => {
    heard += chunk.length
    if (heard < message.length) return
    heard = 0
    done(true)
  })
  await new Promise(resolve => socket.once('connect', resolve))
  return answered => {
    done = answered
    socket.write(message)
  }
}

async function udp(): Promise<Ask> {
  const socket = dgram.createSocket('udp4')
  let done = (_good: boolean) => {}
  socket.on('message', heard => done(heard.length === message.length))
  await new Promise<void>(resolve => socket.connect(at.port, at.host, () => resolve()))
  return answered => {
    done = answered
    socket.send(message)
  }
}

/** Megabytes a second in one direction. */
async function bulk(down: boolean): Promise<never> {
  const socket = net.connect(at)
  const chunk = Buffer.alloc(65_536, 'x')
  let octets = 0
  if (down) socket.on('data', heard => (octets += heard.length))
  else {
    const go = () => {
      do octets += chunk.length
      while (socket.write(chunk))
    }
    socket.on('drain', go)
    go()
  }
  const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
  await pause(500)
  octets = 0
  const start = performance.now()
  await pause(Number(values.seconds) * 1000)
  const value = octets / 1000 / (performance.now() - start)
  console.log(JSON.stringify({ value, p50us: 0, p999us: 0, errors: 0 }))
  process.exit(0)
}

if (values.shape === 'down' || values.shape === 'up') await bulk(values.shape === 'down')

const shapes: Record<string, (flow: number) => Promise<Ask>> = {
  dns,
  http,
  'smtp-kept': smtpKept,
  'smtp-new': smtpNew,
  pop3,
  'imap-session': imapSession,
  'imap-fetch': imapFetch,
  echo,
  udp,
}
const shape = shapes[values.shape ?? '']
if (shape === undefined) throw new Error(`expected --shape ${Object.keys(shapes).join('|')}, got ${values.shape}`)

const asks = await Promise.all(Array.from({ length: flows }, (_, flow) => shape(flow * 100)))
const latencies: number[] = []
let errors = 0
let begun = 0

function round(until: number): Promise<unknown> {
  return Promise.all(
    asks.map(
      ask =>
        new Promise<void>(resolve => {
          const again = () => {
            const start = performance.now()
            if (start >= until || begun++ >= count) resolve()
            else
              ask(good => {
                latencies.push(performance.now() - start)
                if (!good) errors++
                again()
              })
          }
          again()
        }),
    ),
  )
}

await round(performance.now() + 500) // until the code is warm
latencies.length = begun = 0
const start = performance.now()
await round(start + (values.count === undefined ? Number(values.seconds) * 1000 : 60_000))
const seconds = (performance.now() - start) / 1000
latencies.sort((a, b) => a - b)
const at_ = (part: number) => Math.round((latencies[Math.floor((latencies.length - 1) * part)] ?? Number.NaN) * 1000)
console.log(JSON.stringify({ value: latencies.length / seconds, p50us: at_(0.5), p999us: at_(0.999), errors }))
process.exit(0)
