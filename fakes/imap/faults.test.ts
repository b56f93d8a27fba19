import { expect, test } from 'vitest'
import { connect, logIn, select } from './in-tests.ts'

test('faults are said at their moment with the tag of the command, the time that is asked for', () => {
  const client = select({ faults: [{ at: 'FETCH', nth: 2, reply: 'NO [UNAVAILABLE] try again' }] })
  expect(client.say('a FETCH 1 UID', 'b UID FETCH 1 UID', 'c FETCH 1 UID')).toEqual([
    '* 1 FETCH (UID 1)',
    'a OK Fetch completed',
    'b NO [UNAVAILABLE] try again',
    '* 1 FETCH (UID 1)',
    'c OK Fetch completed',
  ])
})

test('faults end the link by a BYE, in place of the greeting and later', () => {
  const shut = connect({ faults: [{ at: 'connect', reply: '* BYE come back tomorrow' }] })
  expect([shut.greeting, shut.ended]).toEqual(['* BYE come back tomorrow', 'end'])
  const client = logIn({ faults: [{ at: 'SELECT', reply: '* BYE maintenance', drop: 'reset' }] })
  expect(client.say('a SELECT INBOX')).toEqual(['* BYE maintenance'])
  expect(client.ended).toBe('reset')
})

test('faults cut a literal in half', () => {
  const client = select({ faults: [{ at: 'FETCH', cut: true }] })
  expect(client.say('a FETCH 2 BODY[TEXT]')).toEqual(['* 2 FETCH (BODY[TEXT] {5}', 'tw'])
  expect(client.ended).toBe('end')
})

test('faults drop an IDLE when there is something to tell, and keep silent', () => {
  const client = select()
  const { state } = client
  using _silent = state.fault({ at: 'push', times: 1, drop: 'silence' })
  client.say('a IDLE')
  state.mailbox('ada').add({ content: 'x' })
  expect([client.taken(), client.ended]).toEqual([[], ''])
  state.fault({ at: 'push', drop: 'reset' })
  state.mailbox('ada').add({ content: 'x' })
  expect([client.taken(), client.ended]).toEqual([[], 'reset'])
})

test('faults hold back the usual answer on the clock, and what comes after it', async () => {
  const client = select({ faults: [{ at: 'NOOP', times: 1, delay: '1m' }] })
  expect(client.say('a NOOP', 'b CHECK')).toEqual([])
  await client.network.clock.advance('1m')
  expect(client.taken()).toEqual(['a OK NOOP completed', 'b OK Check completed'])
})

test('faults are refused where they are none, and told of where they never happened', () => {
  expect(() => connect({ faults: [{ at: 'RETR' as 'FETCH' }] })).toThrow(
    'imap: expected at of a fault as one of connect',
  )
  expect(() => connect({ faults: [{ at: 'FETCH', reply: '550 no' }] })).toThrow('imap: expected a reply such as NO')
  expect(connect({ faults: [{ at: 'MOVE', reply: 'NO' }] }).fake.unreachedFaults!()).toEqual([
    'the fault at MOVE of imap on imap.example.net never happened: expected one that comes to it, but none did',
  ])
})
