// What may stand in a world file, once: the check of a world and the JSON schema for editors both come from here.

import { isIP } from 'node:net'
import * as v from 'valibot'
import { didYouMean } from '../cli/suggestion.ts'
import type { SmtpExtension } from '../fakes/smtp/options.ts'
import { isHostName, parseRange } from '../net/address.ts'
import { type Duration, durationMs } from '../net/duration.ts'
import type { World } from './world.ts'

/** A problem's sentence, made where what was expected is known. */
type Problem = v.BaseIssue<unknown>

/** A value as a message shows it. */
function show(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a mapping'
  if (value === null || value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

const expected = (what: string) => (issue: Problem) => `expected ${what}, got ${show(issue.input)}`

function mapping<E extends v.ObjectEntries>(what: string, entries: E) {
  const keys = Object.keys(entries)
  return v.strictObject(entries, issue => {
    const at = issue.path?.at(-1) as { key: unknown; input: unknown } | undefined
    if (at === undefined) return `expected ${what}, got ${show(issue.input)}`
    if (Array.isArray(at.input)) return `expected ${what}, got a list`
    const key = String(at.key)
    if (issue.expected !== 'never') return `expected ${key} in ${what}, got none`
    return `expected one of ${keys.join(', ')} in ${what}, got ${key}${didYouMean(key, keys)}`
  })
}

const text = (what: string) => v.string(expected(what))
const whole = (what: string, from: number, to: number) =>
  v.pipe(
    v.number(expected(what)),
    v.integer(expected(what)),
    v.minValue(from, expected(what)),
    v.maxValue(to, expected(what)),
  )
const flag = (what: string) => v.boolean(expected(`true or false for ${what}`))
const list = <S extends v.GenericSchema>(what: string, item: S) => v.array(item, expected(`a list of ${what}`))
const choice = <const C extends readonly (string | number)[]>(what: string, choices: C) =>
  v.picklist(choices, expected(`${what}: ${choices.join(', ')}`))
const byName = <S extends v.GenericSchema>(what: string, name: v.GenericSchema<string>, value: S) =>
  v.record(name, value, expected(`a mapping of ${what}`))

const hostName = v.pipe(
  text('a host name such as mx.example.org'),
  v.check(
    name => isHostName(name) || isIP(name) !== 0,
    expected('a host name such as mx.example.org or *.example.org'),
  ),
)
const anAddress = 'an IPv4 or IPv6 address such as 192.0.2.1'
const address = v.pipe(
  text(anAddress),
  v.check(value => isIP(value) !== 0, expected(anAddress)),
)
const aVariable = 'a name of an environment variable such as SERVER_CERT'
const variable = v.pipe(text(aVariable), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, expected(aVariable)))
const aHostAndPort = 'a host and port such as www.example.org:443'
const hostAndPort = v.pipe(text(aHostAndPort), v.regex(/^\S+:[1-9]\d{0,4}$/, expected(aHostAndPort)))
const aRange = 'a range such as 192.0.2.0/24'
const range = v.pipe(
  text(aRange),
  v.check(value => succeeds(() => parseRange(value)), expected(aRange)),
)
const aMac = 'a MAC address such as 08:00:27:1d:1e:db'
const mac = v.pipe(text(aMac), v.regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, expected(aMac)))
const anEpoch = "an epoch such as '2015-03-15T12:09:16Z'"
const epoch = v.pipe(
  text(anEpoch),
  v.check(value => !Number.isNaN(Date.parse(value)), expected(anEpoch)),
)
const date = (what: string) =>
  v.pipe(
    text(what),
    v.check(value => !Number.isNaN(Date.parse(value)), expected(what)),
  )

function succeeds(call: () => unknown): boolean {
  try {
    call()
    return true
  } catch {
    return false
  }
}

const portNumber = whole('a port from 1 to 65535', 1, 65535)
const ports = list(
  'ports',
  v.union(
    [
      portNumber,
      mapping('a port', {
        port: portNumber,
        transport: v.exactOptional(choice('a transport', ['tcp', 'udp'])),
        tls: v.exactOptional(flag('tls')),
      }),
    ],
    expected('a port from 1 to 65535, or { port, transport, tls }'),
  ),
)

