// The packages of examples/ with the packed project installed in them, as their users have it, under each Node that is
// there.

import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { cp, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, describe as group, test } from 'vitest'

const run = promisify(execFile)
const home = fileURLToPath(new URL('..', import.meta.url))
// What has a lock file of its own has a test of its own.
const examples = readdirSync(join(home, 'examples')).filter(
  name => !existsSync(join(home, 'examples', name, 'package-lock.json')),
)
const nodes = [process.execPath, ...(process.env.BACKLOT_TEST_NODES ?? '').split(':').filter(path => path !== '')]

let place: string
let tarball: string

beforeAll(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), 'backlot-examples-')))
  await run('npm', ['pack', '--pack-destination', place], { cwd: home })
  tarball = join(place, (await readdir(place)).find(name => name.endsWith('.tgz'))!)
})

afterAll(() => rm(place, { recursive: true, force: true }))

group.each(examples)('%s', name => {
  let folder: string

  beforeAll(async () => {
    folder = join(place, name)
    await cp(join(home, 'examples', name), folder, {
      recursive: true,
      filter: path => basename(path) !== 'node_modules',
    })
    await run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: folder })
  }, 180_000)

  test.each(nodes)('its tests pass under %s', async node => {
    const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}`, NO_COLOR: '1', CI: 'true' }
    const { status, output } = await run('npm', ['test'], { cwd: folder, env }).then(
      ({ stdout, stderr }) => ({ status: 0, output: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        status: error.code,
        output: error.stdout + error.stderr,
      }),
    )
    expect({ status, output }, output).toMatchObject({ status: 0 })
    expect(output).toMatch(/^\s*(?:ℹ pass|Tests {2}|Tests:\s+)\s*[1-9]/m)
  })
})
