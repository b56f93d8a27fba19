// The terminal: lines out, colours only where somebody looks, and no trace of us when we leave.

import { closeSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Writes to a file descriptor whole. False where nobody reads any more. */
function write(fd: 1 | 2, text: string): boolean {
  // process.stdout would switch a pipe that a program shares with us to non-blocking.
  let rest: Uint8Array = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      else return false
    }
  }
  return true
}

/** A result, to stdout. */
export function print(text: string): void {
  write(1, text.endsWith('\n') ? text : `${text}\n`)
}

/** Something said beside the result, to stderr, marked as ours. */
export function say(text: string): void {
  write(2, `backlot: ${text}\n`)
}

/** What is watched beside the result, to stderr. */
export function show(line: string): void {
  write(2, `${line}\n`)
}

/** Whether stdout (1) or stderr (2) is a terminal that wants colours. */
export function wantsColors(fd: 1 | 2): boolean {
  return isatty(fd) && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
}

/** Text in colour where stdout is a terminal that wants it. */
export function paint(style: Style, text: string): string {
  return wantsColors(1) ? styleText(style, text) : text
}

/** Shows what takes long, on a terminal only and only once it has taken long; `done` takes it away again. */
export function progress(text: string, afterMs = 1000): { done(): void } {
  if (!isatty(2)) return { done() {} }
  let shown = false
  const timer = setTimeout(() => {
    shown = true
    write(2, `backlot: ${text}`)
  }, afterMs)
  timer.unref()
  return {
    done() {
      clearTimeout(timer)
      if (shown) write(2, '\r\x1b[K')
    },
  }
}

/** Ends this process. Node would put the terminal back as it found it; what a program set there is meant to stay. */
export function leave(status: number): never {
  for (const fd of [0, 1, 2]) {
    try {
      closeSync(fd)
    } catch {
      // closed before
    }
  }
  process.exit(status)
}
