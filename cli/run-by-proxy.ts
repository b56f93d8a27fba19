export async function runByProxy(_command: string, _args: readonly string[], _values: object): Promise<number> {
  return 0
}
