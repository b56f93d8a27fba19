// How a program runs inside the network: who it is, what it sees, its terminal and signals, and that nothing is left.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OrdinaryCopy, ordinaryCopy } from './ordinary-copy.ts'

let copy: OrdinaryCopy
/** Everybody's folder for temporary files here, so that nobody else's stand in it. */
let temporary: string
beforeAll(async () => {
  copy = ordinaryCopy()
  temporary = await mkdtemp('/tmp/backlot-temporary-')
  await chmod(temporary, 0o777)
})
afterAll(async () => {
  copy?.remove()
  await rm(temporary, { recursive: true, force: true })
})

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** Starts a shell line as root or as an ordinary user; `$BACKLOT` in it is the command. */
function start(user: string, line: string): ChildProcess {
  const script = `cd / && export TMPDIR=${temporary} && BACKLOT=${copy.bin}; ${line}`
  return user === 'root' ? spawn('/bin/bash', ['-c', script]) : spawn('su', [user, '-s', '/bin/bash', '-c', script])
}

async function finish(child: ChildProcess, input = '') {
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', chunk => (stdout += chunk))
  child.stderr!.setEncoding('utf8').on('data', chunk => (stderr += chunk))
  child.stdin!.on('error', () => {}).end(input)
  const [status] = await once(child, 'close')
  return { status, stdout, stderr }
}

const inside = (user: string, script: string) => finish(start(user, `$BACKLOT run -- /bin/bash -c ${quote(script)}`))

/** Processes below a process, in the order of their making. */
function below(pid: number): number[] {
  const children = (parent: number): number[] =>
    readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .filter(name => field(name, 1) === String(parent))
      .map(Number)
  const direct = children(pid)
  return [...direct, ...direct.flatMap(below)]
}

/** A field of /proc/PID/stat after the name. */
function field(pid: string | number, index: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ')[index]
  } catch {
    return undefined
  }
}

const alive = (pid: number) => ![undefined, 'Z', 'X'].includes(field(pid, 0))

/** What of this machine must be as it was. */
function machine() {
  const show = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8' })
  return {
    routes: show('ip', 'route', 'show', 'table', 'all'),
    links: show('ip', '-br', 'link'),
    mounts: readFileSync('/proc/self/mounts', 'utf8'),
    resolver: readFileSync('/etc/resolv.conf', 'utf8'),
    hostName: readFileSync('/proc/sys/kernel/hostname', 'utf8'),
    temporary: readdirSync(temporary),
  }
}

const users = userInfo().uid === 0 ? ['root', 'nobody'] : [userInfo().username]

