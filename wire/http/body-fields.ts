// Named values in text: parameters of URLs and forms, members of JSON, parts of multipart bodies. A value can be replaced
// where it stands and all around it stays, character by character, also where the text breaks its format's rules. Each
// walk goes once through the text and keeps no stack, so that neither size nor depth can be made to hurt.

/**
 * Gives what to put in the place of a value, or undefined to leave it. `value` is decoded: without percent-encoding, or
 * without the escapes of JSON. Empty values, true, false and null are not asked about.
 */
export type Replace = (name: string, value: string, isNumber: boolean) => string | undefined

/** How the fields of a body are found. */
export type BodyFields = { readonly kind: 'form' | 'json' } | { readonly kind: 'multipart'; readonly boundary: string }

/** By the value of Content-Type; undefined for bodies without named values. */
export function fieldsOf(contentType: string | undefined): BodyFields | undefined {
  if (contentType === undefined) return undefined
  const semicolon = contentType.indexOf(';')
  const type = (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return { kind: 'form' }
  if (type.includes('json')) return { kind: 'json' }
  if (!type.startsWith('multipart/')) return undefined
  const boundary = boundaryOf(contentType)
  return boundary === undefined ? undefined : { kind: 'multipart', boundary }
}

/** At most 70 octets by RFC 2046 §5.1.1; some are longer. */
const boundaryParameter = /;\s*boundary=(?:"([^"\\\r\n]{1,200})"|([^\s;"]{1,200}))/i

export function boundaryOf(contentType: string): string | undefined {
  const match = boundaryParameter.exec(contentType)
  return match === null ? undefined : (match[1] ?? match[2])
}

export function replaceFields(text: string, fields: BodyFields, replace: Replace): string {
  if (fields.kind === 'multipart') return replaceParts(text, fields.boundary, replace)
  return fields.kind === 'json' ? replaceMembers(text, replace) : replaceParameters(text, replace, 'form')
}

/** Collects what is changed of a text. */
class Edit {
  readonly #text: string
  #done = ''
  #kept = 0

  constructor(text: string) {
    this.#text = text
  }

  put(start: number, end: number, value: string | undefined): void {
    if (value === undefined) return
    this.#done += this.#text.slice(this.#kept, start) + value
    this.#kept = end
  }

  text(): string {
    return this.#kept === 0 ? this.#text : this.#done + this.#text.slice(this.#kept)
  }
}

/** `name=value&…`. In a form `+` is a blank; in a URL's query it mostly is what it is. */
export function replaceParameters(text: string, replace: Replace, where: 'form' | 'url'): string {
  const edit = new Edit(text)
  let equals = -1
  for (let at = 0; at < text.length; ) {
    if (equals < at) equals = text.indexOf('=', at)
    if (equals < 0) break
    const ampersand = text.indexOf('&', at)
    const end = ampersand < 0 ? text.length : ampersand
    // A value that ends its line does so without the line's end.
    const stop = end === text.length ? at + text.slice(at).trimEnd().length : end
    if (equals + 1 < stop) {
      const value = decodePercent(text.slice(equals + 1, stop), where)
      edit.put(equals + 1, stop, replace(decodePercent(text.slice(at, equals), where), value, false))
    }
    at = end + 1
  }
  return edit.text()
}

function decodePercent(text: string, where: 'form' | 'url'): string {
  const blanks = where === 'form' ? text.replaceAll('+', ' ') : text
  if (!blanks.includes('%')) return blanks
  try {
    return decodeURIComponent(blanks)
  } catch {
    return blanks
  }
}

