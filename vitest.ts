// backlot/vitest: a network and a tape for each test, and matchers on what services have seen.

import { type Assertion, test as base, type ExpectStatic, type TestAPI, expect as vitestExpect } from 'vitest'
import type { DnsState } from './index.ts'
import type { Network, NetworkOptions } from './net/network.ts'
import type { Text } from './vitest/comparison.ts'
import { type ExpectedMail, type ExpectedQuery, type ExpectedRequest, matchers, type Times } from './vitest/matchers.ts'
import { withNetwork } from './vitest/network.ts'
import { TestTape } from './vitest/tape.ts'
import { noteFile, settleTapes } from './vitest/tape-files.ts'
import { keepTurnsReal } from './vitest/timers.ts'

export type { Text } from './vitest/comparison.ts'
export type { ExpectedMail, ExpectedQuery, ExpectedRequest, Times } from './vitest/matchers.ts'
export { MissError, type PlayOptions, type RealServer, type TestTape } from './vitest/tape.ts'

export interface NetworkFixtures {
  /**
   * A fresh network, in which the test lives: code that it calls reaches the network's hosts and nothing else. All chance
   * follows from `BACKLOT_SEED` and the test's full name. It is closed after the test, with every connection in it.
   */
  network: Network
  /** How it is made: `test.override({ networkOptions: { epoch: '2030-01-01' } })` changes it for a suite. */
  networkOptions: NetworkOptions
  /** The test's own tape: `await tape.play({ from: { 'api.example.com:443': 'outside' } })`. */
  tape: TestTape
  /** Has obsolete tapes of a file reported. */
  tapesOfFile: undefined
}

/** What can be expected of a DNS service; vitest's own matcher of the name is for mock functions and takes nothing. */
interface NamesAssertion {
  /** Whether the service was asked for a name like this, and answered with NOERROR unless another code is named. */
  toHaveResolved(query?: Text | ExpectedQuery, times?: Times): void
}

export interface Expect extends ExpectStatic {
  <T extends DnsState>(actual: T, message?: string): Assertion<void, T> & NamesAssertion & { not: NamesAssertion }
}

/** vitest's `expect`, with the type of matchers on services. */
export const expect: Expect = vitestExpect

/** vitest's `test` with a network for every test, and a tape for those that ask for one. */
export const test: TestAPI<NetworkFixtures> = base.extend<NetworkFixtures>({
  networkOptions: {},
  tapesOfFile: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures a fixture needs
    async ({}, use) => {
      await use(undefined)
      settleTapes()
    },
    { auto: true, scope: 'file' },
  ],
  network: [
    async ({ task, networkOptions }, use) => {
      noteFile(task)
      await withNetwork(task.context, networkOptions, use)
    },
    { auto: true },
  ],
  tape: async ({ task, network }, use) => {
    const tape = new TestTape(task, network)
    await use(tape)
    await network.close()
    tape.finish()
  },
})

keepTurnsReal()
vitestExpect.extend(matchers)

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** Whether an SMTP service took a mail like this, from whomever, in whatever order. */
    toHaveDelivered(mail?: ExpectedMail, times?: Times): R
    /** Whether an HTTP service was asked for something like this: `/path?query`, an absolute URL, or its parts. */
    toHaveServed(request?: Text | ExpectedRequest, times?: Times): R
    /** Whether the test came to every turn of the client on its tape. */
    toHaveNoUnusedTurns(): R
  }
}
