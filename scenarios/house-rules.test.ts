import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as api from '../index.ts'
import { protocols } from '../protocols.ts'
import { worldJsonSchema } from '../worlds/json-schema.ts'

const root = resolve(import.meta.dirname, '..')

interface Source {
  /** From the root, with slashes. */
  path: string
  text: string
}

const read = (pattern: string): Source[] =>
  globSync(pattern, { cwd: root, exclude: ['node_modules/**', 'dist/**'] })
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => !/(^|\/)node_modules\//.test(path))
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))

const sources = read('**/*.ts')
const products = sources.filter(({ path }) => !/\.test\.ts$|^(scenarios|bench|labs)\/|\.config\.ts$/.test(path))

interface Import {
  /** From the root, or a package's name. */
  from: string
  typeOnly: boolean
}

function importsOf({ path, text }: Source): Import[] {
  const found = [...text.matchAll(/^(?:import|export)\s+(type\s+)?[^'"]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/gm)]
  return found.map(([, type, statically, dynamically]) => {
    const target = statically ?? dynamically!
    const from = target.startsWith('.') ? relative(root, resolve(root, dirname(path), target)) : target
    return { from: from.replaceAll('\\', '/'), typeOnly: type !== undefined }
  })
}

const inFolder = (folder: string) => products.filter(({ path }) => path.startsWith(`${folder}/`))
const isOurs = (from: string) => !from.startsWith('node:') && /[./]/.test(from) && from.endsWith('.ts')

/** What each folder may import of ours, beside itself. */
const mayImport: Record<string, RegExp> = {
  wire: /^$/,
  net: /^wire\/(asn1|x509)\.ts$/,
  faults: /^(net|wire)\/|^protocols\.ts$/,
  capture: /^(net|wire)\/|^protocols\.ts$/,
  clients: /^(net|wire)\//,
  fakes: /^(net|wire)\//,
  tape: /^(net|wire)\/|^protocols\.ts$/,
}

test.each(Object.keys(mayImport))('imports of %s/ go one way', folder => {
  const wrong = inFolder(folder).flatMap(source =>
    importsOf(source)
      .filter(({ from }) => isOurs(from) && !from.startsWith(`${folder}/`) && !mayImport[folder]!.test(from))
      // The words for the two sides of a link are wire's; a type loads nothing.
      .filter(({ from, typeOnly }) => !(folder === 'net' && typeOnly && from === 'wire/decoder.ts'))
      .map(({ from }) => `${source.path} imports ${from}`),
  )
  expect(wrong).toEqual([])
})

test('wire/ knows no sockets, files, timers or processes', () => {
  const impure = /^node:(net|tls|dgram|dns|fs|http|https|http2|timers|child_process|worker_threads|os|process)/
  const wrong = inFolder('wire').flatMap(source =>
    importsOf(source)
      .filter(({ from }) => impure.test(from))
      .map(({ from }) => `${source.path} imports ${from}`),
  )
  expect(wrong).toEqual([])
})

describe('time and chance come from the network', () => {
  const real: [string, RegExp][] = [
    ['the real clock', /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime/],
    ['unseeded chance', /\bMath\.random\(|\brandom(Bytes|UUID|Int|FillSync)\(|getRandomValues\(/],
    ['real timers', /\b(setTimeout|setInterval)\(|from 'node:timers/],
  ]
  test.each(real)('no code of fakes/, tape/, wire/ or net/ uses %s', (_what, pattern) => {
    const argued = new Set([
      'net/clock.ts', // it is the clock
      'net/turn.ts', // no time, only order
      'tape/catch-up.ts', // it waits for real servers
      'tape/outside.ts', // it asks real name servers: for some time, under ids that nobody can guess
      'tape/recorder.ts', // how soon a turn without an end is in the file, which no clock of a network decides
      'tape/reenact.ts', // it waits for real servers
      'tape/relay.ts', // it waits for a client that talks to real servers
    ])
    const wrong = ['fakes', 'tape', 'wire', 'net']
      .flatMap(inFolder)
      .filter(({ path }) => !argued.has(path) && !path.startsWith('net/namespace/'))
      .filter(({ text }) => pattern.test(withoutComments(text)))
      .map(({ path }) => path)
    expect(wrong).toEqual([])
  })
})

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}

describe.each(Object.keys(protocols))('the protocol %s is whole', name => {
  const { name: own, wire, tape } = protocols[name]!
  /** The test beside the module that is loaded. */
  const testOf = (load: () => unknown) => `${/\bwire\/[\w/-]+(?=\.ts)/.exec(String(load))?.[0]}.test.ts`

  test('it is known by its name, and the public API has a function of that name', () => {
    expect(own).toBe(name)
    expect(api).toHaveProperty(name, expect.any(Function))
  })

  test('it has a wire that follows a conversation, and the wire has tests', async () => {
    expect((await wire()).conversation('tcp').end('client')).toEqual([])
    expect(existsSync(join(root, testOf(wire))), testOf(wire)).toBe(true)
  })

  test('it has a form on tapes that hears nothing of a client that says nothing, and the form has tests', async () => {
    const form = await tape()
    const reading = { body: () => ({ size: 0 }) }
    for (const transport of ['tcp', 'udp'] as const) {
      const follower = form.follow(transport)
      follower.end('client')
      expect(follower.next()).toBeUndefined()
      expect(form.reader(reading, transport)).toHaveProperty('read', expect.any(Function))
    }
    for (const part of ['write', 'encode', 'identity', 'refuse']) {
      expect(form).toHaveProperty(part, expect.any(Function))
    }
    expect(existsSync(join(root, testOf(tape))), testOf(tape)).toBe(true)
  })

  test.each([`fakes/${name}.ts`, `clients/${name}.ts`, `scenarios/${name}.test.ts`])('it has %s', path => {
    expect(existsSync(join(root, path))).toBe(true)
  })
})

test('a world file can name every protocol', () => {
  const schema = JSON.parse(JSON.stringify(worldJsonSchema()))
  const { services } = schema.properties.hosts.additionalProperties.properties
  expect(Object.keys(services.properties).toSorted()).toEqual(Object.keys(protocols).toSorted())
})

test('the fakes, and no others, are in the list of protocols', () => {
  const fakes = inFolder('fakes')
    .filter(({ text }) => /^export (async )?function create[A-Z]\w*\(/m.test(text))
    .map(({ path }) => path.replace(/^fakes\/|\.ts$/g, ''))
  expect(fakes.toSorted()).toEqual(Object.keys(protocols).toSorted())
})

test('importing the public API loads no protocol and no network', () => {
  const [index] = read('index.ts')
  const statically = importsOf(index!).filter(({ typeOnly }) => !typeOnly)
  const dynamic = [...index!.text.matchAll(/\bimport\('(.+?)'\)/g)].map(([, from]) => from!.replace('./', ''))
  const loaded = statically.map(({ from }) => from).filter(from => isOurs(from) && !dynamic.includes(from))
  // The errors, for `instanceof`, and what only describes.
  expect(loaded.filter(path => !path.startsWith('faults/'))).toEqual(['net/errors.ts', 'wire/decoder.ts'])
})

test('files stay short enough to read', () => {
  const limit = 400
  const argued = new Map<string, string>([
    [
      'fakes/http/session.ts',
      'one connection from request to answer: framing, pipelining and keep-alive depend on each other',
    ],
    ['net/network.ts', 'the one place where hosts, names, places and links meet'],
  ])
  const long = products.filter(({ path, text }) => text.split('\n').length > limit && !argued.has(path))
  expect(long.map(({ path, text }) => `${path}: ${text.split('\n').length} lines`)).toEqual([])
})

test('no file has a name that collects', () => {
  const collecting = /(^|\/)(utils?|helpers?|common|misc|base|managers?|handlers?)(\.ts|\/)/
  expect(sources.map(({ path }) => path).filter(path => collecting.test(path))).toEqual([])
})

test('every file of the product begins with a sentence about what it is', () => {
  const silent = products.filter(({ text }) => !/^(#!.*\n)?(\/\/ |\/\*\*)/.test(text)).map(({ path }) => path)
  expect(silent).toEqual([])
})

test('no test sleeps, tries again or waits on a fixed port', () => {
  const wrong = sources
    .filter(({ path }) => /(?<!\.interop)\.test\.ts$/.test(path) && path !== 'scenarios/house-rules.test.ts')
    .filter(({ text }) => /\{ ?retry: \d|\bsleep\(|await setTimeout\(|\.listen\((?!0\b)\d+/.test(text))
    .map(({ path }) => path)
  expect(wrong).toEqual([])
})
