// Protocols that are not known, recorded as octets: servers and clients that we did not write, as an ordinary user.

import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, describe as group, test } from 'vitest'
import { Authority } from '../net/authority.ts'
import { Random } from '../net/random.ts'
import { startMemcached } from '../scenarios/real/memcached.ts'
import { startMosquitto } from '../scenarios/real/mosquitto.ts'
import { postgresPath, startPostgres } from '../scenarios/real/postgres.ts'
import { program, run } from '../scenarios/real/program.ts'
import { startRedis } from '../scenarios/real/redis.ts'
import { startSshd } from '../scenarios/real/sshd.ts'
import { quote, recordAndReplay, Studio, undated, withEnd } from './studio-in-tests.ts'

let studio: Studio
beforeAll(() => {
  studio = new Studio()
})
afterAll(() => studio?.[Symbol.dispose]())

const authority = new Authority(label => new Random(label))
const certificate = (name: string) => {
  studio.write('authority.pem', authority.pem)
  return authority.issue({ names: [name] })
}

group('Redis', () => {
  const commands = ['SET greeting "good day"', 'GET greeting', 'LPUSH list a b c', 'LRANGE list 0 -1', 'GET nowhere']

  test('commands one by one and through a pipe are answered again, INCR with each of its results', async context => {
    const cli = await program(context, 'redis-cli', 'redis-tools')
    const server = await startRedis(await program(context, 'redis-server', 'redis-server'))
    const { real, stop } = withEnd(server)
    // A young server still orders its tables of commands, a step with each look-up, and lists them as they are: redis-cli
    // asks for that list, and of COMMAND's own table only COMMAND looks anything up.
    await run(cli, ['-p', `${server.port}`, '-r', '100', 'COMMAND', 'COUNT'])
    const script = `count() { redis-cli -h redis.test INCR counter; }
count; count; count
printf '%s\\n' ${commands.map(each => `'${each}'`).join(' ')} | redis-cli -h redis.test
redis-cli -h redis.test NONSENSE`
    const { stdout, status } = await recordAndReplay(studio, {
      name: 'redis',
      options: `--real redis.test:6379=${real}`,
      script,
      reset: () => run(cli, ['-p', `${server.port}`, 'FLUSHALL']),
      stop,
    })
    expect(status).toBe(0)
    expect(stdout).toMatch(/^1\n2\n3\nOK\ngood day\n3\nc\nb\na\n/)
    expect(undated(studio.read('redis.tape.yaml'))).toBe(undated(studio.read('redis-again.tape.yaml')))
  })

  test('many commands in one segment are answered in one, and the client ends its side first', async context => {
    const { real, stop } = withEnd(await startRedis(await program(context, 'redis-server', 'redis-server')))
    await program(context, 'nc', 'netcat-openbsd')
    const { stdout } = await recordAndReplay(studio, {
      name: 'redis-pipelined',
      options: `--real redis.test:6379=${real}`,
      script: `for i in $(seq 500); do printf 'SET key%d value%d\\r\\n' $i $i; done | nc -N redis.test 6379`,
      stop,
      // Whether the client's end comes before the first answer is a matter of luck.
      isNewEachTime: true,
    })
    expect(stdout).toBe('+OK\r\n'.repeat(500))
  })

  test.for([
    ['with the name of the server', '--sni redis.test', /^ {2}- tls: redis.test$/m],
    ['without a name', '', /^ {2}- tls: ""$/m],
  ] as const)('a client that speaks TLS %s is recorded in the clear', async ([, sni, turn], context) => {
    await program(context, 'redis-cli', 'redis-tools')
    const path = await program(context, 'redis-server', 'redis-server')
    const { real, stop } = withEnd(await startRedis(path, { certificate: certificate('redis.test') }))
    const { stdout, tape } = await recordAndReplay(studio, {
      name: 'redis-tls',
      options: `--real redis.test:6379=${real} --real-ca authority.pem`,
      script: `for i in 1 2; do redis-cli --tls --cacert $SSL_CERT_FILE ${sni} -h redis.test ECHO good; done`,
      stop,
    })
    expect(stdout).toBe('good\ngood\n')
    expect(tape).toMatch(turn)
    expect(tape).toContain('ECHO')
  })
})

group('PostgreSQL', () => {
  const query = "select 'good day' as greeting, i * i as square from generate_series(1, 30) as i; select 1 / 0"
  const script = `psql -X -v VERBOSITY=terse "host=db.test user=ann dbname=postgres $SSL" -c ${quote(query)}; echo status $?
printf '%s\\n' 'create table fruit (name text);' "insert into fruit values ('pear'), (null);" 'table fruit;' '\\d fruit' 'drop table fruit;' |
  psql -X "host=db.test user=ann dbname=postgres $SSL"`

  test.for([
    ['without TLS', 'sslmode=disable', false],
    ['that would have liked TLS', '', false],
    ['under TLS with a server that nobody knows', 'sslmode=require', true],
    ['under TLS with a server that it knows', 'sslmode=verify-full sslrootcert=$SSL_CERT_FILE', true],
  ] as const)('psql %s is answered again', async ([, ssl, hasTls], context) => {
    await program(context, 'psql', 'postgresql-client')
    const path = postgresPath() ?? context.skip('needs postgres: apt install postgresql')
    const { real, stop } = withEnd(await startPostgres(path, hasTls ? { certificate: certificate('db.test') } : {}))
    const { stdout, tape } = await recordAndReplay(studio, {
      name: 'postgres',
      options: `--real db.test:5432=${real} --real-ca authority.pem`,
      script: `SSL="${ssl}"\n${script}`,
      stop,
      // The number and key by which a query may be given up, and those of tables.
      isNewEachTime: true,
    })
    expect(stdout).toContain('good day |    900')
    expect(stdout).toMatch(/status 1\n.*CREATE TABLE.*Table "public.fruit"/s)
    if (hasTls) expect(tape).toMatch(/^ {2}- tls: db.test$/m)
    else expect(tape).not.toContain('tls')
  })
})

