import { expect, test } from 'vitest'
import { UsageError } from './errors.ts'
import type { ServicePort } from './service.ts'
import { portsOf } from './service-ports.ts'

const web: readonly ServicePort[] = [
  { port: 80, transport: 'tcp' },
  { port: 443, transport: 'tcp', tls: true },
]
const names: readonly ServicePort[] = [
  { port: 53, transport: 'udp' },
  { port: 53, transport: 'tcp' },
]

test('a number is a port of every transport that the service has, with TLS where it usually is', () => {
  expect(portsOf([8080, 443], web)).toEqual([
    { port: 8080, transport: 'tcp', tls: false },
    { port: 443, transport: 'tcp', tls: true },
  ])
  expect(portsOf([5353], names).map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
})

test('a port may be said in full, and none leaves the usual ones', () => {
  const full: ServicePort = { port: 8443, transport: 'tcp', tls: true }
  expect(portsOf([full], web)).toEqual([full])
  expect(portsOf(undefined, web)).toBe(web)
})

test.each([
  [[0]],
  [[65536]],
  [[80.5]],
  [['80']],
  [[{ port: 80 }]],
  [[null]],
  [[{ port: 80, transport: 'sctp' }]],
  [80],
])('%j is one clear error', given => {
  const call = () => portsOf(given as unknown as ServicePort[], web)
  expect(call).toThrow(UsageError)
  expect(call).toThrow(/^expected ports from 1 to 65535 such as \[8080\]/)
})
