// The network of one test: fresh, seeded by the test's name, closed after it, and shown where the test failed.

import type { RunnerTestCase as Test, TestContext } from 'vitest'
import { dns } from '../index.ts'
import { Network, type NetworkOptions } from '../net/network.ts'
import { explainFailure } from './failure.ts'
import { fullNameOf } from './runner.ts'
import { fakeTimers } from './timers.ts'
import { Transcript } from './transcript.ts'

/** Different bugs that are shown of one test. */
const maxFailures = 10

/** `BACKLOT_SEED`, from which all chance of a run follows together with the tests' names. */
function runSeed(): string {
  return process.env.BACKLOT_SEED || '1'
}

/**
 * Has a test live in a network of its own until `use` comes back. Everything up to the call of `use` happens at once, so
 * that what runs the test lives in the network too.
 *
 * @throws what went wrong in the network and nobody caught: bugs of fakes and of functions that they were given.
 */
export async function withNetwork(
  context: TestContext,
  options: NetworkOptions,
  use: (network: Network) => Promise<void>,
): Promise<void> {
  const test = context.task as Test
  const seed = runSeed()
  const bugs: unknown[] = []
  const errorsBefore = test.result?.errors?.length ?? 0
  const network = new Network({ seed: `${seed}/${fullNameOf(test)}`, onBug: bug => bugs.push(bug), ...options })
  network.provideResolver(dns())
  const transcript = new Transcript()
  network.tap(transcript)
  network.clock.accompany(fakeTimers(() => transcript.activity))
  context.onTestFailed(() => explainFailure(test, network, seed, transcript, errorsBefore))
  network.intercept()
  let isOpen = true
  // Whoever takes it out of the context lives in it, also where a hook had it made and several tests run at once.
  Object.defineProperty(context, 'network', {
    configurable: true,
    enumerable: true,
    get() {
      if (isOpen) network.intercept()
      return network
    },
    set() {},
  })
  await use(network)
  isOpen = false
  const faults = unreachedFaults(network)
  await network.close()
  // One that is met at every request is one.
  const failures = [...new Map(bugs.map(bug => [messageOf(bug), bug])).values()].slice(0, maxFailures)
  // A test that has failed may not have come to them.
  if (test.result?.state !== 'fail') failures.push(...faults.map(sentence => new Error(sentence)))
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateError(failures, failures.map(messageOf).join('\n'))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Faults on turns that never came, as sentences. */
function unreachedFaults(network: Network & { readonly unreachedFaults?: readonly string[] }): readonly string[] {
  return network.unreachedFaults ?? []
}
