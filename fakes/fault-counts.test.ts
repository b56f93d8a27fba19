import { expect, test } from 'vitest'
import { type CountedFault, FaultCounts } from './fault-counts.ts'

interface Named extends CountedFault {
  of: string
  name: string
}

const met = (faults: readonly Named[], events: string) => {
  const counts = new FaultCounts(faults)
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
