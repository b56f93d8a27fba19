// Where the helper in the world's network namespace begins: it starts the one on the program's side before it loads what
// it needs itself, so that both get ready at once.

import { type ChildProcess, spawn } from 'node:child_process'
import { extname, join } from 'node:path'

const [unshare = 'unshare', who] = process.argv.slice(2)

/** `mapped` to root in a user namespace, or `root` itself. */
export const identity: 'mapped' | 'root' = who === 'root' ? 'root' : 'mapped'

/** Starts the helper on the program's side: `apart` in a network namespace of its own, else in this one. */
export function startInner(apart: boolean): ChildProcess {
  const script = join(import.meta.dirname, `program-side${extname(import.meta.filename)}`)
  const command = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    script,
    unshare,
    apart ? 'cabled' : 'together',
  ]
  const [program, ...args] = apart ? [unshare, '-n', '--', ...command] : command
  return spawn(program!, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc', 4, 5, 6] })
}

export const firstInner: ChildProcess = startInner(true)

// Not waited for: it imports this module, which then has to be through.
void import('./world-duties.ts')
