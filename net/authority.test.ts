import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { Authority } from './authority.ts'
import { Random } from './random.ts'

const authority = () => new Authority(label => new Random(`7/${label}`))

test('a certificate is signed by the authority and good for its names and addresses', () => {
  const minted = authority()
  const root = new X509Certificate(minted.pem)
  const leaf = new X509Certificate(
    minted.issue({ names: ['mx.example.org', '*.example.org', '192.0.2.1', '2001:db8::1'] }).cert,
  )
  expect(leaf.verify(root.publicKey)).toBe(true)
  expect(leaf.checkIssued(root)).toBe(true)
  expect(root.ca).toBe(true)
  expect(leaf.ca).toBe(false)
  expect(leaf.checkHost('mx.example.org')).toBe('mx.example.org')
  expect(leaf.checkHost('any.example.org')).toBe('*.example.org')
  expect(leaf.checkHost('example.net')).toBeUndefined()
  expect(leaf.checkIP('192.0.2.1')).toBe('192.0.2.1')
  expect(leaf.checkIP('2001:db8::1')).toBe('2001:db8::1')
})

test('subject, serial and validity can be chosen', () => {
  const { cert } = authority().issue({
    subject: [
      ['C', 'GB'],
      ['L', 'London'],
      ['O', 'Default Company Ltd'],
      ['CN', 'localhost'],
      ['emailAddress', 'root@localhost'],
    ],
    issuer: 'self',
    serial: '99BDCBF634FADD7C',
    notAfter: '2001-01-01',
  })
  const leaf = new X509Certificate(cert)
  expect(leaf.subject).toBe('C=GB\nL=London\nO=Default Company Ltd\nCN=localhost\nemailAddress=root@localhost')
  expect(leaf.issuer).toBe(leaf.subject)
  expect(leaf.serialNumber).toBe('99BDCBF634FADD7C')
  expect(leaf.validTo).toBe('Jan  1 00:00:00 2001 GMT')
  expect(leaf.verify(leaf.publicKey)).toBe(true)
})

test('an unknown issuer sends its own certificate along', () => {
  const minted = authority()
  const { cert } = minted.issue({ names: ['a.example'], issuer: 'unknown' })
  expect(cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
  expect(new X509Certificate(cert).verify(new X509Certificate(minted.pem).publicKey)).toBe(false)
})

test('an RSA certificate is to be had on request', () => {
  const leaf = new X509Certificate(authority().issue({ names: ['a.example'], key: 'rsa' }).cert)
  expect(leaf.publicKey.asymmetricKeyType).toBe('rsa')
})

test('the same seed gives the same serials and other keys', () => {
  const [a, b] = [authority(), authority()].map(
    minted => new X509Certificate(minted.issue({ names: ['a.example'] }).cert),
  )
  expect(a!.serialNumber).toBe(b!.serialNumber)
  expect(a!.fingerprint256).not.toBe(b!.fingerprint256)
})

test.each(['', 'xyz', '123'])('%j is no serial', serial => {
  expect(() => authority().issue({ serial })).toThrow(/expected a serial/)
})
