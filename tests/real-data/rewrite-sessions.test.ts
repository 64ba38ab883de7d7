import { expect, test } from 'vitest'
import { parseCsv } from './csv.ts'
import { categoryAndVideo, rewriteSession, rewriteStalls, sessionName } from './rewrite-sessions.ts'

const parsed = (lines: readonly string[]): unknown[] => lines.map((line) => JSON.parse(line) as unknown)
const name = '210320_0951-50Mbps-4g-medium-ed_2s-RobustMPC.csv'

test('a session becomes a sample for each chunk, from its start and as far apart as its video', () => {
  const csv = 'bitrate,player_state\n300,steady\n750,buffering\n'
  const startMs = Date.UTC(2021, 2, 20, 1, 51)
  const player = { internal_name: '210320_0951-50Mbps-4g-medium-ed_2s-RobustMPC' }
  expect(parsed(rewriteSession(name, csv).lines)).toEqual([
    { time: startMs, ...player, bitrate_kbps: 300, buffer_state: 'FULL' },
    { time: startMs + 2_000, ...player, bitrate_kbps: 750, buffer_state: 'RECOVER' },
  ])
  expect(() => sessionName('LICENSE.txt')).toThrow('not named like a session')
})

test('a session has as many dry buffers as buffering events, within its length, and one without has none', () => {
  const header = 'run_id,run_start,run_length,vid_category,yt_id,pl_buffering_events,pl_buffering_boolean'
  const csv = `${header}\r\na,100.5,50,funny cats,x-1,2,True\r\nb,200,50,music,y,0,False\r\n`
  const { lines, streams } = rewriteStalls(csv)
  const a = { internal_name: 'funny_cats:x-1', node_id: 'a' }
  expect(parsed(lines)).toEqual([
    { ...a, time: 100_500, buffer_state: 'FULL', issues: '2 buffering events' },
    { ...a, time: 110_500, buffer_state: 'DRY' },
    { ...a, time: 120_500, buffer_state: 'FULL' },
    { ...a, time: 130_500, buffer_state: 'DRY' },
    { ...a, time: 140_500, buffer_state: 'FULL' },
    { internal_name: 'music:y', node_id: 'b', time: 200_000, buffer_state: 'FULL' },
  ])
  expect(streams.map(categoryAndVideo)).toEqual([
    ['funny_cats', 'x-1'],
    ['music', 'y'],
  ])
})

test('a row that does not fit its header is an error, never a cell in the wrong column', () => {
  expect(parseCsv('a,b\r\n1,2\r\n')).toEqual([{ a: '1', b: '2' }])
  expect(() => parseCsv('a,b\n1\n')).toThrow('Row 1')
  expect(() => parseCsv('a,b\n"1,2"\n')).toThrow('Row 1')
})
