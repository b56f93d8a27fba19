import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, onTestFinished, test } from 'vitest'
import { createNetwork, http, smtp } from '../index.ts'
import type { Network } from '../net/network.ts'
import { expect } from '../vitest.ts'
import { Project } from './in-tests.ts'

const limits = { timeout: 60_000 }

/** Stands for the world outside: reached by its real ports alone. */
async function realServers() {
  const network: Network = await createNetwork()
  onTestFinished(() => network.close())
  const answers = { price: 42 }
  const { api } = await network.host('api.example', {
    api: http(request => Response.json({ path: new URL(request.url).pathname, ...answers })),
  })
  const { mail } = await network.host('smtp.example', { mail: smtp({ users: { ada: 'lovelace' } }) })
  const at = (port: number, { endpoints }: { endpoints: typeof api.endpoints }) =>
    JSON.stringify(endpoints.find(each => each.port === port)!.real)
  return {
    api,
    mail,
    answers,
    authority: JSON.stringify(network.authority.pem),
    web: at(80, api),
    webTls: at(443, api),
    smtp: at(587, mail),
  }
}

const folder = (project: Project) => project.path('__tapes__/shop.test.ts')
const tapes = (project: Project) => (existsSync(folder(project)) ? readdirSync(folder(project)).sort() : [])
const read = (project: Project, name: string) => readFileSync(`${folder(project)}/${name}.tape.yaml`, 'utf8')

