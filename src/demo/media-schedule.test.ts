import { expect, test } from 'vitest'
import { uuidv7 } from '../platform/ids.ts'
import { clipStageAt, recordingEndOf } from './media-schedule.ts'

const asked = Date.UTC(2026, 10, 28, 12)

/** Tells a clip's stages as they are due every two seconds, and how it was told each time. */
const lived = () => {
  const clip = {
    id: uuidv7(),
    createdAt: new Date(asked),
    status: 'REQUESTED' as 'REQUESTED' | 'PROCESSING' | 'READY' | 'FAILED',
    progress: 0,
    durationMs: 30_000n,
  }
  const told = []
  for (
    let at = asked;
    at < asked + 60_000 && clip.status !== 'READY' && clip.status !== 'FAILED';
    at += 2_000
  ) {
    const event = clipStageAt(clip, 'studio', at)
    if (!event) continue
    told.push(event)
    clip.progress = event.progress!
    clip.status = event.status.toUpperCase() as typeof clip.status
  }
  return told
}

test('a clip waits, makes progress in steps that are told once each, and is ready or has failed', () => {
  const ends = Array.from({ length: 200 }, () => {
    const told = lived()
    const progress = told.map((event) => event.progress!)
    expect(progress).toEqual([...new Set(progress)])
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect(new Set(told.map(({ event_id }) => event_id)).size).toBe(told.length)
    expect(told[0]!.time).toBe(asked + 6_000)
    const last = told.at(-1)!
    expect(last).toMatchObject(
      last.status === 'ready'
        ? { progress: 100, size_bytes: 11_250_000, path: expect.stringContaining('.mp4') as string }
        : { status: 'failed', message: expect.stringContaining('no video') as string },
    )
    return last.status
  })
  expect(ends.filter((end) => end === 'ready').length).toBeGreaterThan(100)
  expect(ends.filter((end) => end === 'failed').length).toBeGreaterThan(3)
})

test('what was told and is not known yet is told again as the same event', () => {
  const clip = {
    id: uuidv7(),
    createdAt: new Date(asked),
    status: 'REQUESTED',
    progress: 0,
    durationMs: 1n,
  } as const
  const [one, two] = [8_000, 9_000].map((passed) => clipStageAt(clip, 'studio', asked + passed)!.event_id)
  expect(one).toBe(two)
})

test('a recording ends after half an hour', () => {
  const recording = { id: uuidv7(), startedAt: new Date(asked) }
  expect(recordingEndOf(recording, 'studio', asked + 1_799_999)).toBeUndefined()
  expect(recordingEndOf(recording, 'studio', asked + 1_800_000)).toMatchObject({
    status: 'finished',
    size_bytes: 675_000_000,
  })
})
