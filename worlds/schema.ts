// What may stand in a world file, once: the check of a world and the JSON schema for editors both come from here.

import * as v from 'valibot'
import type { SmtpExtension } from '../fakes/smtp/options.ts'
import { faultsByName, ownFaults } from './fault-schema.ts'
import {
  address,
  byName,
  choice,
  date,
  duration,
  epoch,
  expected,
  flag,
  hostAndPort,
  hostName,
  list,
  mac,
  mapping,
  portNumber,
  ports,
  range,
  reply,
  text,
  variable,
  whole,
} from './schema-parts.ts'
import type { World } from './world.ts'

/** A port, and what is offered or asked for on it. */
function mailPorts<const Offers extends v.ObjectEntries>(offers: Offers) {
  const port = mapping('a port', { port: portNumber, tls: v.exactOptional(flag('tls')), ...offers })
  const words = ['port', 'tls', ...Object.keys(offers)].join(', ')
  const wanted = expected(`a port from 1 to 65535, or { ${words} }`)
  return v.exactOptional(list('ports', v.union([portNumber, port], wanted)))
}

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

/** What every service with mailboxes may say. */
const mailStore = {
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
  mailboxes: v.exactOptional(text('a name that servers with the same mailboxes share')),
  mail: v.exactOptional(
    byName(
      'mail by its owners',
      text('an owner'),
      v.union(
        [file('an .eml, an mbox or a Maildir'), list('mails', text("a mail's text"))],
        expected('a path beside the world file, or a list of mails'),
      ),
    ),
  ),
}

const services = {
  daytime: mapping('a daytime service', { ports: v.exactOptional(ports) }),
  dns: mapping('a DNS service', {
    recursion: v.exactOptional(flag('recursion')),
    ttl: v.exactOptional(whole('a TTL in seconds', 0, 2 ** 31 - 1)),
    zones: v.exactOptional(byName('zone files by origin', text('an origin'), text("a zone file's text"))),
    faults: v.exactOptional(ownFaults.dns),
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
      faults: v.exactOptional(ownFaults.http),
      ports: v.exactOptional(ports),
    }),
    v.check(
      site => [site.site, site.folder, site.redirect].filter(way => way !== undefined).length === 1,
      issue => `expected one of site, folder and redirect, got ${ways(issue.input as object)}`,
    ),
  ),
  imap: mapping('an IMAP service', {
    name: v.exactOptional(text('a name')),
    greeting: v.exactOptional(text('a greeting')),
    ports: mailPorts({ startTls: v.exactOptional(choice('what becomes of STARTTLS', offers)) }),
    ...mailStore,
    without: v.exactOptional(list('capabilities', text('a capability such as IDLE'))),
    loginDisabled: v.exactOptional(flag('loginDisabled')),
    mechanisms: v.exactOptional(list('mechanisms', text('a mechanism of AUTHENTICATE'))),
    maxBytes: v.exactOptional(whole('a number of octets', 1, Number.MAX_SAFE_INTEGER)),
    maxLine: v.exactOptional(whole('a number of octets', 1, Number.MAX_SAFE_INTEGER)),
    maxErrors: v.exactOptional(whole('a number of commands', 1, Number.MAX_SAFE_INTEGER)),
    idleTimeout: v.exactOptional(duration),
    stillHere: v.exactOptional(duration),
    tls: v.exactOptional(tls),
    faults: v.exactOptional(ownFaults.imap),
  }),
  pop3: mapping('a POP3 service', {
    name: v.exactOptional(text('a name')),
    ports: mailPorts({ stls: v.exactOptional(choice('what becomes of STLS', offers)) }),
    ...mailStore,
    capabilities: v.exactOptional(list('capabilities', text('a capability such as UIDL'))),
    mechanisms: v.exactOptional(list('mechanisms', text('a mechanism of AUTH'))),
    apop: v.exactOptional(flag('apop')),
    maxErrors: v.exactOptional(whole('a number of commands', 1, Number.MAX_SAFE_INTEGER)),
    idleTimeout: v.exactOptional(duration),
    tls: v.exactOptional(tls),
    faults: v.exactOptional(ownFaults.pop3),
  }),
  smtp: mapping('an SMTP service', {
    name: v.exactOptional(text('a name')),
    ports: mailPorts({
      startTls: v.exactOptional(choice('what becomes of STARTTLS', offers)),
      auth: v.exactOptional(choice('what becomes of AUTH', offers)),
    }),
    style: v.exactOptional(choice('a style', ['plain', 'gsmtp'])),
    ...mailStore,
    domains: v.exactOptional(list('domains', hostName)),
    relayFor: v.exactOptional(list('ranges', range)),
    recipientDelimiter: v.exactOptional(text('characters such as +')),
    envelopeHeaders: v.exactOptional(flag('envelopeHeaders')),
    extensions: v.exactOptional(list('extensions', choice('an extension', extensions))),
    mechanisms: v.exactOptional(list('mechanisms', text('a mechanism of AUTH'))),
    maxBytes: v.exactOptional(whole('a number of octets', 1, Number.MAX_SAFE_INTEGER)),
    maxRecipients: v.exactOptional(whole('a number of recipients', 1, Number.MAX_SAFE_INTEGER)),
    maxErrors: v.exactOptional(whole('a number of commands', 1, Number.MAX_SAFE_INTEGER)),
    idleTimeout: v.exactOptional(duration),
    tls: v.exactOptional(tls),
    greylist: v.exactOptional(duration),
    rateLimits: v.exactOptional(
      list(
        'rate limits',
        mapping('a rate limit', {
          of: v.exactOptional(choice('what is limited', ['messages', 'recipients', 'connections'])),
          by: v.exactOptional(choice('whose it is', ['client', 'sender', 'user'])),
          most: whole('a number', 0, Number.MAX_SAFE_INTEGER),
          per: v.exactOptional(duration),
          reply: v.exactOptional(reply),
        }),
      ),
    ),
    vrfy: v.exactOptional(flag('vrfy')),
    recipient: v.exactOptional(byName('replies by address', text('an address'), reply)),
    keep: v.exactOptional(whole('a number of mails', 0, Number.MAX_SAFE_INTEGER)),
    faults: v.exactOptional(ownFaults.smtp),
  }),
  tcp: mapping('a TCP service', {
    service: file('a module'),
    port: portNumber,
    tls: v.exactOptional(v.union([flag('tls'), tls], expected('true, false or options of TLS'))),
  }),
  udp: mapping('a UDP service', { service: file('a module'), port: portNumber }),
}

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