const query = /([?#])([^\s<>"'?#]+)/g
const userinfo = /(\/\/)([^\s/?#@"'<>]{1,500})@/g

/** Parameters in the queries and fragments of all URLs in a text, and what stands before their hosts as `password`. */
export function replaceInUrls(text: string, replace: Replace): string {
  let result = text
  if (text.includes('@')) {
    result = result.replace(userinfo, (all, slashes: string, info: string) => {
      const colon = info.indexOf(':')
      const secret = info.slice(colon + 1)
      const replaced = secret === '' ? undefined : replace('password', decodePercent(secret, 'url'), false)
      return replaced === undefined ? all : `${slashes}${info.slice(0, colon + 1)}${replaced}@`
    })
  }
  if (!result.includes('=')) return result
  return result.replace(query, (_, mark: string, parameters: string) => {
    return mark + replaceParameters(parameters, replace, 'url')
  })
}

const quote = 34
const backslash = 92
const isSpace = (code: number) => code === 32 || code === 10 || code === 13 || code === 9
/** `,:[]{}"`, which end a number or a word. */
const ends: readonly boolean[] = Array.from({ length: 128 }, (_, code) => ',:[]{}"'.includes(String.fromCharCode(code)))

/** Members of JSON objects at any depth, and what stands in a list that is a member's value; several values in a row too. */
export function replaceMembers(text: string, replace: Replace): string {
  const edit = new Edit(text)
  /** Of the member whose value comes. */
  let name: string | undefined
  let inList = false
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      const end = endOfString(text, at + 1)
      let after = end + 1
      while (isSpace(text.charCodeAt(after))) after++
      if (text.charCodeAt(after) === 58) {
        name = decodeString(text.slice(at + 1, end))
        inList = false
        at = after + 1
        continue
      }
      if (name !== undefined && end > at + 1) {
        edit.put(at + 1, end, replace(name, decodeString(text.slice(at + 1, end)), false))
      }
      if (!inList) name = undefined
      at = end + 1
    } else if (code === 91) {
      inList = name !== undefined
      at++
    } else if (code === 123 || code === 125 || code === 93 || (code === 44 && !inList)) {
      name = undefined
      inList = false
      at++
    } else if (isSpace(code) || code === 44 || code === 58) at++
    else {
      let end = at + 1
      while (end < text.length && !isSpace(text.charCodeAt(end)) && ends[text.charCodeAt(end)] !== true) {
        // A placeholder in the place of a number has a colon in it.
        end = text.charCodeAt(end) === 0x2039 ? endOfPlaceholder(text, end) : end + 1
      }
      if (code === 0x2039 || code === 0xe2) end = endOfPlaceholder(text, at)
      if (name !== undefined && (code < 97 || code > 122)) {
        edit.put(at, end, replace(name, text.slice(at, end), true))
      }
      if (!inList) name = undefined
      at = end
    }
  }
  return edit.text()
}

/** Where the quote stands that ends a string, or the text. */
function endOfString(text: string, start: number): number {
  for (let from = start; ; ) {
    const end = text.indexOf('"', from)
    if (end < 0) return text.length
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash && end - slashes > start) slashes++
    if (slashes % 2 === 0) return end
    from = end + 1
  }
}

/** After `›`, whose octets stand as such where the text is latin1. */
function endOfPlaceholder(text: string, start: number): number {
  const match = /(?:\u203a|\xe2\x80\xba)/.exec(text.slice(start, start + 100))
  return match === null ? start + 1 : start + match.index + match[0].length
}

function decodeString(text: string): string {
  if (!text.includes('\\')) return text
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return text
  }
}

const partName = /^content-disposition:[^\r\n]*?;[ \t]*name=(?:"([^"\r\n]*)"|([^\s;"]+))/im
const partType = /^content-type:[ \t]*([^\r\n]*)/im

/** Fields of a multipart body: a part's content is the value, and is looked into where it is JSON. */
export function replaceParts(text: string, boundary: string, replace: Replace): string {
  const edit = new Edit(text)
  const delimiter = `--${boundary}`
  for (let at = nextDelimiter(text, delimiter, 0); at >= 0; ) {
    const start = at + delimiter.length
    const next = nextDelimiter(text, delimiter, start)
    const end = next < 0 ? text.length : text.charCodeAt(next - 2) === 13 ? next - 2 : next - 1
    const blank = text.slice(start, Math.min(end, start + maxPartHead)).search(/\r?\n\r?\n/)
    if (blank >= 0) {
      const head = text.slice(start, start + blank)
      const content = start + blank + /^\r?\n\r?\n/.exec(text.slice(start + blank, start + blank + 4))![0].length
      if (content < end) {
        const value = text.slice(content, end)
        const name = partName.exec(head)
        let replaced = name === null ? undefined : replace((name[1] ?? name[2])!, value, false)
        if (replaced === undefined && /json/i.test(partType.exec(head)?.[1] ?? '')) {
          const changed = replaceMembers(value, replace)
          if (changed !== value) replaced = changed
        }
        edit.put(content, end, replaced)
      }
    }
    at = next
  }
  return edit.text()
}

/** Where a delimiter begins its line and nothing of another, longer one follows it. */
export function nextDelimiter(text: string, delimiter: string, from: number): number {
  let at = text.indexOf(delimiter, from)
  for (; at >= 0; at = text.indexOf(delimiter, at + 1)) {
    if (at > 0 && text.charCodeAt(at - 1) !== 10) continue
    const after = text.charCodeAt(at + delimiter.length)
    if (Number.isNaN(after) || after === 45 || isSpace(after)) return at
  }
  return -1
}

/** The head of a part that is looked at. */
const maxPartHead = 8192
