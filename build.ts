// Builds the package: compiles to dist/, puts the static files beside, turns the default world into a module that needs
// neither YAML nor schema to start, and has publint look at the result.

import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { world } from './worlds/default/world.ts'

const home = import.meta.dirname

rmSync(`${home}/dist`, { recursive: true, force: true })
const compiled = spawnSync(`${home}/node_modules/.bin/tsc`, ['-p', 'tsconfig.build.json'], {
  cwd: home,
  stdio: 'inherit',
})
if (compiled.status !== 0) process.exit(compiled.status ?? 1)

for (const path of ['worlds/world.schema.json', 'worlds/default/files']) {
  cpSync(`${home}/${path}`, `${home}/dist/${path}`, { recursive: true })
}
// The schema's line in it is for editors and right in both places.
cpSync(`${home}/worlds/default/world.yaml`, `${home}/dist/worlds/default/world.yaml`)

/** Modules that a world names are compiled too. */
const text = JSON.stringify(world, (key, value: unknown) =>
  (key === 'site' || key === 'service') && typeof value === 'string' ? value.replace(/\.ts$/, '.js') : value,
)
writeFileSync(
  `${home}/dist/worlds/default/world.js`,
  `// Compiled from world.yaml.\nexport const base = new URL('./world.yaml', import.meta.url)\nexport const world = JSON.parse(${JSON.stringify(text)})\n`,
)

const { messages } = await publint({ pkgDir: home, pack: false, strict: true })
const manifest = JSON.parse(readFileSync(`${home}/package.json`, 'utf8'))
for (const message of messages) console.error(`publint: ${formatMessage(message, manifest)}`)
process.exit(messages.some(({ type }) => type === 'error') ? 1 : 0)
