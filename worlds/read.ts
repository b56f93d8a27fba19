// Reads world files. Only who opens a file of his own loads this: the default world is compiled.

import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from '../net/errors.ts'
import type { Network } from '../net/network.ts'
import { checkModules, checkWorld } from './check.ts'
import { codeSource, parseYamlSource } from './source.ts'
import type { World } from './world.ts'

/** @throws {UsageError} `FILE:LINE:COLUMN: expected …, got …` */
export async function readWorld(file: string): Promise<World> {
  const octets = await readOctets(file)
  const text = octets.toString('utf8')
  if (!isUtf8(octets)) {
    const { length } = text.slice(0, text.indexOf('\ufffd')).split('\n')
    throw new UsageError(`${file}:${length}: expected UTF-8, got other octets`)
  }
  const source = parseYamlSource(file, text)
  const base = pathToFileURL(resolve(file))
  const world = checkWorld(source, base)
  await checkModules(source, world, base)
  return world
}

async function readOctets(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const got = code === 'ENOENT' ? 'none' : code === 'EISDIR' ? 'a folder' : code
    throw new UsageError(`${file}: expected a world file, got ${got}`, { cause })
  }
}

/** A world from code: data, or a function that puts hosts into a network. */
export async function importWorld(file: string): Promise<World | ((network: Network) => void | Promise<void>)> {
  const base = pathToFileURL(resolve(file))
  // That a file is missing is only told by an import as one of many things that a module may lack.
  await readOctets(file)
  let module: { default?: unknown }
  try {
    module = (await import(base.href)) as { default?: unknown }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw new UsageError(`${file}: expected a Node that runs TypeScript (22.18 or later), got ${process.version}`, {
        cause,
      })
    }
    throw new UsageError(`${file}: expected a world file that loads, got ${message.split('\n')[0]}`, { cause })
  }
  const { default: world } = module
  if (typeof world === 'function') return world as (network: Network) => void | Promise<void>
  if (typeof world !== 'object' || world === null) {
    throw new UsageError(`${file}: expected a default export that is a world or a function, got ${typeof world}`)
  }
  const source = codeSource(file, world)
  const checked = checkWorld(source, base, { code: true })
  await checkModules(source, checked, base)
  return checked
}
