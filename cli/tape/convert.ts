// backlot tape convert
import type { Command } from '../command.ts'
export const command: Command = { name: 'convert', summary: 'to and from captures', help: 'x', run: async () => 0 }
