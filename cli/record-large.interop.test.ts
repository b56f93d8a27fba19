// A gibibyte down and up: recorded and replayed in as much memory as a small session takes.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Random } from '../net/random.ts'
import { program } from '../scenarios/real/program.ts'
import { commandBelow, peakMemory } from './processes-in-tests.ts'
import { type ShellOptions, Studio } from './studio-in-tests.ts'

let studio: Studio
beforeAll(() => {
  studio = new Studio()
})
afterAll(() => studio?.[Symbol.dispose]())

const gibibyte = 1024 ** 3
const piece = new Random('large').bytes(1024 * 1024)
const bound = 250e6

/** Says a gibibyte, each mebibyte another, to who says `down`; of anybody else it counts what he says. */
async function serve(): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true }, socket => {
    socket.on('error', () => {})
    socket.once('data', first => {
      if (!first.toString('latin1').startsWith('down')) {
        let size = first.length
        socket.on('data', chunk => (size += chunk.length)).on('end', () => socket.end(`${size}\n`))
        return
      }
      let sent = 0
      const send = () => {
        while (sent < gibibyte) {
          const next = Buffer.from(piece)
          next.writeUInt32BE(sent / piece.length)
          sent += next.length
          if (!socket.write(next)) return
        }
        socket.end()
      }
      socket.on('drain', send)
      send()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

function digest(): string {
  const hash = createHash('sha256')
  for (let at = 0; at < gibibyte / piece.length; at++) {
    const next = Buffer.from(piece)
    next.writeUInt32BE(at)
    hash.update(next)
  }
  return hash.digest('hex')
}

/** Looks at the memory of the command while it runs. */
function watched(): { how: ShellOptions; peak: () => number } {
  let peak = 0
  const how: ShellOptions = {
    started(child) {
      const timer = setInterval(() => {
        const pid = commandBelow(child)
        peak = Math.max(peak, (pid && peakMemory(pid)) || 0)
      }, 50)
      child.once('close', () => clearInterval(timer))
    },
  }
  return { how, peak: () => peak }
}

test('a gibibyte crosses a recorder and comes from its tape, in as much memory as a few octets', async context => {
  await program(context, 'nc', 'netcat-openbsd')
  const options = `--real box.test:4000=127.0.0.1:${await serve()}`
  const script = `echo down | nc -N box.test 4000 | sha256sum
head -c ${gibibyte} /dev/zero | nc -N box.test 4000`
  const expected = `${digest()}  -\n${gibibyte}\n`
  const small = watched()
  await studio.record('small.tape.yaml', options, 'echo up | nc -N box.test 4000; sleep 0.2', small.how)
  expect(small.peak()).toBeGreaterThan(20e6)
  const recording = watched()
  const recorded = await studio.record('large.tape.yaml', options, script, recording.how)
  expect(recorded.stdout, recorded.stderr).toBe(expected)
  const replaying = watched()
  const replayed = await studio.replay('large.tape.yaml', script, replaying.how)
  expect(replayed).toEqual({ status: 0, stdout: expected, stderr: '' })
  const peaks = { small: small.peak(), recording: recording.peak(), replaying: replaying.peak() }
  expect(Math.max(...Object.values(peaks)), JSON.stringify(peaks)).toBeLessThan(bound)
}, 180_000)
