// Records of each type, and what comes with them.

import { asks } from '../dns-client.ts'
import type { Scenario } from '../scenario.ts'

export const records: readonly Scenario[] = [
  asks(
    'addresses of a name come with the name servers and theirs',
    ['www.example.org A', 'www.example.org AAAA'],
    `
    NOERROR www.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR www.example.org. AAAA (authoritative, recursion desired, EDNS 1232 octets)
      answer www.example.org. 3600 IN AAAA 2001:db8::80
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'mail exchangers come with their addresses',
    ['example.org MX', 'alias-mx.example.org MX'],
    `
    NOERROR example.org. MX (authoritative, recursion desired, EDNS 1232 octets)
      answer example.org. 3600 IN MX 10 mx.example.org.
      answer example.org. 3600 IN MX 20 mx.example.net.
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional mx.example.org. 3600 IN A 192.0.2.25
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR alias-mx.example.org. MX (authoritative, recursion desired, EDNS 1232 octets)
      answer alias-mx.example.org. 3600 IN MX 5 web.example.org.
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'texts come as they are cut',
    'example.org TXT',
    `
    NOERROR example.org. TXT (authoritative, recursion desired, EDNS 1232 octets)
      answer example.org. 3600 IN TXT "v=spf1 mx -all" "and \\"more\\""
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'name servers and the start of authority are at the apex',
    ['example.org NS', 'example.org SOA'],
    `
    NOERROR example.org. NS (authoritative, recursion desired, EDNS 1232 octets)
      answer example.org. 3600 IN NS ns1.example.org.
      answer example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR example.org. SOA (authoritative, recursion desired, EDNS 1232 octets)
      answer example.org. 3600 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'services come with the addresses of their targets',
    '_http._tcp.example.org SRV',
    `
    NOERROR _http._tcp.example.org. SRV (authoritative, recursion desired, EDNS 1232 octets)
      answer _http._tcp.example.org. 3600 IN SRV 10 60 8080 www.example.org.
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional www.example.org. 3600 IN A 192.0.2.80
      additional www.example.org. 3600 IN A 192.0.2.81
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional www.example.org. 3600 IN AAAA 2001:db8::80
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'a certification authority and a pointer',
    ['example.org CAA', '80.example.org PTR'],
    `
    NOERROR example.org. CAA (authoritative, recursion desired, EDNS 1232 octets)
      answer example.org. 3600 IN CAA 0 issue "ca.example"
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR 80.example.org. PTR (authoritative, recursion desired, EDNS 1232 octets)
      answer 80.example.org. 3600 IN PTR www.example.org.
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'records about a host: HINFO, RP, LOC',
    ['host.example.org HINFO', 'host.example.org RP', 'host.example.org LOC'],
    `
    NOERROR host.example.org. HINFO (authoritative, recursion desired, EDNS 1232 octets)
      answer host.example.org. 3600 IN HINFO "RISC" "Unix"
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR host.example.org. RP (authoritative, recursion desired, EDNS 1232 octets)
      answer host.example.org. 3600 IN RP ada.people.example.org. about.example.org.
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR host.example.org. LOC (authoritative, recursion desired, EDNS 1232 octets)
      answer host.example.org. 3600 IN LOC \\# 16 001200008b0d2c8c7ffc4f4000989680
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'records of services: NAPTR, URI, SVCB, HTTPS',
    [
      'services.example.org NAPTR',
      'services.example.org URI',
      'services.example.org SVCB',
      'services.example.org HTTPS',
    ],
    `
    NOERROR services.example.org. NAPTR (authoritative, recursion desired, EDNS 1232 octets)
      answer services.example.org. 3600 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.org!" .
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR services.example.org. URI (authoritative, recursion desired, EDNS 1232 octets)
      answer services.example.org. 3600 IN URI 10 1 "https://www.example.org/path"
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR services.example.org. SVCB (authoritative, recursion desired, EDNS 1232 octets)
      answer services.example.org. 3600 IN SVCB 1 www.example.org. alpn="h2" port=8443
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional www.example.org. 3600 IN A 192.0.2.80
      additional www.example.org. 3600 IN A 192.0.2.81
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional www.example.org. 3600 IN AAAA 2001:db8::80
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR services.example.org. HTTPS (authoritative, recursion desired, EDNS 1232 octets)
      answer services.example.org. 3600 IN HTTPS 1 . alpn="h2,http/1.1" ipv4hint=192.0.2.80
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'records of keys: SSHFP, TLSA, DNSKEY, CERT',
    ['keys.example.org SSHFP', '_443._tcp.keys.example.org TLSA', 'keys.example.org DNSKEY', 'keys.example.org CERT'],
    `
    NOERROR keys.example.org. SSHFP (authoritative, recursion desired, EDNS 1232 octets)
      answer keys.example.org. 3600 IN SSHFP 4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF123456789
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR _443._tcp.keys.example.org. TLSA (authoritative, recursion desired, EDNS 1232 octets)
      answer _443._tcp.keys.example.org. 3600 IN TLSA 3 1 1 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR keys.example.org. DNSKEY (authoritative, recursion desired, EDNS 1232 octets)
      answer keys.example.org. 3600 IN DNSKEY 256 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
    NOERROR keys.example.org. CERT (authoritative, recursion desired, EDNS 1232 octets)
      answer keys.example.org. 3600 IN CERT 1 0 0 AQIDBA==
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'a type without a name, and one that is no longer used',
    ['odd.example.org TYPE65280', 'odd.example.org SPF'],
    `
    NOERROR odd.example.org. TYPE65280 (authoritative, recursion desired, EDNS 1232 octets)
      answer odd.example.org. 3600 IN TYPE65280 \\# 4 0a000001
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR odd.example.org. SPF (authoritative, recursion desired, EDNS 1232 octets)
      answer odd.example.org. 3600 IN SPF "v=spf1 -all"
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
]
