import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { anonymous } from '../auth/viewer.ts'
import { AppError } from '../platform/errors.ts'
import { createLogger } from '../platform/logger.ts'
import { createOpenSessions } from './open-sessions.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('credentials are looked up again a few at a time, and no round begins before the last one is over', async () => {
  const calls: { credential: string; finish: (error?: Error) => void }[] = []
  const sessions = createOpenSessions({
    log: createLogger({ level: 'fatal', format: 'json' }),
    authenticate: (credential) =>
      new Promise((resolve, reject) => {
        const finish = (error?: Error): void => (error ? reject(error) : resolve(anonymous))
        calls.push({ credential: String(credential), finish })
      }),
  })
  const closed: string[] = []
  for (let index = 0; index < 6; index += 1)
    sessions.add(`key-${index}`, anonymous, () => closed.push(`key-${index}`))
  await vi.advanceTimersByTimeAsync(20_000)
  expect(calls.map(({ credential }) => credential)).toEqual(['key-0', 'key-1', 'key-2', 'key-3'])
  calls[0]!.finish(new AppError('UNAUTHENTICATED', 'revoked'))
  calls[1]!.finish(new Error('the database is away'))
  await vi.advanceTimersByTimeAsync(0)
  expect(calls.map(({ credential }) => credential).slice(4)).toEqual(['key-4', 'key-5'])
  for (const { finish } of calls) finish()
  expect(closed).toEqual(['key-0'])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(calls).toHaveLength(10) // the next round, begun
  sessions.stop()
})
