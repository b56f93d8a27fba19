// Client libraries in a network of the packed project: examples/client-libraries, installed on its own.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const home = fileURLToPath(new URL('../..', import.meta.url))
const example = join(home, 'examples', 'client-libraries')

let place: string

beforeAll(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), 'backlot-libraries-')))
  await cp(example, place, { recursive: true, filter: path => basename(path) !== 'node_modules' })
  await run('npm', ['pack', '--pack-destination', place], { cwd: home })
  const tarball = (await readdir(place)).find(name => name.endsWith('.tgz'))!
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund']
  await run('npm', ['ci', ...quietly], { cwd: place })
  // The Node that comes along is not needed: this one runs.
  await run('npm', ['install', '--no-save', '--omit=optional', ...quietly, `./${tarball}`], { cwd: place })
}, 180_000)

afterAll(() => rm(place, { recursive: true, force: true }))

const installed = (process.env.BACKLOT_TEST_NODES ?? '').split(':').filter(path => path !== '' && existsSync(path))

test.each([process.execPath, ...installed])(
  'client libraries reach a network, unmodified, under %s',
  async node => {
    const { stdout } = await run(node, ['-p', 'process.versions.node'])
    const folder = join(place, `node-${stdout.trim()}`)
    const tests = (await readdir(place)).filter(name => name.endsWith('.js'))
    await mkdir(folder)
    if (Number.parseInt(stdout, 10) >= 24) for (const name of tests) await cp(join(place, name), join(folder, name))
    // `using` is newer than Node 22.
    else
      await run(join(home, 'node_modules', '.bin', 'tsc'), [...oldSyntax, '--outDir', folder, ...tests], { cwd: place })
    const args = ['--test', '--test-timeout=20000', '--test-reporter=spec']
    const report = await run(node, [...args, ...tests.filter(name => name.endsWith('.test.js'))], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error)
    expect(report.stdout).toMatch(/^ℹ fail 0$/m)
    expect(report.stdout).not.toMatch(/^ℹ pass 0$/m)
  },
  120_000,
)

const oldSyntax = [
  '--allowJs',
  '--checkJs',
  'false',
  '--noCheck',
  '--skipLibCheck',
  '--types',
  '',
  '--target',
  'es2023',
]
oldSyntax.push('--module', 'nodenext')
