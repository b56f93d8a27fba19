// Where the tapes of tests lie, beside their test file as snapshots do: one for each test, by its name. Which of them no
// test asks for any more is known once all tests of a file are through.

import { createHash } from 'node:crypto'
import { readdirSync, rmdirSync, rmSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { RunnerTestSuite as Suite, RunnerTestCase as Test, RunnerTestFile as TestFile } from 'vitest'
import { UsageError } from '../net/errors.ts'
import { blobFolder } from '../tape/blobs.ts'
import { fullNameOf, snapshotUpdate } from './runner.ts'

const extension = '.tape.yaml'
const maxNameCharacters = 80

interface Known {
  readonly file: TestFile
  /** Who plays a tape, by its path as file systems compare it that know no upper case. */
  readonly players: Map<string, Test>
}

const files = new Map<string, Known>()

/** Remembers the file of a test that runs. */
export function noteFile({ file }: Test): void {
  if (!files.has(file.filepath)) files.set(file.filepath, { file, players: new Map() })
}

/** `__tapes__/prices.test.ts` beside the file. */
function folderOf(filepath: string): string {
  return join(dirname(filepath), '__tapes__', basename(filepath))
}

/** The file of a test's tape. */
function tapePath(test: Test): string {
  return join(folderOf(test.file.filepath), `${fileName(fullNameOf(test))}${extension}`)
}

/** Words with lines between; what is lost of the name by that, a hash of it tells apart. */
function fileName(name: string): string {
  const words = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, maxNameCharacters)
  if (words.replaceAll('-', ' ') === name) return words
  return `${words.toWellFormed()}-${createHash('sha256').update(name).digest('hex').slice(0, 6)}`
}

/**
 * Takes the tape of a test for it, and gives its path.
 *
 * @throws {UsageError} where another test of the same name has it.
 */
export function takeTape(test: Test): string {
  const path = tapePath(test)
  noteFile(test)
  const { players } = files.get(test.file.filepath)!
  const holder = players.get(path.toLowerCase())
  if (holder !== undefined && holder.id !== test.id) {
    throw new UsageError(
      `expected a name of its own for each test with a tape, got "${fullNameOf(test)}" again; give one of them another`,
    )
  }
  players.set(path.toLowerCase(), test)
  return path
}

/**
 * Once the tests of a file are through: says which tapes nobody asked for, or removes them where snapshots are updated.
 *
 * @throws {UsageError} naming them where nothing may be written (CI), as vitest does for snapshots.
 */
export function settleTapes(): void {
  const obsolete: string[] = []
  for (const { file, players } of files.values()) {
    // A test that did not run to its end may have come to its tape.
    const spared = testsOf(file).filter(({ mode, result }) => mode !== 'run' || result?.state !== 'pass')
    const wanted = new Set([...players.keys(), ...spared.map(test => tapePath(test).toLowerCase())])
    const folder = folderOf(file.filepath)
    obsolete.push(
      ...tapesIn(folder)
        .map(name => join(folder, name))
        .filter(path => !wanted.has(path.toLowerCase())),
    )
  }
  files.clear()
  if (obsolete.length === 0) return
  const list = obsolete.map(path => `  ${relative(process.cwd(), path)}`).join('\n')
  const update = snapshotUpdate()
  if (update === 'none') throw new UsageError(`expected no obsolete tape, got some that no test plays:\n${list}`)
  if (update === 'all') for (const path of obsolete) removeTape(path)
  const what = `${obsolete.length} obsolete ${obsolete.length === 1 ? 'tape' : 'tapes'}`
  console.warn(
    `backlot: ${what} ${update === 'all' ? 'removed' : 'that no test plays; vitest run -u removes them'}:\n${list}`,
  )
}

function tapesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith(extension))
      .sort()
  } catch {
    return [] // most files have none
  }
}

/** Removes a tape with what lies beside it. */
export function removeTape(path: string): void {
  rmSync(path, { force: true })
  rmSync(blobFolder(path), { recursive: true, force: true })
  for (const folder of [dirname(path), dirname(dirname(path))]) {
    try {
      rmdirSync(folder)
    } catch {
      return // others lie there
    }
  }
}

function testsOf({ tasks }: Suite): Test[] {
  return tasks.flatMap(task => (task.type === 'suite' ? testsOf(task) : [task]))
}
