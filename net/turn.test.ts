import { expect, test, vi } from 'vitest'
import { afterTurns, atEndOfTurn } from './turn.ts'

test('what is asked for in one turn is done in order, after the promises of the turn', async () => {
  const done: string[] = []
  const end = new Promise<void>(resolve => {
    atEndOfTurn(() => done.push('first'))
    atEndOfTurn(() => {
      done.push('second')
      atEndOfTurn(() => {
        done.push('next turn')
        resolve()
      })
    })
  })
  await Promise.resolve().then(() => done.push('promise'))
  expect(done).toEqual(['promise'])
  await end
  expect(done).toEqual(['promise', 'first', 'second', 'next turn'])
})

test('timers that a test has replaced do not hold it up', async () => {
  vi.useFakeTimers()
  try {
    await new Promise<void>(resolve => atEndOfTurn(resolve))
  } finally {
    vi.useRealTimers()
  }
})

test('what is asked for after some turns is done in that one', async () => {
  const done: string[] = []
  afterTurns(0, () => done.push('at once'))
  expect(done).toEqual(['at once'])
  const end = new Promise<void>(resolve => afterTurns(3, resolve))
  for (const turn of ['first', 'second', 'third']) {
    await new Promise<void>(resolve => atEndOfTurn(resolve))
    done.push(turn)
    if (turn === 'second') void end.then(() => done.push('the end'))
  }
  await end
  expect(done).toEqual(['at once', 'first', 'second', 'the end', 'third'])
})
