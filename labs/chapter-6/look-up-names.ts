// Asks for a name and a type of record, looks it up, and asks again until the answer is "n".
// node look-up-names.ts [SERVER[:PORT]]

import { isIP } from 'node:net'
import { createInterface } from 'node:readline'
import { DnsError, lookUpTypes, query } from '../../clients/dns.ts'
import { NetworkError, UsageError } from '../../net/errors.ts'
import { ProtocolError } from '../../wire/decoder.ts'
import { reverseName } from '../../wire/dns/address.ts'
import type { DnsMessage } from '../../wire/dns/message.ts'
import { parseType } from '../../wire/dns/record.ts'
import { formatRecord } from '../../wire/dns/text.ts'

const [server] = process.argv.slice(2)
const input = createInterface({ input: process.stdin })
const lines = input[Symbol.asyncIterator]()

/** The next line of the input; undefined at its end. */
async function ask(prompt: string): Promise<string | undefined> {
  process.stdout.write(prompt)
  const { value, done } = await lines.next()
  return done ? undefined : value.trim()
}

function show({ answers, authorities, additionals }: DnsMessage): void {
  if (answers.length === 0) console.log('No records of this type')
  for (const [section, records] of Object.entries({ answers, authorities, additionals })) {
    if (records.length > 0) console.log(`${section}:`)
    for (const record of records) console.log(`  ${formatRecord(record)}`)
  }
}

async function look(name: string, asked: string): Promise<void> {
  const type = lookUpTypes.find(each => each === parseType(asked))
  if (type === undefined) {
    console.log(`Record type: ${asked} is not implemented`)
    return
  }
  try {
    // An address is looked up the other way round.
    const wanted = type === 'PTR' && isIP(name) !== 0 ? reverseName(name) : name
    show(await query(wanted, type, server === undefined ? {} : { servers: [server] }))
  } catch (error) {
    if (error instanceof UsageError) process.exitCode = 2
    else if (!(error instanceof DnsError || error instanceof NetworkError || error instanceof ProtocolError))
      throw error
    console.log(error.message)
  }
}

for (;;) {
  const name = await ask('Name: ')
  const type = name === undefined ? undefined : await ask('Record type: ')
  if (name === undefined || type === undefined) break
  await look(name, type)
  if (process.exitCode !== undefined) break
  if ((await ask('Another one? (y/n) '))?.toLowerCase() === 'n') break
}
input.close()
