import { expect, test } from 'vitest'
import { metricPoints } from '../modules/metrics/metric-points.dataset.ts'
import { metricPointsBetween } from './metrics.ts'
import { createWorld } from './world.ts'

const HOUR = 3_600_000
const start = Date.UTC(2026, 4, 12, 18)
const world = createWorld(7)

test('however a span is cut, its points are the same, and ingest takes each', () => {
  const all = metricPointsBetween(world, start, start + HOUR, 'history')
  const cuts = [0, 2_000, 90_001, 1_800_000, HOUR]
  const parts = cuts
    .slice(1)
    .flatMap((to, at) => metricPointsBetween(world, start + cuts[at]!, start + to, 'history'))
  expect(parts).toEqual(all)
  expect(new Set(all.map(({ event_id }) => event_id)).size).toBe(all.length)
  expect(all.filter((point) => !metricPoints.schema.safeParse(point).success)).toEqual([])
})

test('a counter rises and begins anew when its service is released, and at no other time', () => {
  const points = metricPointsBetween(world, start, start + 6 * HOUR, 'history').filter(
    ({ kind, labels }) => kind === 'counter' && labels['http.response.status_code'] === '200',
  )
  const series = Map.groupBy(
    points,
    ({ service, host, labels }) => `${service} ${host} ${labels['http.route']}`,
  )
  expect(series.size).toBe(7)
  for (const own of series.values())
    expect(own.filter(({ value }, at) => at > 0 && value < own[at - 1]!.value)).toHaveLength(3)
})
