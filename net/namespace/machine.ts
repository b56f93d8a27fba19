// What the machine has, where it has it: what is not there or cannot be read is nothing.

import { readdirSync, readFileSync } from 'node:fs'

export function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

export function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
