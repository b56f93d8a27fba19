import { expect, test } from 'vitest'
import { wire } from './raw.ts'

test('every chunk is a turn, text as text and other octets in hexadecimal', () => {
  const conversation = wire.conversation('tcp')
  expect(conversation.push('client', Buffer.from('grüße\r\n')).map(turn => turn.text)).toEqual(['grüße'])
  expect(conversation.push('server', Uint8Array.of(0, 255, 16)).map(turn => turn.text)).toEqual(['3 octets: 00 ff 10'])
  expect(conversation.end('client')).toEqual([])
})
