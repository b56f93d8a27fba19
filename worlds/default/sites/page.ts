// Small pages of HTML.

/** Text where HTML is expected. */
export function escaped(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return text.replace(/[&<>"']/g, letter => names[letter]!)
}

/** A page; `title` is text, `body` is HTML. */
export function page(title: string, body: string): string {
  return `<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>${escaped(title)}</title></head>\n<body>\n${body}\n</body>\n</html>\n`
}

export function html(text: string, init: ResponseInit & { headers?: Record<string, string> } = {}): Response {
  return new Response(text, { ...init, headers: { 'Content-Type': 'text/html; charset=utf-8', ...init.headers } })
}

/** `Response.redirect` takes a URL apart and puts it together again; this keeps it as it is. */
export function redirect(location: string, status = 302): Response {
  return new Response(page('Moved', `<p>The page is at <a href="${escaped(location)}">${escaped(location)}</a>.</p>`), {
    status,
    headers: { Location: location, 'Content-Type': 'text/html; charset=utf-8' },
  })
}
