// Files of a folder, looked up by their path in a URL; small ones stay in memory while they do not change.

import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { formatHttpDate } from '../../wire/http/date.ts'
import { mediaTypeOf } from '../../wire/http/media-types.ts'
import type { BodySource } from './reply.ts'
import { bytesContent, type Content } from './representation.ts'

export interface FileEntry {
  /** With a charset only where the site's own types say one. */
  readonly type: string
  /** Milliseconds of Unix time on the network's clock, whole seconds. */
  readonly modified: number
  /** The same as HTTP writes it. */
  readonly lastModified: string
  readonly etag: string
  readonly content: Content
  /** Compressed forms that were made already. */
  readonly coded: Map<string, Buffer>
}

interface Known extends FileEntry {
  readonly real: string
  readonly stamp: string
  /** How often it was seen to have changed. */
  readonly changes: number
}

/** Octets of a file that is kept in memory. */
const maxKeptFile = 1024 * 1024
const maxKeptFiles = 1000
const maxKeptBytes = 64 * 1024 * 1024
const pieceBytes = 64 * 1024

export class FileStore {
  readonly #root: string
  readonly #types: Readonly<Record<string, string>>
  readonly #epoch: number
  readonly #known = new Map<string, Known>()
  #bytes = 0

  constructor(folder: string, types: Readonly<Record<string, string>>, epoch: number) {
    this.#root = fs.realpathSync(folder)
    this.#types = types
    this.#epoch = Math.floor(epoch / 1000) * 1000
  }

  /** A file that is known and has not changed. */
  fresh(name: string): FileEntry | undefined {
    const known = this.#known.get(name)
    if (known === undefined) return undefined
    const stat = fs.statSync(known.real, { throwIfNoEntry: false })
    return stat !== undefined && stampOf(stat) === known.stamp ? known : undefined
  }

  /** What is at a decoded path; `outside` where a link leads out of the folder. */
  find(name: string, now: number): FileEntry | 'folder' | 'outside' | undefined {
    const fresh = this.fresh(name)
    if (fresh !== undefined) return fresh
    const known = this.#known.get(name)
    let real: string
    let stat: fs.Stats
    try {
      real = fs.realpathSync(path.join(this.#root, name))
      stat = fs.statSync(real)
    } catch {
      return undefined // not there, not readable, a loop of links, a name too long: there is no such file
    }
    if (real !== this.#root && !real.startsWith(this.#root + path.sep)) return 'outside'
    if (stat.isDirectory()) return 'folder'
    if (!stat.isFile() || (name.endsWith('/') && name !== '/')) return undefined
    try {
      fs.accessSync(real, fs.constants.R_OK)
      return this.#load(name, real, stat, known, now)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
      return undefined // not readable, or gone by now
    }
  }

  /** Names in a folder that may be asked for, folders with a slash; undefined where it cannot be read. */
  names(folder: string): string[] | undefined {
    let entries: fs.Dirent[]
    try {
      entries = fs.readdirSync(path.join(this.#root, folder), { withFileTypes: true })
    } catch {
      return undefined
    }
    return entries
      .filter(({ name }) => !name.startsWith('.'))
      .map(entry => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .sort()
  }

  /** Files beside `name` that are called so with further extensions: `index.en.html` for `index`. */
  variants(name: string): { name: string; extensions: string[]; typeOf: (extension: string) => string | undefined }[] {
    const base = path.posix.basename(name)
    return (this.names(path.posix.dirname(name)) ?? [])
      .filter(each => each.startsWith(`${base}.`) && !each.endsWith('/'))
      .map(each => ({
        name: each,
        extensions: each.slice(base.length + 1).split('.'),
        typeOf: extension => this.#types[extension.toLowerCase()] ?? mediaTypeOf(extension),
      }))
  }

  #typeOf(name: string): string {
    const extension = path.posix.extname(name).slice(1)
    return this.#types[extension.toLowerCase()] ?? mediaTypeOf(extension) ?? 'application/octet-stream'
  }

  /**
   * What clients see of a file's age must not depend on when somebody checked out or copied it: it is as old as the
   * network, and a change is as new as the network's clock was when it was noticed.
   */
  #load(name: string, real: string, stat: fs.Stats, before: Known | undefined, now: number): FileEntry {
    const modified = before === undefined ? this.#epoch : Math.floor(now / 1000) * 1000
    this.#forget(name)
    const changes = before === undefined ? 0 : before.changes + 1
    const shared = {
      type: this.#typeOf(name),
      modified,
      lastModified: formatHttpDate(modified),
      coded: new Map<string, Buffer>(),
      real,
      stamp: stampOf(stat),
      changes,
    }
    if (stat.size > maxKeptFile) {
      const etag = `"${stat.size.toString(16)}-${changes}"`
      const entry: Known = { ...shared, etag, content: fileContent(real, stat.size) }
      this.#known.set(name, entry)
      return entry
    }
    const bytes = fs.readFileSync(real)
    const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`
    const entry: Known = { ...shared, etag, content: bytesContent(bytes) }
    this.#known.set(name, entry)
    this.#bytes += bytes.length
    while (this.#known.size > maxKeptFiles || this.#bytes > maxKeptBytes) this.#forget(this.#known.keys().next().value!)
    return entry
  }

  #forget(name: string): void {
    const known = this.#known.get(name)
    if (known === undefined) return
    if (known.content.size <= maxKeptFile) this.#bytes -= known.content.size
    this.#known.delete(name)
  }
}

const stampOf = (stat: fs.Stats): string => `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs}`

/** Read piece by piece, as fast as the client takes it. */
function fileContent(file: string, size: number): Content {
  return {
    size,
    read(first, end): BodySource {
      let handle: Promise<fs.promises.FileHandle> | undefined
      let at = first
      let done = false
      const close = () => {
        done = true
        handle?.then(opened => opened.close()).catch(() => {}) // nobody wants the file any more
      }
      return {
        async read() {
          if (done || at >= end) {
            if (!done) close()
            return undefined
          }
          handle ??= fs.promises.open(file)
          const opened = await handle
          const { bytesRead, buffer } = await opened.read(
            Buffer.allocUnsafe(Math.min(pieceBytes, end - at)),
            0,
            undefined,
            at,
          )
          at += bytesRead
          if (bytesRead === 0) {
            close()
            return undefined
          }
          return buffer.subarray(0, bytesRead)
        },
        cancel: close,
      }
    },
  }
}
