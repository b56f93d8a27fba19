// THREAD's answer (RFC 5256 §4): a conversation that goes straight on is a list of numbers, what branches off stands in
// parentheses of its own.

import type { ThreadNode } from './thread.ts'

/**
 * For example `(2)(3 6 (4 23)(44 7 96))`. Threads may be deeper than a stack.
 *
 * @param numberOf what a place in the mailbox is called: a sequence number or a UID
 */
export function threadText(roots: readonly ThreadNode[], numberOf: (index: number) => number): string {
  const written: string[] = []
  /** What is to be written, the next at the end. */
  const open: (ThreadNode | ')')[] = roots.toReversed()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === ')') {
      written.push(')')
      continue
    }
    written.push('(')
    open.push(')')
    let node = next
    let blank = ''
    for (;;) {
      if (node.index !== undefined) {
        written.push(`${blank}${numberOf(node.index)}`)
        blank = ' '
      }
      if (node.children.length !== 1) break
      node = node.children[0]!
    }
    if (node.children.length > 1) written.push(blank)
    for (let at = node.children.length - 1; at >= 0; at--) open.push(node.children[at]!)
  }
  return written.join('')
}
