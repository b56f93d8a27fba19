import { describe, expect, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { readClientHello } from './client-hello.ts'

/** What programs sent to a port that only listened. */
const captured: { by: string; serverName: string | undefined; alpn: string[]; hex: string[] }[] = [
  {
    by: 'openssl s_client 3.0.22 -servername imap.example.org -alpn imap',
    serverName: 'imap.example.org',
    alpn: ['imap'],
    hex: [
      '160301014801000144030361b4ded2f1eda564da197c007a39bbc964b07c5304e993779dfd26279c597d6620f8237f1e8e87c7f7ac5f',
      'deb38547bd7a39016eafbdcaf2b47201ea36c31cc824003e130213031301c02cc030009fcca9cca8ccaac02bc02f009ec024c028006b',
      'c023c0270067c00ac0140039c009c0130033009d009c003d003c0035002f00ff010000bd000000150013000010696d61702e6578616d',
      '706c652e6f7267000b000403000102000a00160014001d0017001e00190018010001010102010301040023000000100007000504696d',
      '61700016000000170000000d002a0028040305030603080708080809080a080b08040805080604010501060103030301030204020502',
      '0602002b0009080304030303020301002d00020101003300260024001d0020b1c0bfda775a3ece36e7187bb808eb748b7d1a4ae10b3b',
      '31092f4b2d2c62153f',
    ],
  },
  {
    by: 'openssl s_client 3.0.22 -noservername -tls1_2',
    serverName: undefined,
    alpn: [],
    hex: [
      '16030100b7010000b30303f02c325ff41a426765de65a4129e5b8611ad46289e6267d2caf5d1fd1f78d835000038c02cc030009fcca9',
      'cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c003d003c0035002f00ff01000052000b',
      '000403000102000a000c000a001d0017001e00190018002300000016000000170000000d002a0028040305030603080708080809080a',
      '080b080408050806040105010601030303010302040205020602',
    ],
  },
  {
    by: 'curl 7.88.1 with OpenSSL 3.0.22',
    serverName: 'www.example.org',
    alpn: ['h2', 'http/1.1'],
    hex: [
      '1603010200010001fc030310d5d71bbc2c9f7230488e99e8cce87792545260c02122604fe3c6e9f01f6b4d209670a2a65dd56fcedeb8',
      '3a74e2b954df49509a60dc96f5184130c6022644f719003e130213031301c02cc030009fcca9cca8ccaac02bc02f009ec024c028006b',
      'c023c0270067c00ac0140039c009c0130033009d009c003d003c0035002f00ff0100017500000014001200000f7777772e6578616d70',
      '6c652e6f7267000b000403000102000a00160014001d0017001e00190018010001010102010301040010000e000c0268320868747470',
      '2f312e31001600000017000000310000000d002a0028040305030603080708080809080a080b08040805080604010501060103030301',
      '0302040205020602002b0009080304030303020301002d00020101003300260024001d002043dc97d980620633c2fbb1ba18bd026748',
      'ea890e1b90293f72a690a9fd371f14001500ae0000000000000000000000000000000000000000000000000000000000000000000000',
      '000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
      '000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
      '00000000000000000000000000000000000000000000000000000000000000',
    ],
  },
  {
    by: 'tls.connect of Node 24.21.0 with OpenSSL 3.5, whose key share for ML-KEM makes it long',
    serverName: 'db.example.org',
    alpn: ['postgresql'],
    hex: [
      '16030106430100063f03035f0a51a8e6432b359815d4e0b657cb6abbf02ebe0d0471ab7296123d68fa21c9200b3ff70daf647ffe320d',
      '7ecf7fa775ba92bb2a337b412c316e3139a8ea6671d00068130213031301c02fc02bc030c02c009ec0270067c028006b00a3009fcca9',
      'cca8ccaac0adc09fc05dc061c057c05300a2c0acc09ec05cc060c056c052c024006ac0230040c00ac01400390038c009c01300330032',
      '009dc09dc051009cc09cc050003d003c0035002f0100058eff0100010000000013001100000e64622e6578616d706c652e6f7267000b',
      '000403000102000a0012001011ec001d0017001e0018001901000101002300000010000d000b0a706f737467726573716c0016000000',
      '170000000d0036003409050906090404030503060308070808081a081b081c0809080a080b0804080508060401050106010303030103',
      '02040205020602002b00050403040303002d00020101003304ea04e811ec04c002f7b926857cfca97673ea9adee314d59a18b18cb7a2',
      '62bc51527936bb6004680a81d460abc55322035cab65796be7770b0a3e2495068e46b372b10f884305fda82c429ccfb4414b67ec46dd',
      '03d010e3b59229bb9ab24f5742202d883bdf15ba5838148dd16826a58e2e1bbeb170714c129d3b2b4de34c732ca75f456705d616a23e',
      '456d2b4940abd7b72bca81d65640e19146cb187bd984a7b6e6196fdca40077735e79bf7a58ad97c34c37f55ae4e7092aca63bff866c2',
      '2475075719f6f0b6ec188c17458222871afc991931e85d3cb4314e93af0a8a0ec6aa1a8fe468203b93eedc37398a5c3de76b2a23b2fa',
      'cb4e6d46276f196418437b1938b84ceb5a5f125f06287dcd367eb24528e1cb1486e1a43fbab5276c20c5e47af985c1cee5633bc4b361',
      '513cf123c1a7e43f8d8a98b8133a3cd8c6ffb380ead527b5d807b6b2b0197889b1d2aa652a10a5f97bce64804b2597bbf9755dccb41e',
      'f48f476223df012531a97aa7c3c2933b5dc50253002648ea237ac68111d71a954c7a8c45ea2c4b11bbe55911830248d7d05f6c696afd',
      'db486bd62281b68a0cb514fc95bddcd6062de06d14d1731e5b6ee00219c2d51332b96f8eb856011b7c439085ae7483dbe826cbf8a625',
      'e44fa75296ad2029611498a4008872f9a945687464b21b07160e11636a423199fe9249cdb2829a4343ecb8183adb511cf63e6e4760f2',
      'fc33583b04f4a439cfc220623a4312c3803d34573c509c24eb5746b065424374a366361b06a400e720d543a0b5739a8134c0bf884140',
      'a19874f89406725d10222eabc83f3e0315022484a80a9a74816171e12081c7af3ef9660a7604bda3897c258f5d350c03cbc80486c79b',
      'c80050c787a14576d5c3836f954405434072338646c1bed8090444aa8d30b7c9df17b180ca233f1001a2228c8e039dfed76a06330a48',
      'eb77ec0a1f933550a4c212301731f5315a2b826e8bb915d9e76b0c142f76e5badb0955bb2a382486b886871813839023903797f330ec',
      'eb033b35b5cbf8345f0573c682162a74775f9b51c93cc4d707288c62cee757bfecd488fae486f61175ca430e19f9b8cd6549b2da7ba7',
      'e81a67b351d501600c04222d7b7e8b7bbbf3e30ab1896457b0c4cc34767f18a761c93bcbd07bc7578a234783b68115f1ebccae51855f',
      '8601b40048f79246ad3b1254d906ce678d7005cc6cdb0e2d0c706741772bcb6050e29583a86da1ea2879fc808076b4b3f76d83e64336',
      '7845024849bc4a70b57c45d117c12e44c37f295a88223ccc4953d6f7761e4636752b4d32ba71be18af26b84fad5754a03296aaea994c',
      '68a8d0c45b3dab4f0077c27d83ca503b175c6879e5e16a8a17ba36892d841501b88c90d1a3146b272d37d6ba6596bfc514083e9ca44f',
      'f3b12eca472f54624c390592a347f9d50c6520c2b67186ca7ab2efc0b7d98a1c16e90c35e2577903be8855530634a88c836fa005b7d1',
      'a75129a780c0e97b4f1b01c3c768b38288def74218d15d1bf73e0d5878c0cccf40a59e8550373e775228f83c8efa664f097ea1e643d0',
      '977a0ce0ace174800b074f4a50a2a09bbfdf337625880766585d58a691d992a5172a2193b77622b77fa3b788e8c258eec6006b75635e',
      '3c59d9ef52f5c7fdcb508761d195eaa2687e5ba723dc3f53d74609bee29e9bc2b262bdf31a50f3d2cbb4fc541d7dab53024adf55c172',
      '2135404c404a001d0020beb663e22c921dc0773da6075716a3fd3bad3607b01c67c0b9e28b58bbbf3166',
    ],
  },
]

const hellos = captured.map(({ hex, ...rest }) => ({ ...rest, octets: Buffer.from(hex.join(''), 'hex') }))
const small = hellos[1]!.octets

const uint16 = (value: number) => [value >> 8, value & 255]
const record = (fragment: Uint8Array, version = 0x0301) =>
  Buffer.from([22, ...uint16(version), ...uint16(fragment.length), ...fragment])

/** The same handshake message cut over records of `size` octets. */
function cut(octets: Buffer, size: number): Buffer {
  const message = octets.subarray(5)
  const records = Array.from({ length: Math.ceil(message.length / size) }, (_, index) =>
    record(message.subarray(index * size, (index + 1) * size)),
  )
  return Buffer.concat(records)
}

/** A hello by hand: one cipher suite, no compression, and the extensions that are given. */
function withExtensions(...extensions: number[][]): Buffer {
  const all = extensions.flat()
  const body = [
    3,
    3,
    ...new Array<number>(32).fill(7),
    0,
    ...uint16(2),
    0x13,
    0x01,
    1,
    0,
    ...uint16(all.length),
    ...all,
  ]
  return record(Buffer.from([1, 0, ...uint16(body.length), ...body]))
}
const extension = (type: number, data: number[]) => [...uint16(type), ...uint16(data.length), ...data]
const list = (items: number[]) => [...uint16(items.length), ...items]
const name = (type: number, text: string) => [type, ...list([...Buffer.from(text, 'latin1')])]

describe.each(hellos)('the hello of $by', ({ octets, serverName, alpn }) => {
  test('names the server and offers what was asked for', () => {
    expect(readClientHello(octets)).toEqual({ serverName, alpn })
  })

  test('is waited for octet by octet', () => {
    for (let length = 0; length < octets.length; length++) {
      expect(readClientHello(octets.subarray(0, length)), `${length} octets`).toBe('more')
    }
  })

  test.each([1, 3, 100, 511])('is put together from records of %i octets', size => {
    const records = cut(octets, size)
    expect(readClientHello(records)).toEqual({ serverName, alpn })
    expect(readClientHello(records.subarray(0, -1))).toBe('more')
  })

  test('may be followed by anything', () => {
    for (const more of ['garbage', small, '\x16', '\x14\x03\x03\x00\x01\x01']) {
      expect(readClientHello(Buffer.concat([octets, Buffer.from(more as string, 'latin1')]))).toEqual({
        serverName,
        alpn,
      })
    }
  })

  test('whatever octet of it is another, the decision stays as more octets come', () => {
    for (let at = 0; at < octets.length; at++) {
      for (const mask of [1, 0x80, 0xff]) {
        const broken = Buffer.from(octets)
        broken[at]! ^= mask
        let before: unknown = 'more'
        for (const length of [at + 1, at + 2, at + 40, octets.length].toSorted((a, b) => a - b)) {
          const read = readClientHello(broken.subarray(0, length))
          if (before !== 'more') expect(read, `octet ${at} ^ ${mask}`).toEqual(before)
          before = read
        }
      }
    }
  })
})

test.each(['0300', '0301', '0302', '0303'])('a record of version 0x%s begins a hello', version => {
  expect(readClientHello(record(small.subarray(5), Number.parseInt(version, 16)))).toEqual({
    serverName: undefined,
    alpn: [],
  })
})

test('a hello without extensions is one', () => {
  const body = Buffer.concat([Buffer.from([3, 1]), Buffer.alloc(32), Buffer.from('00' + '0002002f' + '0100', 'hex')])
  expect(readClientHello(record(Buffer.concat([Buffer.from([1, 0, 0, body.length]), body])))).toEqual({
    serverName: undefined,
    alpn: [],
  })
})

test('names of other types than that of a host are passed over', () => {
  const names = list([...name(9, 'x'), ...name(0, 'a.example'), ...name(0, 'b.example')])
  expect(readClientHello(withExtensions(extension(0, names)))).toMatchObject({ serverName: 'a.example' })
})

test('names of protocols are octets', () => {
  expect(readClientHello(withExtensions(extension(16, list([2, 0xfa, 0xfa, 2, 104, 50]))))).toMatchObject({
    alpn: ['\xfa\xfa', 'h2'],
  })
})

test.each<[string, string | Buffer]>([
  ['HTTP', 'GET / HTTP/1.1\r\n'],
  ['SMTP', 'EHLO x\r\n'],
  ['SSH', 'SSH-2.0-'],
  ['a letter', 'S'],
  ['LDAP', '\x30\x0c\x02\x01\x01'],
  ['an SSLv2 hello', Buffer.from('802e0100020015', 'hex')],
  ['DTLS', Buffer.from('16feff', 'hex')],
  ['a TLS alert', Buffer.from('15030100020128', 'hex')],
  ['a record without octets', Buffer.from('1603010000', 'hex')],
  ['a record that is too long', Buffer.from('1603014001', 'hex')],
  ['a ServerHello', Buffer.from('160301003002', 'hex')],
  ['a hello of more than 64 KiB', Buffer.from('160301400001010000', 'hex')],
  ['a record of another major version', Buffer.from('1602', 'hex')],
  ['a session id that is too long', Buffer.from(`1603010100010000fc0303${'07'.repeat(32)}21`, 'hex')],
  ['a hello of SSLv2 in a record', Buffer.from('160301010001000100' + '02', 'hex')],
  ['a hello that is cut by an alert', Buffer.concat([cut(small, 50).subarray(0, 55), Buffer.from('15', 'hex')])],
  [
    'a hello that is shorter than its parts',
    Buffer.concat([small.subarray(0, 8), Buffer.from([40]), small.subarray(9, 60)]),
  ],
  [
    'extensions that end before the hello',
    Buffer.from(withExtensions(extension(0, list(name(0, 'a'))))).fill(0, 50, 52),
  ],
  ['a name that leaves its list', withExtensions(extension(0, [0, 4, 0, 0, 9, 97]))],
  ['an empty list of names', withExtensions(extension(0, [0, 0]))],
  ['something after the list of names', withExtensions(extension(0, [...list(name(0, 'a')), 0]))],
  ['a name with a NUL', withExtensions(extension(0, list(name(0, 'a.example\0.b.example'))))],
  ['a name that is not ASCII', withExtensions(extension(0, list(name(0, 'b\xfccher.example'))))],
  ['a name that is too long', withExtensions(extension(0, list(name(0, 'a'.repeat(256)))))],
  ['an empty protocol', withExtensions(extension(16, list([0, 1, 97])))],
])('%s is something else', (_what, said) => {
  expect(readClientHello(Buffer.from(said as string, 'latin1'))).toBe('other')
})

test('a hello of 64 KiB is read', () => {
  const filler = extension(21, new Array<number>(16_000).fill(0))
  const padding = [filler, filler, filler, filler, extension(0, list(name(0, 'a.example')))].flat()
  const body = [
    3,
    3,
    ...new Array<number>(32).fill(7),
    0,
    0,
    2,
    0x13,
    0x01,
    1,
    0,
    ...uint16(padding.length),
    ...padding,
  ]
  const message = Buffer.from([1, 0, ...uint16(body.length), ...body])
  expect(readClientHello(cut(Buffer.concat([Buffer.alloc(5), message]), 2 ** 14))).toMatchObject({
    serverName: 'a.example',
  })
})

test('octets without sense give a decision', () => {
  const random = new Random('hello fuzz')
  for (let round = 0; round < 5000; round++) {
    const noise = random.bytes(random.below(200))
    // Half of them go on as a hello begins, so that what comes deeper is met too.
    if (round % 2 === 0) small.copy(noise, 0, 0, Math.min(noise.length, random.below(80)))
    const read = readClientHello(noise)
    if (typeof read === 'object') expect(read).toEqual({ serverName: expect.anything(), alpn: expect.any(Array) })
    else expect(['more', 'other']).toContain(read)
  }
})
