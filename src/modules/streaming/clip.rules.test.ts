import { expect, test } from 'vitest'
import { ClipStatus } from '../../../generated/prisma/enums.ts'
import { orders } from '../../../tests/testkit/orders.ts'
import { clipAfter, type ClipFact, type ClipState } from './clip.rules.ts'

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 28, 12, 0, second))
const statuses = Object.values(ClipStatus)
const known = (status: ClipStatus): ClipState => ({
  status,
  statusAt: at(20),
  progress: status === 'READY' ? 100 : status === 'REQUESTED' ? 0 : 50,
})
/** What a fact of each status does to a clip of each: told before, at and after the moment of what is known. */
const table: Record<ClipStatus, Record<ClipStatus, [boolean, boolean, boolean]>> = {
  REQUESTED: {
    REQUESTED: [false, false, true],
    PROCESSING: [true, true, true],
    READY: [true, true, true],
    FAILED: [true, true, true],
  },
  PROCESSING: {
    REQUESTED: [false, false, false],
    PROCESSING: [false, false, true],
    READY: [true, true, true],
    FAILED: [true, true, true],
  },
  READY: {
    REQUESTED: [false, false, false],
    PROCESSING: [false, false, false],
    READY: [false, false, true],
    FAILED: [false, false, true],
  },
  FAILED: {
    REQUESTED: [false, false, false],
    PROCESSING: [false, false, false],
    READY: [false, true, true],
    FAILED: [false, false, true],
  },
}

test.each(statuses.flatMap((from) => statuses.map((to) => [from, to] as const)))(
  '%s told %s moves on where the table says',
  (from, status) => {
    const moves = [10, 20, 30].map((second) =>
      clipAfter(known(from), { status, at: at(second), progress: 50 }),
    )
    const { statusAt } = known(from)
    const moved = moves.filter(
      (move) => move !== null && (move.status !== from || +move.statusAt !== +statusAt),
    )
    expect(moves.map((move) => moved.includes(move))).toEqual(table[from][status])
    for (const move of moved) expect(move!.status).toBe(status)
  },
)

const processing = (progress: number): ClipFact => ({ status: 'PROCESSING', at: at(20), progress })

test('of two facts of one moment the one that is further along counts', () => {
  expect(clipAfter(known('PROCESSING'), processing(60))).toMatchObject({ progress: 60 })
  expect(clipAfter(known('PROCESSING'), processing(40))).toBeNull()
})

test('a fact brings all that is known of its status, and nothing of the one before', () => {
  const file = { sizeBytes: 7n, storagePath: 'a/b.mp4' }
  expect(clipAfter(known('PROCESSING'), { status: 'READY', at: at(30), ...file })).toEqual({
    status: 'READY',
    statusAt: at(30),
    progress: 100,
    failure: null,
    failureAt: null,
    sizeAt: at(30),
    pathAt: at(30),
    ...file,
  })
  expect(clipAfter(known('READY'), { status: 'FAILED', at: at(30), failure: 'No disk.' })).toMatchObject({
    failure: 'No disk.',
    sizeBytes: null,
    storagePath: null,
  })
  expect(clipAfter(known('REQUESTED'), { status: 'FAILED', at: at(30) })).toMatchObject({
    failure: 'No reason was told.',
  })
})

test('facts in every order, each twice, make the same clip, also READY before REQUESTED', () => {
  const facts: ClipFact[] = [
    { status: 'REQUESTED', at: at(21) },
    { status: 'PROCESSING', at: at(22), progress: 10 },
    { status: 'PROCESSING', at: at(26), progress: 90 },
    { status: 'FAILED', at: at(23), failure: 'Busy.' },
    { status: 'READY', at: at(25), sizeBytes: 7n },
    { status: 'READY', at: at(24), sizeBytes: 6n, storagePath: 'a/b.mp4' },
  ]
  const ends = orders(facts).map((order) => {
    const state = known('REQUESTED')
    for (const fact of [...order, ...order]) Object.assign(state, clipAfter(state, fact))
    const { status, statusAt, progress, sizeBytes, storagePath, failure } = state
    return [status, statusAt.getUTCSeconds(), progress, sizeBytes, storagePath, failure].join()
  })
  expect(ends).toHaveLength(720)
  expect(new Set(ends)).toEqual(new Set(['READY,25,100,7,a/b.mp4,']))
})

test('a later failure without a reason takes none away', () => {
  const facts: ClipFact[] = [
    { status: 'FAILED', at: at(23), failure: 'Busy.' },
    { status: 'FAILED', at: at(24), failure: 'No disk.' },
    { status: 'FAILED', at: at(25) },
    { status: 'READY', at: at(22), sizeBytes: 7n },
  ]
  const ends = orders(facts).map((order) => {
    const state = known('PROCESSING')
    for (const fact of [...order, ...order]) Object.assign(state, clipAfter(state, fact))
    return [state.status, state.sizeBytes, state.failure].join()
  })
  expect(new Set(ends)).toEqual(new Set(['FAILED,,No disk.']))
})
