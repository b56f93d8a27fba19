// What may stand in a world file of faults: of links, and of the fakes of each protocol.

import * as v from 'valibot'
import { imapMoments } from '../fakes/imap/moments.ts'
import { pop3Moments } from '../fakes/pop3/moments.ts'
import { smtpMoments } from '../fakes/smtp/moments.ts'
import { parseType } from '../wire/dns/record.ts'
import { choice, duration, expected, list, mapping, portNumber, range, reply, text, whole } from './schema-parts.ts'

const counted = (what: string) => ({
  nth: v.exactOptional(whole(`the number of a ${what}`, 1, Number.MAX_SAFE_INTEGER)),
  times: v.exactOptional(whole(`a number of ${what}s`, 1, Number.MAX_SAFE_INTEGER)),
  raw: v.exactOptional(text('octets, as text of latin1')),
  drop: v.exactOptional(choice('what becomes of the link', ['end', 'reset', 'silence'])),
  delay: v.exactOptional(duration),
})
const someOctets = whole('a number of octets', 0, Number.MAX_SAFE_INTEGER)
const httpStatus = whole('a status from 200 to 999', 200, 999)
const header = v.strictTuple(
  [text('a name'), text('a value')],
  expected('a name and a value, such as [Retry-After, "7"]'),
)
const dnsReplies = [
  ...['FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'],
  ...['drop', 'truncate', 'wrong id', 'wrong question', 'lame'],
] as const
const aType = 'a type of records such as MX'
const recordType = v.pipe(
  text(aType),
  v.check(value => parseType(value) !== undefined, expected(aType)),
)

const aResponse = "a response such as '-ERR [SYS/TEMP] try again'"
const pop3Response = v.pipe(text(aResponse), v.regex(/^(?:\+OK|-ERR)(?: |$)/i, expected(aResponse)))

const anImapResponse = "a response such as 'NO [UNAVAILABLE] try again' or '* BYE later'"
const imapResponse = v.pipe(
  text(anImapResponse),
  v.regex(/^(?:(?:OK|NO|BAD)(?: |$)|[*+] ?)[^\r\n]*$/, expected(anImapResponse)),
)

/** What the fakes of each protocol do wrong on purpose. */
export const ownFaults: Readonly<Record<'dns' | 'http' | 'imap' | 'pop3' | 'smtp', v.GenericSchema>> = {
  dns: list(
    'faults',
    mapping('a fault of a DNS service', {
      name: v.exactOptional(text('a name, or *.example.org for every name below one')),
      type: v.exactOptional(recordType),
      transport: v.exactOptional(choice('a transport', ['udp', 'tcp'])),
      reply: v.exactOptional(choice('a reply', dnsReplies)),
      copies: v.exactOptional(whole('a number of copies from 1 to 100', 1, 100)),
      ...counted('question'),
    }),
  ),
  http: list(
    'faults',
    mapping('a fault of a web site', {
      path: v.exactOptional(text('a path with its query')),
      method: v.exactOptional(text('a method')),
      reply: v.exactOptional(
        v.union(
          [
            httpStatus,
            mapping('a reply', {
              status: httpStatus,
              reason: v.exactOptional(text('a reason')),
              headers: list('headers', header),
              body: v.exactOptional(text('a body')),
            }),
          ],
          expected('a status from 200 to 999, or { status, reason, headers, body }'),
        ),
      ),
      interim: v.exactOptional(list('statuses', whole('a status from 100 to 199', 100, 199))),
      contentLength: v.exactOptional(someOctets),
      afterBytes: v.exactOptional(someOctets),
      slow: v.exactOptional(
        mapping('a slow body', {
          bytes: v.exactOptional(whole('a number of octets', 1, Number.MAX_SAFE_INTEGER)),
          every: duration,
        }),
      ),
      ...counted('request'),
    }),
  ),
  imap: list(
    'faults',
    mapping('a fault of an IMAP service', {
      at: choice('a moment', imapMoments),
      reply: v.exactOptional(imapResponse),
      cut: v.exactOptional(v.boolean(expected('true or false'))),
      ...counted('command'),
    }),
  ),
  pop3: list(
    'faults',
    mapping('a fault of a POP3 service', {
      at: choice('a moment', pop3Moments),
      reply: v.exactOptional(pop3Response),
      ...counted('command'),
    }),
  ),
  smtp: list(
    'faults',
    mapping('a fault of an SMTP service', {
      at: choice('a moment', smtpMoments),
      reply: v.exactOptional(reply),
      ...counted('command'),
    }),
  ),
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

export const faultsByName: v.ObjectEntries = Object.fromEntries(
  Object.entries(faults)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, options]) => [name, v.exactOptional(mapping(`options of ${name}`, options))]),
)
