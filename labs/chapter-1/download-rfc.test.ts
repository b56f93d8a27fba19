import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../../scenarios/real/program.ts'

for (const lab of ['download-rfc.ts', 'download-rfc-by-socket.ts']) {
  test.for([[], ['two thousand'], ['-1'], ['']])(`${lab} given %j asks for a number and exits with 2`, async args => {
    expect(await run(process.execPath, [join(import.meta.dirname, lab), ...args])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'Must supply an RFC number as first argument\n',
    })
  })
}
