// How recording and replaying go: users, system calls, what is not on the tape, exit status, servers for programs that are
// started elsewhere, and arguments that are wrong.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, describe as group, onTestFinished, type TestContext, test } from 'vitest'
import { type RealNginx, startNginx } from '../scenarios/real/nginx.ts'
import { program } from '../scenarios/real/program.ts'
import { commandBelow } from './processes-in-tests.ts'
import type { ServedReport } from './served.ts'
import { own, Studio } from './studio-in-tests.ts'

let studio: Studio
let nginx: RealNginx | undefined
beforeAll(() => {
  studio = new Studio()
  mkdirSync(studio.path('site'))
  for (const name of ['one', 'two', 'three']) writeFileSync(join(studio.path('site'), name), `this is ${name}\n`)
})
afterAll(async () => {
  await nginx?.[Symbol.asyncDispose]()
  studio?.[Symbol.dispose]()
})

/** nginx, whose three files are recorded on `web.tape.yaml` by curl. */
async function recorded(context: TestContext): Promise<string> {
  await program(context, 'curl', 'curl')
  nginx ??= await startNginx(await program(context, 'nginx', 'nginx-light'), { folder: studio.path('site') })
  const options = `--real www.example.net:80=127.0.0.1:${nginx.endpoint.port}`
  if (!existsSync(studio.path('web.tape.yaml'))) await studio.record('web.tape.yaml', options, three)
  return options
}

const get = (name: string, more = '') => `curl -sS ${more} http://www.example.net/${name}`
const three = `${get('one')}; ${get('two')}; ${get('three')}`
const said = 'this is one\nthis is two\nthis is three\n'

test('a tape of an ordinary user is replayed by root, and one of root by an ordinary user', async context => {
  if (userInfo().uid !== 0) context.skip('needs root, beside an ordinary user')
  const options = await recorded(context)
  expect(await studio.replay('web.tape.yaml', three, { user: 'root' })).toEqual({ status: 0, stdout: said, stderr: '' })
  const byRoot = await studio.record('root.tape.yaml', options, three, { user: 'root' })
  expect(byRoot).toMatchObject({ status: 0, stdout: said })
  expect(await studio.replay('root.tape.yaml', three)).toEqual({ status: 0, stdout: said, stderr: '' })
})

test('two recordings of the same differ in nothing, and the command says so', async context => {
  const options = await recorded(context)
  await studio.record('again.tape.yaml', options, three)
  const diff = '$BACKLOT tape check web.tape.yaml again.tape.yaml && $BACKLOT tape diff web.tape.yaml again.tape.yaml'
  expect(await studio.shell(diff)).toEqual({ status: 0, stdout: '', stderr: '' })
  await studio.record('again.tape.yaml', options, `${get('one')}; ${get('three')}`)
  const { status, stdout } = await studio.shell('$BACKLOT tape diff web.tape.yaml again.tape.yaml')
  expect(status).toBe(1)
  expect(stdout).toMatch(
    /^http www\.example\.net:80: web\.tape\.yaml:\d+ \/ not in again\.tape\.yaml\n- C: GET \/two HTTP/,
  )
})

