import { expect, test } from 'vitest'
import { recordingName, rewriteRecording } from './rewrite.ts'

const parsed = (lines: readonly string[]): unknown[] => lines.map((line) => JSON.parse(line) as unknown)

test('a recording becomes a sample each interval, as many as the list of viewers has', () => {
  const json = JSON.stringify({
    stream_title: 'A title',
    interval: 3,
    data: { concurrentViewers: [7, 8], viewCount: [1, 2, 3] },
  })
  const { lines, title, intervalMs } = rewriteRecording('2021-04-20_a_b-c_1618846866.json', json)
  expect({ title, intervalMs }).toEqual({ title: 'A title', intervalMs: 3000 })
  expect(parsed(lines)).toEqual([
    { time: 1_618_846_866_000, internal_name: 'a_b-c', viewer_count: 7 },
    { time: 1_618_846_869_000, internal_name: 'a_b-c', viewer_count: 8 },
  ])
  expect(() => recordingName('LICENSE.txt')).toThrow('not named like a recording')
})
