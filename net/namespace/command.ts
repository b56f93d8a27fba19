// Runs one of the system's own small programs to its end.

import { spawn } from 'node:child_process'

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  /** One line, without the program's name and without what nobody needs to know. */
  readonly reason: string
}

/** Never throws: a program that is not there is status 127. */
export function run(program: string, args: readonly string[], input = ''): Promise<Outcome> {
  return new Promise(resolve => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', error => resolve({ status: 127, stdout, reason: `${program}: ${error.message}` }))
    child.on('close', status => {
      const lines = stderr.split('\n').filter(line => line.trim() !== '')
      resolve({ status, stdout, reason: lines[0] ?? (status === 0 ? '' : `${program} ended with status ${status}`) })
    })
    child.stdin.on('error', () => {}).end(input)
  })
}
