// HAR
export async function archiveOfTape(_from: string, _to: string): Promise<readonly string[]> {
  return []
}
export async function tapeOfArchive(_from: string, _to: string): Promise<readonly string[]> {
  return []
}
