// placeholder until the forwarding name server is merged
export declare class Outside {
  addresses(name: string): Promise<readonly string[]>
  ask(query: Buffer): Promise<Buffer | undefined>
}
export function machineNames(): Outside {
  return { addresses: async () => [], ask: async () => undefined }
}
