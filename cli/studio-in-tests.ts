// For tests: somebody else's programs, recorded and replayed by the command as an ordinary user runs it.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { checkTape } from '../tape/check.ts'
import { compareTapes } from '../tape/compare.ts'
import { loadForms } from '../tape/forms.ts'
import { TapeFile } from '../tape/tape-file.ts'
import { type OrdinaryCopy, ordinaryCopy } from './ordinary-copy.ts'

export interface Outcome {
  status: number | null
  stdout: string
  stderr: string
}

export interface ShellOptions {
  /** Default: nobody where this is root, else whoever this is. */
  user?: string
  env?: Readonly<Record<string, string>>
  input?: string
  /** Called with the process when it has begun. */
  started?: (child: ChildProcessWithoutNullStreams) => void
}

/** In front of a command: the ordinary user that it is, without any network to reach. */
const withoutNetwork = 'unshare --user --map-current-user --net'

export const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** A Python script as a shell line; Debian's own, whatever other is on the PATH. */
export const python = (source: string): string => `/usr/bin/python3 - <<'END'\n${source}\nEND`

export class Studio implements Disposable {
  readonly copy: OrdinaryCopy
  /** Where tapes are; anybody may write there. */
  readonly folder: string
  readonly #running = new Set<ChildProcessWithoutNullStreams>()

  constructor() {
    this.copy = ordinaryCopy()
    this.folder = mkdtempSync('/tmp/backlot-studio-')
    chmodSync(this.folder, 0o777)
  }

  /** Runs a shell line in the folder; `$BACKLOT` in it is the command. */
  shell(line: string, { user = 'nobody', env = {}, input = '', started }: ShellOptions = {}): Promise<Outcome> {
    const variables = Object.entries({ ...env, BACKLOT: this.copy.bin }).map(
      ([name, value]) => `${name}=${quote(value)}`,
    )
    const script = `cd ${this.folder} && export ${variables.join(' ')}; ${line}`
    const isRoot = userInfo().uid === 0
    const child =
      isRoot && user !== 'root'
        ? spawn('su', [user, '-s', '/bin/bash', '-c', script])
        : spawn('/bin/bash', ['-c', script])
    const outcome: Outcome = { status: null, stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', chunk => (outcome.stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', chunk => (outcome.stderr += chunk))
    child.stdin.on('error', () => {}).end(input)
    this.#running.add(child)
    started?.(child)
    return new Promise(resolve =>
      child.on('close', status => {
        this.#running.delete(child)
        resolve({ ...outcome, status })
      }),
    )
  }

  /** Records a script of bash on a tape. */
  record(tape: string, options: string, script: string, how?: ShellOptions): Promise<Outcome> {
    return this.shell(`exec $BACKLOT record -o ${tape} ${options} -- /bin/bash -c ${quote(script)}`, how)
  }

  /** Replays it on a machine that has no network at all. */
  replay(
    tape: string,
    script: string,
    { options = '', ...how }: ShellOptions & { options?: string } = {},
  ): Promise<Outcome> {
    const alone = how.user === 'root' ? 'unshare --net' : withoutNetwork
    return this.shell(`exec ${alone} $BACKLOT replay ${tape} ${options} -- /bin/bash -c ${quote(script)}`, how)
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text)
    chmodSync(this.path(name), 0o666)
  }

  remove(name: string): void {
    for (const each of [name, name.replace('.yaml', '')]) rmSync(this.path(each), { recursive: true, force: true })
  }

  /** Everything that lies beside a tape and in it, as octets of Latin-1. */
  all(name: string): string {
    const beside = name.replace('.yaml', '')
    const files = readdirSync(this.folder, { recursive: true, withFileTypes: true }).filter(
      each => each.isFile() && (each.name === name || each.parentPath === this.path(beside)),
    )
    return files.map(each => readFileSync(join(each.parentPath, each.name), 'latin1')).join('\n')
  }

  [Symbol.dispose](): void {
    // What a test that failed has left: su hands this on, and the command ends with its program.
    for (const child of this.#running) child.kill('SIGTERM')
    this.copy.remove()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** What of a tape is the same in two recordings: all but when they were made. */
export function undated(tape: string): string {
  return tape.replace(/^(recorded|epoch): .*\n/gm, '')
}

/** What a program said on stderr beside what the command says. */
export function own(stderr: string): string {
  return stderr.replace(/^backlot: .*\n/gm, '')
}

/** A server that ends with the test at the latest; `stop` ends it before. */
export function withEnd(server: AsyncDisposable & { host: string; port: number }): {
  real: string
  stop: () => Promise<void>
} {
  let stopped: Promise<void> | undefined
  const stop = async () => await (stopped ??= Promise.resolve(server[Symbol.asyncDispose]()))
  onTestFinished(stop)
  return { real: `${server.host}:${server.port}`, stop }
}

export interface Session {
  /** Of the tape's file. */
  name: string
  /** Of the recordings. */
  options: string
  script: string
  /** The server is as it was before the first recording. */
  reset?: () => Promise<unknown>
  /** The server ends. */
  stop: () => Promise<unknown>
  /** Takes out of what the program says what is new each time, whoever answers. */
  mask?: (text: string) => string
  env?: Readonly<Record<string, string>>
  user?: string
  /** The server says some things anew each time that only its protocol would tell apart. Recorded once. */
  isNewEachTime?: boolean
  /** What is said may be no message of its protocol, which tape check notes, and in vain. Recorded once. */
  mayBeStrange?: boolean
}

/**
 * Records a session and replays it when the server is gone: the program says and ends the same. Recorded twice, both tapes
 * say the same, too. Gives what the program did and the tape.
 */
export async function recordAndReplay(studio: Studio, session: Session): Promise<Outcome & { tape: string }> {
  const { name, options, script, reset, stop, mask = text => text, isNewEachTime, mayBeStrange, ...how } = session
  const [tape, again] = [`${name}.tape.yaml`, `${name}-again.tape.yaml`]
  for (const file of [tape, again]) studio.remove(file)
  const recorded = await studio.record(tape, options, script, how)
  const isComparable = !isNewEachTime && !mayBeStrange
  await reset?.()
  if (isComparable) await studio.record(again, options, script, how)
  await stop()
  const replayed = await studio.replay(tape, script, how)
  const shown = ({ status, stdout, stderr }: Outcome) => ({ status, stdout: mask(stdout), stderr: mask(own(stderr)) })
  expect(shown(replayed), `recorded: ${recorded.stderr}\nreplayed: ${replayed.stderr}\n${studio.read(tape)}`).toEqual(
    shown(recorded),
  )
  expect(replayed.stderr).not.toMatch(mayBeStrange ? /miss|a bug/ : /miss|not used|a bug/)
  const forms = await loadForms()
  using file = new TapeFile(studio.path(tape))
  const findings = checkTape(file, forms)
  expect(findings.filter(({ kind }) => !mayBeStrange || kind !== 'note')).toEqual([])
  if (isComparable) {
    using other = new TapeFile(studio.path(again))
    expect(compareTapes(file, other, forms)).toEqual([])
  }
  return { ...recorded, tape: studio.read(tape) }
}
