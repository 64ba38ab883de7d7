import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './tests/testkit/sequencer.ts'

/** Which files a project has is told by their folder or their name; `tests/contract/projects.test.ts` finds one that is in none. */
export const projects = {
  /** Needs no store and starts none: the inner loop. */
  unit: {
    include: ['src/**/*.test.ts', 'tests/{contract,real-data}/**/*.test.ts'],
    exclude: ['src/**/*.stores.test.ts'],
  },
  /** Against the real stores of the run, with a database, a prefix or a tenant of its own. */
  stores: {
    include: ['src/**/*.stores.test.ts', 'tests/{graph,integration,limits,realtime,walls}/**/*.test.ts'],
    exclude: [],
  },
  /** Starts whole programs. */
  processes: { include: ['tests/{processes,browser}/**/*.test.ts'], exclude: [] },
} as const

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
    // Two workers: the machine that CI promises has two cores, and the stores need some of them too.
    maxWorkers: 2,
    testTimeout: 30_000,
    // Programs that tests start take what others of them compiled, as with bin/heliograph.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/heliograph', import.meta.url)) },
    hookTimeout: 60_000,
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
          ...spread(projects.unit),
          isolate: false,
          setupFiles: ['tests/testkit/leave-nothing.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'stores',
          ...spread(projects.stores),
          isolate: false,
          setupFiles: ['tests/testkit/leave-nothing.ts'],
          globalSetup,
        },
      },
      { extends: true, test: { name: 'processes', ...spread(projects.processes), globalSetup } },
    ],
  },
})

function spread(files: { include: readonly string[]; exclude: readonly string[] }) {
  return { include: [...files.include], exclude: [...files.exclude] }
}
