// Mail in files: an `.eml`, an mbox, a Maildir (also with Maildir++'s folders), or a folder of `.eml` files.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../../net/errors.ts'
import { parseMbox } from '../../wire/mime/mbox.ts'
import { withCrlf } from './message.ts'
import type { SeedMail } from './store.ts'

/** The letters after `:2,` of a Maildir's file name. */
const maildirFlags: readonly (readonly [string, string])[] = [
  ['D', '\\Draft'],
  ['F', '\\Flagged'],
  ['R', '\\Answered'],
  ['S', '\\Seen'],
  ['T', '\\Deleted'],
]

/**
 * What is there, in the order of names; in an mbox as it stands. `separator` is between the names of nested folders.
 *
 * @throws {UsageError} where nothing is there, or something else.
 */
export function readMailFiles(path: string, separator: string): SeedMail[] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new UsageError(`expected an .eml, an mbox or a Maildir at ${path}, got nothing`)
  if (!found.isDirectory()) {
    const octets = readFileSync(path)
    if (path.endsWith('.eml')) return [{ content: withCrlf(octets) }]
    const mails = parseMbox(octets)
    if (mails.length === 0 && octets.length > 0) {
      throw new UsageError(`expected an .eml, or an mbox that begins with "From ", at ${path}`)
    }
    return mails.map(({ content, date, flags }) => ({ content, flags, ...(date === undefined ? {} : { date }) }))
  }
  if (existsSync(join(path, 'cur')) || existsSync(join(path, 'new'))) return readMaildir(path, separator)
  const files = readdirSync(path).filter(name => name.endsWith('.eml'))
  return files.sort().map(name => ({ content: withCrlf(readFileSync(join(path, name))) }))
}

function readMaildir(path: string, separator: string): SeedMail[] {
  // Maildir++: `.Work.2015` is the folder 2015 in Work.
  const folders = readdirSync(path, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && /^\.[^.]/.test(entry.name))
    .map(({ name }) => name)
  const inbox = readMessages(path)
  const others = folders.sort().flatMap(folder => {
    const mailbox = folder.slice(1).replaceAll('.', separator)
    return readMessages(join(path, folder)).map(mail => ({ ...mail, mailbox }))
  })
  return [...inbox, ...others]
}

function readMessages(path: string): SeedMail[] {
  const files = ['cur', 'new'].flatMap(place => {
    const folder = join(path, place)
    return existsSync(folder) ? readdirSync(folder).map(name => ({ name, file: join(folder, name) })) : []
  })
  return files
    .filter(({ name, file }) => !name.startsWith('.') && statSync(file).isFile())
    .sort((a, b) => seconds(a.name) - seconds(b.name) || (a.name < b.name ? -1 : 1))
    .map(({ name, file }) => {
      const letters = /:2,([A-Za-z]*)/.exec(name)?.[1] ?? ''
      const received = seconds(name)
      return {
        content: withCrlf(readFileSync(file)),
        flags: maildirFlags.flatMap(([letter, flag]) => (letters.includes(letter) ? [flag] : [])),
        // Not the file's own time, which a copy of the folder changes.
        ...(received === 0 ? {} : { date: received * 1000 }),
      }
    })
}

/** A name begins with the second in which the mail came; 0 where it does not. */
function seconds(name: string): number {
  return Number(/^(\d{9,10})\./.exec(name)?.[1] ?? 0)
}
