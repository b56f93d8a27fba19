// The crawler as a command: pages counted, dead links told, status 1 where there are any.

import { crawl } from './crawl.ts'

const [start] = process.argv.slice(2)
if (start === undefined) {
  console.error('usage: npm start -- https://www.example.org/')
  process.exit(2)
}
const { pages, dead } = await crawl(start)
console.log(`${pages.length} pages`)
for (const { url, foundOn, why } of dead) console.log(`${url}: ${why}, found on ${foundOn}`)
if (dead.length > 0) process.exitCode = 1
