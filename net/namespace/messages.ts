// What the backlot process outside and its two helpers inside say to each other, over Node's IPC.
// The helper on the world's side is the parent of the one on the program's side and hands on what is not its own.

import type { StandingRule } from '../fault.ts'

export type Side = 'world' | 'program'

/** A socket to open, answered by `socket` with the socket itself, or by `failed`. Servers and connections come bare. */
export interface SocketRequest {
  readonly id: number
  readonly side: Side
  readonly transport: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
}

/** Where a datagram or the beginning of a connection is lost. */
export interface Dropped {
  readonly transport: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
}

/** What makes the namespaces this network's: sent once. */
export interface Join {
  readonly client: {
    readonly name: string
    readonly addresses: readonly string[]
    readonly mac: string
    readonly gateway: string
    readonly gatewayMac: string
    readonly resolver: string
  }
  readonly blackHoles: readonly string[]
  /** The authority's certificate in PEM. */
  readonly authority: string
  /** Folders whose bundles and stores are only the program's own, such as a virtual environment. */
  readonly places: Places
}

/** Where the program's environment says that things are. */
export interface Places {
  readonly home: string | undefined
  readonly path: string | undefined
  readonly javaHome: string | undefined
  readonly virtualEnv: string | undefined
}

export interface Start {
  /** Variables that name a file, with what is in it. */
  readonly files: Readonly<Record<string, string>>
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** In a user namespace of its own the program gets its name back; absent for root, who keeps everything. */
  readonly identity: { readonly uid: number; readonly gid: number } | undefined
}

export type ToHelper =
  | { join: Join }
  | { open: readonly SocketRequest[] }
  /** Addresses and ports at which what comes is to be dropped, and walls that drop wherever their rules say. */
  | { drop: readonly Dropped[]; walls: readonly (readonly StandingRule[])[] }
  /** Sockets to open while the program runs: each comes at once, and then `given`. */
  | { add: readonly SocketRequest[] }
  /** The socket has arrived outside. */
  | { got: number }
  | { start: Start }
  | { signal: NodeJS.Signals }

export type FromHelper =
  /** Comes with the listening or bound socket. */
  | { socket: number }
  /** Comes with a connection that was made before its listening socket could be handed over. */
  | { connection: number }
  | { failed: number; reason: string }
  /** Nobody but the process outside holds the socket any more; alone, where this kernel has no such addresses. */
  | { given: number }
  | { joined: Joined }
  | { ready: true }
  | { ended: Ended }
  /** The namespaces cannot be made into what was asked for. */
  | { unable: string }

/** How a program ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Its connections and datagrams that nobody in the world listened for, as far as they can be told from its own. */
  readonly refused: number
}

export interface Joined {
  /** A file of certificates that exists in the program's view and holds the authority's. */
  readonly bundle: string | undefined
  /** A folder in memory that the program sees and the helpers can write to. */
  readonly folder: string | undefined
  /** What could not be had and what that costs. */
  readonly notes: readonly string[]
}
