import { expect, test } from 'vitest'
import { checkItem } from '../../ingest/dataset.ts'
import type { Pipeline } from '../../ingest/batches.ts'
import { trustTenantId } from '../../platform/ids.ts'
import { viewerSamples } from './viewer-samples.dataset.ts'
import { viewersLive } from './viewers.live.ts'
import { viewersTopic } from './viewers.topics.ts'

const tenant = trustTenantId('0198c0de-0000-7000-8000-000000000001')
const id = '0198c0de-0000-7000-8000-00000000000a'
const greaterId = '0198c0de-0000-7000-8000-00000000000b'
const now = Date.parse('2026-01-31T12:00:00.000Z')
const sample = { time: now, internal_name: 'talk', viewer_count: 3 }

const lineOf = (value: unknown, eventId = id): unknown[] => {
  const checked = checkItem(viewerSamples, value, now)
  if ('error' in checked) throw new Error(checked.error.message)
  return JSON.parse(viewerSamples.toLine(tenant, checked.item, eventId)) as unknown[]
}

/** What is published of stored lines, and for whom. */
const told = (lines: readonly unknown[][]): unknown => {
  const published: unknown[] = []
  viewersLive.tell(lines, now)?.(
    {
      publishStateIn: (_pipeline, of, topic, payload) => void published.push([of, topic, payload]),
      publishFactsIn: () => expect.unreachable(),
      skipFactsIn: () => expect.unreachable(),
      watched: () => expect.unreachable(),
    },
    tenant,
    undefined as unknown as Pipeline,
    'token',
  )
  return published[0]
}

test('what is told of stored samples is the latest per key, the same for the same rows, without history', () => {
  const lines = [
    lineOf({ ...sample, viewer_count: 1, time: now - 2000 }),
    lineOf({ ...sample, viewer_count: 2, time: now - 1000 }),
    lineOf({ ...sample, viewer_count: 3, time: now - 1000 }, greaterId),
    lineOf({ ...sample, viewer_count: 9, node_id: 'edge' }),
    lineOf({ ...sample, viewer_count: 7, node_id: 'old', time: now - 3_600_000 }),
  ]
  const digest = {
    ingestedAtMs: now,
    samples: [
      ['talk', '', 'ZZ', '', now - 1000, 3],
      ['talk', 'edge', 'ZZ', '', now, 9],
    ],
  }
  expect(told(lines)).toEqual([tenant, viewersTopic, digest])
  expect(told([...lines, ...lines])).toEqual([tenant, viewersTopic, digest])
  // Of two samples of one instant the one with the greater id, in whatever order they stand.
  expect(told([lines[2]!, lines[1]!, lines[3]!])).toEqual([tenant, viewersTopic, digest])
  expect(viewersTopic.payload.parse(digest)).toEqual(digest)
  expect(told(lines.slice(4))).toBeUndefined()
})
