// Lines of IMAP as a tape looks at them: tag and verb, the mark of a literal that follows, where a secret stands.

/** Tag, word behind it in upper case (with UID before it), and the rest; empty where there are none. */
export function sayOf(text: string): { tag: string; verb: string; args: string } {
  const found = /^([^ \r\n]+) +((?:UID +)?[A-Z][A-Z\d-]*)(?![^ \r\n])([^\r\n]*)/i.exec(text)
  if (found === null) return { tag: '', verb: '', args: '' }
  const [, tag, verb, args] = found as unknown as [string, string, string, string]
  return { tag, verb: verb.toUpperCase().replace(/ +/, ' '), args }
}

/** The mark at the end of a line, its line end included; undefined where no literal follows. */
export function markOf(text: string): { size: number; waits: boolean } | undefined {
  const found = /\{(\d{1,10})([+-]?)\}\r?\n$/.exec(text.slice(-20))
  return found === null ? undefined : { size: Number(found[1]), waits: found[2] === '' }
}

/** A line whose mark has another size. */
export function withSize(text: string, size: number): string {
  const mark = markOf(text)
  if (mark === undefined || mark.size === size) return text
  return text.replace(/\{\d{1,10}([+-]?\}\r?\n)$/, `{${size}$1`)
}

/** What a line of the server's is; undefined where it is none of IMAP. */
export function isResponse(line: string): boolean {
  return /^(?:\* [^\r\n]|\+[ \r\n]|[!-)+-~][!-~]* (?:OK|NO|BAD)[ \r\n])/i.test(line)
}

/** What stands before a secret, the secret, and what stands after it. */
export function credentialIn(
  { kind, verb }: { kind: 'command' | 'response' | 'rest'; verb: string },
  text: string,
): [string, string, string] | undefined {
  const before = beforeSecret(kind, verb, text)
  if (before === undefined) return undefined
  const rest = text.slice(before.length)
  const quoted = /^(")((?:[^"\\\r\n]|\\.)+)("[ \t]*\r?\n?)$/.exec(rest)
  if (quoted !== null) return [`${before}"`, quoted[2]!, quoted[3]!]
  const secret = rest.trimEnd()
  return secret === '' ? undefined : [before, secret, rest.slice(secret.length)]
}

function beforeSecret(kind: 'command' | 'response' | 'rest', verb: string, text: string): string | undefined {
  if (kind === 'response') return ''
  if (kind === 'rest') return /^ */.exec(text)![0]
  if (verb === 'AUTHENTICATE') return /^[^ \r\n]+ +AUTHENTICATE +[^ \r\n]+ +(?=[^ \r\n])/i.exec(text)?.[0]
  const start = /^[^ \r\n]+ +LOGIN +/i.exec(text)?.[0]
  if (start === undefined) return undefined
  const args = text.slice(start.length)
  const user = /^(?:"(?:[^"\\\r\n]|\\.)*"|[^" \r\n]+) */.exec(args)?.[0]
  // A quoted string without its end may be anything.
  if (user === undefined) return args.startsWith('"') ? `${start}"` : undefined
  return /^[ \r\n]*$/.test(args.slice(user.length)) ? undefined : start + user
}
