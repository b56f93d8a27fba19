import { expect, test } from 'vitest'
import { come, exchange, openYard, Talker, turns } from '../scenarios/fault-yard.ts'
import { type FirewallOptions, firewall } from './firewall.ts'

const here = { host: 'a.example', port: 4000 }

test('a firewall without rules drops everything', async () => {
  const { network } = await openYard()
  using _inside = network.intercept()
  using wall = network.fault(firewall())
  const talker = new Talker(here)
  await come(() => wall.hits === 1)
  await turns()
  expect(talker.socket.connecting).toBe(true)
  expect(network.unreachedFaults).toEqual([])
})

const allowed: [string, FirewallOptions][] = [
  ['a name', { rules: [{ action: 'allow', to: 'A.example' }] }],
  ['an address', { rules: [{ action: 'allow', to: '198.18.240.201' }] }],
  ['a range', { rules: [{ action: 'allow', to: '198.18.0.0/15' }] }],
  ['a port', { rules: [{ action: 'allow', port: 4000 }] }],
  ['ports', { rules: [{ action: 'allow', port: [3999, 4001] }] }],
  ['a transport', { rules: [{ action: 'allow', transport: 'tcp' }] }],
  ['a direction', { rules: [{ action: 'allow', direction: 'out' }] }],
  ['where it comes from', { rules: [{ action: 'allow', from: '10.0.2.0/24' }] }],
  ['the first rule that fits', { rules: [{ action: 'allow' }, { action: 'reject' }] }],
  ['what no rule fits', { rules: [{ action: 'reject', to: 'b.example' }], otherwise: 'allow' }],
]

test.each(allowed)('it lets through by %s', async (_what, options) => {
  const { network } = await openYard()
  using _inside = network.intercept()
  using wall = network.fault(firewall(options))
  expect(await new Talker(here).until(heard => heard !== '')).toBe('hello\n')
  expect(wall.hits).toBe(0)
})

const rejected: [string, FirewallOptions][] = [
  ['another name', { rules: [{ action: 'allow', to: 'b.example' }], otherwise: 'reject' }],
  ['another address', { rules: [{ action: 'allow', to: '198.18.0.2' }], otherwise: 'reject' }],
  ['another port', { rules: [{ action: 'allow', port: [4001, 5000] }], otherwise: 'reject' }],
  ['another transport', { rules: [{ action: 'allow', transport: 'udp' }], otherwise: 'reject' }],
  ['another direction', { rules: [{ action: 'allow', direction: 'in' }], otherwise: 'reject' }],
  ['the first rule that fits', { rules: [{ action: 'reject' }, { action: 'allow' }] }],
]

test.each(rejected)('it refuses by %s', async (_what, options) => {
  const { network } = await openYard()
  using _inside = network.intercept()
  using wall = network.fault(firewall(options))
  expect(await new Talker(here).done).toMatchObject({ end: 'ECONNREFUSED' })
  expect(wall.hits).toBe(1)
})

test('it is between the machine and the others, not between others', async () => {
  const { network } = await openYard()
  const [host] = network.hosts
  network.fault(firewall())
  const socket = await network.dial(host!, { address: host!.addresses[0]!, port: 4000 })
  const heard = await new Promise(resolve => socket.once('data', chunk => resolve(String(chunk))))
  expect(heard).toBe('hello\n')
  socket.destroy()
})

test('it has datagrams lost, also at a plain endpoint', async () => {
  const { network, datagrams } = await openYard()
  const wall = network.fault(firewall({ rules: [{ action: 'allow', transport: 'tcp' }] }))
  const answers = exchange(datagrams.endpoint, ['a'], 1)
  await come(() => wall.hits === 1)
  expect(datagrams.received).toHaveLength(0)
  wall[Symbol.dispose]()
  expect(await exchange(datagrams.endpoint, ['b'], 1)).toEqual(['b'])
  void answers
})

test('connections that are open stay so', async () => {
  const { network } = await openYard()
  using _inside = network.intercept()
  const talker = new Talker(here)
  await talker.until(heard => heard !== '')
  using _wall = network.fault(firewall())
  expect(await talker.say('x\n').until(heard => heard.includes('x'))).toBe('hello\nyou said x\n')
})

test.each<[FirewallOptions, string]>([
  [{ otherwise: 'deny' as never }, 'firewall: expected otherwise as allow, reject or drop, got "deny"'],
  [{ rules: [{} as never] }, 'firewall: expected action as allow, reject or drop, got undefined'],
  [
    { rules: [{ action: 'drop', direction: 'up' as never }] },
    'firewall: expected direction as in, out or forward, got "up"',
  ],
  [
    { rules: [{ action: 'drop', transport: 'icmp' as never }] },
    'firewall: expected transport as tcp or udp, got "icmp"',
  ],
  [
    { rules: [{ action: 'drop', dport: 25 } as never] },
    'firewall: expected one of action, direction, transport, from, to, port in a rule, got dport',
  ],
  [
    { rules: [{ action: 'drop', port: [5, 4] }] },
    'firewall: expected a port from 1 to 65535, or a pair of them, got [5,4]',
  ],
  [{ rules: [{ action: 'drop', to: '10.0.0.0/99' }] }, 'expected a range such as 192.0.2.0/24, got "10.0.0.0/99"'],
  [{ rules: [{ action: 'drop', from: 'a.example' }] }, 'expected an IPv4 or IPv6 address, got "a.example"'],
])('rules that cannot be ones are refused: %j', (options, message) => {
  expect(() => firewall(options)).toThrow(message)
})
