import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    globalSetup: ['tests/testkit/global-setup.ts'],
    // Two workers: the machine that CI promises has two cores, and the stores need some of them too.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    allowOnly: false,
  },
})
