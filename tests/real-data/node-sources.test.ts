import { expect, test } from 'vitest'
import { nodeSeries, rewriteSeries, rewriteStatus } from './node-sources.ts'

const parsed = (lines: readonly string[]): unknown[] => lines.map((line) => JSON.parse(line) as unknown)

test('a line of a metric becomes a sample, bytes of five minutes bits a second', () => {
  const csv = 'timestamp,value\n2014-04-10 00:04:00,42.5\r\n2014-04-10 00:09:00,300\n'
  const [cpu, , , network] = nodeSeries
  const time = Date.UTC(2014, 3, 10, 0, 4)
  expect(parsed(rewriteSeries(cpu, csv).lines)).toEqual([
    { time, node_id: cpu.file, cpu_percent: 42.5 },
    { time: time + 300_000, node_id: cpu.file, cpu_percent: 300 },
  ])
  expect(parsed(rewriteSeries(network, csv).lines)).toEqual([
    { time, node_id: network.file, bandwidth_in: 1 },
    { time: time + 300_000, node_id: network.file, bandwidth_in: 8 },
  ])
})

test('a status becomes a sample whose score is the part of the servers that are up', () => {
  const line = JSON.stringify({
    timestamp: 7,
    connections: { active: 3 },
    requests: { total: 9, current: 1 },
    upstreams: { a: { peers: [{ state: 'up' }, { state: 'unhealthy' }] }, b: { peers: [{ state: 'up' }] } },
  })
  expect(parsed(rewriteStatus('n', `${line}\n`).lines)).toEqual([
    {
      time: 7,
      node_id: 'n',
      connections_current: 3,
      health_score: 67,
      metadata: { requests: { total: 9, current: 1 } },
    },
  ])
})
