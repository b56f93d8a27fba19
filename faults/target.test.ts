import { describe, expect, test } from 'vitest'
import { openYard, Talker } from '../scenarios/fault-yard.ts'
import { corrupt } from './corrupt.ts'
import { drop } from './drop.ts'
import { latency } from './latency.ts'
import { checkMoment } from './moment.ts'
import { reset } from './reset.ts'
import { type FaultTarget, fitting, type Point } from './target.ts'

const point: Point = {
  transport: 'tcp',
  names: ['mx.example.org', 'mail.example.org'],
  address: '198.18.0.1',
  port: 25,
  protocol: 'smtp',
}

describe('a target', () => {
  test.each<[FaultTarget, boolean]>([
    [{}, true],
    [{ to: 'MX.example.org.' }, true],
    [{ to: 'mail.example.org' }, true],
    [{ to: 'example.org' }, false],
    [{ to: '*.example.org' }, true],
    [{ to: '*.example.net' }, false],
    [{ to: '198.18.0.1' }, true],
    [{ to: '198.18.0.2' }, false],
    [{ to: '198.18.0.0/15' }, true],
    [{ to: '10.0.0.0/8' }, false],
    [{ to: 25 }, true],
    [{ to: 587 }, false],
    [{ to: ':25' }, true],
    [{ to: 'mx.example.org:25' }, true],
    [{ to: 'mx.example.org:587' }, false],
    [{ to: '[2001:db8::1]:25' }, false],
    [{ to: '2001:db8::1' }, false],
    [{ to: { service: 'smtp' } }, true],
    [{ to: { service: 'http', host: 'mx.example.org' } }, false],
    [{ transport: 'tcp' }, true],
    [{ transport: 'udp' }, false],
  ])('%j fits mail.example.org or not: %s', (options, fits) => {
    expect(fitting('reset', options)(point)).toBe(fits)
  })

  test.each<[() => unknown, string]>([
    [
      () => reset({ to: 'a b' }),
      'reset: expected to as a name, an address, a range, host:port or { host, port, service }, got "a b"',
    ],
    [() => reset({ to: 0 }), 'reset: expected a port from 1 to 65535, got 0'],
    [() => reset({ to: '10.0.0.0/33' }), 'expected a range such as 192.0.2.0/24, got "10.0.0.0/33"'],
    [() => reset({ nth: 0 }), 'reset: expected nth to be a whole number from 1, got 0'],
    [() => reset({ afterBytes: 1, at: 1 }), 'reset: expected afterBytes or at, got both'],
    [() => reset({ at: '/(/' }), 'reset: expected at as a pattern such as /^RCPT/, got /(/'],
    [() => reset({ transport: 'udp' }), 'reset: expected transport tcp, got udp'],
    [() => drop({ transport: 'tcp' }), 'drop: expected transport udp, got tcp'],
    [() => corrupt({ probability: 2 }), 'corrupt: expected probability as a number from 0 to 1, got 2'],
    [
      () => latency({ delayMs: 'soon' }),
      "expected a duration such as 1500 (milliseconds), '200ms', '15m' or '1h30m', got \"soon\"",
    ],
    [
      () => latency({ delayMs: 1, time: 'never' as never }),
      'latency: expected time as virtual, clock or real, got "never"',
    ],
    [
      () => reset({ bytes: 3 } as never),
      'reset: expected one of from, afterBytes, at, to, transport, nth, times, got bytes',
    ],
    [() => checkMoment('reset', { from: 'both' as never }), 'reset: expected from as client or server, got "both"'],
  ])('what cannot be one is refused: %s', (make, message) => {
    expect(make).toThrow(message)
  })
})

describe('a fault that never happened is told of', () => {
  test('where no link fits', async () => {
    const { network } = await openYard()
    network.fault(reset({ to: 'mx.example.org', at: /^RCPT/ }))
    expect(network.unreachedFaults).toEqual([
      'the fault "reset at /^RCPT/ to mx.example.org" never happened: expected a link that comes to it, but no link fitted',
    ])
  })

  test('where links fit and never come to its message, also after it is undone', async () => {
    const { network, lines } = await openYard()
    {
      using _cut = network.fault(reset({ at: /^never/ }))
      await new Talker(lines.endpoint).say('x\n').until(heard => heard.includes('x'))
    }
    expect(network.unreachedFaults).toEqual([
      'the fault "reset at /^never/" never happened: expected a link that comes to it, but 1 link fitted and did not',
    ])
  })

  test('where it is for a later link', async () => {
    const { network, lines } = await openYard()
    network.fault(reset({ nth: 3 }))
    await new Talker(lines.endpoint).until(heard => heard !== '')
    expect(network.unreachedFaults).toEqual([
      'the fault "reset" never happened: expected a link number 3 that comes to it, but 1 link fitted and did not',
    ])
  })

  test('and one that happened is not', async () => {
    const { network, lines } = await openYard()
    network.fault(reset())
    await new Talker(lines.endpoint).done
    expect(network.unreachedFaults).toEqual([])
  })
})
