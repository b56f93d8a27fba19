// The page that shows what is in a folder.

export function listing(folder: string, names: readonly string[]): string {
  const title = `Index of ${escapeHtml(folder)}`
  const entries = (folder === '/' ? names : ['../', ...names]).map(
    name =>
      `<li><a href="${escapeHtml(encodeURI(name).replace(/[?#]/g, encodeURIComponent))}">${escapeHtml(name)}</a></li>\n`,
  )
  return `<!DOCTYPE html>\n<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n<ul>\n${entries.join('')}</ul>\n</body>\n</html>\n`
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, letter => escapes[letter]!)
}
