import { expect, test } from 'vitest'
import { recordingName, rewriteAccessLog, rewriteKafka, rewriteRecording } from './rewrite.ts'

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

test('a line without a time belongs to the record before it', () => {
  const text = '[2016-12-19 16:31:46,143] INFO values: \n\ta = 1\n\n[2016-12-19 16:31:46,200] WARN done (x)\n'
  expect(parsed(rewriteKafka(text).lines)).toEqual([
    { time: '2016-12-19 16:31:46,143', level: 'INFO', message: 'values: \n\ta = 1\n' },
    { time: '2016-12-19 16:31:46,200', level: 'WARN', message: 'done (x)' },
  ])
})

const accessLine = (status: number): string =>
  `192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" ${status} - "-" "an \\"agent\\""`

test('the status of an access log is its level, and the client address stays out', () => {
  const items = parsed(rewriteAccessLog([200, 304, 404, 500].map(accessLine).join('\n')).lines) as {
    level: string
  }[]
  expect(items.map(({ level }) => level)).toEqual(['INFO', 'INFO', 'WARN', 'ERROR'])
  expect(items[2]).toEqual({
    time: '17/May/2015:10:05:03 +0000',
    level: 'WARN',
    message: '[17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 404 - "-" "an \\"agent\\""',
    attributes: { status: '404', method: 'GET' },
  })
})