const tlsVersion = choice('a version of TLS', ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'])
const tls = mapping('options of TLS', {
  alpn: v.exactOptional(list('protocol names', text('a protocol name such as http/1.1'))),
  minVersion: v.exactOptional(tlsVersion),
  maxVersion: v.exactOptional(tlsVersion),
  ciphers: v.exactOptional(text('a list of ciphers as OpenSSL writes it')),
  clientCertificate: v.exactOptional(choice('what is asked of clients', ['request', 'require'])),
  certificate: v.exactOptional(
    mapping('a certificate', {
      names: v.exactOptional(list('names', text('a name or address'))),
      subject: v.exactOptional(
        list(
          'attributes',
          v.strictTuple(
            [choice('an attribute', ['C', 'ST', 'L', 'O', 'OU', 'SN', 'CN', 'emailAddress']), text('a value')],
            expected('an attribute and its value, such as [CN, localhost]'),
          ),
        ),
      ),
      notBefore: v.exactOptional(date("a date such as '2000-01-01'")),
      notAfter: v.exactOptional(date("a date such as '2099-12-31'")),
      key: v.exactOptional(choice('a kind of key', ['ec', 'rsa'])),
      issuer: v.exactOptional(choice('an issuer', ['authority', 'self', 'unknown'])),
      serial: v.exactOptional(
        v.pipe(
          text('a serial in hexadecimal'),
          v.regex(/^([0-9a-f]{2}){1,20}$/i, expected('a serial of 1 to 20 octets in hexadecimal')),
        ),
      ),
    }),
  ),
})

const aDuration = "a duration such as '5m' or a number of milliseconds"
const duration = v.pipe(
  v.union([v.string(), v.number()], expected(aDuration)),
  v.check(value => succeeds(() => durationMs(value as Duration)), expected(aDuration)),
)
const aReply = "a reply such as '534 5.7.9 application password required'"
const reply = v.pipe(text(aReply), v.regex(/^[2-5][0-9][0-9] /, expected(aReply)))
const offers = ['none', 'offered', 'required'] as const
const extensions = [
  'PIPELINING',
  'SIZE',
  'STARTTLS',
  'AUTH',
  'ENHANCEDSTATUSCODES',
  '8BITMIME',
  'BINARYMIME',
  'CHUNKING',
  'DSN',
  'SMTPUTF8',
] as const satisfies readonly SmtpExtension[]

const file = (what: string) => text(`${what}, a path beside the world file`)

const services = {
  daytime: mapping('a daytime service', { ports: v.exactOptional(ports) }),
  dns: mapping('a DNS service', {
    recursion: v.exactOptional(flag('recursion')),
    ttl: v.exactOptional(whole('a TTL in seconds', 0, 2 ** 31 - 1)),
    zones: v.exactOptional(byName('zone files by origin', text('an origin'), text("a zone file's text"))),
    ports: v.exactOptional(ports),
  }),
  http: v.pipe(
    mapping('a web site', {
      site: v.exactOptional(file('a module')),
      folder: v.exactOptional(file('a folder')),
      index: v.exactOptional(list('file names', text('a file name'))),
      listing: v.exactOptional(flag('listing')),
      languages: v.exactOptional(list('languages', text('a language such as en'))),
      types: v.exactOptional(byName('media types by extension', text('an extension'), text('a media type'))),
      redirect: v.exactOptional(text('a URL to redirect to')),
      status: v.exactOptional(choice('a status of a redirect', [301, 302, 303, 307, 308])),
      httpsOnly: v.exactOptional(flag('httpsOnly')),
      codings: v.exactOptional(list('codings', choice('a coding', ['gzip', 'br', 'zstd', 'deflate']))),
      unacceptable: v.exactOptional(choice('what becomes of a request that nothing suits', [406, 'send'])),
      unknownHost: v.exactOptional(choice('what becomes of a name that no site has', ['first', 404, 421])),
      tls: v.exactOptional(tls),
      ports: v.exactOptional(ports),
    }),
    v.check(
      site => [site.site, site.folder, site.redirect].filter(way => way !== undefined).length === 1,
      issue => `expected one of site, folder and redirect, got ${ways(issue.input as object)}`,
    ),
  ),
  smtp: mapping('an SMTP service', {
    name: v.exactOptional(text('a name')),
    ports: v.exactOptional(
      list(
        'ports',
        v.union(
          [
            portNumber,
            mapping('a port', {
              port: portNumber,
              tls: v.exactOptional(flag('tls')),
              startTls: v.exactOptional(choice('what becomes of STARTTLS', offers)),
              auth: v.exactOptional(choice('what becomes of AUTH', offers)),
            }),
          ],
          expected('a port from 1 to 65535, or { port, tls, startTls, auth }'),
        ),
      ),
    ),
    style: v.exactOptional(choice('a style', ['plain', 'gsmtp'])),
    users: v.exactOptional(
      v.union(
        [
          v.literal('people', expected('people, or a mapping of users')),
          byName(
            'users by their login names',
            text('a login name'),
            v.union(
              [
                text('a password'),
                mapping('a user', {
                  password: v.exactOptional(text('a password')),
                  token: v.exactOptional(text('a token')),
                  aliases: v.exactOptional(list('aliases', text('a local part'))),
                  quotaBytes: v.exactOptional(whole('a number of octets', 0, Number.MAX_SAFE_INTEGER)),
                  policy: v.exactOptional(reply),
                }),
              ],
              expected('a password, or { password, token, aliases, quotaBytes, policy }'),
            ),
          ),
        ],
        expected('people, or a mapping of users'),
      ),
    ),
    domains: v.exactOptional(list('domains', hostName)),
    mailboxes: v.exactOptional(text('a name that servers with the same mailboxes share')),
    relayFor: v.exactOptional(list('ranges', range)),
    envelopeHeaders: v.exactOptional(flag('envelopeHeaders')),
    extensions: v.exactOptional(list('extensions', choice('an extension', extensions))),
    mechanisms: v.exactOptional(list('mechanisms', text('a mechanism of AUTH'))),
    maxBytes: v.exactOptional(whole('a number of octets', 1, Number.MAX_SAFE_INTEGER)),
    maxRecipients: v.exactOptional(whole('a number of recipients', 1, Number.MAX_SAFE_INTEGER)),
    maxErrors: v.exactOptional(whole('a number of commands', 1, Number.MAX_SAFE_INTEGER)),
    idleTimeout: v.exactOptional(duration),
    greylist: v.exactOptional(duration),
    vrfy: v.exactOptional(flag('vrfy')),
    keep: v.exactOptional(whole('a number of mails', 0, Number.MAX_SAFE_INTEGER)),
  }),
  tcp: mapping('a TCP service', {
    service: file('a module'),
    port: portNumber,
    tls: v.exactOptional(v.union([flag('tls'), tls], expected('true, false or options of TLS'))),
  }),
  udp: mapping('a UDP service', { service: file('a module'), port: portNumber }),
}

const target = {
  to: v.exactOptional(
    v.union(
      [
        text('a host, host:port, an address or a range'),
        portNumber,
        mapping('a place', {
          host: v.exactOptional(text('a host, an address or a range')),
          port: v.exactOptional(portNumber),
          service: v.exactOptional(text('a protocol')),
        }),
      ],
      expected('a host, host:port, an address, a range, a port or { host, port, service }'),
    ),
  ),
  transport: v.exactOptional(choice('a transport', ['tcp', 'udp'])),
  nth: v.exactOptional(whole('the number of a link', 1, Number.MAX_SAFE_INTEGER)),
  times: v.exactOptional(whole('a number of links', 1, Number.MAX_SAFE_INTEGER)),
}
const octets = (from: number) => v.exactOptional(whole('a number of octets', from, Number.MAX_SAFE_INTEGER))
const from = { from: v.exactOptional(choice('a side', ['client', 'server'])) }
const aMessage = 'the number of a message, what it says, or a pattern such as /^RCPT/'
const message = { ...from, at: v.exactOptional(v.union([text(aMessage), v.number()], expected(aMessage))) }
const moment = { ...message, afterBytes: octets(0) }
const chance = { probability: v.exactOptional(v.number(expected('a probability from 0 to 1'))) }
const time = { time: v.exactOptional(choice('what a delay passes by', ['virtual', 'clock', 'real'])) }
const action = choice('an action', ['allow', 'reject', 'drop'])
const rule = mapping('a rule', {
  action,
  direction: v.exactOptional(choice('a direction', ['in', 'out', 'forward'])),
  transport: target.transport,
  from: v.exactOptional(range),
  to: v.exactOptional(text('an address, a range or a host')),
  port: v.exactOptional(
    v.union([portNumber, v.tuple([portNumber, portNumber])], expected('a port, or two of a range')),
  ),
})

const plain = [
  'expiredCertificate',
  'oldTls',
  'refuse',
  'selfSigned',
  'startTlsStripped',
  'unknownAuthority',
  'wrongName',
]
const cut = { ...target, ...moment }
const datagram = { ...target, ...message, ...chance }
const faults: Record<string, v.ObjectEntries> = {
  bandwidth: { ...target, ...from, ...time, bytesPerSecond: whole('octets a second', 1, Number.MAX_SAFE_INTEGER) },
  blackHole: cut,
  corrupt: { ...cut, ...chance },
  drop: datagram,
  duplicate: datagram,
  firewall: { rules: v.exactOptional(list('rules', rule)), otherwise: v.exactOptional(action) },
  halfClose: cut,
  latency: { ...cut, ...time, delayMs: duration, jitterMs: v.exactOptional(duration) },
  reorder: datagram,
  reset: cut,
  slice: { ...target, ...from, bytes: octets(1), varyBytes: octets(0) },
  slowClose: { ...target, ...from, ...time, delayMs: duration },
  truncate: cut,
  ...Object.fromEntries(plain.map(name => [name, target])),
}

const faultsByName = Object.fromEntries(
  Object.entries(faults)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, options]) => [name, v.exactOptional(mapping(`options of ${name}`, options))]),
)

