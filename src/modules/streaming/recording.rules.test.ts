import { expect, test } from 'vitest'
import type { RecordingStatus } from '../../../generated/prisma/enums.ts'
import { orders } from '../../../tests/testkit/orders.ts'
import { recordingAfter, type RecordingFact, type RecordingState } from './recording.rules.ts'

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 28, 12, 0, second))
/** A recording that began at 10 and ended, where it did, at 20. */
const known = (status: RecordingStatus): RecordingState => ({
  status,
  startedAt: at(10),
  endedAt: status === 'RECORDING' ? null : at(20),
})
const never = [false, false, false] as const
const always = [true, true, true] as const

test.each([
  ['RECORDING', 'RECORDING', never],
  ['RECORDING', 'FINISHED', always],
  ['RECORDING', 'FAILED', always],
  ['FINISHED', 'RECORDING', never],
  ['FINISHED', 'FINISHED', [false, false, true]],
  ['FINISHED', 'FAILED', [false, false, true]],
  ['FAILED', 'RECORDING', never],
  ['FAILED', 'FINISHED', [false, true, true]],
  ['FAILED', 'FAILED', [false, false, true]],
] as const)('%s told %s before, at and after its end moves on: %j', (from, status, expected) => {
  const moves = [15, 20, 25].map((second) => recordingAfter(known(from), { status, at: at(second) }))
  const endedMs = Number(known(from).endedAt)
  const moved = moves.filter(
    (move) => move !== null && (move.status !== from || Number(move.endedAt) !== endedMs),
  )
  expect(moves.map((move) => moved.includes(move))).toEqual(expected)
  for (const move of moved) expect(move!.status).toBe(status)
})

test('the end tells the length and the file; a clock that is behind ends it when it began', () => {
  const file = { sizeBytes: 7n, manifestPath: 'a.m3u8' }
  expect(recordingAfter(known('RECORDING'), { status: 'FINISHED', at: at(25), ...file })).toEqual({
    status: 'FINISHED',
    endedAt: at(25),
    durationMs: 15_000,
    ...file,
    sizeAt: at(25),
    pathAt: at(25),
  })
  expect(recordingAfter(known('RECORDING'), { status: 'FAILED', at: at(5) })).toMatchObject({
    endedAt: at(10),
    durationMs: 0,
    sizeBytes: null,
  })
})

/** What facts make of a recording, in every order and each twice. */
const endsOf = (facts: readonly RecordingFact[]) => {
  const ends = orders(facts).map((order) => {
    const state = known('RECORDING')
    for (const fact of [...order, ...order]) Object.assign(state, recordingAfter(state, fact))
    const { status, endedAt, sizeBytes, manifestPath } = state
    return `${status} ${endedAt!.getUTCSeconds()} ${sizeBytes} ${manifestPath}`
  })
  return [...new Set(ends)]
}
const finished = (second: number, file: Partial<RecordingFact> = {}): RecordingFact => ({
  status: 'FINISHED',
  at: at(second),
  ...file,
})

test('whatever order facts come in, the newest that says one tells each field of the file', () => {
  const early = finished(20, { sizeBytes: 5n, manifestPath: 'early.m3u8' })
  expect(endsOf([early, finished(25)])).toEqual(['FINISHED 25 5 early.m3u8'])
  expect(endsOf([early, finished(22, { sizeBytes: 7n }), finished(25), finished(25)])).toEqual([
    'FINISHED 25 7 early.m3u8',
  ])
  expect(endsOf([finished(22, { sizeBytes: 7n }), finished(22, { sizeBytes: 9n }), finished(22)])).toEqual([
    'FINISHED 22 9 null',
  ])
})

test('a file is of its end: what was told before another end is gone', () => {
  const file = { sizeBytes: 5n, manifestPath: 'a.m3u8' }
  const failed = (second: number, more: Partial<RecordingFact> = {}): RecordingFact => ({
    ...finished(second, more),
    status: 'FAILED',
  })
  expect(endsOf([finished(20, file), failed(25)])).toEqual(['FAILED 25 null null'])
  expect(endsOf([finished(20, file), failed(20)])).toEqual(['FINISHED 20 5 a.m3u8'])
  expect(endsOf([failed(20, file), finished(20), failed(25)])).toEqual(['FAILED 25 null null'])
  expect(endsOf([finished(20, file), failed(25), finished(30)])).toEqual(['FINISHED 30 null null'])
  expect(endsOf([finished(20, file), failed(25), finished(28, { sizeBytes: 6n }), finished(30)])).toEqual([
    'FINISHED 30 6 null',
  ])
  expect(
    endsOf([failed(20, { sizeBytes: 3n }), finished(22, file), failed(24), failed(26, { sizeBytes: 2n })]),
  ).toEqual(['FAILED 26 2 null'])
})
