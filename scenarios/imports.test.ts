import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, describe as group, test } from 'vitest'

const home = new URL('..', import.meta.url)

/** The modules of this project that code loads, as paths from its top. */
async function loadedBy(code: string): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module'
    const seen = []
    registerHooks({ load: (url, context, next) => { seen.push(url); return next(url, context) } })
    ${code}
    console.log(JSON.stringify(seen))`
  const args = ['--input-type=module', '-e', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: fileURLToPath(home) })
  // What the code itself prints comes before.
  return (JSON.parse(stdout.trim().split('\n').at(-1)!) as string[])
    .filter(url => url.startsWith(home.href))
    .map(url => url.slice(home.href.length))
}

/** The faults, and what they read options and wait for silence with. */
const isOfFaults = (path: string) => /^(faults\/|(net\/(address|duration|turn)|protocols)\.ts$)/.test(path)

test('importing backlot loads its errors, its faults and no network or protocol', async () => {
  const loaded = await loadedBy("await import('./index.ts')")
  expect(loaded.filter(path => !isOfFaults(path))).toEqual(['index.ts', 'net/errors.ts', 'wire/decoder.ts'])
})

test('a network without services loads the network and no protocol', async () => {
  const loaded = await loadedBy(
    "const { createNetwork } = await import('./index.ts'); await (await createNetwork()).close()",
  )
  expect(loaded).toContain('net/network.ts')
  const foreign = loaded.filter(path => !path.startsWith('net/') && path !== 'index.ts' && !isOfFaults(path))
  expect(foreign).toEqual(['wire/decoder.ts', 'wire/x509.ts', 'wire/asn1.ts'])
})

test('a network with one protocol loads that protocol and no other', async () => {
  const loaded = await loadedBy(`
    const { createNetwork, daytime } = await import('./index.ts')
    const network = await createNetwork()
    await network.host('a.example', { time: daytime() })
    await network.close()`)
  const fakes = loaded.filter(path => path.startsWith('fakes/'))
  expect(fakes).toEqual(['fakes/daytime.ts'])
})

test('the default world loads a fake for the first who comes to it, and no other', async () => {
  const loaded = await loadedBy(`
    const { openWorld } = await import('./worlds/open.ts')
    const network = await openWorld()
    const smtp = network.services.find(({ protocol }) => protocol === 'smtp')
    await smtp.state()
    await network.close()`)
  expect(loaded).toContain('fakes/smtp.ts')
  expect(loaded.filter(path => /^fakes\/(http|daytime|tcp|udp)\.ts$/.test(path))).toEqual([])
})

test('backlot/vitest loads the network, and no protocol, tape or trace', async () => {
  // Outside of vitest it cannot begin; by then all is loaded.
  const loaded = await loadedBy("await import('./vitest.ts').catch(() => {})")
  expect(loaded).toContain('vitest/network.ts')
  const own = (path: string) => /^(vitest|net)\/|^(vitest|index)\.ts$/.test(path) || isOfFaults(path)
  const foreign = loaded.filter(path => !own(path) && !path.startsWith('node_modules/'))
  expect(foreign).toEqual([
    'wire/decoder.ts',
    'wire/x509.ts',
    'wire/asn1.ts',
    'tape/blobs.ts',
    'tape/blob-thread.ts',
    'tape/blob-ring.ts',
  ])
})

group('a replay', () => {
  let loaded: string[]
  // Serves a tape and is told to end once it does.
  beforeAll(async () => {
    loaded = await loadedBy(`
    process.on('newListener', name => {
      if (name === 'SIGTERM') setImmediate(() => process.emit('SIGTERM'))
    })
    const { command } = await import('./cli/replay.ts')
    await command.run(['fixtures/smtp/postfix-plain.tape.yaml', '--listen', '--json'])`)
  })

  test('loads no module that dials', () => {
    const tapes = loaded.filter(path => path.startsWith('tape/'))
    expect(tapes).toEqual(expect.arrayContaining(['tape/replay.ts', 'tape/walk.ts', 'tape/lookup.ts']))
    const dialling = ['recorder', 'recording', 'relay', 'reals', 'reenact', 'outside', 'hand-over'].map(
      name => `tape/${name}.ts`,
    )
    expect(tapes.filter(path => dialling.includes(path))).toEqual([])
  })

  test('loads no file of tape/ that has to do with sockets', () => {
    const sockets = /from 'node:(net|tls|dgram|dns|http|https|http2)(\/|')/
    const wrong = loaded
      .filter(path => path.startsWith('tape/'))
      .filter(path => sockets.test(readFileSync(new URL(path, home), 'utf8')))
    expect(wrong).toEqual([])
  })
})
