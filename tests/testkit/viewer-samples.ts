import type { ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'

export type TestSample = {
  readonly tenant: TenantId
  /** Milliseconds since the Unix epoch. */
  readonly time: number
  readonly stream: string
  readonly viewers: number
  readonly node?: string
  readonly country?: string
  readonly type?: string
  readonly eventId?: string
}

const columns = [
  'tenant_id',
  'event_id',
  'time',
  'internal_name',
  'node_id',
  'connection_type',
  'country_code',
  'city',
  'latitude',
  'longitude',
  'viewer_count',
  'connection_quality',
  'buffer_health',
  'bandwidth',
]

/** Trap: ClickHouse reads a bare JSON number in a DateTime64 as ticks and refuses one with a fraction. */
const timeText = (ms: number) => new Date(ms).toISOString().slice(0, 23).replace('T', ' ')

/** Stores samples in one insert, over the road that the writer takes. */
export const storeSamples = (
  clickHouse: ClickHouse,
  samples: readonly TestSample[],
  token: string = uuidv7(),
): Promise<void> => {
  const lines = samples.map(
    ({ tenant, time, stream, viewers, node = 'n1', country = 'DE', type = 'hls', eventId }) =>
      Buffer.from(
        `${JSON.stringify([tenant, eventId ?? uuidv7(), timeText(time), stream, node, type, country, 'Köln', 50.9, 6.9, viewers, 1, 1, 5_000_000])}\n`,
      ),
  )
  return clickHouse.insertRows('viewer_samples', columns, lines, token)
}
