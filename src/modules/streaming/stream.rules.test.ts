import { expect, test } from 'vitest'
import { StreamStatus } from '../../../generated/prisma/enums.ts'
import { orders } from '../../../tests/testkit/orders.ts'
import { acts, afterFact, moved, type StreamFact, type StreamState } from './stream.rules.ts'

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 28, 12, 0, second))
const statuses = Object.values(StreamStatus)
/** A stream that went on the air at 10, and off it or to its end at 20. */
const states: Record<StreamStatus, StreamState> = {
  OFFLINE: { status: 'OFFLINE', statusAt: at(20), startedAt: at(10), endedAt: at(20) },
  LIVE: { status: 'LIVE', statusAt: at(20), startedAt: at(20), endedAt: null },
  ENDED: { status: 'ENDED', statusAt: at(20), startedAt: at(10), endedAt: at(20) },
}

test('start and end lead where the table says, and nowhere else', () => {
  const table = statuses.map((from) => [from, acts.start[from], acts.end[from]])
  expect(table).toEqual([
    ['OFFLINE', 'LIVE', 'ENDED'],
    ['LIVE', undefined, 'ENDED'],
    ['ENDED', 'LIVE', undefined],
  ])
})

test('a move to LIVE begins a broadcast, one from LIVE ends it, and no other touches its times', () => {
  for (const from of statuses)
    expect(moved(states[from], 'LIVE', at(30))).toMatchObject({ startedAt: at(30), endedAt: null })
  for (const to of ['OFFLINE', 'ENDED'] as const) {
    expect(moved(states.LIVE, to, at(30))).toMatchObject({ status: to, startedAt: at(20), endedAt: at(30) })
    expect(moved(states.OFFLINE, to, at(30))).toMatchObject({ startedAt: at(10), endedAt: at(20) })
  }
})

test('a clock that is behind ends a broadcast when it began, and turns no status back', () => {
  expect(moved(states.LIVE, 'ENDED', at(5))).toEqual({ ...states.LIVE, status: 'ENDED', endedAt: at(20) })
})

const told = (from: StreamStatus, status: StreamFact['status'], second: number) =>
  afterFact(states[from], { status, at: at(second) })

test.each([
  ['OFFLINE', 'LIVE', [null, 'LIVE', 'LIVE']],
  ['OFFLINE', 'OFFLINE', [null, null, 'OFFLINE']],
  ['LIVE', 'OFFLINE', [null, null, 'OFFLINE']],
  ['LIVE', 'LIVE', [null, null, 'LIVE']],
  ['ENDED', 'LIVE', [null, null, null]],
  ['ENDED', 'OFFLINE', [null, null, null]],
] as const)('%s told %s before, at and after its moment becomes %j', (from, status, expected) => {
  const after = [15, 20, 25].map((second) => told(from, status, second)?.status ?? null)
  expect(after).toEqual(expected)
})

test('the same status told again moves no time of the broadcast', () => {
  expect(told('LIVE', 'LIVE', 25)).toEqual({ ...states.LIVE, statusAt: at(25) })
})

test('facts in every order, each twice, lead to the same status', () => {
  const facts: StreamFact[] = [
    { status: 'LIVE', at: at(21) },
    { status: 'OFFLINE', at: at(24) },
    { status: 'LIVE', at: at(26) },
    { status: 'OFFLINE', at: at(26) },
    { status: 'OFFLINE', at: at(23) },
  ]
  const ends = orders(facts).map((order) => {
    const end = [...order, ...order].reduce((state, fact) => afterFact(state, fact) ?? state, states.OFFLINE)
    return `${end.status} ${end.statusAt.toISOString()}`
  })
  expect(ends).toHaveLength(120)
  expect([...new Set(ends)]).toEqual([`LIVE ${at(26).toISOString()}`])
})
