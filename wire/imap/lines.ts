// Line ends of a message as IMAP sends them: CRLF, whatever it was kept with.

const LF = 0x0a
const CR = 0x0d
const crlf = Buffer.from('\r\n')

/** Line feeds without CR become CRLF; the same octets where there are none. */
export function withCrlf(octets: Buffer): Buffer {
  const pieces: Buffer[] = []
  let from = 0
  for (let at = octets.indexOf(LF); at >= 0; at = octets.indexOf(LF, at + 1)) {
    if (at > 0 && octets[at - 1] === CR) continue
    pieces.push(octets.subarray(from, at), crlf)
    from = at + 1
  }
  return from === 0 ? octets : Buffer.concat([...pieces, octets.subarray(from)])
}