describe('the tape of a test', () => {
  test('is missing in CI, recorded elsewhere, and played from then on without the servers', limits, async () => {
    const real = await realServers()
    const project = new Project({
      'shop.test.ts': `
        import { expect, test } from 'backlot/vitest'
        import nodemailer from 'nodemailer'

        const json = async url => await (await fetch(url)).json()
        test('shows the price', async ({ tape }) => {
          await tape.play({ from: { 'api.example:80': ${real.web}, 'api.example:443': ${real.webTls} }, authorities: [${real.authority}] })
          expect(await json('http://api.example/one')).toEqual({ path: '/one', price: 42 })
          expect(await json('https://api.example/two')).toEqual({ path: '/two', price: 42 })
          expect(tape).toHaveNoUnusedTurns()
        })
        test('mail > Log in & send', async ({ tape }) => {
          await tape.play({ from: { 'smtp.example:587': ${real.smtp} }, authorities: [${real.authority}] })
          const auth = { user: 'ada', pass: 'lovelace' }
          const transport = nodemailer.createTransport({ host: 'smtp.example', port: 587, auth })
          const sent = await transport.sendMail({ from: 'ada@smtp.example', to: 'bob@example.net', text: 'hello' })
          expect(sent.accepted).toEqual(['bob@example.net'])
        })
      `,
    })
    const inCi = await project.run({ env: { CI: 'true' } })
    expect(inCi.status).toBe(1)
    expect(inCi.output).toContain(
      'UsageError: expected the tape __tapes__/shop.test.ts/shows-the-price.tape.yaml, got none, and CI is set: nothing ' +
        'is recorded there; run the test once without CI and commit the file',
    )
    expect(tapes(project)).toEqual([])

    const recorded = await project.run()
    expect(recorded.output).toContain(
      'backlot: 5 turns in 2 conversations recorded on __tapes__/shop.test.ts/shows-the-price.tape.yaml',
    )
    expect(recorded.status).toBe(0)
    const names = tapes(project)
    expect(names).toEqual([
      expect.stringMatching(/^mail-Log-in-send-[0-9a-f]{6}\.tape\.yaml$/),
      'shows-the-price.tape.yaml',
    ])
    expect(read(project, 'shows-the-price')).toContain('body: \'{"path":"/two","price":42}\'')
    expect(read(project, names[0]!.replace('.tape.yaml', ''))).not.toMatch(/lovelace|bG92ZWxhY2U/)
    const [requests, mails] = [real.api.count, real.mail.delivered.length]
    expect([requests, mails]).toEqual([2, 1])

    const played = await project.run({ env: { CI: 'true' } })
    expect(played.output).toContain('Tests  2 passed (2)')
    expect(played.status).toBe(0)
    expect([real.api.count, real.mail.delivered.length]).toEqual([requests, mails])
  })

  test('is recorded again by -u, and left as it is where nothing has changed', limits, async () => {
    const real = await realServers()
    const project = new Project({
      'shop.test.ts': `
        import { expect, test } from 'backlot/vitest'
        test('price', async ({ tape }) => {
          await tape.play({ from: { 'api.example:80': ${real.web} } })
          const { price } = await (await fetch('http://api.example/')).json()
          console.log('price ' + price + ', ' + tape.mode)
        })
      `,
    })
    expect((await project.run()).output).toContain('price 42, recording')
    const first = read(project, 'price')
    const same = await project.run({ args: ['-u'] })
    expect(same.output).toContain('price 42, recording')
    expect(read(project, 'price')).toBe(first)
    real.answers.price = 43
    expect((await project.run()).output).toContain('price 42, playing')
    const update = await project.run({ args: ['-u'] })
    expect(update.output).toContain('price 43, recording')
    expect(update.status).toBe(0)
    expect(read(project, 'price')).toContain('"price":43')
    expect(tapes(project)).toEqual(['price.tape.yaml'])
  })

  test('of what is outside is recorded past the network that stands for it', limits, async () => {
    const real = await realServers()
    const { port } = JSON.parse(real.web)
    const project = new Project({
      'shop.test.ts': `
        import { expect, test } from 'backlot/vitest'
        test('price', async ({ tape, network }) => {
          await tape.play({ from: { '127.0.0.1:${port}/http': 'outside' } })
          expect(network.reach({ address: '127.0.0.1', port: ${port} }, 'tcp').outcome).toBe('served')
          expect(await (await fetch('http://127.0.0.1:${port}/')).json()).toEqual({ path: '/', price: 42 })
        })
      `,
    })
    const { status, output } = await project.run()
    expect(output).toContain('2 turns in 1 conversation recorded')
    expect(status).toBe(0)
    expect(real.api.count).toBe(1)
  })

  test('is not written by a test that fails, nor by one in which nothing was said', limits, async () => {
    const real = await realServers()
    const project = new Project({
      'shop.test.ts': `
        import { expect, test } from 'backlot/vitest'
        const from = { 'api.example:80': ${real.web} }
        test('fails', async ({ tape }) => {
          await tape.play({ from })
          await fetch('http://api.example/')
          expect(1).toBe(2)
        })
        test('says nothing', async ({ tape }) => {
          await tape.play({ from })
        })
        test('names a server that is not there', async ({ tape }) => {
          await tape.play({ from: { 'api.example:80': '127.0.0.1:1' } })
          await fetch('http://api.example/').catch(() => {})
        })
        test('names nothing to record', async ({ tape }) => {
          await tape.play()
        })
        test('plays twice', async ({ tape }) => {
          await tape.play({ from }).catch(() => {})
          await tape.play({ from })
        })
        test('does not believe the server', async ({ tape }) => {
          await tape.play({ from: { 'api.example:443': ${real.webTls} } })
          await fetch('https://api.example/').catch(() => {})
        })
      `,
    })
    const { status, output } = await project.run()
    expect(status).toBe(1)
    expect(output).toContain('Tests  6 failed (6)')
    expect(output).toContain(
      'UsageError: expected the test to speak with api.example:80, got nothing said, and no tape was written\n',
    )
    expect(output).toContain('got: http api.example:80 at 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1')
    expect(output).toContain(
      'UsageError: expected the tape __tapes__/shop.test.ts/names-nothing-to-record.tape.yaml, got none, nor what to ' +
        "record it from; name the real servers: await tape.play({ from: { 'api.example.com:443': 'outside' } })",
    )
    expect(output).toContain('UsageError: expected tape.play() once in a test, got it again')
    expect(output).toContain('name its authority by authorities: [PEM], or believe everybody by insecure: true')
    expect(existsSync(project.path('__tapes__'))).toBe(false)
  })

  test('fails its test by a miss, also one that the code swallows, and shows the nearest turn', limits, async () => {
    const real = await realServers()
    const text = (path: string) => `
      import { expect, test } from 'backlot/vitest'
      test('price', async ({ tape }) => {
        await tape.play({ from: { 'api.example:80': ${real.web} } })
        await fetch('http://api.example${path}').catch(() => {})
      })
      test('turns', async ({ tape }) => {
        await tape.play({ from: { 'api.example:80': ${real.web} } })
        if (tape.mode === 'recording') await fetch('http://api.example/')
        expect(tape).toHaveNoUnusedTurns()
      })
    `
    const project = new Project({ 'shop.test.ts': text('/price') })
    await project.run()
    project.write('shop.test.ts', text('/prize'))
    const { status, output } = await project.run()
    expect(status).toBe(1)
    expect(output).toContain('MissError: __tapes__/shop.test.ts/price.tape.yaml: miss at http api.example:80')
    expect(output).toMatch(/- GET \/price HTTP\/1\.1\n\s+\+ GET \/prize HTTP\/1\.1/)
    expect(output).toContain("to record it again: npx vitest run shop.test.ts -t '^price$' -u")
    expect(output).toContain(
      'toHaveNoUnusedTurns: expected every turn of the client on the tape to be used, but 1 was not, the first at ',
    )
  })

  test('of another protocol is refused, as is a bad name for what to record', limits, async () => {
    const real = await realServers()
    const text = (from: string) => `
      import { expect, test } from 'backlot/vitest'
      test('price', async ({ tape }) => {
        await tape.play({ from: ${from} })
        await fetch('http://api.example:8080/')
      })
    `
    const project = new Project({ 'shop.test.ts': text(`{ 'api.example:8080/http': ${real.web} }`) })
    expect((await project.run()).status).toBe(0)
    project.write('shop.test.ts', text(`{ 'api.example:8080/smtp': ${real.web} }`))
    const other = await project.run()
    expect(other.output).toContain(
      'UsageError: expected smtp at api.example:8080 on the tape __tapes__/shop.test.ts/price.tape.yaml, got http; ' +
        'record it again by vitest run -u, or say api.example:8080/http',
    )
    const wrong: [string, string][] = [
      ["{ 'api.example': '127.0.0.1:80' }", 'got the name "api.example"'],
      ["{ 'api.example:80/gopher': '127.0.0.1:80' }", 'got "api.example:80/gopher"'],
      ["{ 'api.example:80': 'nowhere' }", 'got "nowhere" for api.example:80'],
    ]
    const tests = wrong.map(([from], at) => `test('${at}', async ({ tape }) => { await tape.play({ from: ${from} }) })`)
    project.write('shop.test.ts', `import { test } from 'backlot/vitest'\n${tests.join('\n')}`)
    const { output } = await project.run()
    for (const [, message] of wrong) expect(output).toContain(message)
  })
})

