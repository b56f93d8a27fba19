import { expect, test } from 'vitest'
import type { StandingRule } from '../fault.ts'
import {
  bothInOne,
  cable,
  dropping,
  everythingLocal,
  exception,
  gatewayEnd,
  giveWay,
  machineEnd,
  wallRules,
} from './routes.ts'

const client = {
  addresses: ['10.0.2.15', 'fd00:2::15'],
  mac: '08:00:27:1d:1e:db',
  gateway: '10.0.2.2',
  gatewayMac: '52:54:00:12:35:02',
}

test('the gateway has an address without a network, the client is behind it, holes are black', () => {
  expect(gatewayEnd(client, ['192.0.2.0/24', '2001:db8:dead::/48'], true)).toEqual([
    'addr add 10.0.2.2/32 dev w0',
    'link set w0 up',
    'addr add fe80::1/64 dev w0 nodad',
    'route add table local 10.0.2.15/32 dev w0',
    'route add table local fd00:2::15/128 dev w0',
    'route add table local blackhole 192.0.2.0/24',
    'route add table local blackhole 2001:db8:dead::/48',
  ])
})

test('the client has its addresses and sends everything else to the gateway', () => {
  expect(machineEnd(client, true)).toEqual([
    'link set lo up',
    'addr add 10.0.2.15/24 brd + dev eth0',
    'addr add fd00:2::15/64 dev eth0 nodad noprefixroute',
    'link set eth0 up',
    'route add 0.0.0.0/0 via 10.0.2.2 dev eth0 onlink',
    'route add ::/0 via fe80::1 dev eth0',
  ])
})

test('a kernel without IPv6 is asked for none', () => {
  const lines = [everythingLocal(false), gatewayEnd(client, ['2001:db8::/32'], false), machineEnd(client, false)].flat()
  expect([...lines, ...bothInOne(client, ['2001:db8::/32'], false)].filter(line => line.includes(':'))).toEqual([])
})

test('a cable ends at the other side with both hardware addresses', () => {
  expect(cable(client, 77)).toBe(
    'link add w0 address 52:54:00:12:35:02 type veth peer name eth0 address 08:00:27:1d:1e:db netns 77',
  )
})

test('in one namespace connections keep the client’s address', () => {
  expect(bothInOne(client, [], true)).toContain('route add local 0.0.0.0/0 dev lo src 10.0.2.15')
})

test('an address inside a black hole can answer', () => {
  expect(exception('192.0.2.7')).toBe('route add table local local 192.0.2.7/32 dev lo')
})

test('a port of an address is dropped before the addresses of this side are looked at', () => {
  expect(giveWay).toEqual(['rule add pref 30000 lookup local', 'rule del pref 0'])
  expect(dropping({ transport: 'tcp', address: '198.18.0.1', port: 25 })).toBe(
    'rule add pref 5 to 198.18.0.1/32 ipproto tcp dport 25 blackhole',
  )
  expect(dropping({ transport: 'udp', address: '2001:db8::1', port: 53 })).toBe(
    'rule add pref 5 to 2001:db8::1/128 ipproto udp dport 53 blackhole',
  )
})

test('walls are rules of the family for what comes by the cable, each going on to the next', () => {
  const walls: StandingRule[][] = [
    [
      { bar: undefined, to: '203.0.113.1', transport: 'tcp', ports: [25, 25] },
      { bar: 'refuse', to: '2001:db8::/32', ports: [1, 1023] },
      { bar: 'black hole', ports: [1, 65_535] },
    ],
    [{ bar: 'black hole', from: '10.0.2.15', transport: 'udp', ports: [53, 53] }],
  ]
  expect(wallRules(walls, 4)).toEqual([
    'rule add pref 100 iif w0 to 203.0.113.1 ipproto tcp dport 25 goto 103',
    'rule add pref 101 iif w0 ipproto tcp blackhole',
    'rule add pref 102 iif w0 ipproto udp blackhole',
    'rule add pref 103 iif w0 from 10.0.2.15 ipproto udp dport 53 blackhole',
  ])
  expect(wallRules([...walls, [{ bar: undefined, to: '10.0.0.0/8', ports: [1, 2] }]], 6)).toEqual([
    'rule add pref 100 iif w0 to 2001:db8::/32 ipproto tcp dport 1-1023 goto 30000',
    'rule add pref 101 iif w0 to 2001:db8::/32 ipproto udp dport 1-1023 goto 30000',
    'rule add pref 102 iif w0 ipproto tcp blackhole',
    'rule add pref 103 iif w0 ipproto udp blackhole',
  ])
  const open: StandingRule[] = [{ bar: undefined, transport: 'tcp', ports: [1, 65_535] }]
  expect(wallRules([open, [{ bar: undefined, to: '10.0.0.0/8', ports: [1, 2] }]], 6)).toEqual([
    'rule add pref 100 iif w0 ipproto tcp goto 30000',
  ])
  expect(wallRules(walls, 6)).toEqual([
    'rule add pref 100 iif w0 to 2001:db8::/32 ipproto tcp dport 1-1023 goto 30000',
    'rule add pref 101 iif w0 to 2001:db8::/32 ipproto udp dport 1-1023 goto 30000',
    'rule add pref 102 iif w0 ipproto tcp blackhole',
    'rule add pref 103 iif w0 ipproto udp blackhole',
  ])
})
