// Names without a server of their own in the arguments: looked up in the world outside and reached there. The world is a
// network namespace of this test's, with a name server and two web servers in it; the replay has none of it.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { program } from '../scenarios/real/program.ts'
import { quote, Studio } from './studio-in-tests.ts'

let studio: Studio
beforeAll(() => {
  studio = new Studio()
})
afterAll(() => studio?.[Symbol.dispose]())

/** Becomes the world, and then the command. */
const world = `set -e
ip link set lo up
ip addr add 203.0.113.80/32 dev lo
mount --bind resolv.conf /etc/resolv.conf
mount --bind nsswitch.conf /etc/nsswitch.conf
named -g -n 1 -c named.conf >named.log 2>&1 &
/usr/bin/python3 -m http.server 80 --bind 203.0.113.80 --directory site >/dev/null 2>&1 &
/usr/bin/python3 -m http.server 8080 --bind 127.0.0.2 --directory site >/dev/null 2>&1 &
for i in $(seq 200); do
  grep -q ' running$' named.log && (exec 3<>/dev/tcp/203.0.113.80/80 4<>/dev/tcp/127.0.0.2/8080) 2>/dev/null && exec "$@"
  sleep 0.05
done
cat named.log; exit 99
`

const script = `dig MX web.test | sed -E '/WHEN|Query time|COOKIE/d; s/id: [0-9]+//'
dig +short TXT web.test
curl -sS http://web.test/
curl -sS http://local.test:8080/
curl -sS http://web.test:8081/ 2>&1 | sed 's/after .* ms//'
curl -sS http://nowhere.test/ 2>&1
getent ahosts web.test | head -1
dig +short nowhere.test MX
true`

test('names are looked up outside, their servers reached there, and all of it replays without', async context => {
  for (const [name, debianPackage] of [
    ['curl', 'curl'],
    ['dig', 'bind9-dnsutils'],
    ['ip', 'iproute2'],
    ['named', 'bind9'],
  ] as const) {
    await program(context, name, debianPackage)
  }
  mkdirSync(studio.path('site'))
  writeFileSync(join(studio.path('site'), 'index.html'), 'the page outside\n')
  const zone = '$TTL 300\n@ IN SOA ns hostmaster.web ( 1 2h 15m 2w 5m )\n@ NS ns\nns A 127.0.0.1\n'
  const records = 'web A 203.0.113.80\nweb MX 10 mail.web\nweb TXT "spam and eggs"\nlocal A 127.0.0.2\n'
  studio.write('zone', zone + records)
  studio.write('world.sh', world)
  studio.write('resolv.conf', 'nameserver 127.0.0.1\n')
  studio.write('nsswitch.conf', 'hosts: files dns\n')
  const folder = studio.folder
  studio.write(
    'named.conf',
    `options { directory "${folder}"; pid-file none; session-keyfile none; listen-on { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; managed-keys-directory "${folder}"; };
controls { };
zone "test" { type primary; file "zone"; };
`,
  )
  const command = `/bin/bash world.sh $BACKLOT record -o outside.tape.yaml --port 8080 -- /bin/bash -c ${quote(script)}`
  const recorded = await studio.shell(
    `PATH=$PATH:/usr/sbin; exec unshare --map-root-user --net --mount --pid --fork --kill-child ${command}`,
  )
  expect(recorded.status, recorded.stderr + recorded.stdout).toBe(0)
  expect(recorded.stdout).toMatch(
    /web\.test\.\s+300\s+IN\s+MX\s+10 mail\.web\.test\..*\n"spam and eggs"\nthe page outside\nthe page outside\n/s,
  )
  expect(recorded.stdout).toMatch(/Could not resolve host: nowhere\.test\n203\.0\.113\.80 /)
  const tape = studio.read('outside.tape.yaml')
  expect(tape).toMatch(/^ {2}web\.test: \[203\.0\.113\.80\]$/m)
  expect(tape).toMatch(/^ {2}nowhere\.test: \[\]$/m)
  const replayed = await studio.replay('outside.tape.yaml', script)
  // Nobody listens at 8081, then as now.
  const stderr = 'backlot: 1 connection was refused: no tape has anything at the port that the program wanted\n'
  expect(replayed).toEqual({ status: 0, stdout: recorded.stdout, stderr })
})
