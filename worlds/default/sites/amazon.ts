// www.amazon.co.uk: a shop window.

import { html, page } from './page.ts'

export default function amazon(request: Request): Response | undefined {
  return new URL(request.url).pathname === '/'
    ? html(page('Shop', '<h1>Everything that a yard can hold</h1>'))
    : undefined
}
