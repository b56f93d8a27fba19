import { expect, onTestFinished, test } from 'vitest'
import { Network } from '../net/network.ts'
import type { NameQuestion } from './names.ts'
import type { Outside } from './outside.ts'
import { OutsideNames } from './outside-names.ts'
import { Trust } from './relay.ts'

const addresses: Record<string, readonly string[]> = {
  'one.example': ['192.0.2.1', '192.0.2.2'],
  'two.example': ['192.0.2.1', '192.0.2.2'],
  'three.example': ['192.0.2.2', '192.0.2.3'],
}

function looking(): { network: Network; names: OutsideNames; asked: string[] } {
  const asked: string[] = []
  const outside = {
    addresses: async (name: string) => {
      asked.push(name)
      return addresses[name] ?? []
    },
    ask: async () => undefined,
  } as unknown as Outside
  const network = new Network()
  onTestFinished(() => network.close())
  const upstream = { trust: new Trust([]), following: () => undefined, alpn: () => undefined, trouble: () => {} }
  return { network, asked, names: new OutsideNames(network, { outside, hosting: { ports: [], upstream } }) }
}

const question = (name: string) => ({ name, type: 'A', octets: Buffer.alloc(0) }) as unknown as NameQuestion

test('names that share addresses stand there together, asked for at once or not', async () => {
  const { network, names } = looking()
  await Promise.all(['one.example', 'two.example'].map(name => names.ask(question(name))))
  await names.ask(question('three.example'))
  for (const [name, list] of Object.entries(addresses)) {
    expect(network.lookup(name).toSorted()).toEqual(list)
    for (const address of list) expect(network.reach({ address, port: 80 }, 'tcp').outcome).toBe('served')
  }
})

test('a name is looked up once, and one that is not there is not in the network', async () => {
  const { network, names, asked } = looking()
  await Promise.all(['none.example', 'none.example'].map(name => names.ask(question(name))))
  expect(asked).toEqual(['none.example'])
  expect(names.has('none.example')).toBe(true)
  expect(network.hostOf('none.example')).toBeUndefined()
})
