// Choosing among files that stand for one name, as Apache's MultiViews does: index.en.html or index.sv.html for index.

import { languageQuality, readAccepted, typeQuality } from '../../wire/http/negotiate.ts'
import type { Exchange } from './exchange.ts'

export interface Variant {
  readonly name: string
  readonly type: string
  readonly language: string | undefined
  /** Request headers that the choice hangs on. */
  readonly vary: readonly string[]
}

const languageTag = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i

interface Candidate {
  readonly name: string
  readonly extensions: readonly string[]
  readonly typeOf: (extension: string) => string | undefined
}

/** A type is one extension, a language another; a file with any further extension is not meant. */
function readVariant({ name, extensions, typeOf }: Candidate): Omit<Variant, 'vary'> | undefined {
  let type: string | undefined
  let language: string | undefined
  for (const extension of [...extensions].reverse()) {
    const found = type === undefined ? typeOf(extension) : undefined
    if (found !== undefined) type = found
    else if (language === undefined && languageTag.test(extension)) language = extension.toLowerCase()
    else return undefined
  }
  return type === undefined ? undefined : { name, type, language }
}

/** The best for the client; `refused` where it takes none; undefined where there is none. */
export function negotiate(
  exchange: Exchange,
  candidates: readonly Candidate[],
  { languages, unacceptable }: { languages: readonly string[]; unacceptable: 406 | 'send' },
): Variant | 'refused' | undefined {
  const variants = candidates.map(readVariant).filter(variant => variant !== undefined)
  if (variants.length === 0) return undefined
  const vary: string[] = []
  if (new Set(variants.map(({ type }) => type)).size > 1) vary.push('accept')
  if (new Set(variants.map(({ language }) => language)).size > 1) vary.push('accept-language')
  const types = readAccepted(exchange.header('accept') ?? '*/*')
  const asked = exchange.header('accept-language')
  const wanted = readAccepted(asked ?? '*')
  const rank = ({ language }: { language: string | undefined }) => {
    const at = languages.indexOf(language ?? '')
    return at < 0 ? languages.length : at
  }
  const rated = variants.map(variant => ({
    variant,
    type: typeQuality(types, variant.type),
    // What has no language suits everybody a little.
    language: variant.language === undefined ? 0.001 : languageQuality(wanted, variant.language),
  }))
  rated.sort((a, b) => b.type * b.language - a.type * a.language || rank(a.variant) - rank(b.variant))
  const [best] = rated
  if (best!.type * best!.language > 0) return { ...best!.variant, vary }
  if (unacceptable === 406) return 'refused'
  // Better an unwanted page than none: the server's own order decides.
  const [first] = [...variants].sort((a, b) => rank(a) - rank(b))
  return { ...first!, vary }
}
