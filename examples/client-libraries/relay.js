// A service of the network that hands its connections on to a server which a library brings along, on a port of this
// machine: the libraries' own servers, where backlot has no fake of the protocol.

import { connect } from 'node:net'
import { tcp } from 'backlot'

export function relay(port, server, options = {}) {
  return tcp(
    async connection => {
      const { port: real } = server.address()
      const far = connect(real, '127.0.0.1')
      far.on('data', chunk => connection.write(chunk).catch(() => {}))
      far.on('end', () => connection.end()).on('error', () => connection.reset())
      try {
        for await (const chunk of connection) far.write(chunk)
      } finally {
        far.end()
      }
    },
    { port, ...options },
  )
}

/** Starts a server on a free port of this machine; it is closed with the test. */
export async function started(context, server) {
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => new Promise(resolve => server.close(resolve)))
  return server
}
