// For the tests of this folder: vitest in a process of its own, on a project in a temporary folder.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'

const home = resolve(import.meta.dirname, '..')

export interface Ran {
  readonly status: number | null
  /** Both streams, without colours; the project's folder reads <project>. */
  readonly output: string
}

export interface RunOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export class Project {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'backlot-vitest-')))

  /** `files` by their paths; each imports `backlot` and `backlot/vitest` as somebody would who installed it. */
  constructor(files: Readonly<Record<string, string>>, test: object = {}) {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }))
    symlinkSync(join(home, 'node_modules'), join(this.folder, 'node_modules'))
    const alias = [
      { find: 'backlot/vitest', replacement: join(home, 'vitest.ts') },
      { find: 'backlot', replacement: join(home, 'index.ts') },
    ]
    this.write('vitest.config.mjs', `export default ${JSON.stringify({ resolve: { alias }, test })}`)
    this.write('package.json', '{ "type": "module" }')
    for (const [path, text] of Object.entries(files)) this.write(path, text)
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true })
    writeFileSync(join(this.folder, path), text)
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  async run({ args = [], env = {} }: RunOptions = {}): Promise<Ran> {
    const { CI: _ci, GITHUB_ACTIONS: _actions, BACKLOT_SEED: _seed, ...inherited } = process.env
    // What tells a process that it is a test of vitest's is not this one's.
    for (const name of Object.keys(inherited)) if (name.startsWith('VITEST')) delete inherited[name]
    const vitest = join(home, 'node_modules/vitest/vitest.mjs')
    const child = spawn(process.execPath, [vitest, 'run', '--root', this.folder, ...args], {
      cwd: this.folder,
      env: { ...inherited, NODE_ENV: 'test', NO_COLOR: '1', FORCE_COLOR: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
    const status = await new Promise<number | null>((done, failed) => {
      child.on('error', failed)
      child.on('close', done)
    })
    return { status, output: output.replaceAll(this.folder, '<project>') }
  }
}
