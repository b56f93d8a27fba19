// Names that are not there, aliases, wildcards, delegations, and how names are written.

import { asks } from '../dns-client.ts'
import type { Scenario } from '../scenario.ts'

export const names: readonly Scenario[] = [
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
]
