import { live } from '../../ingest/live.ts'
import { newestOf, recent } from '../../ingest/newest.ts'
import { viewerSamples } from './viewer-samples.dataset.ts'
import { viewersTopic, type ViewersDigest } from './viewers.topics.ts'

/**
 * Samples that were stored, as the latest of each key; history is left out. Rows of one insert have one
 * ingested_at, so of two of one instant a query takes the greater event_id, as `newestOf` does.
 */
export const viewersLive = live(viewerSamples, viewersTopic, (rows, nowMs): ViewersDigest | undefined => {
  const latest = newestOf(recent(rows, nowMs), (row) =>
    JSON.stringify([row.internal_name, row.node_id, row.country_code, row.connection_type]),
  )
  const samples = Array.from(latest.values(), (row): ViewersDigest['samples'][number] => [
    row.internal_name,
    row.node_id,
    row.country_code,
    row.connection_type,
    row.time,
    row.viewer_count,
  ])
  return samples.length > 0 ? { ingestedAtMs: nowMs, samples } : undefined
})
