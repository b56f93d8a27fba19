// Where in a frame of a capture its IP packet begins, for each kind of link that is read: Ethernet with VLAN tags,
// Linux' cooked captures, loopback and bare IP. Left out on purpose: tunnels, PPP, MPLS, wireless.

/** The numbers are those of tcpdump.org's list of link types. */
const linkTypes: ReadonlyMap<number, (frame: Buffer) => Buffer | undefined> = new Map([
  [0, loopback],
  [1, (frame: Buffer) => etherTyped(frame, 12)],
  [12, bare],
  [14, bare],
  [101, bare],
  [108, loopback],
  [113, (frame: Buffer) => etherTyped(frame, 14)],
  [228, bare],
  [229, bare],
  [276, (frame: Buffer) => etherTyped(frame, 0, 20)],
])

const ipv4 = 0x0800
const ipv6 = 0x86dd
// 802.1Q, 802.1ad and what came before it.
const vlanTags: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100])
const maxTags = 4

export function isLinkType(linkType: number): boolean {
  return linkTypes.has(linkType)
}

/** Undefined where a frame carries none. */
export function ipPacketIn(linkType: number, frame: Buffer): Buffer | undefined {
  const packet = linkTypes.get(linkType)?.(frame)
  return packet !== undefined && packet.length > 0 ? packet : undefined
}

/** The type of what is carried stands at `at`; what is carried begins at `start`. */
function etherTyped(frame: Buffer, at: number, start = at + 2): Buffer | undefined {
  if (frame.length < start) return undefined
  let type = frame.readUInt16BE(at)
  let begin = start
  for (let tags = 0; tags < maxTags && vlanTags.has(type) && frame.length >= begin + 4; tags++) {
    type = frame.readUInt16BE(begin + 2)
    begin += 4
  }
  return type === ipv4 || type === ipv6 ? frame.subarray(begin) : undefined
}

/** After the address family, in the byte order of whatever machine captured; the packet itself says which it is. */
function loopback(frame: Buffer): Buffer | undefined {
  return frame.length < 4 ? undefined : bare(frame.subarray(4))
}

function bare(frame: Buffer): Buffer | undefined {
  const version = (frame[0] ?? 0) >> 4
  return version === 4 || version === 6 ? frame : undefined
}
