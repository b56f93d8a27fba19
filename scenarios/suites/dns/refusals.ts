// What is refused, and what is not a question for names.

import { asked, asks, edns, sendsDatagrams, www } from '../dns-client.ts'
import type { Scenario } from '../scenario.ts'

export const refusals: readonly Scenario[] = [
  asks(
    'a zone of somebody else is refused',
    ['www.example.net A', 'org NS', '. NS'],
    `
    DnsError REFUSED
    REFUSED www.example.net. A (recursion desired, EDNS 1232 octets)
    DnsError REFUSED
    REFUSED org. NS (recursion desired, EDNS 1232 octets)
    DnsError REFUSED
    REFUSED . NS (recursion desired, EDNS 1232 octets)
  `,
  ),
  asks(
    'a transfer is refused',
    ['example.org AXFR', 'example.org IXFR'],
    `
    DnsError REFUSED
    REFUSED example.org. AXFR (recursion desired, EDNS 1232 octets)
    DnsError REFUSED
    REFUSED example.org. IXFR (recursion desired, EDNS 1232 octets)
  `,
    { transport: 'tcp' },
  ),
  asks(
    'a transfer over UDP',
    ['example.org AXFR', 'example.org IXFR'],
    `
    DnsError REFUSED
    REFUSED example.org. AXFR (recursion desired, EDNS 1232 octets)
    DnsError REFUSED
    REFUSED example.org. IXFR (recursion desired, EDNS 1232 octets)
  `,
  ),
  asks(
    'types that are no records',
    ['example.org MAILB', 'example.org MAILA', 'example.org OPT', 'example.org TSIG'],
    `
    DnsError NOTIMP
    NOTIMP example.org. MAILB (recursion desired, EDNS 1232 octets)
    DnsError NOTIMP
    NOTIMP example.org. MAILA (recursion desired, EDNS 1232 octets)
    DnsError FORMERR
    FORMERR example.org. OPT (recursion desired, EDNS 1232 octets)
    DnsError FORMERR
    FORMERR example.org. TSIG (recursion desired, EDNS 1232 octets)
  `,
  ),
  sendsDatagrams(
    'an EDNS version that nobody has',
    [{ ...asked, edns: { ...edns, version: 1 } }],
    `
    BADVERS www.example.org. A (recursion desired, EDNS 1232 octets)
  `,
  ),
  sendsDatagrams(
    'an option of EDNS that nobody knows',
    [{ ...asked, edns: { ...edns, options: [{ code: 65001, data: Buffer.from('x') }] } }],
    `
    NOERROR www.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  sendsDatagrams(
    'a cookie of a client',
    [{ ...asked, edns: { ...edns, options: [{ code: 10, data: Buffer.from('0123456789abcdef', 'hex') }] } }],
    `
    NOERROR www.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  sendsDatagrams(
    'a cookie that is too short',
    [{ ...asked, edns: { ...edns, options: [{ code: 10, data: Buffer.from('0123', 'hex') }] } }],
    `
    FORMERR www.example.org. A (recursion desired, EDNS 1232 octets)
  `,
  ),
  sendsDatagrams(
    'a client that asks who the server is, and one that pads',
    [
      { ...asked, edns: { ...edns, options: [{ code: 3, data: Buffer.alloc(0) }] } },
      { ...asked, edns: { ...edns, options: [{ code: 12, data: Buffer.alloc(20) }] } },
    ],
    `
    NOERROR www.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR www.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  sendsDatagrams(
    'flags of a client that checks signatures itself',
    [{ ...asked, checkingDisabled: true, authenticData: true }],
    `
    NOERROR www.example.org. A (authoritative, recursion desired, checking disabled)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  sendsDatagrams(
    'other classes',
    [
      { ...asked, questions: [{ ...www, class: 'CH' }] },
      { ...asked, questions: [{ ...www, class: 'ANY' }] },
      { ...asked, questions: [{ ...www, class: 'NONE' }] },
      { ...asked, questions: [{ ...www, class: 'HS' }] },
    ],
    `
    REFUSED www.example.org. CH A (recursion desired)
    FORMERR www.example.org. ANY A (recursion desired)
    FORMERR www.example.org. NONE A (recursion desired)
    REFUSED www.example.org. HS A (recursion desired)
  `,
  ),
  sendsDatagrams(
    'opcodes that are not served',
    [
      { ...asked, opcode: 'STATUS' },
      { ...asked, opcode: 'IQUERY' },
      { ...asked, opcode: 'OPCODE7' },
    ],
    `
    STATUS NOTIMP 
    IQUERY NOTIMP 
    OPCODE7 NOTIMP 
  `,
  ),
  sendsDatagrams(
    'an update is refused, a notice is taken where the zone is known',
    [
      { opcode: 'UPDATE', id: 4711, questions: [{ name: 'example.org', type: 'SOA', class: 'IN' }] },
      { opcode: 'NOTIFY', id: 4711, questions: [{ name: 'example.org', type: 'SOA', class: 'IN' }] },
      { opcode: 'NOTIFY', id: 4711, questions: [{ name: 'example.net', type: 'SOA', class: 'IN' }] },
    ],
    `
    UPDATE REFUSED example.org. SOA
    NOTIFY NOERROR example.org. SOA (authoritative)
    NOTIFY NOTAUTH example.net. SOA
  `,
  ),
  sendsDatagrams(
    'a query without a question, and one with two',
    [
      { ...asked, questions: [] },
      { ...asked, questions: [www, { ...www, type: 'AAAA' }] },
    ],
    `
    FORMERR  (recursion desired)
    FORMERR www.example.org. A, www.example.org. AAAA (recursion desired)
  `,
  ),
]
