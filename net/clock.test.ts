import { expect, test } from 'vitest'
import { Clock, defaultEpoch } from './clock.ts'
import { durationMs } from './duration.ts'

test('a clock stands at its epoch until it is told to move', async () => {
  const clock = new Clock()
  expect(clock.date().toISOString()).toBe('2015-03-15T12:09:16.000Z')
  await clock.advance('15m')
  expect(clock.now() - defaultEpoch).toBe(15 * 60_000)
})

test('timers run in the order in which they are due, each seeing its own time', async () => {
  const clock = new Clock(0)
  const seen: string[] = []
  clock.after(200, () => seen.push(`b at ${clock.now()}`))
  clock.after(100, () => {
    seen.push(`a at ${clock.now()}`)
    clock.after(50, () => seen.push(`nested at ${clock.now()}`))
  })
  clock.after('1h', () => seen.push('too late'))
  await clock.advance(300)
  expect(seen).toEqual(['a at 100', 'nested at 150', 'b at 200'])
  expect(clock.now()).toBe(300)
})

test('a disposed timer does not run', async () => {
  const clock = new Clock(0)
  let ran = false
  {
    using _timer = clock.after(10, () => {
      ran = true
    })
  }
  await clock.advance(20)
  expect(ran).toBe(false)
})

test('setting the clock runs what is due by then', async () => {
  const clock = new Clock(0)
  let ran = 0
  clock.after(1000, () => ran++)
  await clock.set(500)
  expect(ran).toBe(0)
  await clock.set('1970-01-01T00:00:02Z')
  expect(ran).toBe(1)
})

test('a running clock fires its timers by itself', async () => {
  const clock = new Clock(defaultEpoch, { running: true })
  const hold = setInterval(() => {}, 1000) // the clock's own alarm keeps no process alive
  await new Promise<void>(resolve => clock.after(5, resolve))
  clearInterval(hold)
  expect(clock.now() - defaultEpoch).toBeGreaterThanOrEqual(4)
})

test('a standing clock shows its epoch while its timers run', async () => {
  const clock = new Clock(defaultEpoch, { running: true, standing: true })
  const hold = setInterval(() => {}, 1000)
  const shown: number[] = []
  await new Promise<void>(resolve => {
    clock.after(5, () => {
      shown.push(clock.now())
      clock.after(5, resolve)
    })
  })
  clearInterval(hold)
  expect([...shown, clock.now()]).toEqual([defaultEpoch, defaultEpoch])
})

test.each([
  [1500, 1500],
  ['200ms', 200],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['2d', 172_800_000],
])('the duration %s is %d ms', (duration, ms) => {
  expect(durationMs(duration)).toBe(ms)
})

test.each(['', 'soon', '15', '-1s', Number.NaN, -5])('%s is no duration', duration => {
  expect(() => durationMs(duration)).toThrow(/expected a duration/)
})

test('a companion moves along, and the clock stops where something falls due on either side', async () => {
  const clock = new Clock(0)
  const seen: string[] = []
  let own = 0
  const dues = [1000, 4000]
  clock.accompany({
    settle: async () => void seen.push('settled'),
    advance(ms) {
      const due = dues[0] ?? Number.POSITIVE_INFINITY
      const moved = Math.min(ms, due - own)
      own += moved
      if (own === due) seen.push(`companion at ${dues.shift()}, clock at ${clock.now()}`)
      return moved
    },
  })
  clock.after(2000, () => seen.push(`clock at ${clock.now()}, companion at ${own}`))
  await clock.advance(5000)
  expect(seen.filter(each => each !== 'settled')).toEqual([
    'companion at 1000, clock at 0',
    'clock at 2000, companion at 2000',
    'companion at 4000, clock at 2000',
  ])
  expect([clock.now(), own]).toEqual([5000, 5000])
  expect(seen[0]).toBe('settled')
})

test('a companion that was dismissed stays where it is, and none goes back', async () => {
  const clock = new Clock(0)
  const moves: number[] = []
  const guard = clock.accompany({
    settle: async () => {},
    advance(ms) {
      moves.push(ms)
      return ms
    },
  })
  await clock.set(1000)
  await clock.set(500)
  guard[Symbol.dispose]()
  await clock.advance(1000)
  expect(moves).toEqual([1000])
  expect(clock.now()).toBe(1500)
})

test('time stands for what a timer has begun, and for nothing that waits for time itself', async () => {
  const clock = new Clock(0)
  const seen: string[] = []
  const work = async () => {
    for (let turns = 0; turns < 50; turns++) await new Promise(resolve => setImmediate(resolve))
    seen.push(`done at ${clock.now()}`)
    if (seen.length < 3) clock.after(1000, () => clock.standFor(work()))
  }
  clock.after(1000, () => clock.standFor(work()))
  await clock.advance('10s')
  expect(seen).toEqual(['done at 1000', 'done at 2000', 'done at 3000'])
  clock.standFor(new Promise<void>(resolve => clock.after(1000, resolve)).then(() => void seen.push('waited')))
  clock.standFor(Promise.reject(new Error('is for who began it')).catch(() => {}))
  await clock.advance('1s')
  expect(seen.at(-1)).toBe('waited')
})
