// A crawler that finds dead links: from one page on it follows the links of the same site, keeps to robots.txt, and tries
// again where a server is busy. It is given its host, and knows nothing of tests.

export interface Report {
  readonly pages: readonly string[]
  readonly dead: readonly { url: string; foundOn: string; why: string }[]
}

export interface CrawlOptions {
  /** Pages that are fetched at most. */
  readonly limit?: number
  /** How often a busy server is asked again; the wait doubles from a second on. */
  readonly retries?: number
}

export async function crawl(start: string, { limit = 100, retries = 3 }: CrawlOptions = {}): Promise<Report> {
  const { origin } = new URL(start)
  const forbidden = await robots(origin)
  const pages: string[] = []
  const dead: { url: string; foundOn: string; why: string }[] = []
  const queue = [{ url: new URL(start).href, foundOn: 'the command line' }]
  const seen = new Set(queue.map(({ url }) => url))
  for (let next = queue.shift(); next !== undefined && pages.length < limit; next = queue.shift()) {
    const { url, foundOn } = next
    if (forbidden.some(path => new URL(url).pathname.startsWith(path))) continue
    try {
      const response = await patiently(url, retries)
      if (!response.ok) {
        dead.push({ url, foundOn, why: `${response.status} ${response.statusText}` })
        await response.body?.cancel()
        continue
      }
      pages.push(url)
      // What a redirection led to elsewhere is there, and not ours.
      if (new URL(response.url).origin !== origin) {
        await response.body?.cancel()
        continue
      }
      for (const link of linksOf(await response.text(), response.url)) {
        if (seen.has(link) || new URL(link).origin !== origin) continue
        seen.add(link)
        queue.push({ url: link, foundOn: url })
      }
    } catch (error) {
      const cause = (error as { cause?: { code?: string } }).cause
      dead.push({ url, foundOn, why: cause?.code ?? (error as Error).message })
    }
  }
  return { pages, dead }
}

async function patiently(url: string, retries: number): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const response = await fetch(url, { headers: { 'user-agent': 'link-checker/1.0' } })
    if (response.status !== 503 || attempt === retries) return response
    await response.body?.cancel()
    const seconds = Number(response.headers.get('retry-after') ?? 2 ** attempt)
    await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  }
}

async function robots(origin: string): Promise<string[]> {
  const response = await fetch(`${origin}/robots.txt`).catch(() => undefined)
  if (!response?.ok) {
    await response?.body?.cancel()
    return []
  }
  const lines = (await response.text()).split('\n')
  return lines.flatMap(line => /^disallow:\s*(\/\S*)/i.exec(line)?.[1] ?? [])
}

function linksOf(page: string, base: string): string[] {
  return [...page.matchAll(/<a\s[^>]*href="([^"#]+)/gi)].flatMap(([, href]) => {
    const url = URL.parse(href!, base)
    return url === null || !url.protocol.startsWith('http') ? [] : [url.href]
  })
}
