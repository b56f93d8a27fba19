// Every example in the documents is real: code is type-checked and run, excerpts stand in their files, commands parse.

import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { protocols } from '../protocols.ts'
import { checkTape } from '../tape/check.ts'
import { loadForms } from '../tape/forms.ts'
import { TapeFile } from '../tape/tape-file.ts'
import { openWorld } from '../worlds/open.ts'

const root = resolve(import.meta.dirname, '..')

interface Block {
  /** The document and the line in it. */
  where: string
  language: string
  /** The file that it is an excerpt of. */
  file: string | undefined
  /** `tape`, or `turns` and a service's protocol. */
  kind: string | undefined
  text: string
}

const documents = globSync(['*.md', 'docs/**/*.md', 'bench/*.md', 'labs/**/*.md'], { cwd: root })

const blocks: Block[] = documents.flatMap(path => {
  const markdown = readFileSync(join(root, path), 'utf8')
  return [...markdown.matchAll(/^```(\w+)(?: file=(\S+)| (tape|turns .+))?\n([\s\S]*?)^```$/gm)].map(match => ({
    where: `${path}:${markdown.slice(0, match.index).split('\n').length}`,
    language: match[1]!,
    file: match[2],
    kind: match[3],
    text: match[4]!,
  }))
})

const of = (language: string) =>
  blocks.filter(block => block.language === language && block.file === undefined && block.kind === undefined)

async function run(...command: string[]): Promise<{ status: number | null; output: string }> {
  const [program, ...args] = command as [string, ...string[]]
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', chunk => void (output += chunk))
  child.stderr.on('data', chunk => void (output += chunk))
  const status = await new Promise<number | null>(done => child.on('close', done))
  return { status, output }
}

test.each(blocks.filter(({ file }) => file !== undefined).map(block => [block.where, block] as const))(
  'the excerpt at %s stands in its file',
  (_where, { file, text }) => {
    // Indentation does not count: formatters shift an excerpt to the left.
    const plain = (code: string) => code.replace(/^ +/gm, '')
    expect(`\n${plain(readFileSync(join(root, file!), 'utf8'))}`.includes(`\n${plain(text)}`), text).toBe(true)
  },
)

describe('examples in TypeScript', () => {
  let folder = ''
  const code = of('ts').map((block, index) => ({
    ...block,
    name: /from '(backlot\/)?vitest'/.test(block.text) ? `example-${index}.test.ts` : `example-${index}.ts`,
  }))

  beforeAll(() => {
    folder = mkdtempSync(join(root, 'docs', '.examples-'))
    for (const { name, text } of code) {
      const linked = text
        .replace(/from 'backlot'/g, "from '../../index.ts'")
        .replace(/from 'backlot\/vitest'/g, "from '../../vitest.ts'")
      writeFileSync(join(folder, name), `${linked}\nexport {}\n`)
    }
    const options = { extends: '../../tsconfig.json', include: ['./*.ts'], exclude: [] }
    writeFileSync(join(folder, 'vitest.config.js'), 'export default {}\n')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options))
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('type-check', async () => {
    const { status, output } = await run(
      'npx',
      'tsc',
      '-p',
      relative(root, folder),
      '--isolatedDeclarations',
      'false',
      '--declaration',
      'false',
    )
    expect(status, output).toBe(0)
  }, 60_000)

  test.each(code.filter(({ name }) => !name.includes('.test.')).map(({ where, name }) => [where, name]))(
    '%s runs',
    async (_where, name) => {
      const { status, output } = await run(process.execPath, '--no-warnings', join(folder, name!))
      expect(status, output).toBe(0)
    },
    20_000,
  )

  test('those that are tests pass', async () => {
    const { status, output } = await run('npx', 'vitest', 'run', '--root', relative(root, folder))
    expect(status, output).toBe(0)
  }, 60_000)
})

test.each(of('yaml').map(({ where, text }) => [where, text]))('the world at %s opens', async (_where, text) => {
  const folder = mkdtempSync(join(root, 'docs', '.examples-'))
  try {
    writeFileSync(join(folder, 'world.yaml'), text!)
    await using network = await openWorld({ file: join(folder, 'world.yaml') })
    expect(network.hosts.length).toBeGreaterThan(0)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

const tapes = blocks.filter(({ kind }) => kind !== undefined)

test.each(tapes.map(block => [block.where, block] as const))('the tape at %s is one', async (_where, block) => {
  const { kind, text } = block
  const folder = mkdtempSync(join(root, 'docs', '.examples-'))
  try {
    const service = `${kind!.replace('turns ', '')} name.example:7`
    const head = kind === 'tape' ? '' : `tape: 1\n---\nconversation: 1\nservice: ${service}\n`
    writeFileSync(join(folder, 'a.tape.yaml'), `${head}${text}${kind === 'tape' ? '' : '...\n'}`)
    using tape = new TapeFile(join(folder, 'a.tape.yaml'))
    expect(checkTape(tape, await loadForms())).toEqual([])
    expect(tape.conversation(0).turns.length).toBeGreaterThan(0)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

const lines = of('sh').flatMap(({ where, text }) =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => [where, line] as const),
)

const commands = lines.flatMap(([where, line]) => {
  const found = /(?:^|&& )(?:npx )?backlot (.*)$/.exec(line)
  return found === null ? [] : [[where, found[1]!] as const]
})

test.each(commands)(
  '%s: backlot %s is a command with such options',
  async (_where, text) => {
    const [name, ...rest] = text.split(' -- ')[0]!.split(/\s+/)
    const command = name === 'tape' ? [name, rest[0]!] : [name!]
    const { status, output } = await run(process.execPath, 'cli/main.ts', ...command, '--help')
    expect(status, output).toBe(0)
    for (const option of rest.filter(word => word.startsWith('--'))) expect(output).toContain(option)
  },
  20_000,
)

test('scripts that the documents name are there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const named = lines.flatMap(([, line]) => [...line.matchAll(/npm (?:run )?(?!ci\b|install\b|run\b)([\w:]+)/g)])
  expect(named.map(([, script]) => script!).filter(script => !(script in scripts))).toEqual([])
})

test('the table of protocols in README.md is the list of protocols', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const rows = [...readme.matchAll(/^\| `(\w+)` +\| ([^|]+?) +\|/gm)].map(([, name, ports]) => [name, ports])
  const listed = Object.values(protocols).map(({ name, ports }) => [
    name,
    ports.map(({ port, transport, tls }) => `${port}/${transport}${tls ? ' (TLS)' : ''}`).join(', ') || 'chosen',
  ])
  expect(rows).toEqual(listed)
})

test('links between documents lead somewhere', () => {
  const broken = documents.flatMap(path =>
    [...readFileSync(join(root, path), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .map(([, target]) => target!)
      .filter(target => globSync(join(path, '..', target), { cwd: root }).length === 0)
      .map(target => `${path}: ${target}`),
  )
  expect(broken).toEqual([])
})
