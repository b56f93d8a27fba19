// Other people's programs behind a firewall, as root and as an ordinary user: nc and curl time out where it drops and are
// refused where it rejects, also where nobody listens.

import { chmodSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Studio } from './studio-in-tests.ts'

let studio: Studio
beforeAll(() => {
  studio = new Studio()
})
afterAll(() => studio?.[Symbol.dispose]())

const hosts = `
hosts:
  a.example:
    addresses: [203.0.113.1, '2001:db8::1']
    services: { http: { folder: . }, smtp: {}, daytime: {} }
  b.example:
    addresses: [203.0.113.2]
    services: { daytime: {}, http: { folder: . } }
  ns.example:
    addresses: [203.0.113.53]
    services: { dns: { zones: { example: 'www A 203.0.113.9' } } }
`

let made = 0

function behind(user: string, walls: readonly string[], line: string) {
  const file = join(studio.folder, `wall-${++made}.yaml`)
  const faults = walls.map(wall => `  - firewall: ${wall}\n`).join('')
  writeFileSync(file, `faults:\n${faults}${hosts}`)
  chmodSync(file, 0o644)
  return studio.shell(`$BACKLOT run --world ${file} -- /bin/bash -c '${line}'`, { user })
}

/** What nc meets at an address and port: `open`, `timed out` or `refused`. */
const nc = (at: string) =>
  `nc -zv -w 1 ${at} 2>&1 | grep -oE "timed out|refused|succeeded" | sed s/succeeded/open/ | head -1; `

describe.each(userInfo().uid === 0 ? ['root', 'nobody'] : [userInfo().username])('as %s', user => {
  test('what is denied by default times out, also where nobody listens, and what is allowed is as it was', async () => {
    const wall =
      '{ rules: [{ action: allow, port: 53 }, { action: allow, to: a.example, transport: tcp, port: [1, 99] }] }'
    const places = [
      '203.0.113.1 80',
      '203.0.113.1 81',
      '203.0.113.1 587',
      '203.0.113.2 80',
      '203.0.113.2 81',
      '2001:db8::1 25',
      '2001:db8::1 587',
      '2001:db8::1 588',
      '198.51.100.1 25',
    ]
    const { stdout, stderr } = await behind(user, [wall], places.map(nc).join(''))
    expect(stdout.trim().split('\n')).toEqual([
      'open',
      'refused',
      'timed out',
      'timed out',
      'timed out',
      'open',
      'timed out',
      'timed out',
      'timed out',
    ])
    expect(stderr).toBe('')
  })

  test('what is rejected is refused', async () => {
    const wall =
      '{ otherwise: allow, rules: [{ action: reject, to: 203.0.113.0/31 }, { action: drop, to: b.example, port: 80 }] }'
    const { stdout } = await behind(
      user,
      [wall],
      ['203.0.113.1 80', '203.0.113.1 81', '203.0.113.2 13', '203.0.113.2 80', '2001:db8::1 80'].map(nc).join(''),
    )
    expect(stdout.trim().split('\n')).toEqual(['refused', 'refused', 'open', 'timed out', 'open'])
  })

  test('curl tells a drop from a reject by its exit status', async () => {
    const wall = '{ otherwise: allow, rules: [{ action: drop, to: a.example }, { action: reject, to: b.example }] }'
    const curl = (to: string) => `curl -s --connect-timeout 1 -o /dev/null http://${to}/; echo $?; `
    const { stdout } = await behind(user, [wall], curl('203.0.113.1') + curl('[2001:db8::1]') + curl('b.example'))
    expect(stdout).toBe('28\n28\n7\n')
  })

  test('datagrams are lost or refused, by the address that they come from too', async () => {
    const wall =
      '{ otherwise: allow, rules: [{ action: drop, transport: udp, from: 10.0.2.0/24, to: 203.0.113.53 }, { action: reject, transport: udp, to: b.example }] }'
    const dig = (options: string) =>
      `dig ${options} www.example +short +tries=1 +timeout=1 2>&1 | grep -oE "timed out|refused|^203.*" | head -1; `
    const { stdout } = await behind(
      user,
      [wall],
      dig('@203.0.113.53') +
        dig('@203.0.113.53 +tcp') +
        dig('-b 192.168.56.102 @203.0.113.53') +
        dig('@203.0.113.2 -p 13'),
    )
    expect(stdout).toBe('timed out\n203.0.113.9\n203.0.113.9\nrefused\n')
  })

  test('of two walls each has its say', async () => {
    const walls = [
      '{ otherwise: allow, rules: [{ action: allow, to: a.example }, { action: drop, to: b.example, port: [81, 82] }] }',
      '{ otherwise: allow, rules: [{ action: drop, port: 80 }, { action: drop, port: 99 }] }',
    ]
    const { stdout } = await behind(
      user,
      walls,
      ['203.0.113.1 80', '203.0.113.1 99', '203.0.113.1 13', '203.0.113.2 81', '203.0.113.2 83'].map(nc).join(''),
    )
    expect(stdout.trim().split('\n')).toEqual(['timed out', 'timed out', 'open', 'timed out', 'refused'])
  })
})
