import { once } from 'node:events'
import { request } from 'node:http'
import type { Plugin } from 'graphql-yoga'
import { onTestFinished, test } from 'vitest'
import { startApp } from '../testkit/app.ts'
import { settled } from '../testkit/waiters.ts'

/** More than a network takes that nobody reads from. */
const fat: Plugin = {
  onExecute: () => ({
    onExecuteDone: ({ setResult }) => setResult({ data: { __typename: 'x'.repeat(32 << 20) } }),
  }),
}

test.each([
  ['/graphql', 'application/json'],
  ['/graphql', 'text/event-stream'],
  ['/graphql/stream', 'text/event-stream'],
])(
  'a client of %s that does not read its answer as %s is cut, and a stop does not wait for it',
  async (path, accept) => {
    const program = await startApp({
      plugins: [fat],
      // What cuts a stream that stalls in a drain comes too late here.
      timeouts: { unreadMs: 200, stalledMs: 60_000 },
      settings: { SHUTDOWN_TIMEOUT_MS: '60000' },
    })
    const stalled = request(`${program.url}${path}?query={__typename}`, { headers: { accept } })
    onTestFinished(() => void stalled.destroy())
    stalled.on('error', () => undefined) // the cut
    stalled.end()
    await once(stalled, 'response') // and nobody reads it
    await settled(program.stop(), 10_000, 'the stop')
  },
)
