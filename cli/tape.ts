// backlot tape
import type { Command } from './command.ts'
export const command: Command = {
  name: 'tape',
  summary: 'shows, checks, compares, cleans and converts tapes',
  help: 'x',
  run: async () => 0,
}
