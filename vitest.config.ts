import { defineConfig, type ViteUserConfigExport } from 'vitest/config'

const common = { environment: 'node' as const, pool: 'forks' as const }

const config: ViteUserConfigExport = defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'offline',
          include: ['{wire,net,fakes,capture,clients,scenarios,cli,worlds,docs,labs,tape,faults,vitest}/**/*.test.ts'],
          exclude: ['**/*.interop.test.ts', '**/*.real.test.ts'],
          // Only what hangs is to fail by it, on whatever machine.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          ...common,
          name: 'interop',
          include: ['{scenarios,cli,capture,worlds,net,tape}/**/*.interop.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...common,
          name: 'real',
          include: ['scenarios/**/*.real.test.ts'],
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
})

export default config
