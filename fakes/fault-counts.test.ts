import { expect, test } from 'vitest'
import { type CountedFault, checkFault, FaultCounts } from './fault-counts.ts'

interface Named extends CountedFault {
  of: string
  name: string
}

const kind = {
  label: ({ of }: Named) => of,
  check: (fault: Named) => checkFault('x', fault, ['of', 'name']),
}

const met = (faults: readonly Named[], events: string) => {
  const counts = new FaultCounts(faults, kind)
  return [...events].map(event => counts.meet(({ of }) => of === event)?.name ?? '-').join('')
}

test('a fault without numbers is met every time', () => {
  expect(met([{ of: 'a', name: 'x' }], 'aba')).toBe('x-x')
})

test('a fault for the Nth time is met then alone', () => {
  expect(met([{ of: 'a', name: 'x', nth: 2 }], 'abaaa')).toBe('--x--')
})

test('a fault for some times is met first', () => {
  expect(met([{ of: 'a', name: 'x', times: 2 }], 'aaa')).toBe('xx-')
})

test('the first fault that is due is met, and the others have counted', () => {
  const faults = [
    { of: 'a', name: 'x', times: 1 },
    { of: 'a', name: 'y', nth: 1 },
    { of: 'a', name: 'z', nth: 2 },
  ]
  expect(met(faults, 'aaa')).toBe('xz-')
})

test('a fault that never happened says why', () => {
  const faults = new FaultCounts<Named>(
    [
      { of: 'a', name: 'x' },
      { of: 'b', name: 'y' },
      { of: 'a', name: 'z', nth: 3 },
    ],
    kind,
  )
  faults.meet(({ of }) => of === 'a')
  faults.meet(({ of }) => of === 'a')
  expect(faults.unreached).toEqual([
    'the fault at b never happened: expected one that comes to it, but none did',
    'the fault at a never happened: expected number 3 to come to it, but 2 did',
  ])
})

test('a fault is there until its guard is disposed, and is still told of if it never happened', () => {
  const faults = new FaultCounts<Named>([], kind)
  {
    using _one = faults.add({ of: 'a', name: 'x' })
    using _other = faults.add({ of: 'b', name: 'y' })
    expect(faults.meet(({ of }) => of === 'a')?.name).toBe('x')
  }
  expect(faults.list).toEqual([])
  expect(faults.unreached).toEqual(['the fault at b never happened: expected one that comes to it, but none did'])
})

test.each([
  [{ of: 'a', nmae: 'x' }, 'x: expected one of of, name, nth, times in a fault, got nmae'],
  [{ of: 'a', nth: 0 }, 'x: expected nth of a fault as a whole number from 1, got 0'],
  [{ of: 'a', times: 1.5 }, 'x: expected times of a fault as a whole number from 1, got 1.5'],
  [{ of: 'a', name: 'x', delay: 'soon' }, 'expected a duration such as'],
])('a fault that cannot be one is refused: %j', (fault, message) => {
  const known = {
    ...kind,
    check: (each: Named) => checkFault('x', each, ['of', 'name', ...('delay' in fault ? ['delay'] : [])]),
  }
  expect(() => new FaultCounts<Named>([fault as never], known)).toThrow(message)
  expect(() => new FaultCounts<Named>([], known).add(fault as never)).toThrow(message)
})