describe.each(users)('run by %s', user => {
  const itself = execFileSync('id', [user], { encoding: 'utf8' }).match(/^uid=(\d+)\((\w+)\) gid=(\d+)/)!

  test('the program has its own name, home and groups, and the capabilities that it would have', async () => {
    const { stdout } = await inside(user, 'id -u; id -un; id -g; echo ~; grep CapEff /proc/self/status')
    const capabilities = user === 'root' ? /CapEff:\t0*[1-9a-f]/ : /CapEff:\t0+$/m
    const home = execFileSync('getent', ['passwd', user], { encoding: 'utf8' }).split(':')[5]!
    expect(stdout.split('\n').slice(0, 4)).toEqual([itself[1], itself[2], itself[3], home])
    expect(stdout).toMatch(capabilities)
  })

  test('the machine has the name, the hosts file and the resolver of the network', async () => {
    const { stdout } = await inside(
      user,
      'hostname; hostname -f; cat /etc/resolv.conf; getent hosts localhost | head -1',
    )
    expect(stdout).toMatch(/^debian6box\ndebian6box\.localdomain\.loc\nnameserver 192\.168\.1\.1\n\S+\s+localhost/)
  })

  test('the environment leads past the network nowhere and shows nothing of ours', async () => {
    const line = `unset BACKLOT_TEST_NODES; export http_proxy=http://127.0.0.1:9 ALL_PROXY=x SSL_CERT_DIR=/nowhere KEPT='a b'; $BACKLOT run -- env`
    const { stdout } = await finish(start(user, line))
    expect(stdout).not.toMatch(/proxy|NODE_CHANNEL|BACKLOT_(?!TLS_CERT)|SSL_CERT_DIR/i)
    expect(stdout).toMatch(/^KEPT=a b$/m)
    expect(stdout).toMatch(/^SSL_CERT_FILE=\/etc\/.*$/m)
  })

  test.each([
    ['its own status', 'exit 37', 37],
    ['a signal', 'kill -KILL $$', 137],
    ['a signal that has a core', 'kill -SEGV $$', 139],
  ])('the exit status tells of %s', async (_what, script, status) => {
    expect((await inside(user, script)).status).toBe(status)
  })

  test.each([
    ['not on the PATH', 'no-such-program', 127],
    ['not executable', '/etc/passwd', 126],
    ['a folder', '/etc/', 126],
  ])('a program that is %s is one line and the status that a shell gives', async (what, program, status) => {
    const outcome = await finish(start(user, `$BACKLOT run -- ${program}`))
    expect(outcome).toMatchObject({ status, stdout: '' })
    expect(outcome.stderr).toMatch(/^backlot: expected a program, got \S+, which .*\n$/)
    expect(what).toBeTruthy()
  })

  test('what code of a world throws by itself is told at the end and ends nothing', async () => {
    const folder = await mkdtemp('/tmp/backlot-run-')
    try {
      await chmod(folder, 0o755)
      await writeFile(`${folder}/a.mjs`, "setImmediate(() => { throw new Error('ouch') })\nexport default {}\n")
      const outcome = await finish(start(user, `$BACKLOT run --world ${folder}/a.mjs -- echo fine`))
      expect(outcome).toMatchObject({ status: 0, stdout: 'fine\n' })
      expect(outcome.stderr).toContain('backlot: a bug in a fake: Error: ouch')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('a host inside a black hole answers on every port that it has', async () => {
    const folder = await mkdtemp('/tmp/backlot-run-')
    try {
      await chmod(folder, 0o755)
      const world =
        'hosts: { dark.example: { addresses: [192.0.2.7], services: { daytime: {}, http: { folder: . } } } }'
      await writeFile(`${folder}/a.yaml`, world)
      const script = 'for port in 13 80 443; do : < /dev/tcp/192.0.2.7/$port && echo $port; done'
      const outcome = await finish(start(user, `$BACKLOT run --world ${folder}/a.yaml -- bash -c ${quote(script)}`))
      expect(outcome).toEqual({ status: 0, stdout: '13\n80\n443\n', stderr: '' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('a closed stdin, a closed stdout and a pipe that nobody reads harm nothing', async () => {
    expect((await finish(start(user, '$BACKLOT run -- cat <&-'))).status).toBe(0)
    expect((await finish(start(user, '$BACKLOT run -- true >&- 2>&-'))).status).toBe(0)
    const { stdout, stderr } = await finish(start(user, '$BACKLOT run -- yes | head -1; echo $PIPESTATUS'))
    expect({ stdout, stderr }).toEqual({ stdout: 'y\n141\n', stderr: '' })
  })

  test('two runs at once know nothing of each other', async () => {
    const script =
      'exec 3<>/dev/tcp/www.linux.org/80 && /usr/bin/python3 -c "import socket; socket.create_server((\'0.0.0.0\', 80))" && hostname'
    const both = await Promise.all([inside(user, script), inside(user, script)])
    for (const outcome of both) expect(outcome).toMatchObject({ status: 0, stdout: 'debian6box\n' })
  })

  test.each(['104.130.43.121', '2001:db8:85a3::b81a:63d6:135b', '127.0.0.1'])(
    'a port of %s that nobody serves refuses, each time',
    async address => {
      const { stdout } = await inside(
        user,
        `/usr/bin/python3 - <<'END'
import socket
family = socket.AF_INET6 if ':' in '${address}' else socket.AF_INET
results = set()
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    for n in range(50):
        s = socket.socket(family, kind)
        s.settimeout(3)
        try:
            s.connect(('${address}', 464))
            s.send(b'x')
            s.recv(1)
        except OSError as e:
            results.add(type(e).__name__)
print(results)
END`,
      )
      expect(stdout).toBe("{'ConnectionRefusedError'}\n")
    },
  )

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)(
    '%s reaches the program once',
    async signal => {
      const name = signal.slice(3)
      const script = `n=0; trap 'n=$((n+1))' ${name}; echo ready; while [ $n = 0 ]; do sleep 0.1; done; sleep 0.6; echo $n; exit 4`
      const child = start(user, `exec $BACKLOT run -- /bin/bash -c ${quote(script)}`)
      await once(child.stdout!, 'data')
      const pid = user === 'root' ? child.pid! : below(child.pid!)[0]!
      process.kill(pid, signal)
      expect(await finish(child)).toMatchObject({ status: 4, stdout: '1\n' })
    },
  )

  test('a terminal is the program’s: its size and modes, one Ctrl-C, job control', async () => {
    const bin = copy.bin
    const count = `import signal,time
n=[]
signal.signal(signal.SIGINT, lambda *_: n.append(1))
print("armed", flush=True)
while not n: time.sleep(0.05)
time.sleep(0.6)
print("count=%d" % len(n))
exit(9)`
    const steps = [
      [`bind 'set enable-bracketed-paste off'; PS1='out'; PS1+='> '\r`, '\nout> '],
      ['stty rows 33 columns 99; before=$(stty -a)\r', '\nout> '],
      [`[ "$(${bin} run -- stty -a </dev/tty)" = "$before" ] && echo 'sa''me'\r`, '\nsame\r\nout> '],
      [`count=${quote(count)}; clear\r`, 'clear.*out> '],
      [`${bin} run -- /usr/bin/python3 -c "$count"\r`, '\narmed'],
      ['\x03', 'count=1\r\nout> '],
      ['echo st=$?\r', '\nst=9\r\nout> '],
      [`${bin} run -- bash --norc --noprofile -i\r`, 'bash-[0-9.]+[$#] '],
      [`bind 'set enable-bracketed-paste off'; PS1='in'; PS1+='> '\r`, '\nin> '],
      ['stty size\r', '\n33 99\r\nin> '],
      [`bash -c 'echo g''o; exec sleep 100'\r`, '\ngo\r'],
      ['\x1a', 'Stopped.*in> '],
      ['jobs; fg\r', 'Stopped.*Stopped|sleep 100'],
      ['\x03', 'in> '],
      ['exit 5\r', 'out> '],
      ['echo st=$?\r', '\nst=5\r\nout> '],
      [`${bin} run -- bash -c 'echo g''o; exec sleep 100'\r`, '\ngo\r'],
      ['\x1a', 'Stopped.*out> '],
      ['fg\r', 'exec sleep 100'],
      ['\x03', 'out> '],
      ['echo st=$?\r', '\nst=130\r\nout> '],
      [`${bin} run -- stty -echo; stty -a\r`, ' -echo '],
    ]
    const line = `/usr/bin/python3 ${join(copy.folder, 'cli/fixtures/terminal.py')} ${quote(JSON.stringify(steps))} bash --norc --noprofile -i`
    expect(await finish(start(user, line))).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  test('nothing is left when the program ends, also of what it left running', async () => {
    const before = machine()
    const child = start(user, `exec $BACKLOT run -- /bin/bash -c 'setsid sleep 1000 & echo ready; read'`)
    await once(child.stdout!, 'data')
    const tree = below(child.pid!)
    expect(tree.length).toBeGreaterThan(5)
    expect(await finish(child, '\n')).toMatchObject({ status: 0 })
    expect(tree.filter(alive)).toEqual([])
    expect(machine()).toEqual(before)
  })

  test('nothing is left when any one of the processes is killed', async () => {
    const before = machine()
    let killed = 0
    for (let index = 0, count = 1; index < count; index++) {
      const child = start(user, `exec $BACKLOT run -- /bin/bash -c 'setsid sleep 1000 & echo ready; sleep 1000'`)
      await once(child.stdout!, 'data')
      const tree = [child.pid!, ...below(child.pid!)].slice(user === 'root' ? 0 : 1)
      count = tree.length
      const name = readFileSync(`/proc/${tree[index]}/cmdline`, 'latin1').replaceAll('\0', ' ')
      process.kill(tree[index]!, 'SIGKILL')
      killed++
      // The daemon that the program left is nobody's concern but its own.
      if (name.startsWith('sleep 1000')) process.kill(tree[0]!, 'SIGKILL')
      await finish(child)
      await expect.poll(() => tree.filter(alive), { timeout: 5000, message: `after ${name} was killed` }).toEqual([])
    }
    expect(killed).toBeGreaterThan(6)
    expect(machine()).toEqual(before)
  })
})
