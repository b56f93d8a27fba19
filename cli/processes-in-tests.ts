// For tests: the processes that a command of ours has started, and how much memory it takes.

import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // it has ended
  }
}

/** All below a process. */
export function below(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return [...children, ...children.flatMap(below)]
}

/** The process of `backlot record` or `backlot replay` itself; undefined where there is none yet. */
export function commandBelow(child: ChildProcess): number | undefined {
  const isCommand = (pid: number) => /(main|backlot)\.[jt]s\0re(cord|play)\0/.test(read(`/proc/${pid}/cmdline`))
  return [child.pid!, ...below(child.pid!)].findLast(isCommand)
}

/** The most memory that a process has had at once, in bytes; undefined where it has ended. */
export function peakMemory(pid: number): number | undefined {
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}
