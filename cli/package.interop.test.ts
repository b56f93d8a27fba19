import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const home = fileURLToPath(new URL('..', import.meta.url))

let place: string
let installed: string

// Packs the package and installs it somewhere else. Its dependencies are linked: nothing is fetched.
beforeAll(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), 'backlot-package-')))
  await run('npm', ['pack', '--pack-destination', place], { cwd: home })
  const [tarball] = (await readdir(place)).filter(name => name.endsWith('.tgz'))
  await writeFile(join(place, 'package.json'), '{ "name": "user", "type": "module", "private": true }\n')
  installed = join(place, 'node_modules', 'backlot')
  await run('mkdir', ['-p', installed])
  await run('tar', ['-xzf', join(place, tarball!), '-C', installed, '--strip-components', '1'])
  const manifest = JSON.parse((await run('cat', [join(installed, 'package.json')])).stdout)
  for (const name of Object.keys(manifest.dependencies)) {
    await symlink(await realpath(join(home, 'node_modules', name)), join(place, 'node_modules', name))
  }
})

afterAll(() => rm(place, { recursive: true, force: true }))

/** Node of this major version: the one that runs this test, or one that is installed. */
async function nodeOf(major: number): Promise<string | undefined> {
  const candidates = [process.execPath, ...(process.env.BACKLOT_TEST_NODES ?? '').split(':'), `/usr/bin/node${major}`]
  for (const path of candidates.filter(path => path !== '' && existsSync(path))) {
    const { stdout } = await run(path, ['-p', 'process.versions.node'])
    if (stdout.startsWith(`${major}.`)) return path
  }
  return undefined
}

const program = `
import { createNetwork, daytime, defineWorld, http } from 'backlot'
const network = await createNetwork()
await network.host('a.example', { time: daytime(), web: http(() => new Response('hello')) })
{
  const inside = network.intercept()
  console.log(await (await fetch('http://a.example/')).text(), Object.keys(defineWorld({ hosts: {} })))
  inside[Symbol.dispose]()
}
await network.close()
`

test('the package holds what is needed to run and nothing else', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: home })
  const files = (JSON.parse(stdout)[0].files as { path: string }[]).map(({ path }) => path)
  for (const path of [
    'LICENSE',
    'bin/backlot.js',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/cli/main.js',
    'dist/worlds/default/world.js',
    'dist/worlds/default/files/www.ietf.org/rfc2324.txt',
    'dist/worlds/world.schema.json',
  ]) {
    expect(files).toContain(path)
  }
  expect(files.filter(path => /\.test\.|(?<!\.d)\.ts$|node_modules|^(wire|net|fakes)\//.test(path))).toEqual([])
})

test.for([22, 24])('a program imports backlot under Node %i', async (major, { skip }) => {
  const node = await nodeOf(major)
  if (node === undefined) return skip(`needs a Node ${major}; say where by BACKLOT_TEST_NODES=/path/to/node`)
  await writeFile(join(place, 'program.js'), program)
  const { stdout } = await run(node, ['program.js'], { cwd: place })
  expect(stdout).toBe("hello [ 'hosts' ]\n")
})

test('its types are found by a strict compiler', async () => {
  await writeFile(join(place, 'typed.ts'), `${program}\nexport const clock: number = network.clock.now()\n`)
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext.disposable',
  ]
  const types = ['--skipLibCheck', '--typeRoots', join(home, 'node_modules', '@types'), '--types', 'node']
  await run(join(home, 'node_modules', '.bin', 'tsc'), [...options, ...types, 'typed.ts'], { cwd: place })
})

test('the command brings up the whole default world from the package', async () => {
  const up = spawn(process.execPath, [join(installed, 'bin', 'backlot.js'), 'up', '--json'], { cwd: place })
  try {
    const { value } = await createInterface({ input: up.stdout })[Symbol.asyncIterator]().next()
    const { services } = JSON.parse(value ?? '')
    expect(new Set(services.map(({ name }: { name: string }) => name))).toContain('www.ietf.org')
  } finally {
    up.kill()
    await once(up, 'close')
  }
})

test('the tour runs from the package', async () => {
  const tour = [join(installed, 'bin', 'backlot.js'), 'tour', '--pcap', join(place, 'tour.pcapng')]
  const { stdout } = await run(process.execPath, tour, { cwd: place })
  expect(stdout).not.toContain('✗')
})

test('the default world of the package loads neither YAML nor schema', async () => {
  const script = `
    import { registerHooks } from 'node:module'
    const seen = []
    registerHooks({ load: (url, context, next) => { seen.push(url); return next(url, context) } })
    const { openWorld } = await import(${JSON.stringify(join(installed, 'dist', 'worlds', 'open.js'))})
    await (await openWorld()).close()
    console.log(seen.filter(url => /yaml|valibot|fakes|sites/.test(url)).length)`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: place })
  expect(stdout).toBe('0\n')
})
