import { once } from 'node:events'
import { request } from 'node:http'
import type { ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSseStreams } from '../../src/graphql/plugins/sse-streams.ts'
import { startApp } from '../testkit/app.ts'
import { answerWith } from '../testkit/event-stream.ts'
import { eventually, settled, standsStill } from '../testkit/waiters.ts'

const PAYLOAD = 'x'.repeat(100_000)
/** Many of them are in what a connection holds before it says to wait. */
const SMALL = 'x'.repeat(1_000)

test.each([
  ['/graphql', PAYLOAD],
  ['/graphql', SMALL],
  ['/graphql/stream', PAYLOAD],
  ['/graphql/stream', SMALL],
])(
  'a stop cuts a client of %s that does not read, however small its events, and does not wait for it',
  async (path, payload) => {
    let made = 0
    const fat: Plugin = {
      onSubscribe: () => ({
        onSubscribeResult: ({ setResult }) =>
          setResult(
            (async function* (): AsyncGenerator<ExecutionResult> {
              for (;;) yield { data: { n: `${(made += 1)} ${payload}` } }
            })() as never,
          ),
      }),
    }
    const program = await startApp({ plugins: [fat], timeouts: { stalledMs: 50 } })
    const { key } = await program.seed.tenant()
    const stalled = request(`${program.url}${path}`, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
      },
    })
    onTestFinished(() => void stalled.destroy())
    stalled.on('error', () => undefined) // the cut
    stalled.end(JSON.stringify({ query: 'subscription { tenantViewers { viewers } }' }))
    await once(stalled, 'response') // and nobody reads it
    expect(await standsStill(() => made)).toBeGreaterThan(1)
    await settled(program.stop(), 5_000, 'the stop')
  },
)

test('a stream that is silent for 12 s says a comment, and one whose client does not read says none', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const streams = createSseStreams()
  const [silent, stalled] = [streams.single(), streams.single()]
  const heard: string[] = []
  const answer = await answerWith(silent)
  const reading = (async () => {
    for await (const part of answer.read()) heard.push(part.toString())
  })()
  await answerWith(stalled)
  await stalled.run(undefined, () =>
    Promise.resolve(
      (async function* (): AsyncGenerator<ExecutionResult> {
        for (;;) yield { data: { payload: PAYLOAD } }
      })(),
    ),
  )
  const unsent = await standsStill(() => stalled.outbox.unsent)
  vi.advanceTimersByTime(11_999)
  await eventually(() => expect(heard).toEqual([expect.stringMatching(/^retry: /)])) // the opening
  vi.advanceTimersByTime(1)
  await eventually(() => expect(heard.slice(1)).toEqual([':\n\n']))
  expect(stalled.outbox.unsent).toBe(unsent)
  streams.stop()
  await reading
  expect(heard).toHaveLength(2)
  expect(vi.getTimerCount()).toBe(0)
})