test('two programs at once in one replay are each answered, and so is one that says it in another order', async context => {
  await recorded(context)
  const script = `(${three}) >a.txt & (${get('three')}; ${get('one')}; ${get('two')}) >b.txt & wait; cat a.txt b.txt`
  const { status, stdout } = await studio.replay('web.tape.yaml', script)
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${said}this is three\nthis is one\nthis is two\n` })
})

test('a signal ends the program, and the tape is whole', async context => {
  const options = await recorded(context)
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const ended = await studio.record('signal.tape.yaml', options, `${get('one')}; exec sleep 100`, {
      started(child) {
        const kill = () => process.kill(commandBelow(child)!, signal)
        child.stdout.once('data', () => setTimeout(kill, 100))
      },
    })
    expect(ended).toEqual({
      status,
      stdout: 'this is one\n',
      stderr: 'backlot: 2 turns in 1 conversation on signal.tape.yaml\n',
    })
    expect(await studio.shell('$BACKLOT tape check signal.tape.yaml')).toEqual({ status: 0, stdout: '', stderr: '' })
  }
})

test('no system call of a replay leads out of its network', async context => {
  await program(context, 'strace', 'strace')
  await recorded(context)
  await studio.shell('rm -rf trace; mkdir -m 777 trace')
  const options = '-ff -qq -e trace=connect,sendto,sendmsg,sendmmsg,bind -o trace/of'
  const line = `strace ${options} $BACKLOT replay web.tape.yaml -- /bin/bash -c '${three}; curl -sS http://other.example/'`
  const { stdout } = await studio.shell(line, { user: userInfo().username })
  expect(stdout).toBe(said)
  const calls = readdirSync(studio.path('trace')).flatMap(name => studio.read(`trace/${name}`).split('\n'))
  const addresses = calls.flatMap(call => /sin6?_addr=inet_(?:addr\(|pton\(AF_INET6, )"([^"]+)"/.exec(call)?.[1] ?? [])
  expect(addresses.length).toBeGreaterThan(5)
  expect(calls.filter(call => call.includes(`htons(${nginx!.endpoint.port})`))).toEqual([])
  // The recorder's own names, the resolver and gateway of the program's network, and addresses that mean this machine.
  expect(
    addresses.filter(
      address => !/^(198\.1[89]\.|192\.168\.1\.1$|127\.|0\.0\.0\.0$|10\.0\.2\.|fd00:2:|::)/.test(address),
    ),
  ).toEqual([])
})

group('what is not on the tape', () => {
  test('is refused and told with the nearest turns and the command that records it again', async context => {
    await recorded(context)
    const { status, stdout, stderr } = await studio.replay(
      'web.tape.yaml',
      `${get('four', '-o /dev/null -w "%{http_code}"')} || true`,
    )
    expect({ status, stdout }).toEqual({ status: 1, stdout: '502' })
    expect(stderr).toMatch(
      /^backlot: miss at http www\.example\.net:80: the client asked for what the tape does not have$/m,
    )
    expect(stderr).toMatch(/^backlot: {3}the nearest turn, web\.tape\.yaml:\d+ \(- on the tape, \+ asked\):$/m)
    expect(stderr).toMatch(/^backlot: {5}- GET \/\w+ HTTP\/1\.1\nbacklot: {5}\+ GET \/four HTTP\/1\.1$/m)
    expect(stderr).toContain(
      'backlot: to record it again: backlot record -o web.tape.yaml --real www.example.net:80=HOST:PORT -- /bin/bash -c ',
    )
  })

  test('does not change the status of a program that ends with another', async context => {
    await recorded(context)
    expect((await studio.replay('web.tape.yaml', `${get('four')}; exit 37`)).status).toBe(37)
    expect((await studio.replay('web.tape.yaml', `${get('one')}; kill -TERM $$`)).status).toBe(143)
  })

  test('is not asked of the real server either', async context => {
    await recorded(context)
    let count = 0
    const server = net.createServer(socket => {
      count++
      socket.destroy()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const tape = studio.read('web.tape.yaml')
    studio.write(
      'here.tape.yaml',
      tape.replace(/\[198\.18\.0\.1\]/, '[127.0.0.1]').replaceAll('.net:80', `.net:${port}`),
    )
    const script = `curl -s http://www.example.net:${port}/one; curl -s http://www.example.net:${port}/four -o /dev/null; curl -s http://www.example.net/`
    const { status, stdout, stderr } = await studio.shell(
      `$BACKLOT replay here.tape.yaml -- /bin/bash -c '${script}; true'`,
    )
    expect({ status, stdout }, stderr).toEqual({ status: 1, stdout: 'this is one\n' })
    expect(count).toBe(0)
  })

  test('may be a name, which is not there, and of which the tape knows nothing', async context => {
    await recorded(context)
    const { status, stderr } = await studio.replay('web.tape.yaml', 'curl -sS http://other.example.net/ || true')
    expect(status).toBe(1)
    expect(own(stderr)).toMatch(/Could not resolve host: other\.example\.net/)
    expect(stderr).toContain('the address of other.example.net was looked up, and the tape does not have it')
  })

  test('may be a port, which is refused', async context => {
    await recorded(context)
    const wrong = 'curl -s http://www.example.net:8080/; echo status $?'
    const { status, stdout, stderr } = await studio.replay('web.tape.yaml', wrong)
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'status 7\n' })
    expect(stderr).toContain(
      'backlot: 1 connection was refused: no tape has anything at the port that the program wanted',
    )
    const ownMachine = await studio.replay('web.tape.yaml', `${get('one')}; curl -s http://127.0.0.1:8080/; true`)
    expect(ownMachine.stderr).not.toContain('refused')
  })

  test('is, where it is strict, also what comes once more, and what does not come', async context => {
    await recorded(context)
    const strict = { options: '--strict' }
    expect(await studio.replay('web.tape.yaml', three, strict)).toEqual({ status: 0, stdout: said, stderr: '' })
    const more = await studio.replay('web.tape.yaml', `${three}; ${get('one')}`, strict)
    expect(more.status).toBe(1)
    expect(more.stderr).toContain('backlot: miss at http www.example.net:80')
    const less = await studio.replay('web.tape.yaml', get('two'), strict)
    expect(less.status).toBe(1)
    expect(less.stderr).toMatch(
      /^backlot: 2 of the client's turns on the tape were not used, the first at web\.tape\.yaml:\d+$/m,
    )
    const again = await studio.replay('web.tape.yaml', `${get('two')}; ${three}; ${get('one')}`)
    expect(again).toEqual({ status: 0, stdout: `this is two\n${said}this is one\n`, stderr: '' })
  })
})

