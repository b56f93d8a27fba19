// What a scenario is: written once, it is played to the fake, to the real server and to the tape that was recorded from it.
// What the fake does otherwise is in `explained` and `otherwise`, and nothing else may differ.

import type { Network } from '../../net/network.ts'
import type { Content } from '../real/recording.ts'
import type { RecordedName, ServerName } from '../recordings.ts'

export interface Scenario {
  /** A fact in the present tense. Its tape has its name. */
  readonly title: string
  /** Plays the client and gives what it got, in words: results and typed errors, a line each. */
  work(): Promise<string>
  /** What that is, on every target. */
  readonly result: string
}

/** What the client gets of the fake instead, and why that is as it should be. */
export interface Otherwise {
  /** The scenario's. */
  readonly title: string
  readonly why: string
  readonly result: string
}

export function otherwise(title: string, why: string, result: string): Otherwise {
  return { title, why, result: dedent(result) }
}

/** A difference on the wire that is as it should be. */
export interface Explained {
  /** A word for the table. */
  readonly name: string
  readonly why: string
  /** In which scenarios it may be, by title. Default: all. */
  readonly only?: readonly string[]
  /** Makes lines alike that differ for this reason alone. */
  alike(lines: readonly string[]): readonly string[]
}

export interface Suite {
  readonly protocol: string
  readonly server: ServerName
  /** In words, for who reads the table. */
  readonly serves: string
  /** What the real server is given. */
  readonly content?: Content
  /** Names and ports that lead to the server. */
  readonly names: readonly RecordedName[]
  /** When the fake’s network begins, where that is told. */
  readonly epoch?: string
  /** Puts the fake with the same content into a network, under the same names. */
  place(network: Network): Promise<unknown>
  readonly scenarios: readonly Scenario[]
  readonly explained: readonly Explained[]
  readonly otherwise: readonly Otherwise[]
}

/** `fidelity/dns/a-name-that-is-not-there.tape.yaml`, in fixtures/. */
export function tapeOf(suite: Suite, { title }: Scenario): string {
  const name = title.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return `fidelity/${suite.protocol}/${name.replace(/^-|-$/g, '')}.tape.yaml`
}

/** A text of a template, without what it is indented by. */
export function dedent(text: string): string {
  const lines = text.replace(/^\n|\n *$/g, '').split('\n')
  const indents = lines.filter(line => line.trim() !== '').map(line => /^ */.exec(line)![0].length)
  const least = Math.min(...indents)
  return lines.map(line => line.slice(least)).join('\n')
}