function ways(site: object): string {
  const given = Object.keys(site).filter(key => ['site', 'folder', 'redirect'].includes(key))
  return given.length === 0 ? 'none' : given.join(' and ')
}

/** Parts that the JSON schema names, so that it says each once. */
export const definitions: Record<string, v.GenericSchema> = { ports, tls, ...services }

/** A service from code, as `http()` and its like return it. */
const description = v.custom<object>(
  value => typeof (value as { load?: unknown } | null)?.load === 'function',
  expected('a service'),
)

/** The schema of a world: as plain data, or with services by code too. */
export function worldSchema({ code = false }: { code?: boolean } = {}): v.GenericSchema<unknown, World> {
  const some = <S extends v.GenericSchema>(service: S) => {
    const one = code ? v.union([service, description]) : service
    return v.exactOptional(v.union([one, v.array(one)]))
  }
  const known = Object.fromEntries(
    Object.entries(services).map(([protocol, service]) => [protocol, some(service as v.GenericSchema)]),
  )
  const host = mapping('a host', {
    addresses: v.exactOptional(list('addresses', address)),
    alsoAt: v.exactOptional(list('addresses', address)),
    names: v.exactOptional(list('names', hostName)),
    services: v.exactOptional(mapping('services', known)),
  })
  const person = mapping('a person', {
    password: text('a password, in quotes where it looks like a number'),
    aliases: v.exactOptional(
      list(
        'aliases',
        mapping('an alias', {
          at: text('the name or address of a host'),
          name: v.exactOptional(text('a login name')),
          password: v.exactOptional(text('a password')),
        }),
      ),
    ),
  })
  return mapping('a world', {
    epoch: v.exactOptional(epoch),
    seed: v.exactOptional(v.union([text('a seed'), v.number()], expected('a seed, a text or a number'))),
    client: v.exactOptional(
      mapping('the client', {
        name: v.exactOptional(hostName),
        addresses: v.exactOptional(list('addresses', address)),
        mac: v.exactOptional(mac),
        gateway: v.exactOptional(address),
        gatewayMac: v.exactOptional(mac),
        resolver: v.exactOptional(address),
        publicAddress: v.exactOptional(address),
        certificates: v.exactOptional(byName('services by variables', variable, hostAndPort)),
      }),
    ),
    blackHoles: v.exactOptional(list('ranges', range)),
    faults: v.exactOptional(list('faults', mapping('a fault', faultsByName))),
    people: v.exactOptional(byName('people by their login names', text('a login name'), person)),
    hosts: v.exactOptional(byName('hosts by their names', hostName, host)),
  }) as v.GenericSchema<unknown, World>
}
