// Bare Node servers, as small as they can be: canned answers, next to no parsing. What a fake is held against.
// node bench/bare.ts --kind dns|http|smtp|pop3|imap|echo|source|sink|udp-echo --port N, or --kind relay|udp-relay --target PORT --port N

import dgram from 'node:dgram'
import http from 'node:http'
import net from 'node:net'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    kind: { type: 'string' },
    port: { type: 'string', default: '0' },
    target: { type: 'string', default: '0' },
  },
})
const target = Number(values.target)
const at = { host: '127.0.0.1', port: Number(values.port) }
const ready = () => console.log('ready', at.port)

const answer = Buffer.from('c00c000100010000003c00047f000009', 'hex') // the name asked for, A, IN, 60 s, 127.0.0.9

const kinds: Record<string, () => void> = {
  dns() {
    const socket = dgram.createSocket('udp4')
    socket.on('message', (message, from) => {
      const reply = Buffer.concat([message, answer])
      reply.writeUInt16BE(0x8580, 2)
      reply.writeUInt16BE(1, 6)
      socket.send(reply, from.port, from.address)
    })
    socket.bind(at.port, at.host, ready)
  },
  http() {
    const body = Buffer.alloc(100, 'x')
    const headers = { 'Content-Type': 'text/plain', 'Content-Length': body.length }
    http.createServer((_request, response) => response.writeHead(200, headers).end(body)).listen(at, ready)
  },
  smtp() {
    const server = net.createServer({ noDelay: true }, socket => {
      let text = ''
      let data = false
      socket.write('220 bare\r\n')
      socket.on('error', () => {})
      socket.on('data', chunk => {
        text += chunk.toString('latin1')
        for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
          const line = text.slice(0, end)
          text = text.slice(end + 2)
          if (data) {
            if (line !== '.') continue
            data = false
            socket.write('250 ok\r\n')
          } else if (line === 'DATA') {
            data = true
            socket.write('354 go\r\n')
          } else if (line === 'QUIT') socket.end('221 bye\r\n')
          else socket.write('250 ok\r\n')
        }
      })
    })
    server.listen({ ...at, backlog: 4096 }, ready)
  },
}

kinds.pop3 = () => {
  const mail = `+OK\r\nSubject: x\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(13)}.\r\n`
  const server = net.createServer({ noDelay: true }, socket => {
    let text = ''
    socket.write('+OK bare\r\n')
    socket.on('error', () => {})
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const verb = text.slice(0, 4)
        text = text.slice(end + 2)
        if (verb === 'QUIT') socket.end('+OK\r\n')
        else socket.write(verb === 'STAT' ? '+OK 1 950\r\n' : verb === 'RETR' ? mail : '+OK\r\n')
      }
    })
  })
  server.listen({ ...at, backlog: 4096 }, ready)
}
kinds.imap = () => {
  const mail = `Subject: x\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(13)}`
  const replies: Record<string, string> = {
    SELECT: '* FLAGS (\\Seen)\r\n* 1 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1] ids\r\n* OK [UIDNEXT 2] next\r\n',
    FETCH: `* 1 FETCH (UID 1 BODY[] {${mail.length}}\r\n${mail})\r\n`,
    LOGOUT: '* BYE bye\r\n',
  }
  const server = net.createServer({ noDelay: true }, socket => {
    let text = ''
    socket.write('* OK [CAPABILITY IMAP4rev1] bare\r\n')
    socket.on('error', () => {})
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const [tag, verb] = text.slice(0, end).split(' ') as [string, string]
        text = text.slice(end + 2)
        socket.write(`${replies[verb] ?? ''}${tag} OK done\r\n`)
        if (verb === 'LOGOUT') socket.end()
      }
    })
  })
  server.listen({ ...at, backlog: 4096 }, ready)
}
kinds.echo = () => {
  net
    .createServer({ noDelay: true }, socket => void socket.on('error', () => {}).pipe(socket))
    .listen({ ...at, backlog: 4096 }, ready)
}
kinds.source = () => {
  const chunk = Buffer.alloc(65_536, 'x')
  const server = net.createServer(socket => {
    const go = () => {
      while (!socket.destroyed && socket.write(chunk));
    }
    socket.on('error', () => {}).on('drain', go)
    go()
  })
  server.listen(at, ready)
}
kinds.sink = () => {
  net.createServer(socket => void socket.on('error', () => {}).resume()).listen(at, ready)
}
kinds['udp-echo'] = () => {
  const socket = dgram.createSocket('udp4')
  socket.on('message', (message, from) => socket.send(message, from.port, from.address))
  socket.bind(at.port, at.host, ready)
}
kinds.relay = () => {
  const server = net.createServer({ noDelay: true }, socket => {
    const upstream = net.connect({ host: at.host, port: target, noDelay: true })
    socket.on('error', () => {}).on('close', () => upstream.destroy())
    upstream.on('error', () => {}).on('close', () => socket.destroy())
    socket.pipe(upstream).pipe(socket)
  })
  server.listen({ ...at, backlog: 4096 }, ready)
}
kinds['udp-relay'] = () => {
  const socket = dgram.createSocket('udp4')
  const upstreams = new Map<number, dgram.Socket>()
  socket.on('message', (message, from) => {
    let upstream = upstreams.get(from.port)
    if (upstream === undefined) {
      upstream = dgram.createSocket('udp4')
      upstream.on('message', answer => socket.send(answer, from.port, from.address))
      upstreams.set(from.port, upstream)
    }
    upstream.send(message, target, at.host)
  })
  socket.bind(at.port, at.host, ready)
}

const kind = kinds[values.kind ?? '']
if (kind === undefined) throw new Error(`expected --kind ${Object.keys(kinds).join('|')}, got ${values.kind}`)
kind()