describe('obsolete tapes', () => {
  const text = (...titles: string[]) =>
    titles
      .map(
        title => `test('${title}', async ({ tape, skip }) => {
          if ('${title}' === 'skips itself') skip()
          await tape.play()
        })`,
      )
      .join('\n')
  const head = "import { test } from 'backlot/vitest'\n"
  const tape = 'tape: 1\nepoch: 2015-03-15T12:09:16.000Z\n...\n'

  test(
    'are reported, an error in CI, and removed by -u; those of tests that did not run are spared',
    limits,
    async () => {
      const project = new Project({ 'shop.test.ts': head + text('one', 'two', 'skips itself') })
      mkdirSync(folder(project), { recursive: true })
      for (const name of ['one', 'two', 'skips-itself', 'gone'])
        writeFileSync(`${folder(project)}/${name}.tape.yaml`, tape)
      mkdirSync(`${folder(project)}/gone.tape`)

      const reported = await project.run()
      expect(reported.output).toContain(
        'backlot: 1 obsolete tape that no test plays; vitest run -u removes them:\n' +
          '  __tapes__/shop.test.ts/gone.tape.yaml',
      )
      expect(reported.status).toBe(0)
      const inCi = await project.run({ env: { CI: 'true' } })
      expect(inCi.output).toContain(
        'expected no obsolete tape, got some that no test plays:\n  __tapes__/shop.test.ts/gone.tape.yaml',
      )
      expect(inCi.status).toBe(1)
      const partial = await project.run({ args: ['-t', 'one', '-u'] })
      expect(partial.output).toContain('backlot: 1 obsolete tape removed')
      expect(tapes(project)).toEqual(['one.tape.yaml', 'skips-itself.tape.yaml', 'two.tape.yaml'])
      project.write('shop.test.ts', head + text('skips itself').replace('await tape.play()', ''))
      expect((await project.run({ args: ['-u'] })).output).toContain('backlot: 2 obsolete tapes removed')
      expect(tapes(project)).toEqual(['skips-itself.tape.yaml'])
    },
  )

  test('two tests of one name are told to differ', limits, async () => {
    const project = new Project({ 'shop.test.ts': head + text('one', 'one') })
    mkdirSync(folder(project), { recursive: true })
    writeFileSync(`${folder(project)}/one.tape.yaml`, tape)
    const { output } = await project.run()
    expect(output).toContain('expected a name of its own for each test with a tape, got "one" again')
    expect(output).toContain('Tests  1 failed | 1 passed (2)')
  })
})
