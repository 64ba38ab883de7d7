import { live } from '../../ingest/live.ts'
import { freshness } from '../../platform/freshness.ts'
import { viewerSamples } from './viewer-samples.dataset.ts'
import { viewersTopic, type ViewersDigest } from './viewers.topics.ts'

/** Samples that were stored, as the latest of each key; history is left out. */
export const viewersLive = live(viewerSamples, viewersTopic, (rows, nowMs): ViewersDigest | undefined => {
  const latest = new Map<string, ViewersDigest['samples'][number]>()
  for (const row of rows) {
    if (row.time < nowMs - freshness.liveHorizonMs) continue
    const { internal_name, node_id, country_code, connection_type, time, viewer_count } = row
    const key = JSON.stringify([internal_name, node_id, country_code, connection_type])
    // The later of two samples of one instant wins, as the greatest ingested_at does in a query.
    if (time >= (latest.get(key)?.[4] ?? 0))
      latest.set(key, [internal_name, node_id, country_code, connection_type, time, viewer_count])
  }
  return latest.size > 0 ? { ingestedAtMs: nowMs, samples: [...latest.values()] } : undefined
})
