import { expect, test } from 'vitest'
import type { RecordingStatus } from '../../../generated/prisma/enums.ts'
import { recordingAfter, type RecordingState } from './recording.rules.ts'

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
  expect(moves.map((move) => move !== null)).toEqual(expected)
  for (const move of moves) if (move) expect(move.status).toBe(status)
})

test('the end tells the length and the file; a clock that is behind ends it when it began', () => {
  const file = { sizeBytes: 7n, manifestPath: 'a.m3u8' }
  expect(recordingAfter(known('RECORDING'), { status: 'FINISHED', at: at(25), ...file })).toEqual({
    status: 'FINISHED',
    endedAt: at(25),
    durationMs: 15_000,
    ...file,
  })
  expect(recordingAfter(known('RECORDING'), { status: 'FAILED', at: at(5) })).toMatchObject({
    endedAt: at(10),
    durationMs: 0,
    sizeBytes: null,
  })
})
