// A world file as it was written: its value, and where in the file each part of it stands.

import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { UsageError } from '../net/errors.ts'

/** Where a value lies in a world: keys and list positions from the top. */
export type Path = readonly (string | number)[]

export interface Source {
  /** The file as the user named it. */
  readonly file: string
  readonly value: unknown
  /** `FILE:LINE:COLUMN` of a value, or of its key; of a line of it, counted from 1, where the value is a block of text. */
  where(path: Path, what?: 'value' | 'key', line?: number): string
  /** ` at line N` of a value's key, for the second place that a message names. */
  line(path: Path): string
}

/** @throws {UsageError} where the text is not YAML or a key stands twice. */
export function parseYamlSource(file: string, text: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false })
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const [error] = document.errors
  if (error !== undefined) {
    const [problem] = error.message.split('\n')
    throw new UsageError(`${at(error.pos[0])}: expected YAML, got ${lowerFirst(problem!)}`)
  }
  visit(document, {
    Map(_, map) {
      const seen = new Map<string, number>()
      for (const { key } of map.items) {
        const { range } = key as Node
        const name = isScalar(key) ? String(key.value) : ''
        const first = seen.get(name)
        if (first !== undefined) {
          const { line } = lines.linePos(first)
          throw new UsageError(`${at(range![0])}: expected each key once, got ${name} again after line ${line}`)
        }
        seen.set(name, range![0])
      }
    },
  })
  let value: unknown
  try {
    // Aliases that multiply themselves would fill the memory; a world needs few.
    value = document.toJS({ maxAliasCount: 1000 }) ?? {}
  } catch (cause) {
    throw new UsageError(`${file}:1:1: expected YAML, got ${lowerFirst((cause as Error).message)}`)
  }
  return {
    file,
    value,
    where(path, what = 'value', line = 0) {
      const offset = offsetOf(document, path, what)
      // A block begins in the line after its `|`.
      if (line > 0 && text[offset] === '|') return `${file}:${lines.linePos(offset).line + line}:1`
      return at(offset)
    },
    line: path => ` at line ${lines.linePos(offsetOf(document, path, 'key')).line}`,
  }
}

/** A world from code has no lines; its parts are named by their path. */
export function codeSource(file: string, value: unknown): Source {
  return {
    file,
    value,
    where: path => (path.length === 0 ? file : `${file}: ${path.join('.')}`),
    line: path => ` at ${path.join('.')}`,
  }
}

/** The offset of a value or its key, or of the nearest part around it that the text has. */
function offsetOf(document: Document, path: Path, what: 'value' | 'key'): number {
  let node = document.contents as Node | null | undefined
  let offset = node?.range?.[0] ?? 0
  for (const [depth, step] of path.entries()) {
    const last = depth === path.length - 1
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (pair === undefined) break
      const key = pair.key as Node
      node = pair.value as Node | null
      offset = (last && what === 'key' ? key.range?.[0] : (node?.range?.[0] ?? key.range?.[0])) ?? offset
    } else if (isSeq(node)) {
      node = node.items[Number(step)] as Node | undefined
      offset = node?.range?.[0] ?? offset
    } else break
  }
  return offset
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
