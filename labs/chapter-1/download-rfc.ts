// Downloads an RFC over HTTP and prints it: node labs/chapter-1/download-rfc.ts 2324

import { HttpError, request } from '../../clients/http.ts'
import { NetworkError } from '../../net/errors.ts'

const [number = ''] = process.argv.slice(2)
if (!/^\d+$/.test(number)) {
  console.error('Must supply an RFC number as first argument')
  process.exit(2)
}

try {
  const rfc = await request(`http://www.ietf.org/rfc/rfc${number}.txt`)
  for await (const piece of rfc) process.stdout.write(piece)
} catch (error) {
  if (!(error instanceof HttpError || error instanceof NetworkError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
