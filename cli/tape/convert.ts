// backlot tape convert: to and from captures and HTTP archives.

import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import { UsageError } from '../../net/errors.ts'
import { parseArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { mustBeWritable } from '../tape-arguments.ts'
import { say } from '../terminal.ts'

const help = `Turns a tape into a capture or an HTTP archive, or one of these into a tape. The ends of the names tell which is which:
.tape.yaml, .pcapng, .pcap, .har.

Usage: backlot tape convert FROM TO [--keys FILE]

Options:
  --keys FILE   secrets of TLS for a capture that does not have them inside (NSS key log, as SSLKEYLOGFILE names it)

A tape becomes a capture by being played once more, under TLS where it was recorded so; the capture has what decrypts it
inside. Of a capture only what can be decrypted becomes part of the tape. Secrets are hidden as when recording.

An archive has the tape's exchanges of HTTP as browsers show them: bodies without compression, placeholders where secrets
were. An archive (of a browser's developer tools, Playwright, mitmproxy, Polly) of up to 256 MiB becomes messages of HTTP/1.1
without compression, whatever version they were in; what has no answer and WebSocket are left out.

Example:
  backlot tape convert mail.tape.yaml mail.pcapng
  backlot tape convert www.example.org.har web.tape.yaml`

type Kind = 'tape' | 'capture' | 'archive'

function kindOf(file: string): Kind {
  const extension = extname(file).toLowerCase()
  if (extension === '.yaml' || extension === '.yml') return 'tape'
  if (extension === '.pcapng' || extension === '.pcap') return 'capture'
  if (extension === '.har') return 'archive'
  throw new UsageError(`tape convert: expected a file that ends in .tape.yaml, .pcapng, .pcap or .har, got ${file}`)
}

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArguments('tape convert', args, { keys: { type: 'string' } })
  const [from, to, ...more] = positionals
  if (from === undefined || to === undefined || more.length > 0) {
    throw new UsageError(`tape convert: expected two files, got ${positionals.length}; see backlot tape convert --help`)
  }
  const kinds = [kindOf(from), kindOf(to)] as const
  if ((kinds[0] === 'tape') === (kinds[1] === 'tape')) {
    throw new UsageError(`tape convert: expected a tape on one side, got ${from} and ${to}`)
  }
  if (extname(to).toLowerCase() === '.pcap') {
    throw new UsageError(`tape convert: expected a capture that ends in .pcapng to write, got ${to}`)
  }
  if (!existsSync(from)) throw new UsageError(`tape convert: expected a file, got ${from}, which is not there`)
  mustBeWritable('tape convert', to)
  const notes = await convert(kinds[0] === 'tape' ? kinds[1] : kinds[0], kinds[0] === 'tape', from, to, values.keys)
  for (const note of notes) say(note)
  return 0
}

async function convert(
  other: Kind,
  fromTape: boolean,
  from: string,
  to: string,
  keyLog: string | undefined,
): Promise<readonly string[]> {
  if (other === 'capture') {
    const { captureOfTape, tapeOfCapture } = await import('./captures.ts')
    return fromTape ? await captureOfTape(from, to) : await tapeOfCapture(from, to, keyLog)
  }
  const { archiveOfTape, tapeOfArchive } = await import('./archives.ts')
  return fromTape ? await archiveOfTape(from, to) : await tapeOfArchive(from, to)
}

export const command: Command = { name: 'convert', summary: 'to and from captures and HTTP archives', help, run }
