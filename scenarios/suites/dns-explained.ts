// Where the DNS fake and bind differ on purpose.

import { type Explained, type Otherwise, otherwise } from './scenario.ts'

export const explained: readonly Explained[] = [
  {
    name: 'pointers',
    why:
      'Names are the same, shortened at other places: bind finds more to point at (RFC 1035 §4.1.4 leaves it open), so ' +
      'that its messages are some octets shorter.',
    alike: lines => lines.filter(line => !line.startsWith('   pointers: ')),
  },
]

export const otherAnswers: readonly Otherwise[] = [
  otherwise(
    'everything over TCP',
    'ANY gives the sets of a name in the order of the zone file; bind, in that of its database, which no zone tells.',
    `
      NOERROR example.org. ANY (authoritative, recursion desired, EDNS 1232 octets)
        answer example.org. 3600 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
        answer example.org. 3600 IN NS ns1.example.org.
        answer example.org. 3600 IN NS ns2.example.org.
        answer example.org. 3600 IN MX 10 mx.example.org.
        answer example.org. 3600 IN MX 20 mx.example.net.
        answer example.org. 3600 IN TXT "v=spf1 mx -all" "and \\"more\\""
        answer example.org. 3600 IN CAA 0 issue "ca.example"
      DnsError NXDOMAIN
      NXDOMAIN nobody.example.org. ANY (authoritative, recursion desired, EDNS 1232 octets)
        authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
    `,
  ),
]
