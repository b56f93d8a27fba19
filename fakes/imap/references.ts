// Who answers whom (RFC 5256 §3, steps 1 to 3 of REFERENCES): messages linked by the ids in their headers, and what is not
// there taken out where it can be.

import { FieldReader } from '../../wire/imap/field-reader.ts'
import type { MailMessage } from '../mail/message.ts'
import { firstValue } from './header-text.ts'
import type { ThreadNode } from './thread.ts'

const none = -1

/** @param indices places in `messages`, ascending */
export function linkReferences(indices: readonly number[], messages: readonly MailMessage[]): ThreadNode[] {
  const forest = new Forest()
  for (const index of indices) {
    const { raw } = messages[index]!
    const node = forest.place(index, messageIds(firstValue(raw, 'message-id') ?? '')[0])
    let ids = messageIds(firstValue(raw, 'references') ?? '')
    if (ids.length === 0) ids = messageIds(firstValue(raw, 'in-reply-to') ?? '').slice(0, 1)
    let last = none
    for (const id of ids) {
      const reference = forest.node(id)
      if (last !== none && !forest.hasParent(reference)) forest.link(last, reference)
      last = reference
    }
    forest.unlink(node)
    if (last !== none) forest.link(last, node)
  }
  return forest.pruned()
}

/** The ids in angle brackets (RFC 5322 §3.6.4), quotes, comments and blanks in them left out. */
export function messageIds(value: string): string[] {
  const ids: string[] = []
  for (let at = value.indexOf('<'); at >= 0; at = value.indexOf('<', at)) {
    at++
    const end = value.indexOf('>', at)
    if (end < 0) break
    const text = value.slice(at, end)
    if (/["([]/.test(text)) {
      const reader = new FieldReader(value)
      reader.at = at
      const id = readId(reader)
      at = Math.max(at, reader.at)
      if (id !== undefined) ids.push(id)
    } else {
      at = end
      if (text.includes('@')) ids.push(text.replace(/[ \t\r\n]+/g, ''))
    }
  }
  return ids
}

function readId(reader: FieldReader): string | undefined {
  reader.skipBlanks()
  const left = reader.peek() === '"' ? reader.quoted() : reader.dotAtom()
  if (left === undefined || reader.peek() !== '@') return undefined
  reader.at++
  reader.skipBlanks()
  const literal = /^\[[^[\]<>]*\]/.exec(reader.text.slice(reader.at, reader.at + 300))?.[0]
  if (literal !== undefined) reader.at += literal.length
  const right = literal ?? reader.dotAtom()
  return right === undefined || reader.peek() !== '>' ? undefined : `${left}@${right}`
}

/** Nodes by number, each with its parent and a list of its children. */
class Forest {
  readonly #byId = new Map<string, number>()
  /** Places of messages; `none` for what is not there. */
  readonly #index: number[] = []
  readonly #parent: number[] = []
  readonly #firstChild: number[] = []
  readonly #next: number[] = []
  readonly #previous: number[] = []

  /** The node of a message; one of its own where its id is another's, or none. */
  place(index: number, id: string | undefined): number {
    let node = id === undefined ? this.#add() : this.node(id)
    if (this.#index[node] !== none) node = this.#add()
    this.#index[node] = index
    return node
  }

  node(id: string): number {
    let node = this.#byId.get(id)
    if (node === undefined) this.#byId.set(id, (node = this.#add()))
    return node
  }

  hasParent(node: number): boolean {
    return this.#parent[node] !== none
  }

  /** Nothing happens where it would make a ring. `child` has no parent. */
  link(parent: number, child: number): void {
    if (this.#isBeneath(parent, child)) return
    const next = this.#firstChild[parent]!
    this.#parent[child] = parent
    this.#next[child] = next
    this.#previous[child] = none
    if (next !== none) this.#previous[next] = child
    this.#firstChild[parent] = child
  }

  unlink(child: number): void {
    const parent = this.#parent[child]!
    if (parent === none) return
    const [next, previous] = [this.#next[child]!, this.#previous[child]!]
    if (previous === none) this.#firstChild[parent] = next
    else this.#next[previous] = next
    if (next !== none) this.#previous[next] = previous
    this.#parent[child] = none
  }

  #add(): number {
    for (const list of [this.#parent, this.#firstChild, this.#next, this.#previous]) list.push(none)
    return this.#index.push(none) - 1
  }

  /** Goes up from the one and down from the other by turns: as many steps as the shorter way has. */
  #isBeneath(node: number, top: number): boolean {
    let [up, down] = [node, this.#firstChild[top]!]
    while (up !== top && up !== none && down !== none) {
      up = this.#parent[up]!
      if (down === node) return true
      down = this.#following(down, top)
    }
    return up === top
  }

  /** The next node in the tree beneath `top`. */
  #following(node: number, top: number): number {
    const child = this.#firstChild[node]!
    if (child !== none) return child
    for (let at = node; at !== top; at = this.#parent[at]!) if (this.#next[at] !== none) return this.#next[at]!
    return none
  }

  /** Trees of what is there: beneath what is not there are at least two, and that is at the top. */
  pruned(): ThreadNode[] {
    const roots: ThreadNode[] = []
    for (let node = 0; node < this.#index.length; node++) {
      if (this.#parent[node] !== none) continue
      const missing = this.#index[node] === none
      const top: ThreadNode = { index: missing ? undefined : this.#index[node]!, children: [] }
      this.#fill(node, top)
      if (!missing || top.children.length > 1) roots.push(top)
      else roots.push(...top.children)
    }
    return roots
  }

  #fill(root: number, top: ThreadNode): void {
    const open: [number, ThreadNode][] = [[root, top]]
    for (let each = open.pop(); each !== undefined; each = open.pop()) {
      const [node, above] = each
      for (let child = this.#firstChild[node]!; child !== none; child = this.#next[child]!) {
        const index = this.#index[child]!
        if (index === none) open.push([child, above])
        else {
          const made: ThreadNode = { index, children: [] }
          above.children.push(made)
          open.push([child, made])
        }
      }
    }
  }
}
