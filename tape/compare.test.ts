import { expect, test } from 'vitest'
import { http } from '../index.ts'
import { compareTapes } from './compare.ts'
import { loadForms } from './forms.ts'
import { recorded } from './in-tests.ts'
import { TapeFile } from './tape-file.ts'

/** A tape of one upload of a picture, in a form as a browser makes it. */
const upload = (boundary: string, octet: number) =>
  recorded({ web: http(() => new Response('thanks')) }, async () => {
    const start = `--${boundary}\r\nContent-Disposition: form-data; name="a"; filename="a.png"\r\n\r\n`
    const body = Buffer.concat([
      Buffer.from(start),
      Buffer.alloc(40_000, octet),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ])
    const headers = { 'Content-Type': `multipart/form-data; boundary=${boundary}` }
    await (await fetch('http://a.example/', { method: 'POST', headers, body })).text()
  })

async function differences(before: string, after: string): Promise<string[]> {
  using one = new TapeFile(before)
  using other = new TapeFile(after)
  return compareTapes(one, other, await loadForms()).flatMap(({ lines }) =>
    lines.filter(({ sign }) => sign !== ' ').map(({ sign, text }) => `${sign} ${text}`),
  )
}

test('a body in a file says the same where only its boundary is another', async () => {
  const before = await upload('one', 0)
  expect(await differences(before, await upload('two', 0))).toEqual([])
  expect(await differences(before, await upload('one', 1))).toHaveLength(2)
})
