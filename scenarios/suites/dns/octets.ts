// Octets that are no question, connections, and the resolver of Node.

import { encodeDnsMessage } from '../../../wire/dns/message.ts'
import { asked, header, looksUp, sendsDatagrams, sendsOnConnection, www } from '../dns-client.ts'
import type { Scenario } from '../scenario.ts'

export const octets: readonly Scenario[] = [
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
