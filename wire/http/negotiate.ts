// What a client accepts (RFC 9110 §12): lists with q-values, and the choice among what there is.

/** One element of Accept, Accept-Encoding or Accept-Language. */
export interface Accepted {
  /** Lower case, parameters but q left out. */
  readonly value: string
  /** 0 to 1. */
  readonly quality: number
}

/** Elements that are looked at; a client needs a handful. */
const maxElements = 100

/** Elements that cannot be read are passed over, as §12.4 wants preferences to be optional. */
export function readAccepted(list: string): Accepted[] {
  const accepted: Accepted[] = []
  for (const element of list.split(',', maxElements)) {
    const [value = '', ...parameters] = element.split(';').map(part => part.trim())
    if (value === '') continue
    const weight = parameters.map(each => /^q\s*=\s*(.*)$/i.exec(each)?.[1]).find(each => each !== undefined)
    if (weight !== undefined && !/^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight)) continue
    accepted.push({ value: value.toLowerCase(), quality: weight === undefined ? 1 : Number(weight) })
  }
  return accepted
}

/**
 * The coding for a body, `identity` for none; undefined where the client takes none of them. Among equals the one that
 * is offered first wins, and any before identity.
 */
export function chooseCoding<Coding extends string>(
  accept: string | undefined,
  offered: readonly Coding[],
): Coding | 'identity' | undefined {
  if (accept === undefined) return 'identity'
  const accepted = readAccepted(accept)
  const qualityOf = (coding: string) => accepted.find(({ value }) => value.replace(/^x-/, '') === coding)?.quality
  const any = qualityOf('*')
  // Not being named does not exclude identity, but whatever is named comes before it.
  let best: Coding | 'identity' | undefined
  let bestQuality = qualityOf('identity') ?? (any === 0 ? 0 : Number.MIN_VALUE)
  if (bestQuality > 0) best = 'identity'
  for (const coding of offered) {
    const quality = qualityOf(coding) ?? any ?? 0
    if (quality > 0 && (quality > bestQuality || (quality === bestQuality && best === 'identity'))) {
      best = coding
      bestQuality = quality
    }
  }
  return best
}

/** How much a client wants a media type; the most specific range that matches counts (§12.5.1). */
export function typeQuality(accepted: readonly Accepted[], type: string): number {
  const plain = type.split(';')[0]!.trim().toLowerCase()
  const [main] = plain.split('/')
  for (const range of [plain, `${main}/*`, '*/*']) {
    const found = accepted.find(({ value }) => value === range)
    if (found !== undefined) return found.quality
  }
  return 0
}

/** How much a client wants a language; `en` takes en-GB, and en-GB takes `en` where nothing better is there. */
export function languageQuality(accepted: readonly Accepted[], language: string): number {
  const tag = language.toLowerCase()
  let best = 0
  let specific = -1
  for (const { value, quality } of accepted) {
    const length = value === '*' ? 0 : value === tag || tag.startsWith(`${value}-`) ? value.length : -1
    if (length > specific) {
      best = quality
      specific = length
    }
  }
  if (specific > 0) return best
  const wider = accepted.find(({ value }) => value.startsWith(`${tag}-`))
  // Just below, so that an exact match of the same weight wins.
  return wider === undefined ? best : Math.max(best, wider.quality * 0.999)
}
