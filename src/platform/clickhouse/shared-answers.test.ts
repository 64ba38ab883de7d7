import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { eventually } from '../../../tests/testkit/waiters.ts'
import { trustTenantId, uuidv7, type TenantId } from '../ids.ts'
import type { ClickHouse, QueryOptions } from './client.ts'
import { defineQuery } from './query.ts'
import { shareAnswers } from './shared-answers.ts'
import { p, sql } from './sql.ts'

const [ours, others] = [trustTenantId(uuidv7()), trustTenantId(uuidv7())]
const ask = (tenant: TenantId, of = 'a', shared = true) =>
  defineQuery({
    name: 'test.of',
    tenant,
    shared,
    sql: sql`SELECT ${p.text(of)} AS of WHERE ${p.tenant(tenant)} = ${p.tenant(tenant)}`,
    row: z.object({ of: z.string() }),
  })

/** What would be sent: each question waits until it is answered here. */
const stage = (sharedMs: number) => {
  const sent: { signal: AbortSignal; answer: (rows: object[]) => void; fail: (error: Error) => void }[] = []
  const query = vi.fn((_named: unknown, { signal }: QueryOptions = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<object[]>()
    sent.push({ signal: signal!, answer: resolve, fail: reject })
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
    return promise
  })
  return { sent, shared: shareAnswers({ query } as unknown as ClickHouse, sharedMs) }
}

test('who asks the same while it is under way, or a moment later, gets the same rows', async () => {
  const { sent, shared } = stage(60_000)
  const asked = Array.from({ length: 100 }, () => shared.query(ask(ours)))
  expect(sent).toHaveLength(1)
  sent[0]!.answer([{ of: 'a' }])
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 100 }, () => [{ of: 'a' }]))
  expect(await shared.query(ask(ours))).toEqual([{ of: 'a' }])
  expect(sent).toHaveLength(1)
})

test('another tenant, another value, another limit and what is not shared are each sent', async () => {
  const { sent, shared } = stage(60_000)
  const asked = [
    shared.query(ask(ours)),
    shared.query(ask(others)),
    shared.query(ask(ours, 'b')),
    shared.query(ask(ours), { maxSeconds: 1 }),
    shared.query(ask(ours, 'a', false)),
    shared.query(ask(ours, 'a', false)),
  ]
  expect(sent).toHaveLength(6)
  for (const [index, { answer }] of sent.entries()) answer([{ of: String(index) }])
  expect((await Promise.all(asked)).flat().map(({ of }) => of)).toEqual(['0', '1', '2', '3', '4', '5'])
})

test('an answer grows old, and without a time to keep it only those who waited get it', async () => {
  for (const sharedMs of [30, 0]) {
    const { sent, shared } = stage(sharedMs)
    const first = shared.query(ask(ours))
    sent[0]!.answer([])
    await first
    await eventually(() => {
      void shared.query(ask(ours))
      expect(sent.length).toBe(2)
    })
  }
})

test('a failure is of those who waited for it: the next one asks again', async () => {
  const { sent, shared } = stage(60_000)
  const asked = [shared.query(ask(ours)), shared.query(ask(ours))]
  sent[0]!.fail(new Error('down'))
  for (const each of asked) await expect(each).rejects.toThrow('down')
  const again = shared.query(ask(ours))
  expect(sent).toHaveLength(2)
  sent[1]!.answer([{ of: 'up' }])
  expect(await again).toEqual([{ of: 'up' }])
})

test('who leaves waits no longer, the others are answered, and the last one ends the query', async () => {
  const { sent, shared } = stage(60_000)
  const [one, two] = [new AbortController(), new AbortController()]
  const first = shared.query(ask(ours), { signal: one.signal })
  const second = shared.query(ask(ours), { signal: two.signal })
  one.abort(new Error('gone'))
  await expect(first).rejects.toThrow('gone')
  expect(sent[0]!.signal.aborted).toBe(false)
  two.abort(new Error('gone too'))
  await expect(second).rejects.toThrow('gone too')
  expect(sent[0]!.signal.aborted).toBe(true)

  // What was ended answers nobody who comes later.
  const third = shared.query(ask(ours))
  expect(sent).toHaveLength(2)
  sent[1]!.answer([{ of: 'new' }])
  expect(await third).toEqual([{ of: 'new' }])
})

test('who has left before asking asks nothing', async () => {
  const { sent, shared } = stage(60_000)
  await expect(shared.query(ask(ours), { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow(
    'gone',
  )
  expect(sent).toEqual([])
})
