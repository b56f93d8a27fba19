// What is known of the vitest that runs the tests and that its public API does not tell.

import type { RunnerTestCase as Test } from 'vitest'

interface Worker {
  readonly config?: {
    readonly snapshotOptions?: { readonly updateSnapshot?: 'all' | 'new' | 'none' }
    readonly fakeTimers?: FakeTimers
  }
}

interface FakeTimers {
  readonly toFake?: readonly string[]
  readonly toNotFake?: readonly string[]
}

/** Where vitest's own transformed modules look, too. */
function worker(): Worker | undefined {
  return (globalThis as { __vitest_worker__?: Worker }).__vitest_worker__
}

/** Which snapshots may be written: `all` by -u, `none` where CI is set, else those that are missing. */
export function snapshotUpdate(): 'all' | 'new' | 'none' {
  return worker()?.config?.snapshotOptions?.updateSnapshot ?? (process.env.CI ? 'none' : 'new')
}

/** What the project's configuration says of fake timers. */
export function configuredTimers(): FakeTimers {
  return worker()?.config?.fakeTimers ?? {}
}

/** The name that a test has among all of its file. */
export function fullNameOf({ fullTestName }: Test): string {
  return fullTestName
}

/** What is typed to run one test again. */
export function commandFor(test: Test, before = ''): string {
  const pattern = `^${fullNameOf(test).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`
  const shown = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
  return `${before}npx vitest run ${shown(test.file.name)} -t ${shown(pattern)}`
}
