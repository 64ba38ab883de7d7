import { viewerSamples } from '../../src/modules/audience/viewer-samples.dataset.ts'
import type { ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { linesOf } from './facts.ts'

export type TestSample = {
  readonly tenant: TenantId
  /** Milliseconds since the Unix epoch. */
  readonly time: number
  readonly stream: string
  readonly viewers: number
  readonly node?: string
  readonly country?: string
  readonly type?: string
  readonly city?: string
  readonly latitude?: number
  readonly longitude?: number
  readonly quality?: number | null
  readonly buffer?: number | null
  readonly bandwidth?: number | null
  readonly eventId?: string
}

/** Stores samples of any tenants in one insert, as the writer does. */
export const storeSamples = (
  clickHouse: ClickHouse,
  samples: readonly TestSample[],
  token: string = uuidv7(),
): Promise<void> => {
  const lines = samples.flatMap(
    ({
      tenant,
      time,
      stream,
      viewers,
      node = 'n1',
      country = 'DE',
      type = 'hls',
      eventId = uuidv7(),
      ...more
    }) =>
      linesOf(viewerSamples, tenant, [
        {
          event_id: eventId,
          time,
          internal_name: stream,
          viewer_count: viewers,
          node_id: node,
          country_code: country,
          connection_type: type,
          city: more.city ?? '',
          latitude: more.latitude ?? 0,
          longitude: more.longitude ?? 0,
          connection_quality: more.quality ?? undefined,
          buffer_health: more.buffer ?? undefined,
          bandwidth: more.bandwidth ?? undefined,
        },
      ]),
  )
  return clickHouse.insertRows(viewerSamples.name, viewerSamples.columns, lines, token)
}
