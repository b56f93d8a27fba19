// A program in a network that a command makes itself.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** What a command says and gives that has `options`, a text of JavaScript, for running `program`. */
function command(program: readonly string[], options: string) {
  const script = `
    import { programOf, report, runInNetwork } from '${join(import.meta.dirname, 'in-network.ts')}'
    import { leave, say } from '${join(import.meta.dirname, 'terminal.ts')}'
    import { Network } from '${join(import.meta.dirname, '../net/network.ts')}'
    const program = programOf('record', { positionals: [], rest: ${JSON.stringify(program)} })
    const open = async (placement, onBug) => new Network({ clock: 'running', onBug }, placement)
    leave(await runInNetwork('record', program, { open, ...${options} }))`
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script]
  return new Promise<{ status: unknown; stdout: string; stderr: string }>(resolve =>
    execFile(process.execPath, args, (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr })),
  )
}

test('the command has the last word once the network is closed', async () => {
  const outcome = await command(
    ['sh', '-c', 'echo here; exit 3'],
    `{
      async open(placement, onBug) {
        const network = await open(placement, onBug)
        network.onClose(() => say('closed'))
        return network
      },
      watch: () => ({ [Symbol.dispose]: () => say('watched') }),
      after({ status, bugs }) {
        say(\`after \${status} with \${bugs.length} bugs\`)
        return 40
      },
    }`,
  )
  expect(outcome).toEqual({
    status: 40,
    stdout: 'here\n',
    stderr: 'backlot: closed\nbacklot: watched\nbacklot: after 3 with 0 bugs\n',
  })
})

test('what was missing is said as the command says it', async () => {
  const outcome = await command(
    ['true'],
    `{
      async open(placement, onBug) {
        const network = await open(placement, onBug)
        network.noteUnknownName('nowhere.example')
        onBug('ouch')
        return network
      },
      after(outcome) {
        report(outcome, name => \`\${name} is not on the tape\`)
        return outcome.status
      },
    }`,
  )
  expect(outcome).toEqual({
    status: 0,
    stdout: '',
    stderr: 'backlot: nowhere.example is not on the tape\nbacklot: a bug in a fake: ouch\n',
  })
})

test('a program that is not there is said before any network is made', async () => {
  const outcome = await command(['no-such-program'], '{ open: () => say("opened") }')
  expect(outcome).toEqual({
    status: 127,
    stdout: '',
    stderr: 'backlot: expected a program, got no-such-program, which is not on the PATH\n',
  })
})
