// DNS on three targets: bind9 as the real server, authoritative for one zone with everything in it.

import { dns } from '../../index.ts'
import { names } from './dns/names.ts'
import { octets } from './dns/octets.ts'
import { records } from './dns/records.ts'
import { refusals } from './dns/refusals.ts'
import { transports } from './dns/transports.ts'
import { nameServer } from './dns-client.ts'
import { explained, otherAnswers } from './dns-explained.ts'
import type { Suite } from './scenario.ts'

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

export const suite: Suite = {
  protocol: 'dns',
  server: 'named',
  serves: 'authoritative for one zone, with all sections filled (`minimal-responses no`), without recursion',
  content: { zones: { 'example.org': zone } },
  names: [{ name: nameServer, port: 53, protocol: 'dns' }],
  place: network => network.host(nameServer, { ns: dns({ zones: { 'example.org': zone } }) }),
  scenarios: [...records, ...names, ...transports, ...refusals, ...octets],
  explained,
  otherwise: otherAnswers,
}