group('--listen', () => {
  /** Runs the command until `work` is done and SIGTERM has ended it. */
  async function serving(line: string, work: (report: ServedReport) => Promise<void>) {
    const child = spawn(studio.copy.node, [join(studio.copy.folder, 'cli/main.ts'), ...line.split(' ')], {
      cwd: studio.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const closed = once(child, 'close')
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
    const [first] = await once(createInterface(child.stdout), 'line')
    const report = JSON.parse(first) as ServedReport
    await work(report)
    expect(existsSync(report.ca)).toBe(true)
    child.kill('SIGTERM')
    const [status] = await closed
    expect(existsSync(report.ca)).toBe(false)
    return { status, stderr }
  }

  const place = ({ services }: ServedReport, port: number) => {
    const { real_host, real_port } = services.find(each => each.name === 'www.example.net' && each.port === port)!
    return `${real_host}:${real_port}`
  }

  test('records and replays for a client of this machine, and ends by SIGTERM with a whole tape', async context => {
    const options = await recorded(context)
    const recording = await serving(`record --listen --json -o listened.tape.yaml ${options}`, async report => {
      expect(report.services).toContainEqual({
        name: 'www.example.net',
        protocol: 'http',
        transport: 'tcp',
        address: expect.stringMatching(/^198\.1[89]\./),
        port: 80,
        real_host: '127.0.0.1',
        real_port: expect.any(Number),
        tls: false,
      })
      const { stdout } = await studio.shell(`curl -sS --connect-to ::${place(report, 80)} http://www.example.net/two`)
      expect(stdout).toBe('this is two\n')
    })
    expect(recording).toEqual({ status: 0, stderr: 'backlot: 2 turns in 1 conversation on listened.tape.yaml\n' })
    expect(await studio.shell('$BACKLOT tape check listened.tape.yaml')).toMatchObject({ status: 0, stdout: '' })
    const replaying = await serving('replay --listen --json listened.tape.yaml', async report => {
      const { stdout } = await studio.shell(`curl -sS --connect-to ::${place(report, 80)} http://www.example.net/two`)
      expect(stdout).toBe('this is two\n')
    })
    expect(replaying).toEqual({ status: 0, stderr: '' })
  })

  test('tells of misses when it is ended', async context => {
    await recorded(context)
    const { status, stderr } = await serving('replay --listen --json web.tape.yaml', async report => {
      await studio.shell(`curl -sS --connect-to ::${place(report, 80)} http://www.example.net/four`)
    })
    expect(status).toBe(1)
    expect(stderr).toContain('backlot: miss at http www.example.net:80')
    expect(stderr).toContain('backlot record -o web.tape.yaml --real www.example.net:80=HOST:PORT --listen\n')
  })
})

group('wrong arguments', () => {
  const real = '--real a.test:80=127.0.0.1:8080'
  const cases: [args: string, message: string | RegExp, status?: number][] = [
    [`record ${real} -- true`, 'record: expected -o TAPE, got none; see backlot record --help'],
    [
      `record -o no/such/folder/a.tape.yaml ${real} -- true`,
      'record: expected a tape that can be written, got no/such/folder/a.tape.yaml: there is no folder no/such/folder',
    ],
    [`record -o site ${real} -- true`, 'record: expected a tape that can be written, got site: it is a folder'],
    [
      `record -o /etc/passwd ${real} -- true`,
      'record: expected a tape that can be written, got /etc/passwd: that is not permitted',
    ],
    [
      `record -o /proc/a.tape.yaml ${real} -- true`,
      /^record: expected a tape that can be written, got \/proc\/a\.tape\.yaml: /,
    ],
    [
      `record -o a.tape.yaml --real a.test -- true`,
      /^expected --real NAME:PORT\[\/PROTO\]=HOST:PORT, .*, got "a.test"$/,
    ],
    [`record -o a.tape.yaml --real a.test:80 -- true`, /, got "a.test:80"$/],
    [`record -o a.tape.yaml --real a.test:0=b.test:1 -- true`, /, got "a.test:0=b.test:1"$/],
    [`record -o a.tape.yaml --real a.test:70000=b.test:1 -- true`, /, got "a.test:70000=b.test:1"$/],
    [`record -o a.tape.yaml --real a.test:80=b.test -- true`, /, got "a.test:80=b.test"$/],
    [`record -o a.tape.yaml --real 'a b:80=b.test:1' -- true`, /, got "a b:80=b.test:1"$/],
    [
      `record -o a.tape.yaml --real a..b:80=b.test:1 -- true`,
      /^expected a name or address in --real .*, got "a\.\.b"$/,
    ],
    [
      `record -o a.tape.yaml --real a.test:80/gopher=b.test:1 -- true`,
      /^expected a protocol in --real .*\(.*http.*\), got "gopher"$/,
    ],
    [
      `record -o a.tape.yaml ${real} ${real} -- true`,
      'record: expected each name and port once in --real, got a.test:80 again',
    ],
    [
      `record -o a.tape.yaml ${real} --real-ca nowhere.pem -- true`,
      /^record: expected a file of certificates, got nowhere\.pem: ENOENT/,
    ],
    [
      `record -o a.tape.yaml ${real} --real-ca site/one -- true`,
      'record: expected certificates in PEM, got site/one with none',
    ],
    [
      `record -o a.tape.yaml ${real} --secret password=NOT_SET -- true`,
      'record: expected the secret password in the variable NOT_SET, got none',
    ],
    [
      `record -o a.tape.yaml ${real} --secret password -- true`,
      /^record: expected --secret NAME=VARIABLE, .*, got password$/,
    ],
    [`record -o a.tape.yaml ${real} --port abc -- true`, 'record: expected a port from 1 to 65535, got --port abc'],
    [`record -o a.tape.yaml ${real} --json -- true`, 'record: expected --json with --listen, got it alone'],
    [`record -o a.tape.yaml ${real} --speed real -- true`, /^record: expected an option that it has, got --speed/],
    [`record -o a.tape.yaml ${real}`, 'record: expected a program after --, got none; see backlot record --help'],
    [
      `record -o a.tape.yaml ${real} curl http://a.test/`,
      'record: expected -- before the program, got curl; write backlot record -- PROGRAM',
    ],
    [
      `record -o a.tape.yaml ${real} -- no-such-program`,
      'expected a program, got no-such-program, which is not on the PATH',
      127,
    ],
    [`record -o a.tape.yaml --listen`, 'record: expected --real NAME:PORT=HOST:PORT with --listen, got none'],
    [`record -o a.tape.yaml ${real} --listen -- true`, /^record: expected options alone, got --/],
    [`replay -- true`, 'replay: expected a tape, got none; see backlot replay --help'],
    [`replay nowhere.tape.yaml -- true`, 'nowhere.tape.yaml: expected a tape, got none'],
    [`replay site -- true`, 'site: expected a tape, got a folder'],
    [`replay site/one -- true`, 'site/one:1: expected a tape, which begins with tape: 1, got another file'],
    [`replay empty -- true`, 'empty: expected a tape, got an empty file'],
    [
      `replay next.tape.yaml -- true`,
      /^next\.tape\.yaml:1: expected version 1 of the format, got "2"; record it again, or use the backlot that wrote it$/,
    ],
    [`replay web.tape.yaml`, 'replay: expected a program after --, got none; see backlot replay --help'],
    [`replay web.tape.yaml --json -- true`, 'replay: expected --json with --listen, got it alone'],
    [`replay web.tape.yaml --listen -- true`, 'replay: expected a program after -- or --listen, got both'],
    [`replay web.tape.yaml --speed fast -- true`, 'replay: expected --speed none or real, got fast'],
    [
      `replay web.tape.yaml -- no-such-program`,
      'expected a program, got no-such-program, which is not on the PATH',
      127,
    ],
    [
      `replay unknown.tape.yaml -- true`,
      /^unknown\.tape\.yaml: expected a service by one of .*, got gopher a\.test:70$/,
    ],
    ['tape', /^tape: expected one of show, check, diff, scrub, convert, got none/],
    ['tape show nowhere.tape.yaml', 'nowhere.tape.yaml: expected a tape, got none'],
    ['tape show web.tape.yaml --conversation 99', 'tape show: expected a conversation of web.tape.yaml, got 99'],
    ['tape diff web.tape.yaml', 'tape diff: expected two tapes, got 1; see backlot tape diff --help'],
    ['tape scrub -o a b c', 'tape scrub: expected one tape with -o, got 2'],
  ]

  beforeAll(() => {
    studio.write('empty', '')
    studio.write('next.tape.yaml', 'tape: 2\n...\n')
    studio.write('unknown.tape.yaml', 'tape: 1\n---\nconversation: 1\nservice: gopher a.test:70\nturns: []\n...\n')
  })

  test.for(cases)('%s', async ([args, message, status = 2], context) => {
    await recorded(context)
    const outcome = await studio.shell(`$BACKLOT ${args}`)
    expect(outcome).toMatchObject({ status, stdout: '' })
    expect(outcome.stderr).toMatch(/^backlot: .*\n$/)
    if (typeof message === 'string') expect(outcome.stderr).toBe(`backlot: ${message}\n`)
    else expect(outcome.stderr.slice('backlot: '.length, -1)).toMatch(message)
    expect(existsSync(studio.path('a.tape.yaml'))).toBe(false)
  })
})
