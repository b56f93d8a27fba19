import net from 'node:net'
import { expect, test } from 'vitest'
import { drive } from '../fakes/session.ts'
import { Network } from '../net/network.ts'
import type { ServiceDescription } from '../net/service.ts'
import { LineDecoder } from '../wire/line-decoder.ts'

const large = Buffer.alloc(64 * 1024, 'x')

/** Answers each line with 64 KiB. */
function generous(state: { answered: number }): ServiceDescription<{ answered: number }> {
  return {
    protocol: 'daytime',
    load: async () => () => ({
      state,
      ports: [{ port: 13, transport: 'tcp' }],
      accept(connection) {
        drive(connection, new LineDecoder({ protocol: 'daytime' }), {
          receive() {
            state.answered++
            return { reply: large }
          },
        })
      },
    }),
  }
}

test('a peer that does not read its answers is not answered for ever, and gets them all when it reads', async () => {
  await using network = new Network()
  const state = { answered: 0 }
  const { daytime: fake } = await network.host('time.example', { daytime: generous(state) })
  const questions = 2000
  const socket = net.connect({ ...fake.endpoint, allowHalfOpen: true })
  socket.pause()
  const written = new Promise<void>(resolve => socket.end('?\n'.repeat(questions), resolve))
  await written
  let before = -1
  // What the system's buffers take is answered; then it stands still, far from all.
  while (before !== state.answered) {
    before = state.answered
    for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve))
  }
  expect(state.answered).toBeLessThan(questions / 2)
  let received = 0
  for await (const chunk of socket) received += chunk.length
  expect(received).toBe(questions * large.length)
})