group('memcached', () => {
  const session = `set greeting 0 0 8\r
good day\r
get greeting\r
incr counter 1\r
set counter 0 0 1\r
7\r
incr counter 1\r
incr counter 1\r
quit\r
`
  test.for([
    ['in one segment', 'nc memcached.test 11211'],
    ['in one segment, and ends its side', 'nc -N memcached.test 11211'],
    [
      'octet by octet',
      `/usr/bin/python3 -c "
import socket, sys
with socket.create_connection(('memcached.test', 11211)) as s:
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in sys.stdin.buffer.read(): s.send(bytes([octet]))
    while data := s.recv(4096): sys.stdout.write(data.decode())"`,
    ],
  ] as const)('a client that writes %s is answered again', async ([how, client], context) => {
    const { real, stop } = withEnd(await startMemcached(await program(context, 'memcached', 'memcached')))
    studio.write('memcached.txt', session)
    const { stdout } = await recordAndReplay(studio, {
      name: 'memcached',
      options: `--real memcached.test:11211=${real}`,
      script: `${client} <memcached.txt`,
      reset: () => studio.shell(`printf 'flush_all\\r\\nquit\\r\\n' | nc -N ${real.replace(':', ' ')}`),
      stop,
      // How far the client has come when an answer does is a matter of luck.
      isNewEachTime: how !== 'in one segment',
    })
    expect(stdout).toContain('VALUE greeting 0 8\r\ngood day\r\nEND\r\nNOT_FOUND\r\nSTORED\r\n8\r\n9\r\n')
  })
})

group('MQTT', () => {
  test.for([false, true])('what was published and kept is heard again; under TLS: %s', async (hasTls, context) => {
    for (const name of ['mosquitto_pub', 'mosquitto_sub']) await program(context, name, 'mosquitto-clients')
    const path = await program(context, 'mosquitto', 'mosquitto')
    const { real, stop } = withEnd(
      await startMosquitto(path, hasTls ? { certificate: certificate('broker.test') } : {}),
    )
    const tls = hasTls ? '--cafile $SSL_CERT_FILE' : ''
    const { stdout, tape } = await recordAndReplay(studio, {
      name: 'mosquitto',
      options: `--real broker.test:${hasTls ? 8883 : 1883}=${real} --real-ca authority.pem`,
      script: `mosquitto_pub -h broker.test ${tls} -i ann -q 1 -t weather/today -m sunny -r || exit
mosquitto_sub -h broker.test ${tls} -i bob -t 'weather/#' -v -C 1 -W 10`,
      stop,
      // Which side is the first to end after DISCONNECT is a matter of luck.
      isNewEachTime: true,
    })
    expect(stdout).toBe('weather/today sunny\n')
    expect(tape.includes('tls: broker.test')).toBe(hasTls)
  })
})

group('SSH', () => {
  const script =
    'ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null ssh.test true'

  test('a session is refused while it is recorded: the link is reset, and the reason is told', async context => {
    await program(context, 'ssh', 'openssh-client')
    const { real } = withEnd(await startSshd(await program(context, 'sshd', 'openssh-server')))
    const outcome = await studio.record('ssh.tape.yaml', `--real ssh.test:22=${real}`, script)
    expect(outcome.status).toBe(255)
    expect(outcome.stderr).toMatch(/reset by peer/i)
    expect(outcome.stderr).toMatch(
      /^backlot: tcp ssh.test:22 is not on the tape: an SSH session is encrypted with keys that are new each time.*$/m,
    )
    const excused = await studio.record('ssh.tape.yaml', `--real ssh.test:22=${real}`, `${script} || true`)
    expect(excused.status).toBe(1)
    expect(existsSync(studio.path('ssh.tape.yaml'))).toBe(false)
  })

  test('a tape with a session on it is refused with the reason', async () => {
    studio.write(
      'banner.tape.yaml',
      `tape: 1
hosts:
  ssh.test: 198.18.0.1
---
conversation: 1
service: tcp ssh.test:22
turns:
  - server:
      lines: |
        SSH-2.0-OpenSSH_9.2p1
  - client:
      lines: |
        SSH-2.0-OpenSSH_9.2p1
...
`,
    )
    const checked = await studio.shell('$BACKLOT tape check banner.tape.yaml')
    expect(checked.status).toBe(1)
    expect(checked.stdout).toMatch(/^banner.tape.yaml:8: this cannot be replayed: an SSH session is encrypted/)
    const replayed = await studio.replay('banner.tape.yaml', 'nc -N ssh.test 22 </dev/null')
    expect(replayed.status).toBe(2)
    expect(replayed.stderr).toMatch(/^backlot: banner.tape.yaml:8: expected what can be replayed, but an SSH session/)
  })
})
