// Flags of messages (RFC 3501 §2.3.2): system flags and keywords, alike in any case. Messages with the same flags share one
// set, so that a hundred thousand messages cost no sets of their own.

import { MailRefusal } from './refusal.ts'

/** In the order in which servers list them. `\Recent` is no flag of a message: it belongs to a session. */
const systemFlags: readonly string[] = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft']

/** Keywords of one mailbox; Dovecot knows as many with a name of its own, Cyrus 128. */
const maxKeywords = 128
const maxKeywordLength = 200
/** Combinations that are remembered; beyond them equal sets may be two. */
const maxRemembered = 10_000

/** An RFC 3501 atom, or `$` and one. */
const keyword = /^[^\x00-\x20\x7f-\uffff(){%*"\\\]]+$/

export class FlagSet {
  /** System flags first, keywords as they were first spelled. */
  readonly list: readonly string[]
  private readonly known: ReadonlySet<string>

  constructor(list: readonly string[]) {
    this.list = list
    this.known = new Set(list.map(flag => flag.toLowerCase()))
  }

  /** In any case. */
  has(flag: string): boolean {
    return this.known.has(flag.toLowerCase())
  }

  get seen(): boolean {
    return this.known.has('\\seen')
  }
}

const noFlags: FlagSet = new FlagSet([])

/** The flags that the messages of one mailbox have, each combination once. */
export class FlagTable {
  /** Keywords as they were first spelled, in the order in which they came. */
  readonly keywords: string[] = []

  /** All that a message may have and some had. */
  get all(): readonly string[] {
    return [...systemFlags, ...this.keywords]
  }

  readonly #spelled = new Map(systemFlags.map(flag => [flag.toLowerCase(), flag]))
  readonly #sets = new Map<string, FlagSet>([['', noFlags]])

  /** @throws {MailRefusal} `CANNOT` for what is no flag, `LIMIT` for one keyword too many. */
  set(flags: Iterable<string>): FlagSet {
    const wanted = new Set<string>()
    for (const flag of flags) wanted.add(this.#spell(flag))
    if (wanted.size === 0) return noFlags
    const list = this.all.filter(flag => wanted.has(flag))
    const key = list.join(' ')
    let found = this.#sets.get(key)
    if (found === undefined) {
      if (this.#sets.size >= maxRemembered) this.#sets.clear()
      found = new FlagSet(list)
      this.#sets.set(key, found)
    }
    return found
  }

  #spell(flag: string): string {
    const lower = flag.toLowerCase()
    const known = this.#spelled.get(lower)
    if (known !== undefined) return known
    if (flag.length > maxKeywordLength || !keyword.test(flag)) {
      throw new MailRefusal(
        'CANNOT',
        `expected a flag such as \\Seen or a keyword, got ${JSON.stringify(flag.slice(0, 40))}`,
      )
    }
    if (this.keywords.length >= maxKeywords) {
      throw new MailRefusal('LIMIT', `expected at most ${maxKeywords} keywords in a mailbox, got another`)
    }
    this.keywords.push(flag)
    this.#spelled.set(lower, flag)
    return flag
  }
}
