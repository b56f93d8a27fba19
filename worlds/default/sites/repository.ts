// A Git repository with one commit, as loose objects behind plain HTTP (gitprotocol-http, "dumb" clients).

import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'

/** Paths below the repository with what is there. */
export function repository(files: Record<string, string>, message: string, date: Date): Map<string, Buffer> {
  const paths = new Map<string, Buffer>()
  const store = (kind: string, content: Buffer): Buffer => {
    const object = Buffer.concat([Buffer.from(`${kind} ${content.length}\0`), content])
    const name = createHash('sha1').update(object).digest()
    const hex = name.toString('hex')
    paths.set(`/objects/${hex.slice(0, 2)}/${hex.slice(2)}`, deflateSync(object))
    return name
  }
  const entries = Object.keys(files)
    .toSorted()
    .flatMap(name => [Buffer.from(`100644 ${name}\0`), store('blob', Buffer.from(files[name]!))])
  const tree = store('tree', Buffer.concat(entries)).toString('hex')
  const who = `Ada <ada@gmail.com> ${Math.floor(date.getTime() / 1000)} +0000`
  const commit = store('commit', Buffer.from(`tree ${tree}\nauthor ${who}\ncommitter ${who}\n\n${message}\n`))
  const head = commit.toString('hex')
  paths.set('/HEAD', Buffer.from('ref: refs/heads/master\n'))
  paths.set('/info/refs', Buffer.from(`${head}\trefs/heads/master\n`))
  paths.set('/objects/info/packs', Buffer.from('\n'))
  return paths
}
