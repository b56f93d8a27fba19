// The default world. In a package this module is its compiled form, so that neither YAML nor schema is loaded to start.

import { fileURLToPath } from 'node:url'
import { readWorld } from '../read.ts'
import type { World } from '../world.ts'

export const base: URL = new URL('./world.yaml', import.meta.url)

export const world: World = await readWorld(fileURLToPath(base))
