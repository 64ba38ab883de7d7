import type { ClickHouse } from '../src/platform/clickhouse/client.ts'
import type { TenantId } from '../src/platform/ids.ts'

const DAYS = 10
const STREAMS = 40
const NODES = 50

/** How often something reports, and what it says: columns by name, of the row's `number` and `who`. */
type Fill = {
  readonly table: string
  readonly senders: number
  /** One report of each sender in so many seconds. */
  readonly everySeconds: number
  readonly columns: Readonly<Record<string, string>>
}

const pick = (of: string, ...texts: readonly string[]): string =>
  `arrayElement([${texts.map((text) => `'${text}'`).join(', ')}], 1 + (${of}) % ${texts.length})`
const chance = (salt: number): string => `(cityHash64(number, ${salt}) % 1000 / 1000)`

const fills: readonly Fill[] = [
  {
    table: 'viewer_samples',
    senders: STREAMS * 12,
    everySeconds: 30,
    columns: {
      internal_name: `concat('stream-', toString(who % ${STREAMS}))`,
      node_id: `concat('edge-', toString(intDiv(who, ${STREAMS}) % 3))`,
      connection_type: pick('who', 'HLS', 'WEBRTC'),
      country_code: pick(`intDiv(who, ${STREAMS})`, 'NL', 'DE', 'FR', 'US'),
      city: "'Utrecht'",
      viewer_count: `toUInt32(200 * ${chance(1)})`,
    },
  },
  {
    table: 'node_samples',
    senders: NODES,
    everySeconds: 15,
    columns: {
      node_id: `concat('edge-', toString(who))`,
      cpu_percent: `toDecimal64(100 * ${chance(2)}, 3)`,
      memory_percent: `toDecimal64(100 * ${chance(3)}, 3)`,
      disk_percent: 'toDecimal64(50, 3)',
      bandwidth_out: `toUInt64(1e9 * ${chance(4)})`,
      connections_current: `toUInt32(900 * ${chance(5)})`,
      stream_count: '8',
      health_score: `toUInt8(60 + 40 * ${chance(6)})`,
    },
  },
  {
    table: 'connection_events',
    senders: 52,
    everySeconds: 30,
    columns: {
      internal_name: `concat('stream-', toString(number % ${STREAMS}))`,
      session_id: 'toString(intDiv(number, 2))',
      event_type: pick('number', 'connect', 'disconnect'),
      node_id: `concat('edge-', toString(number % 3))`,
      connector: pick('number', 'hls', 'webrtc'),
      country_code: pick('intDiv(number, 2)', 'NL', 'DE', 'FR', 'US'),
      session_duration_s: `if(number % 2, toUInt32(3600 * ${chance(7)}), 0)`,
      bytes_transferred: `if(number % 2, toUInt64(1e8 * ${chance(8)}), 0)`,
    },
  },
  {
    table: 'stream_health_samples',
    senders: STREAMS,
    everySeconds: 30,
    columns: {
      internal_name: `concat('stream-', toString(who))`,
      node_id: `concat('edge-', toString(who % 3))`,
      bitrate_kbps: `toUInt32(3000 + 3000 * ${chance(9)})`,
      fps: 'toDecimal64(50, 3)',
      width: '1920',
      height: '1080',
      buffer_state: "'FULL'",
      packets_sent: '10000',
      packets_lost: `toUInt64(30 * ${chance(10)})`,
      health_score: `toDecimal64(70 + 30 * ${chance(11)}, 3)`,
    },
  },
  {
    table: 'routing_events',
    senders: 17,
    everySeconds: 30,
    columns: {
      internal_name: `concat('stream-', toString(number % ${STREAMS}))`,
      selected_node: `if(number % 50, concat('edge-', toString(number % ${NODES})), '')`,
      status: "if(number % 50, 'success', 'failed')",
      client_country: pick('number', 'NL', 'DE', 'FR', 'US'),
      distance_km: `toDecimal64(900 * ${chance(12)}, 3)`,
      score: `toDecimal64(100 * ${chance(13)}, 3)`,
    },
  },
  {
    table: 'log_events',
    senders: 35,
    everySeconds: 30,
    columns: {
      service: pick('number', 'packager', 'router', 'origin'),
      host: `concat('edge-', toString(number % ${NODES}))`,
      level: pick('number', 'INFO', 'INFO', 'INFO', 'DEBUG', 'WARN', 'INFO', 'ERROR'),
      message: `concat('segment ', toString(number), ' was written')`,
    },
  },
  {
    table: 'product_events',
    senders: 17,
    everySeconds: 30,
    columns: {
      event_type: pick('number', 'page_view', 'search', 'play', 'sign_up'),
      user_id: `concat('user-', toString(cityHash64(number) % 5000))`,
      session_id: `concat('session-', toString(cityHash64(number) % 20000))`,
      properties: "'{}'",
    },
  },
]

export type Filled = {
  readonly rows: number
  readonly seconds: number
  readonly tables: ReadonlyMap<string, number>
}

/** Ten days of facts until `untilMs` (Unix milliseconds), a day at a time, by the store itself: their rollups too. */
export const fillFacts = async (
  clickHouse: ClickHouse,
  tenant: TenantId,
  untilMs: number,
  onProgress: (line: string) => void,
): Promise<Filled> => {
  const began = performance.now()
  const tables = new Map<string, number>()
  for (const { table, senders, everySeconds, columns } of fills) {
    const aDay = Math.floor(86_400 / everySeconds) * senders
    for (let day = 0; day < DAYS; day += 1) {
      const from = Math.floor(untilMs / 1_000) - (day + 1) * 86_400
      const names = ['tenant_id', 'event_id', 'time', ...Object.keys(columns)]
      const values = [
        `'${tenant}'`,
        'generateUUIDv4()',
        `toDateTime64(${from} + intDiv(number, ${senders}) * ${everySeconds} + who % ${everySeconds}, 3, 'UTC')`,
        ...Object.values(columns),
      ]
      await clickHouse.command(
        `INSERT INTO ${table} (${names.join(', ')}) SELECT ${values.join(', ')} FROM (SELECT number, number % ${senders} AS who FROM numbers(${aDay}))`,
        { maxSeconds: 600 },
      )
    }
    tables.set(table, aDay * DAYS)
    onProgress(`${table}: ${(aDay * DAYS).toLocaleString('en')} rows`)
  }
  const rows = [...tables.values()].reduce((sum, each) => sum + each, 0)
  return { rows, seconds: (performance.now() - began) / 1_000, tables }
}
