// A name with addresses in a network.

/** One machine of a network. */
export interface Host {
  /** The first of its names. */
  readonly name: string
  /** All names that lead to it, lower case; one that begins with `*.` stands for every name below. */
  readonly names: readonly string[]
  /** IPv4 and IPv6 addresses in their normal spelling. */
  readonly addresses: readonly string[]
  /** Addresses where its services answer too, and which its names do not lead to. */
  readonly alsoAt: readonly string[]
}

export interface HostOptions {
  /** IPv4 and IPv6. Default: one of 198.18.0.0/15 that follows from the name. */
  addresses?: readonly string[]
  /** Addresses where its services answer too without being its own: 127.0.0.1 for the machine that programs run on. */
  alsoAt?: readonly string[]
  /** Further names of the same host; `*.example.org` stands for every name below example.org. */
  names?: readonly string[]
}
