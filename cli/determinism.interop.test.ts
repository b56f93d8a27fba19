// A program that runs twice to see whether it and the network say the same, as an ordinary user.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, describe as group, test } from 'vitest'
import { type OrdinaryCopy, ordinaryCopy } from './ordinary-copy.ts'

let copy: OrdinaryCopy
let folder: string
beforeAll(() => {
  copy = ordinaryCopy()
  folder = mkdtempSync(join(tmpdir(), 'backlot-twice-'))
  chmodSync(folder, 0o777)
})
afterAll(() => {
  copy?.remove()
  rmSync(folder, { recursive: true, force: true })
})

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** Starts the command with a shell script as its program, as an ordinary user. */
function start(command: string, script: string): ChildProcess {
  const line = `cd / && export TMPDIR=${folder} && exec ${copy.bin} ${command} -- /bin/bash -c ${quote(script)}`
  const isRoot = userInfo().uid === 0
  return isRoot ? spawn('su', ['nobody', '-s', '/bin/bash', '-c', line]) : spawn('/bin/bash', ['-c', line])
}

async function run(command: string, script: string) {
  const child = start(command, script)
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', chunk => (stdout += chunk))
  child.stderr!.setEncoding('utf8').on('data', chunk => (stderr += chunk))
  child.stdin!.end()
  const [status] = await once(child, 'close')
  return { status, stdout, stderr }
}

const twice = (script: string, options = '') => run(`run --check-determinism ${options}`, script)

test('a program that says the same again has its own status, and its output twice', async () => {
  expect(await twice('curl -s -o /dev/null -w "%{http_code}\\n" https://www.python.org/')).toEqual({
    status: 0,
    stdout: '200\n200\n',
    stderr: expect.stringMatching(/^backlot: the two runs said the same, in \d+ conversations\n$/),
  })
  expect(readdirSync(folder)).toEqual([])
})

test('what it says otherwise is shown as a difference, and it has failed', async () => {
  // Nanoseconds, of which both runs have their own.
  const { status, stderr } = await twice('curl -s -o /dev/null http://www.python.org/$(date +%s%N)')
  expect(status).toBe(1)
  expect(stderr).toMatch(
    /^backlot: http www\.python\.org:80: the first run \/ the second run\nbacklot: - C: GET \/\d+ HTTP\/1\.1\nbacklot: \+ C: GET \/\d+ HTTP\/1\.1\nbacklot: {6}Host: www\.python\.org\n/,
  )
  expect(stderr).toMatch(/\nbacklot: the two runs differ in 1 conversation\n$/)
})

test('a secret that is another each time is told without being shown', async () => {
  const { status, stderr } = await twice('curl -s -o /dev/null -u ada:lovelace$(date +%N) http://www.python.org/')
  expect(status).toBe(1)
  expect(stderr).toMatch(/- .*‹secret:authorization›\n(.*\n)*?.*\+ .*‹secret:authorization:2›/i)
  expect(stderr).not.toContain('lovelace')
  expect(stderr).not.toContain(Buffer.from('ada:lovelace').toString('base64').slice(0, 12))
})

test('time stands still, so that what tells it is the same whenever it is asked', async () => {
  const script = `
    sleep 1.$(date +%1N)
    exec 3<>/dev/tcp/tincan.localdomain.loc/12345; printf 'time\\0' >&3; head -c 24 <&3; echo
    curl -sI http://www.linux.org/ | grep Date`
  const told = 'Sun Mar 15 12:09:16 2015\nDate: Sun, 15 Mar 2015 12:09:16 GMT\r\n'
  expect(await twice(script)).toMatchObject({ status: 0, stdout: told + told })
})

test('timers of services run all the same', async () => {
  const world = join(folder, 'slow.ts')
  writeFileSync(
    world,
    `import { tcp } from '${copy.folder}/index.ts'
     export default async network => {
       const later = () => new Promise(resolve => network.clock.after('50ms', resolve))
       await network.host('slow.example', { slow: tcp(async c => { await later(); await c.write('late') }, { port: 7 }) })
     }`,
  )
  expect(await twice('head -c 4 </dev/tcp/slow.example/7', `--world ${world}`)).toMatchObject({
    status: 0,
    stdout: 'latelate',
  })
  rmSync(world)
})

test('a program that fails has its own status, and one that fails the second time alone has failed', async () => {
  expect(await twice('curl -s -o /dev/null http://www.python.org/$(date +%N); exit 3')).toMatchObject({ status: 3 })
  const mark = join(folder, 'mark')
  const outcome = await twice(`test ! -e ${mark} && touch ${mark}`)
  expect(outcome.status).toBe(1)
  expect(outcome.stderr).toContain('the program ended with 0 the first time and with 1 the second\n')
  rmSync(mark)
})

test('a program that is not there does not run twice', async () => {
  const { status, stderr } = await run('run --check-determinism -- no-such-program', '')
  expect({ status, stderr }).toEqual({ status: 127, stderr: expect.stringMatching(/^[^\n]*no-such-program[^\n]*\n$/) })
})

test('a signal ends it, and there is no second run', async () => {
  const child = start('run --check-determinism', 'echo here; sleep 60')
  let said = ''
  child.stderr!.on('data', chunk => (said += chunk))
  await once(child.stdout!, 'data')
  process.kill(below(child.pid!), 'SIGTERM')
  const [status] = await once(child, 'close')
  expect({ status, said }).toEqual({
    status: 143,
    said: 'backlot: the program was ended by a signal, and did not run a second time\n',
  })
})

test('a signal reaches the second run as well', async () => {
  const mark = join(folder, 'mark')
  const child = start('run --check-determinism', `test -e ${mark} || { touch ${mark}; exit; }; echo again; sleep 60`)
  await once(child.stdout!, 'data')
  process.kill(below(child.pid!), 'SIGTERM')
  const [status] = await once(child, 'close')
  expect(status).toBe(1)
  rmSync(mark)
})

/** The command that a process has started, or that process where it is the command itself. */
function below(pid: number): number {
  if (userInfo().uid !== 0) return pid
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
}

group('a replay', () => {
  test('is checked too, and what was missed and not used is told once', async () => {
    const tape = join(folder, 'x.tape.yaml')
    const turns = '  - client: |\n      a\n  - server: |\n      A\n  - client: |\n      b\n'
    writeFileSync(tape, `tape: 1\n---\nconversation: 1\nservice: tcp a.example:7\nturns:\n${turns}...\n`)
    const say = (text: string) => `exec 3<>/dev/tcp/a.example/7; echo ${text} >&3; head -1 <&3`
    const same = await run(`replay ${tape} --check-determinism`, say('a'))
    expect(same).toEqual({
      status: 0,
      stdout: 'A\nA\n',
      stderr:
        `backlot: 1 of the client's turns on the tape was not used, the first at ${tape}:10\n` +
        'backlot: the two runs said the same, in 2 conversations\n',
    })
    const missed = await run(`replay ${tape} --check-determinism`, `${say('c')}; true`)
    expect(missed.status).toBe(1)
    expect(missed.stderr.match(/miss at tcp/g)?.length).toBe(1)
    rmSync(tape)
  })
})

test.each([
  ['run --pcap x.pcapng', 'run: expected --check-determinism without --pcap, got both'],
  ['run --proxy', 'run: expected --check-determinism without --proxy, got both'],
  ['replay x.tape.yaml --on-miss record', 'replay: expected --check-determinism without --on-miss, got both'],
])('%s does not go with it', async (command, problem) => {
  expect(await run(`${command} --check-determinism`, 'true')).toMatchObject({
    status: 2,
    stderr: `backlot: ${problem}\n`,
  })
})
