import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { storeInMemory } from './tests/testkit/memory-folder.ts'
import { projects } from './tests/testkit/projects.ts'
import { LongestFirst } from './tests/testkit/sequencer.ts'

storeInMemory()

const globalSetup = ['tests/testkit/global-setup.ts']

export default defineConfig({
  resolve: {
    // graphql ships two builds, and a schema of the one is refused by the other: everything here takes the one that Yoga's
    // own files resolve to.
    alias: [
      {
        find: /^graphql$/,
        replacement: fileURLToPath(new URL('node_modules/graphql/index.js', import.meta.url)),
      },
    ],
  },
  test: {
    // One more than the cores that CI promises: files wait for stores and programs for two fifths of their time. With a fourth
    // a run is hardly shorter, and what is waited for comes late.
    maxWorkers: 3,
    // What ends a test that hangs, and nothing that a slow machine meets.
    testTimeout: 120_000,
    // Programs that tests start take what others of them compiled, as with bin/heliograph.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/heliograph', import.meta.url)) },
    hookTimeout: 120_000,
    reporters: ['default', './tests/testkit/slowest-reporter.ts'],
    allowOnly: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Files of one worker share its modules, so that the graph's schema is built once and not in each of them; what a file
      // could leave behind is put back in `leave-nothing.ts`.
      {
        extends: true,
        test: {
          name: 'unit',
          ...projects.unit,
          isolate: false,
          setupFiles: ['tests/testkit/leave-nothing.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'stores',
          ...projects.stores,
          isolate: false,
          setupFiles: ['tests/testkit/leave-nothing.ts'],
          globalSetup,
        },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          ...projects.processes,
          // Each starts programs and commands, whose start takes seconds, and four times that where four do so at a time.
          testTimeout: 240_000,
          hookTimeout: 180_000,
          isolate: false,
          setupFiles: ['tests/testkit/leave-nothing.ts'],
          globalSetup,
        },
      },
    ],
  },
})
