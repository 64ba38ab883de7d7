import { once } from 'node:events'
import { request } from 'node:http'
import type { ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSseStreams } from '../../src/graphql/plugins/sse-streams.ts'
import { startApp } from '../testkit/app.ts'
import { settled, standsStill } from '../testkit/waiters.ts'

const PAYLOAD = 'x'.repeat(100_000)

test.each(['/graphql', '/graphql/stream'])(
  'a stop cuts a client of %s that does not read, and does not wait for it',
  async (path) => {
    let made = 0
    const fat: Plugin = {
      onSubscribe: () => ({
        onSubscribeResult: ({ setResult }) =>
          setResult(
            (async function* (): AsyncGenerator<ExecutionResult> {
              for (;;) yield { data: { n: `${(made += 1)} ${PAYLOAD}` } }
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

test('a stream that is silent for 12 s says a comment, and as long as that one is not read no other', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const streams = createSseStreams()
  const reader = streams.single().body.getReader()
  const heard: string[] = []
  const listen = async (): Promise<void> => {
    const { value } = await reader.read()
    if (value) heard.push(Buffer.from(value).toString())
  }
  await listen()
  void listen()
  await vi.advanceTimersByTimeAsync(11_999)
  expect(heard).toEqual([expect.stringMatching(/^retry: /)]) // the opening
  await vi.advanceTimersByTimeAsync(1)
  expect(heard.slice(1)).toEqual([':\n\n'])
  await vi.advanceTimersByTimeAsync(120_000)
  streams.stop()
  for (let n = 0; n < 3; n++) await listen()
  expect(heard).toHaveLength(3)
  expect(vi.getTimerCount()).toBe(0)
})
