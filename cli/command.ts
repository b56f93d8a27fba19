// What every command of the command line is: one file with its name in this folder exports one of these as `command`.

export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** What `--help` prints: usage, options, an example. */
  readonly help: string
  /** Commands of its own, each with a `--help`. */
  readonly parts?: readonly string[]
  /** Does it, and gives the exit status. `args` are those after the command's name. */
  run(args: string[]): Promise<number>
}
