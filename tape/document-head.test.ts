import { expect, test } from 'vitest'
import { DocumentHead } from './document-head.ts'

const find = (text: string, head = new DocumentHead()) => {
  const octets = Buffer.from(`garbage\n${text}`)
  return head.find(octets, 8, octets.length - 8) ? { number: head.number, service: head.service } : undefined
}

test('the number and the service of a conversation are read where they lie', () => {
  expect(find('---\nconversation: 120\nservice: http a.example:80\nturns:\n')).toEqual({
    number: 120,
    service: 'http a.example:80',
  })
})

test('a service like that of the document before is told from one that only begins like it', () => {
  const head = new DocumentHead()
  expect(find('---\nconversation: 1\nservice: smtp mx.example:25\nturns:\n', head)?.service).toBe('smtp mx.example:25')
  expect(find('---\nconversation: 2\nservice: smtp mx.example:25\nturns:\n', head)).toEqual({
    number: 2,
    service: 'smtp mx.example:25',
  })
  expect(find('---\nconversation: 3\nservice: smtp mx.example:2525\n', head)?.service).toBe('smtp mx.example:2525')
  expect(find('---\nconversation: 4\nservice: smtp mx.example:25\n', head)?.service).toBe('smtp mx.example:25')
})

test.each([
  ['another order', '---\nservice: http a.example:80\nconversation: 1\n'],
  ['a comment', '---\n# first\nconversation: 1\nservice: http a.example:80\n'],
  ['a host', '---\nhost: a.example\n'],
  ['no number', '---\nconversation: one\nservice: http a.example:80\n'],
  ['a number without end', `---\nconversation: ${'9'.repeat(16)}\nservice: http a.example:80\n`],
  ['no service', '---\nconversation: 1\nservice: \n'],
  ['an end inside the service', '---\nconversation: 1\nservice: http a.exa'],
  ['an end inside the number', '---\nconversation: 1'],
  ['lines that end with CRLF', '---\r\nconversation: 1\r\nservice: http a.example:80\r\n'],
])('%s is left to whoever reads all of it', (_, text) => {
  expect(find(text)).toBeUndefined()
})
