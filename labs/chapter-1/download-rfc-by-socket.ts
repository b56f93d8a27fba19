// Downloads an RFC with nothing but a TCP socket and prints all that the server says, headers included:
// node labs/chapter-1/download-rfc-by-socket.ts 2324

import net from 'node:net'
import { networkError } from '../../net/errors.ts'

const [number = ''] = process.argv.slice(2)
if (!/^\d+$/.test(number)) {
  console.error('Must supply an RFC number as first argument')
  process.exit(2)
}

try {
  const socket = net.connect(80, 'www.ietf.org')
  socket.write(
    `GET /rfc/rfc${number}.txt HTTP/1.1\r\n` +
      'Host: www.ietf.org:80\r\n' +
      'User-Agent: Node socket\r\n' +
      'Connection: close\r\n' + // so that the end of the response is the end of the connection
      '\r\n',
  )
  for await (const piece of socket) process.stdout.write(piece)
} catch (error) {
  console.error((networkError('tcp connection', error) as Error).message)
  process.exitCode = 1
}
