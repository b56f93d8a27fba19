#!/usr/bin/env node
// Starts the command on a Node that can run it: this one where it is new enough, else the one that came with the package.

import { spawn } from 'node:child_process'
import { closeSync, existsSync, realpathSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const home = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))))
const inCheckout = existsSync(join(home, 'cli', 'main.ts'))
const main = inCheckout ? join(home, 'cli', 'main.ts') : join(home, 'dist', 'cli', 'main.js')

// A checkout needs a Node that strips types by itself, a package one with what the compiled code uses.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const leastMinor = inCheckout ? 18 : 12
const runsHere = major > 22 ? major > 23 || !inCheckout || minor >= 6 : major === 22 && minor >= leastMinor

/** The Node that npm installed beside us: in our own node_modules or in one further up. */
function bundledNode() {
  const bin = process.platform === 'win32' ? 'node.exe' : join('bin', 'node')
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  for (let folder = home; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name, bin)
    if (existsSync(path)) return path
    if (folder === dirname(folder)) return undefined
  }
}

function runElsewhere(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    // Tells the child that its channel is ours; it takes the variable out again.
    env: { ...process.env, BACKLOT_STARTER: String(process.pid) },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGCONT']) {
    try {
      // Told, not sent: the child may have had it from the terminal already and knows not to take it twice.
      process.on(signal, () => child.connected && child.send({ signal }))
    } catch {
      // not a signal of this system
    }
  }
  child.on('error', error => fail(`cannot start ${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    leaveTerminalAlone()
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
    // A signal that does not end a process here still ended the child.
    setTimeout(() => process.exit(1), 100)
  })
}

/** Node puts a terminal back as it found it when it exits; what a program set there is meant to stay. */
function leaveTerminalAlone() {
  for (const fd of [0, 1, 2]) {
    try {
      closeSync(fd)
    } catch {
      // closed before
    }
  }
}

function fail(text) {
  try {
    writeSync(2, `backlot: ${text}\n`)
  } catch {
    // nobody is there to read it
  }
  process.exit(2)
}

if (runsHere) {
  await import(pathToFileURL(main).href)
} else {
  const node = bundledNode()
  if (node === undefined) {
    fail(
      `expected Node ${inCheckout ? '22.18' : '22.12'} or later, got ${process.version}, and found no node-${process.platform}-${process.arch} ` +
        'in node_modules; install a later Node, or install again without --omit=optional',
    )
  }
  runElsewhere(node)
}
