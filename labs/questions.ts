// Asks on the terminal, or reads the answers line by line where there is none.

import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'

export class Questions implements Disposable {
  #shown = true
  readonly #lines: Interface
  readonly #answers: AsyncIterator<string>

  constructor() {
    const terminal = process.stdin.isTTY === true
    const output = new Writable({
      write: (chunk, _encoding, done) => {
        if (this.#shown) process.stderr.write(chunk)
        done()
      },
    })
    // readline turns off the terminal's own echo, so that nothing is shown but what passes here.
    this.#lines = createInterface({ input: process.stdin, output, terminal })
    this.#lines.on('SIGINT', () => process.exit(130))
    this.#answers = this.#lines[Symbol.asyncIterator]()
  }

  /** The answer without surrounding blanks; empty where the input has ended. */
  async ask(prompt: string): Promise<string> {
    process.stderr.write(prompt)
    const { value, done } = await this.#answers.next()
    return done ? '' : value.trim()
  }

  /** An answer that is not shown as it is typed. */
  async askHidden(prompt: string): Promise<string> {
    process.stderr.write(prompt)
    this.#shown = false
    const { value, done } = await this.#answers.next()
    this.#shown = true
    process.stderr.write('\n')
    return done ? '' : value
  }

  [Symbol.dispose](): void {
    this.#lines.close()
  }
}
