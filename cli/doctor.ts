import type { Command } from './command.ts'
export const command: Command = { name: 'doctor', summary: 'x', help: '', run: async () => 0 }
