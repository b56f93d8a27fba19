// The command as it is called: its frame, doctor, --proxy, and what it says where namespaces cannot be had.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const bin = join(import.meta.dirname, '../bin/backlot.js')

async function sh(line: string) {
  const child = spawn('/bin/bash', ['-c', `BACKLOT=${bin}; ${line}`])
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', chunk => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', chunk => (stderr += chunk))
  const [status] = await once(child, 'close')
  return { status, stdout, stderr }
}

test.each([
  [
    'an unknown command',
    '$BACKLOT rnu',
    /^backlot: expected a command \(.*\), got the command rnu; did you mean run\?\n$/,
  ],
  ['an unknown option', '$BACKLOT run --pacp x -- true', /^backlot: run: .*got --pacp; did you mean --pcap\?\n$/],
  ['a program without --', '$BACKLOT run curl', /^backlot: run: expected -- before the program, got curl; .*\n$/],
  ['no program', '$BACKLOT run --', /^backlot: run: expected a program after --, got none; .*\n$/],
  ['a world that is not there', '$BACKLOT run --world none.yaml -- true', /^backlot: none\.yaml.*\n$/],
])('%s is one line on stderr and status 2', async (_what, line, says) => {
  const outcome = await sh(line)
  expect(outcome).toMatchObject({ status: 2, stdout: '' })
  expect(outcome.stderr).toMatch(says)
})

test.each(['run', 'doctor'])('%s --help ends with an example', async name => {
  const { status, stdout } = await sh(`$BACKLOT ${name} --help`)
  expect(status).toBe(0)
  expect(stdout).toMatch(new RegExp(`Example:\n  backlot ${name}.*\n$`))
})

test('without namespaces run ends with 2 and the reason, and doctor with 1 and the cure', async () => {
  const none = `unshare -r /bin/sh -c 'echo 0 >/proc/sys/user/max_net_namespaces; exec "$@"' sh`
  const run = await sh(`${none} $BACKLOT run -- echo inside`)
  expect(run).toMatchObject({ status: 2, stdout: '' })
  expect(run.stderr).toMatch(/^backlot: expected unshare to make namespaces, got: .*; see backlot doctor\n$/)
  const doctor = await sh(`${none} $BACKLOT doctor --json`)
  expect(doctor.status).toBe(1)
  expect(JSON.parse(doctor.stdout)).toMatchObject({
    works: false,
    findings: expect.arrayContaining([
      expect.objectContaining({ name: 'namespaces', state: 'missing', cure: expect.stringContaining('raise') }),
    ]),
  })
})

test('doctor finds that run works here', async () => {
  const { status, stdout } = await sh('$BACKLOT doctor')
  expect(stdout).toMatch(/^ok +namespaces +works/m)
  expect(status).toBe(0)
})

test('with --proxy a program that heeds proxies meets the network, and hears that it is poorer', async () => {
  const script = `curl -s -o /dev/null -w '%{http_code}\\n' http://www.linux.org/
    curl -s -o /dev/null -w '%{http_code} %{ssl_verify_result}\\n' https://www.python.org/
    curl -s -o /dev/null -w '%{http_code}\\n' http://no.example/; exit 3`
  const outcome = await sh(`$BACKLOT run --proxy -- sh -c "$(cat <<'END'\n${script}\nEND\n)"`)
  expect(outcome).toMatchObject({ status: 3, stdout: '200\n200 0\n502\n' })
  expect(outcome.stderr).toMatch(/^backlot: note: --proxy reaches only/m)
  expect(outcome.stderr).toMatch(/^backlot: no\.example was asked for/m)
})
