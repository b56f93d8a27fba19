// A recorder that is killed in the middle: what was through is on the tape, and replays.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Random } from '../net/random.ts'
import { checkTape } from '../tape/check.ts'
import { loadForms } from '../tape/forms.ts'
import { TapeFile } from '../tape/tape-file.ts'
import { below, commandBelow } from './processes-in-tests.ts'
import { Studio } from './studio-in-tests.ts'

let studio: Studio
const servers: net.Server[] = []
let options = ''
beforeAll(async () => {
  studio = new Studio()
  studio.write('client.py', client)
  servers.push(
    net.createServer(socket => {
      socket.on('error', () => {})
      const lines = createInterface(socket).on('error', () => {})
      lines.on('line', line => socket.write(`answer to ${line}\n`))
    }),
    createHttp(({ url }, response) => {
      // Now and then a page that lies in a file beside the tape.
      const number = Number(/\d+/.exec(url!)?.[0])
      response.end(number % 20 === 7 ? `${url} `.repeat(4000) : `page ${url}\n`)
    }),
  )
  const ports: number[] = []
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    ports.push((server.address() as AddressInfo).port)
  }
  options = `--real box.test:4000=127.0.0.1:${ports[0]} --real www.test:80=127.0.0.1:${ports[1]}`
})
afterAll(() => {
  for (const server of servers) server.close()
  studio?.[Symbol.dispose]()
})

/** Asks both servers in turn, on links that stay open and on new ones, and says what is through. */
const client = `import http.client, socket, sys
count = int(sys.argv[1])
kept = socket.create_connection(('box.test', 4000))
lines = kept.makefile('rw')
web = http.client.HTTPConnection('www.test')
for number in range(count):
    lines.write('%d\\n' % number)
    lines.flush()
    assert lines.readline() == 'answer to %d\\n' % number
    web.request('GET', '/%d' % number)
    answer = web.getresponse().read().decode()
    assert answer == ('page /%d\\n' % number if number % 20 != 7 else ('/%d ' % number) * 4000), answer
    if number % 10 == 3:
        with socket.create_connection(('box.test', 4000)) as once:
            once.sendall(b'once %d\\n' % number)
            assert once.recv(100) == b'answer to once %d\\n' % number
    print(number, flush=True)
`

/** Records until it is killed, and gives the last number that was through some time before. */
async function recordAndKill(tape: string, random: Random): Promise<number> {
  const line = `cd ${studio.folder} && exec ${studio.copy.bin} record -o ${tape} ${options} -- /usr/bin/python3 client.py 1000000`
  const user = userInfo().uid === 0 ? ['su', 'nobody', '-s', '/bin/bash', '-c', line] : ['/bin/bash', '-c', line]
  const child = spawn(user[0]!, user.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const closed = once(child, 'close')
  const through: { number: number; at: number }[] = []
  const lines = createInterface(child.stdout!).on('line', text =>
    through.push({ number: Number(text), at: performance.now() }),
  )
  await once(lines, 'line')
  await setTimeout(random.below(400))
  const recorder = commandBelow(child)!
  const killed = performance.now()
  const all = [child.pid!, ...below(child.pid!)]
  for (const pid of random.below(2) === 0 ? [recorder] : all) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it has ended by itself
    }
  }
  await closed
  // A turn is in the file 50 ms after it was said; this machine may be busy.
  return through.findLast(({ at }) => at < killed - 200)?.number ?? -1
}

const seed = 3
const runs = 50

test('at any moment it leaves a tape that can be read, with all that was through, and it replays', async () => {
  const forms = await loadForms()
  const one = async (index: number) => {
    const tape = `killed-${index}.tape.yaml`
    const last = await recordAndKill(tape, new Random(`${seed} ${index}`))
    using file = new TapeFile(studio.path(tape))
    const findings = checkTape(file, forms).filter(({ kind }) => kind === 'problem')
    const where = `run ${index} of seed ${seed}`
    for (const { message } of findings) expect(message, where).toContain('expected a last line ... (three dots)')
    // What the client asked first on the link that stays open, and what it was answered.
    const { turns } = file.conversation(0)
    const said = turns.flatMap(turn => (turn.kind === 'said' ? [`${turn.from}: ${turn.value}`.trim()] : []))
    const whole = Math.floor(said.length / 2)
    expect(whole, where).toBeGreaterThan(last)
    const expected = Array.from({ length: whole }, (_, at) => [`client: ${at}`, `server: answer to ${at}`]).flat()
    expect(said.slice(0, 2 * whole), where).toEqual(expected)
    if (index % 5 > 0) return
    const shown = await studio.shell(`$BACKLOT tape show ${tape} | tail -1; exit $PIPESTATUS`)
    expect(shown.status, shown.stderr).toBe(0)
    const through = Math.max(1, last)
    const replayed = await studio.replay(tape, `/usr/bin/python3 client.py ${through}`)
    expect(replayed, where).toMatchObject({ status: 0 })
    expect(replayed.stdout.split('\n')).toHaveLength(through + 1)
  }
  let next = 0
  const worker = async () => {
    while (next < runs) await one(next++)
  }
  await Promise.all([worker(), worker(), worker()])
}, 240_000)
