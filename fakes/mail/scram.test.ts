import { expect, describe as group, test } from 'vitest'
import type { SaslServer, SaslUser } from './claim.ts'
import { mechanisms } from './sasl.ts'
import { scramOf } from './scram.ts'

test.each([
  [
    'RFC 5802 §5',
    'sha1',
    'QSXCR+Q6sek8bf92',
    'n=user,r=fyko+d2lbbFgONRv9qkxdawL,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096,' +
      'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j',
    { proof: 'v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=', signature: 'rmF9pqV8S7suAoZWja4dJRkFsKQ=' },
  ],
  [
    'RFC 7677 §3',
    'sha256',
    'W22ZaJ0SNY7soEsUEjb6gQ==',
    'n=user,r=rOprNGfwEbeRWgbNEkqO,' +
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,' +
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    {
      proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      signature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    },
  ],
] as const)('the proofs of %s are as there', (_where, hash, salt, message, expected) => {
  const given = { password: 'pencil', salt: Buffer.from(salt, 'base64'), iterations: 4096, message }
  expect(scramOf(hash, given)).toEqual(expected)
})

group('a login by SCRAM-SHA-256', () => {
  const known: Record<string, SaslUser> = {
    ada: { user: 'ada', secret: { password: 'lovelace', token: 'lovelace' } },
    'ada@example.net': { user: 'ada', secret: { password: 'lovelace', token: 'lovelace' } },
    'a,b=c': { user: 'a,b=c', secret: { password: 'pass\u00adword', token: '' } },
    faruq: { user: 'faruq', secret: { password: 'secret', token: 'secret' } },
    anybody: { user: 'anybody', secret: undefined },
    '\u00e9': { user: '\u00e9', secret: { password: '\u2168', token: '' } },
    odd: { user: 'odd', secret: { password: '\u0007', token: '' } },
  }
  const server: SaslServer = { find: name => known[name], nonce: () => '<1,2@mx>', certified: () => [] }

  /** What a client that does as RFC 5802 says comes to, where `change` changes nothing that it says. */
  function login({ header = 'n,,', name = 'ada', password = 'lovelace', change = {} as Record<string, string> }) {
    const steps = mechanisms.get('SCRAM-SHA-256')!(undefined, server)
    expect(steps.next().value).toHaveLength(0)
    const bare = `n=${name},r=abc`
    const first = steps.next(Buffer.from(change.first ?? header + bare))
    if (first.done) return { claim: first.value, said: [] }
    const serverFirst = String(first.value)
    const [, nonce, salt, iterations] = /^r=(abc[^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst)!
    const binding = change.binding ?? Buffer.from(header).toString('base64')
    const withoutProof = `c=${binding},r=${change.nonce ?? nonce}`
    const message = `${bare},${serverFirst},${withoutProof}`
    const given = { password, salt: Buffer.from(salt!, 'base64'), iterations: Number(iterations), message }
    const { proof, signature } = scramOf('sha256', given)
    const final = steps.next(Buffer.from(change.final ?? `${withoutProof},p=${change.proof ?? proof}`))
    if (final.done) return { claim: final.value, said: [serverFirst] }
    expect(String(final.value)).toBe(`v=${signature}`)
    return { claim: steps.next(Buffer.from(change.end ?? '')).value, said: [serverFirst, String(final.value)] }
  }

  test('is taken with the password, after the server has proved that it knows it too', () => {
    const { claim, said } = login({})
    expect(claim).toEqual({ user: 'ada', ok: true })
    expect(said[0]).toMatch(/^r=abc<1\.2@mx>,s=[A-Za-z0-9+/]{22}==,i=4096$/)
    expect(said).toHaveLength(2)
  })

  test.each<[string, Parameters<typeof login>[0]]>([
    ['of a client that could bind channels and sees none offered', { header: 'y,,' }],
    ['in the own name', { header: 'n,a=ada@example.net,' }],
    ['in an empty name, as gsasl says it', { header: 'n,a=,' }],
    ['of a name with a comma and an equals sign', { name: 'a=2Cb=3Dc', password: 'password' }],
    ['of a name beyond ASCII', { name: '\u00e9', password: 'IX' }],
    ['of a name that is not normalized', { name: 'e\u0301', password: 'IX' }],
  ])('%s is taken', (_what, given) => {
    expect(login(given).claim).toMatchObject({ ok: true })
  })

  test.each<[string, Parameters<typeof login>[0]]>([
    ['with a wrong password', { password: 'byron' }],
    ['of nobody', { name: 'nobody' }],
    ['of a user without a password, which nothing can be proved by', { name: 'anybody', password: '' }],
    ['with a password that SASLprep prohibits', { name: 'odd', password: '\u0007' }],
    ['in the name of somebody else', { header: 'n,a=faruq,' }],
    ['that insists on a channel binding', { header: 'p=tls-exporter,,' }],
    ['with the channel binding of something else', { change: { binding: 'eSws' } }],
    ['with the nonce of something else', { change: { nonce: 'abcdef' } }],
    ['with a proof of another length', { change: { proof: 'YWJj' } }],
  ])('%s is refused, and the server proves nothing', (_what, given) => {
    const { claim, said } = login(given)
    expect(claim).toMatchObject({ ok: false })
    expect(said.join()).not.toContain('v=')
  })

  test.each([
    { first: '' },
    { first: 'n,,' },
    { first: 'n,,n=ada' },
    { first: 'n,,n=,r=abc' },
    { first: 'n,,n=a=2cb,r=abc' },
    { first: 'n,,n=ada=,r=abc' },
    { first: 'n,,n=\u0007,r=abc' },
    { first: 'n,,m=ext,n=ada,r=abc' },
    { first: 'n,a=b=,n=ada,r=abc' },
    { first: 'x,,n=ada,r=abc' },
    { first: 'p=,,n=ada,r=abc' },
    { first: 'n,,n=ada,r=' },
    { first: 'n,,n=ada,r=a b' },
    { final: '' },
    { final: 'c=biws,r=abc<1.2@mx>' },
    { final: 'r=abc<1.2@mx>,c=biws,p=YWJj' },
    { final: 'c=biws,r=abc<1.2@mx>,p=' },
    { end: 'more' },
  ])('%j makes no sense', change => {
    expect(login({ change }).claim).toBeUndefined()
  })

  test('that is no UTF-8 makes no sense', () => {
    const steps = mechanisms.get('SCRAM-SHA-256')!(Buffer.from('n,,n=\xff,r=abc', 'latin1'), server)
    expect(steps.next()).toEqual({ done: true, value: undefined })
  })
})

test('the salt of a user is the same each time, and of somebody unknown too', () => {
  const server: SaslServer = { find: () => undefined, nonce: () => 'x', certified: () => [] }
  const saltOf = (name: string) =>
    /s=([^,]+)/.exec(String(mechanisms.get('SCRAM-SHA-1')!(Buffer.from(`n,,n=${name},r=abc`), server).next().value))![1]
  expect(saltOf('ada')).toBe(saltOf('ada'))
  expect(saltOf('ada')).not.toBe(saltOf('eve'))
})
