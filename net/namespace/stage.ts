// A folder in memory where files are laid out before they are mounted over the system's own, for one mount namespace.

import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from './command.ts'

/** Larger files of a folder that is laid out again are linked to from their own place only if they have another. */
const maxCopyBytes = 4 * 1024 * 1024

/** The real path of a file or folder that is there, following links. */
export function real(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

export class Stage {
  readonly folder: string
  readonly #mounts: string[] = []
  readonly #covered = new Set<string>()
  readonly #folders = new Map<string, string>()
  #made = 0

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Opens one on an existing folder that nobody needs meanwhile; `needed` are paths that must stay visible. */
  static async open(needed: readonly string[]): Promise<Stage | string> {
    const folder = ['/mnt', '/media', '/srv', '/dev/shm', '/tmp'].find(
      each => existsSync(each) && !needed.some(path => path === each || path.startsWith(`${each}/`)),
    )
    if (folder === undefined) return 'expected a folder such as /mnt to lay out files in, found none'
    const { status, reason } = await run('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'backlot', folder])
    return status === 0 ? new Stage(folder) : reason
  }

  /** Lays a file over one that is there, wherever links lead to it. False where there is none. */
  file(target: string, content: string | Uint8Array): boolean {
    const place = real(target)
    if (place === undefined) return false
    if (this.#covered.has(place)) return true
    this.#covered.add(place)
    const laid = this.#inLaidFolder(place)
    if (laid !== undefined) {
      // Its folder is ours already: there is nothing to lay it over.
      writeFileSync(laid, content)
      return true
    }
    const source = this.#new()
    writeFileSync(source, content)
    this.#mount(source, place)
    return true
  }

  /** Lays an empty folder, or one with `files`, over one that is there. */
  emptyFolder(target: string, files: Readonly<Record<string, string>> = {}): void {
    const place = real(target)
    if (place === undefined || !statSync(place).isDirectory() || this.#covered.has(place)) return
    this.#covered.add(place)
    const source = this.#new()
    mkdirSync(source)
    for (const [name, content] of Object.entries(files)) writeFileSync(join(source, name), content)
    this.#folders.set(place, source)
    this.#mount(source, place)
  }

  /**
   * Lays out a folder again, so that files can be added to it, and gives where to write them. What is in it is copied
   * and then belongs to whom the program runs as. Undefined where it is not there or cannot be read.
   */
  openFolder(target: string): string | undefined {
    const place = real(target)
    if (place === undefined) return undefined
    const known = this.#folders.get(place)
    if (known !== undefined) return known
    const source = this.#new()
    try {
      mkdirSync(source)
      for (const name of readdirSync(place)) this.#copy(join(place, name), join(source, name))
    } catch {
      return undefined
    }
    this.#folders.set(place, source)
    this.#covered.add(place)
    this.#mount(source, place)
    return source
  }

  /** Mounts everything at once; from then on it shows. */
  async show(): Promise<string | undefined> {
    // One process for all; each line is an entry of a table like /etc/fstab.
    const table = this.#new()
    writeFileSync(table, `${this.#mounts.join('\n')}\n`)
    const { status, reason } = await run('mount', ['-a', '-T', table])
    // What is mounted elsewhere stays when its first place goes.
    await run('umount', ['-l', this.folder])
    return status === 0 ? undefined : reason
  }

  #copy(from: string, to: string): void {
    const about = lstatSync(from)
    if (about.isSymbolicLink()) symlinkSync(readlinkSync(from), to)
    else if (about.isDirectory()) {
      mkdirSync(to)
      this.#mount(from, to)
    } else if (about.isFile() && about.size <= maxCopyBytes) {
      try {
        copyFileSync(from, to)
      } catch {
        // not for us to read, so not for the program either
      }
    }
  }

  #inLaidFolder(place: string): string | undefined {
    const folder = this.#folders.get(dirname(place))
    return folder === undefined ? undefined : join(folder, place.slice(dirname(place).length + 1))
  }

  #mount(source: string, target: string): void {
    this.#mounts.push(`${octal(source)} ${octal(target)} none rbind 0 0`)
  }

  #new(): string {
    return join(this.folder, String(++this.#made))
  }
}

/** Blanks as tables of mounts write them. */
function octal(path: string): string {
  return path.replace(/[\s\\#]/g, letter => `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
