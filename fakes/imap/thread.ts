// THREAD (RFC 5256 §3): messages as conversations, by subject (ORDEREDSUBJECT) or by what answers what (REFERENCES). REFS
// is REFERENCES without subjects, the conversation that was last added to at the end.

import type { MailMessage } from '../mail/message.ts'
import { type BaseSubject, baseSubject } from './base-subject.ts'
import { firstValue } from './header-text.ts'
import { linkReferences } from './references.ts'
import { sortDate } from './sent-date.ts'

export type ThreadAlgorithm = 'ORDEREDSUBJECT' | 'REFERENCES' | 'REFS'

export interface ThreadNode {
  /** A place in the mailbox; undefined where several answer what is not there. */
  index: number | undefined
  children: ThreadNode[]
}

/** Of what is at a place in the mailbox. */
interface Reading {
  /** Milliseconds of Unix time. */
  date(index: number): number
  subject(index: number): BaseSubject
}

/** @param indices places in `messages`, in any order */
export function thread(
  algorithm: ThreadAlgorithm,
  indices: readonly number[],
  messages: readonly MailMessage[],
): ThreadNode[] {
  const inOrder = Array.from(Float64Array.from(indices).sort())
  const dates = new Map<number, number>()
  const reading: Reading = {
    date: index => {
      let date = dates.get(index)
      if (date === undefined) dates.set(index, (date = sortDate(messages[index]!)))
      return date
    },
    subject: index => baseSubject(firstValue(messages[index]!.raw, 'subject') ?? ''),
  }
  if (algorithm === 'ORDEREDSUBJECT') return bySubject(inOrder, reading)
  const roots = linkReferences(inOrder, messages)
  if (algorithm === 'REFS') return byLatest(roots, reading)
  for (const root of roots) if (root.index === undefined) sortSiblings(root.children, reading)
  sortSiblings(roots, reading)
  const merged = mergeSubjects(roots, reading)
  // Sorted from the outside, since what is at the top without being there goes by its first child.
  for (const node of everyNode(merged)) sortSiblings(node.children, reading)
  return sortSiblings(merged, reading)
}

/** Of each subject the first message, with all others beneath it. */
function bySubject(indices: readonly number[], reading: Reading): ThreadNode[] {
  const byDate = sortSiblings(indices.map(leaf), reading)
  const threads = new Map<string, ThreadNode>()
  for (const node of byDate) {
    const { text } = reading.subject(node.index!)
    const first = threads.get(text)
    if (first === undefined) threads.set(text, node)
    else first.children.push(node)
  }
  return [...threads.values()]
}

function leaf(index: number): ThreadNode {
  return { index, children: [] }
}

/** By when they were sent; in place. */
function sortSiblings(nodes: ThreadNode[], { date }: Reading): ThreadNode[] {
  return nodes.length < 2 ? nodes : nodes.sort((a, b) => date(first(a)) - date(first(b)) || first(a) - first(b))
}

/** A message that is not there has children that are. */
function first({ index, children }: ThreadNode): number {
  return index ?? children[0]!.index!
}

function* everyNode(roots: readonly ThreadNode[]): Generator<ThreadNode> {
  const open = [...roots]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    yield node
    for (const child of node.children) open.push(child)
  }
}

/** Step 5 of REFERENCES: conversations that have a subject in common become one. */
function mergeSubjects(roots: readonly ThreadNode[], { subject }: Reading): ThreadNode[] {
  const subjects = roots.map(root => subject(first(root)))
  /** The places of roots. */
  const table = new Map<string, number>()
  for (const [at, { text, isReplyOrForward }] of subjects.entries()) {
    if (text === '') continue
    const known = table.get(text)
    const isBetter =
      known === undefined ||
      (roots[known]!.index !== undefined &&
        (roots[at]!.index === undefined || (subjects[known]!.isReplyOrForward && !isReplyOrForward)))
    if (isBetter) table.set(text, at)
  }
  const merged: (ThreadNode | undefined)[] = [...roots]
  for (const [at, { text, isReplyOrForward }] of subjects.entries()) {
    const known = table.get(text)
    if (known === undefined || known === at) continue
    const [into, current] = [merged[known]!, roots[at]!]
    if (into.index === undefined) {
      if (current.index === undefined) for (const child of current.children) into.children.push(child)
      else into.children.push(current)
    } else if (isReplyOrForward && !subjects[known]!.isReplyOrForward) into.children.push(current)
    else merged[known] = { index: undefined, children: [into, current] }
    merged[at] = undefined
  }
  return merged.filter(root => root !== undefined)
}

/** Each conversation where its last message is. */
function byLatest(roots: ThreadNode[], reading: Reading): ThreadNode[] {
  for (const node of everyNode(roots)) sortSiblings(node.children, reading)
  const latest = new Map<ThreadNode, number>()
  for (const root of roots) {
    let last = Number.NEGATIVE_INFINITY
    for (const { index } of everyNode([root])) if (index !== undefined) last = Math.max(last, reading.date(index))
    latest.set(root, last)
  }
  return roots.sort((a, b) => latest.get(a)! - latest.get(b)! || first(a) - first(b))
}
