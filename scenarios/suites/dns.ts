// DNS on three targets: bind9 as the real server, authoritative for one zone with everything in it.

import { dns } from '../../index.ts'
import { dnsQuery, encodeDnsMessage } from '../../wire/dns/message.ts'
import { asks, looksUp, nameServer, sendsDatagrams, sendsOnConnection } from './dns-client.ts'
import { explained, otherAnswers } from './dns-explained.ts'
import type { Scenario, Suite } from './scenario.ts'

/** More than a datagram takes. */
const texts = Array.from({ length: 40 }, (_, at) => `"${String(at).padStart(3, '0')} ${'x'.repeat(60)}"`).join(' ')

const zone = `$TTL 3600
@ SOA ns1 hostmaster 2026112501 7200 900 1209600 300
@ NS ns1
@ NS ns2
ns1 A 192.0.2.1
ns2 A 192.0.2.2
ns2 AAAA 2001:db8::2
www A 192.0.2.80
www A 192.0.2.81
www AAAA 2001:db8::80
web CNAME www
shop CNAME web
store CNAME shop
out CNAME www.example.net.
nowhere CNAME missing
loop CNAME pool
pool CNAME loop
towild CNAME x.any
@ MX 10 mx
@ MX 20 mx.example.net.
mx A 192.0.2.25
alias-mx MX 5 web
@ TXT "v=spf1 mx -all" "and \\"more\\""
_http._tcp SRV 10 60 8080 www
@ CAA 0 issue "ca.example"
*.any A 192.0.2.99
*.any TXT "any"
here.any A 192.0.2.98
*.alias CNAME www
deep.empty A 192.0.2.5
80 PTR www
Mixed.Case A 192.0.2.6
short 60 A 192.0.2.7
with\\.dot A 192.0.2.8
host HINFO "RISC" "Unix"
host RP ada.people about
host LOC \\# 16 00120000 8b0d2c8c 7ffc4f40 00989680
services NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.org!" .
services URI 10 1 "https://www.example.org/path"
services SVCB 1 www alpn=h2 port=8443
services HTTPS 1 . alpn=h2,http/1.1 ipv4hint=192.0.2.80
keys SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789
_443._tcp.keys TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
keys DNSKEY 256 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
keys CERT 1 0 0 AQIDBA==
odd TYPE65280 \\# 4 0a000001
odd SPF "v=spf1 -all"
big TXT ${texts}
sub NS ns.sub
sub NS ns.elsewhere.example.net.
sub DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118
ns.sub A 192.0.2.53
far NS ns.elsewhere.example.net.
tree DNAME www.example.net.
`

const header = (fields: string) => Buffer.from(fields.replaceAll(' ', ''), 'hex')
const www = { name: 'www.example.org', type: 'A', class: 'IN' } as const
const asked = dnsQuery(www, { id: 4711, recursionDesired: true })
const edns = { udpBytes: 1232, version: 0, dnssecOk: false, options: [] }

