// An IMAP fake on a port of this machine with a tap on it and a mail for each of 64 users, for drivers that measure:
// node bench/serve-imap.ts --port N

import { parseArgs } from 'node:util'
import { imap } from '../index.ts'
import { Network } from '../net/network.ts'
import { fixedPort } from './fixed-port.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '1143' } } })
const port = Number(values.port)

const network = new Network({ clock: 'running' }, fixedPort(port))
network.tap({ segment() {}, plain() {} })
const content = `Subject: x\n\n${`${'x'.repeat(70)}\n`.repeat(13)}`
const names = Array.from({ length: 64 }, (_, at) => `u${at}`)
const users = Object.fromEntries(names.map(name => [name, 'x']))
const mail = Object.fromEntries(names.map(name => [name, [content]]))
await network.host('imap.example.test', { imap: imap({ ports: [143], users, mail }) })
console.log('ready', port)
