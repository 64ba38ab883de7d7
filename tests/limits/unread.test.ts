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

test('a client that does not read its answer is cut, and a stop does not wait for it', async () => {
  const program = await startApp({
    plugins: [fat],
    timeouts: { unreadMs: 200 },
    settings: { SHUTDOWN_TIMEOUT_MS: '60000' },
  })
  const stalled = request(`${program.url}/graphql?query={__typename}`)
  onTestFinished(() => void stalled.destroy())
  stalled.on('error', () => undefined) // the cut
  stalled.end()
  await once(stalled, 'response') // and nobody reads it
  await settled(program.stop(), 10_000, 'the stop')
})
