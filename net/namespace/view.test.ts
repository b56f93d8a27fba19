import { expect, test } from 'vitest'
import { programEnvironment } from './environment.ts'
import { hostsFile, nsswitchConf, resolvConf } from './view.ts'

const client = {
  name: 'debian6box.localdomain.loc',
  addresses: ['fd00:2::15', '10.0.2.15'],
  mac: '08:00:27:1d:1e:db',
  gateway: '10.0.2.2',
  gatewayMac: '52:54:00:12:35:02',
  resolver: '192.168.1.1',
}

test('the hosts file gives the full name first, so that hostname -f says it', () => {
  expect(hostsFile(client)).toBe(
    '127.0.0.1 localhost\n10.0.2.15 debian6box.localdomain.loc debian6box\n::1 localhost ip6-localhost ip6-loopback\n',
  )
  expect(hostsFile({ ...client, name: 'box' })).toContain('10.0.2.15 box\n')
})

test('resolv.conf names the resolver and searches nothing', () => {
  expect(resolvConf(client)).toBe('nameserver 192.168.1.1\n')
})

test.each([
  [
    'passwd: files\nhosts:  mymachines resolve [!UNAVAIL=return] files dns\nnetworks: files\n',
    'passwd: files\nhosts: files dns\nnetworks: files\n',
  ],
  ['passwd: files\n', 'passwd: files\nhosts: files dns\n'],
])('names are looked up in files and DNS alone', (own, expected) => {
  expect(nsswitchConf(own)).toBe(expected)
})

test('variables that name a bundle name ours, those of proxies go', () => {
  const own = {
    PATH: '/bin',
    https_proxy: 'x',
    NO_PROXY: 'y',
    npm_config_proxy: 'z',
    SSL_CERT_DIR: '/d',
    CARGO_HTTP_CAINFO: '/c',
  }
  const env = programEnvironment(own, '/etc/ca.pem')
  expect(env).toMatchObject({ PATH: '/bin', SSL_CERT_FILE: '/etc/ca.pem', CARGO_HTTP_CAINFO: '/etc/ca.pem' })
  expect(Object.keys(env).filter(name => /proxy|CERT_DIR|NIX/i.test(name))).toEqual([])
})
