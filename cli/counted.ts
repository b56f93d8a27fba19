// A count with the word for what is counted.

/** `1 turn`, `2 turns`; `many` where an s is not enough. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
