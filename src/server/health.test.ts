import type { ServerResponse } from 'node:http'
import { expect, test, vi } from 'vitest'
import { createHealth } from './health.ts'

/** What a load balancer is told: the status, and the body as text. */
const ask = async (health: ReturnType<typeof createHealth>): Promise<[number, string]> => {
  let status = 0
  let body = ''
  await health.ready({
    writeHead: (code: number) => (status = code),
    end: (text: string) => (body = text),
  } as unknown as ServerResponse)
  return [status, body]
}

test('however many ask at once and within a second, the stores are asked once; the phase is told at once', async () => {
  vi.useFakeTimers()
  try {
    let asked = 0
    const health = createHealth({
      stores: {
        slow: async () => {
          asked += 1
          if (asked > 1) throw new Error('away')
        },
      },
      ingest: { lag: async () => ({}), health: () => ({}) } as never,
    })
    health.setPhase('ready')
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(health)))
    expect(new Set(answers.map(([status]) => status))).toEqual(new Set([200]))
    await vi.advanceTimersByTimeAsync(999)
    expect((await ask(health))[0]).toBe(200)
    expect(asked).toBe(1)
    health.setPhase('draining')
    expect(await ask(health)).toEqual([503, expect.stringContaining('draining')])
    health.setPhase('ready')
    await vi.advanceTimersByTimeAsync(1)
    expect(await ask(health)).toEqual([503, expect.stringContaining('degraded')])
    expect(asked).toBe(2)
  } finally {
    vi.useRealTimers()
  }
})