const scenarios: readonly Scenario[] = [
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
  asks(
    'a name that is not there',
    'nobody.example.org A',
    `
    DnsError NXDOMAIN
    NXDOMAIN nobody.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
  ),
  asks(
    'a name below one that is there',
    'x.y.www.example.org A',
    `
    DnsError NXDOMAIN
    NXDOMAIN x.y.www.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
  ),
  asks(
    'a name without records of the type',
    ['mx.example.org AAAA', 'example.org A', 'www.example.org TYPE65280'],
    `
    NOERROR mx.example.org. AAAA (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
    NOERROR example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
    NOERROR www.example.org. TYPE65280 (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
  ),
  asks(
    'a name that only has others below it',
    ['empty.example.org A', 'nobody.empty.example.org A'],
    `
    NOERROR empty.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
    DnsError NXDOMAIN
    NXDOMAIN nobody.empty.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
  ),
  asks(
    'an alias is followed',
    ['web.example.org A', 'web.example.org MX'],
    `
    NOERROR web.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer web.example.org. 3600 IN CNAME www.example.org.
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR web.example.org. MX (authoritative, recursion desired, EDNS 1232 octets)
      answer web.example.org. 3600 IN CNAME www.example.org.
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
  ),
  asks(
    'an alias itself is asked for',
    ['web.example.org CNAME', 'www.example.org CNAME'],
    `
    NOERROR web.example.org. CNAME (authoritative, recursion desired, EDNS 1232 octets)
      answer web.example.org. 3600 IN CNAME www.example.org.
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR www.example.org. CNAME (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
  ),
  asks(
    'a chain of aliases is followed in order',
    'store.example.org AAAA',
    `
    NOERROR store.example.org. AAAA (authoritative, recursion desired, EDNS 1232 octets)
      answer store.example.org. 3600 IN CNAME shop.example.org.
      answer shop.example.org. 3600 IN CNAME web.example.org.
      answer web.example.org. 3600 IN CNAME www.example.org.
      answer www.example.org. 3600 IN AAAA 2001:db8::80
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'an alias that leads out of the zone',
    'out.example.org A',
    `
    NOERROR out.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer out.example.org. 3600 IN CNAME www.example.net.
  `,
  ),
  asks(
    'an alias of a name that is not there',
    'nowhere.example.org A',
    `
    DnsError NXDOMAIN
    NXDOMAIN nowhere.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer nowhere.example.org. 3600 IN CNAME missing.example.org.
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
  ),
  asks(
    'a loop of aliases',
    'loop.example.org A',
    `
    DnsError SERVFAIL
    SERVFAIL loop.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer loop.example.org. 3600 IN CNAME pool.example.org.
      answer pool.example.org. 3600 IN CNAME loop.example.org.
  `,
  ),
  asks(
    'an alias that leads to a wildcard',
    'towild.example.org A',
    `
    NOERROR towild.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer towild.example.org. 3600 IN CNAME x.any.example.org.
      answer x.any.example.org. 3600 IN A 192.0.2.99
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'a wildcard stands for names that are not there',
    ['x.any.example.org A', 'y.x.any.example.org TXT'],
    `
    NOERROR x.any.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer x.any.example.org. 3600 IN A 192.0.2.99
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR y.x.any.example.org. TXT (authoritative, recursion desired, EDNS 1232 octets)
      answer y.x.any.example.org. 3600 IN TXT "any"
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'a wildcard has no records of the type',
    'x.any.example.org MX',
    `
    NOERROR x.any.example.org. MX (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
  ),
  asks(
    'a wildcard does not stand for a name that is there',
    ['here.any.example.org TXT', 'x.here.any.example.org A'],
    `
    NOERROR here.any.example.org. TXT (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
    DnsError NXDOMAIN
    NXDOMAIN x.here.any.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
  ),
  asks(
    'a wildcard itself is asked for',
    ['*.any.example.org A', 'any.example.org A'],
    `
    NOERROR *.any.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer *.any.example.org. 3600 IN A 192.0.2.99
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR any.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
  ),
  asks(
    'a wildcard that is an alias',
    'x.alias.example.org A',
    `
    NOERROR x.alias.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer x.alias.example.org. 3600 IN CNAME www.example.org.
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'a delegation is referred to with the address inside it',
    ['sub.example.org A', 'x.y.sub.example.org MX'],
    `
    NOERROR sub.example.org. A (recursion desired, EDNS 1232 octets)
      authority sub.example.org. 3600 IN NS ns.sub.example.org.
      authority sub.example.org. 3600 IN NS ns.elsewhere.example.net.
      additional ns.sub.example.org. 3600 IN A 192.0.2.53
    NOERROR x.y.sub.example.org. MX (recursion desired, EDNS 1232 octets)
      authority sub.example.org. 3600 IN NS ns.sub.example.org.
      authority sub.example.org. 3600 IN NS ns.elsewhere.example.net.
      additional ns.sub.example.org. 3600 IN A 192.0.2.53
  `,
  ),
  asks(
    'a delegation without an address',
    'far.example.org A',
    `
    NOERROR far.example.org. A (recursion desired, EDNS 1232 octets)
      authority far.example.org. 3600 IN NS ns.elsewhere.example.net.
  `,
  ),
  asks(
    'name servers of a delegation are asked for',
    'sub.example.org NS',
    `
    NOERROR sub.example.org. NS (recursion desired, EDNS 1232 octets)
      authority sub.example.org. 3600 IN NS ns.sub.example.org.
      authority sub.example.org. 3600 IN NS ns.elsewhere.example.net.
      additional ns.sub.example.org. 3600 IN A 192.0.2.53
  `,
  ),
  asks(
    'an address below a delegation',
    'ns.sub.example.org A',
    `
    NOERROR ns.sub.example.org. A (recursion desired, EDNS 1232 octets)
      authority sub.example.org. 3600 IN NS ns.sub.example.org.
      authority sub.example.org. 3600 IN NS ns.elsewhere.example.net.
      additional ns.sub.example.org. 3600 IN A 192.0.2.53
  `,
  ),
  asks(
    'the parent answers for DS at a delegation',
    ['sub.example.org DS', 'far.example.org DS'],
    `
    NOERROR sub.example.org. DS (authoritative, recursion desired, EDNS 1232 octets)
      answer sub.example.org. 3600 IN DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118
    NOERROR far.example.org. DS (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
  ),
  asks(
    'a name below a DNAME',
    ['a.tree.example.org A', 'tree.example.org A', 'tree.example.org DNAME'],
    `
    NOERROR a.tree.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer tree.example.org. 3600 IN DNAME www.example.net.
      answer a.tree.example.org. 3600 IN CNAME a.www.example.net.
    NOERROR tree.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
    NOERROR tree.example.org. DNAME (authoritative, recursion desired, EDNS 1232 octets)
      answer tree.example.org. 3600 IN DNAME www.example.net.
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'names are alike in any case and come back as they were asked',
    ['WwW.ExAmPlE.oRg A', 'mixed.case.example.org A'],
    `
    NOERROR WwW.ExAmPlE.oRg. A (authoritative, recursion desired, EDNS 1232 octets)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR mixed.case.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer Mixed.Case.example.org. 3600 IN A 192.0.2.6
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'a label with a dot in it',
    'with\\.dot.example.org A',
    `
    NOERROR with\\.dot.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer with\\.dot.example.org. 3600 IN A 192.0.2.8
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'a record has a time to live of its own',
    'short.example.org A',
    `
    NOERROR short.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer short.example.org. 60 IN A 192.0.2.7
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'an answer is cut over UDP and whole over TCP',
    'big.example.org TXT',
    `
    NOERROR big.example.org. TXT (authoritative, recursion desired, EDNS 1232 octets)
      answer big.example.org. 3600 IN TXT "000 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "001 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "002 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "003 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "004 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "005 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "006 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "007 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "008 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "009 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "010 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "011 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "012 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "013 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "014 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "015 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "016 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "017 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "018 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "019 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "020 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "021 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "022 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "023 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "024 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "025 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "026 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "027 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "028 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "029 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "030 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "031 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "032 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "033 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "034 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "035 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "036 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "037 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "038 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "039 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  asks(
    'an answer is cut at 512 octets without EDNS',
    ['services.example.org HTTPS', 'big.example.org TXT'],
    `
    NOERROR services.example.org. HTTPS (authoritative, recursion desired)
      answer services.example.org. 3600 IN HTTPS 1 . alpn="h2,http/1.1" ipv4hint=192.0.2.80
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR big.example.org. TXT (authoritative, recursion desired)
      answer big.example.org. 3600 IN TXT "000 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "001 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "002 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "003 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "004 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "005 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "006 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "007 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "008 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "009 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "010 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "011 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "012 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "013 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "014 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "015 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "016 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "017 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "018 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "019 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "020 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "021 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "022 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "023 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "024 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "025 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "026 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "027 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "028 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "029 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "030 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "031 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "032 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "033 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "034 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "035 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "036 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "037 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "038 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "039 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
    { edns: false },
  ),
  asks(
    'more than 1232 octets are not sent in a datagram',
    'big.example.org TXT',
    `
    NOERROR big.example.org. TXT (authoritative, recursion desired, EDNS 1232 octets)
      answer big.example.org. 3600 IN TXT "000 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "001 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "002 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "003 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "004 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "005 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "006 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "007 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "008 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "009 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "010 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "011 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "012 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "013 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "014 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "015 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "016 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "017 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "018 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "019 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "020 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "021 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "022 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "023 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "024 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "025 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "026 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "027 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "028 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "029 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "030 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "031 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "032 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "033 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "034 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "035 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "036 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "037 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "038 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "039 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
    { edns: { udpBytes: 4096 } },
  ),
  asks(
    'a client that takes 512 octets by EDNS gets the answer alone',
    'example.org MX',
    `
    NOERROR example.org. MX (authoritative, recursion desired, EDNS 1232 octets)
      answer example.org. 3600 IN MX 10 mx.example.org.
      answer example.org. 3600 IN MX 20 mx.example.net.
  `,
    { edns: { udpBytes: 512 } },
  ),
  asks(
    'a question over TCP',
    ['www.example.org A', 'nobody.example.org A'],
    `
    NOERROR www.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    DnsError NXDOMAIN
    NXDOMAIN nobody.example.org. A (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
    { transport: 'tcp' },
  ),
  asks(
    'a client that wants no recursion',
    'www.example.org A',
    `
    NOERROR www.example.org. A (authoritative, EDNS 1232 octets)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
    { recursionDesired: false },
  ),
  asks(
    'a client that takes DNSSEC',
    'www.example.org A',
    `
    NOERROR www.example.org. A (authoritative, recursion desired, EDNS 1232 octets DO)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
    { edns: { dnssecOk: true } },
  ),
  asks(
    'everything over UDP',
    ['www.example.org ANY', 'web.example.org ANY'],
    `
    NOERROR www.example.org. ANY (authoritative, recursion desired, EDNS 1232 octets)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      answer www.example.org. 3600 IN AAAA 2001:db8::80
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
    NOERROR web.example.org. ANY (authoritative, recursion desired, EDNS 1232 octets)
      answer web.example.org. 3600 IN CNAME www.example.org.
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
  `,
  ),
  asks(
    'everything over TCP',
    ['example.org ANY', 'nobody.example.org ANY'],
    `
    NOERROR example.org. ANY (authoritative, recursion desired, EDNS 1232 octets)
      answer example.org. 3600 IN TXT "v=spf1 mx -all" "and \\"more\\""
      answer example.org. 3600 IN MX 10 mx.example.org.
      answer example.org. 3600 IN MX 20 mx.example.net.
      answer example.org. 3600 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
      answer example.org. 3600 IN NS ns1.example.org.
      answer example.org. 3600 IN NS ns2.example.org.
      answer example.org. 3600 IN CAA 0 issue "ca.example"
    DnsError NXDOMAIN
    NXDOMAIN nobody.example.org. ANY (authoritative, recursion desired, EDNS 1232 octets)
      authority example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026112501 7200 900 1209600 300
  `,
    { transport: 'tcp' },
  ),
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
  sendsDatagrams(
    'a question that is cut',
    [header('1267 0100 0001 0000 0000 0000 03777777')],
    `
    FORMERR  (recursion desired)
  `,
  ),
  sendsDatagrams(
    'a name that points at itself',
    [header('1267 0100 0001 0000 0000 0000 c00c 0001 0001')],
    `
    FORMERR  (recursion desired)
  `,
  ),
  sendsDatagrams(
    'octets behind a query',
    [Buffer.concat([encodeDnsMessage(asked), Buffer.from('0000', 'hex')])],
    `
    NOERROR www.example.org. A (authoritative, recursion desired)
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
    'a query with records in it',
    [{ ...asked, answers: [{ name: 'www.example.org', type: 'A', ttl: 1, address: '192.0.2.1' }] }],
    `
    NOERROR www.example.org. A (authoritative, recursion desired)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  sendsOnConnection(
    'questions one after the other on a connection',
    [asked, { ...asked, questions: [{ ...www, type: 'AAAA' }] }],
    `
    NOERROR www.example.org. A (authoritative, recursion desired)
      answer www.example.org. 3600 IN A 192.0.2.80
      answer www.example.org. 3600 IN A 192.0.2.81
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
    NOERROR www.example.org. AAAA (authoritative, recursion desired)
      answer www.example.org. 3600 IN AAAA 2001:db8::80
      authority example.org. 3600 IN NS ns1.example.org.
      authority example.org. 3600 IN NS ns2.example.org.
      additional ns1.example.org. 3600 IN A 192.0.2.1
      additional ns2.example.org. 3600 IN A 192.0.2.2
      additional ns2.example.org. 3600 IN AAAA 2001:db8::2
  `,
  ),
  sendsOnConnection(
    'an answer is not answered but ends the connection',
    [{ ...asked, response: true }],
    `
    NetworkError RESET
  `,
  ),
  sendsOnConnection(
    'a message that is too short for a header ends the connection',
    [Buffer.alloc(5)],
    `
    NetworkError RESET
  `,
  ),
  looksUp(
    'c-ares finds records of each type that it knows',
    [
      'www.example.org A',
      'www.example.org AAAA',
      'example.org MX',
      'example.org TXT',
      'example.org NS',
      'example.org SOA',
      '_http._tcp.example.org SRV',
      'example.org CAA',
      'web.example.org CNAME',
      '80.example.org PTR',
    ],
    `
    {"type":"A","address":"192.0.2.80"}
    {"type":"A","address":"192.0.2.81"}
    {"type":"AAAA","address":"2001:db8::80"}
    {"type":"MX","preference":10,"exchange":"mx.example.org"}
    {"type":"MX","preference":20,"exchange":"mx.example.net"}
    {"type":"TXT","texts":["v=spf1 mx -all","and \\"more\\""]}
    {"type":"NS","target":"ns1.example.org"}
    {"type":"NS","target":"ns2.example.org"}
    {"type":"SOA","mname":"ns1.example.org","rname":"hostmaster.example.org","serial":2026112501,"refresh":7200,"retry":900,"expire":1209600,"minimum":300}
    {"type":"SRV","priority":10,"weight":60,"port":8080,"target":"www.example.org"}
    {"type":"CAA","flags":0,"tag":"issue","value":"ca.example"}
    {"type":"CNAME","target":"www.example.org"}
    {"type":"PTR","target":"www.example.org"}
  `,
  ),
  looksUp(
    'c-ares is told why there is nothing',
    ['nobody.example.org A', 'mx.example.org AAAA', 'www.example.net A'],
    `
    DnsError NXDOMAIN
    DnsError NODATA
    DnsError REFUSED
  `,
  ),
]

export const suite: Suite = {
  protocol: 'dns',
  server: 'named',
  serves: 'authoritative for one zone, with all sections filled (`minimal-responses no`), without recursion',
  content: { zones: { 'example.org': zone } },
  names: [{ name: nameServer, port: 53, protocol: 'dns' }],
  place: network => network.host(nameServer, { ns: dns({ zones: { 'example.org': zone } }) }),
  scenarios,
  explained,
  otherwise: otherAnswers,
}
