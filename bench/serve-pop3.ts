// A POP3 fake on a port of this machine with a tap on it and a mail for each of 64 users, for drivers that measure:
// node bench/serve-pop3.ts --port N

import { parseArgs } from 'node:util'
import { pop3 } from '../index.ts'
import { Network } from '../net/network.ts'
import { fixedPort } from './fixed-port.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '1110' } } })
const port = Number(values.port)

const network = new Network({ clock: 'running' }, fixedPort(port))
network.tap({ segment() {}, plain() {} })
const content = `Subject: x\n\n${`${'x'.repeat(70)}\n`.repeat(13)}`
const names = Array.from({ length: 64 }, (_, at) => `u${at}`)
const users = Object.fromEntries(names.map(name => [name, 'x']))
const mail = Object.fromEntries(names.map(name => [name, [content]]))
await network.host('mx.example.test', { pop3: pop3({ ports: [110], users, mail }) })
console.log('ready', port)
