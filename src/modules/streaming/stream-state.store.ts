import { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { newestOf } from '../../ingest/newest.ts'
import { recordsOf } from '../../platform/postgres/records.ts'
import type { Core } from '../core.ts'
import type { StreamEventRow } from './stream-events.rules.ts'
import type { streamHealthSamples } from './stream-health.dataset.ts'
import type { trackListEvents } from './track-lists.dataset.ts'

type Writer = Permit<'stream:write'>
export type HealthRow = ReturnType<typeof streamHealthSamples.toRow>
export type TrackListRow = ReturnType<typeof trackListEvents.toRow>
type AnyRow = StreamEventRow | HealthRow | TrackListRow

/** A column, its type in SQL, and what a fact says of it. */
type Told<Row> = readonly (readonly [column: string, type: string, of: (row: Row) => unknown])[]
/** The columns that the facts of one dataset set, all at once, and by which of them one fact is newer. */
type Group<Row> = { readonly newerBy: readonly [string, ...string[]]; readonly told: Told<Row> }

const instant = ({ time }: AnyRow): string => new Date(time).toISOString()
const seen: Group<StreamEventRow> = { newerBy: ['last_seen_at'], told: [] }
const health: Group<HealthRow> = {
  newerBy: ['health_at', 'health_event_id'],
  told: [
    ['health_at', 'timestamptz', instant],
    ['health_event_id', 'uuid', (row) => row.event_id],
    ['health_node', 'text', (row) => row.node_id],
    ['bitrate_kbps', 'int', (row) => row.bitrate_kbps],
    ['width', 'int', (row) => row.width],
    ['height', 'int', (row) => row.height],
    ['codec', 'text', (row) => row.codec],
    ['fps', 'float8', (row) => row.fps],
    ['packets_sent', 'int8', (row) => row.packets_sent],
    ['packets_lost', 'int8', (row) => row.packets_lost],
    ['packets_retransmitted', 'int8', (row) => row.packets_retransmitted],
    ['buffer_state', 'text', (row) => row.buffer_state],
    ['health_score', 'float8', (row) => row.health_score],
    ['issues', 'text', (row) => row.issues],
  ],
}
const tracks: Group<TrackListRow> = {
  newerBy: ['tracks_at', 'tracks_event_id'],
  told: [
    ['tracks_at', 'timestamptz', instant],
    ['tracks_event_id', 'uuid', (row) => row.event_id],
    ['tracks_node', 'text', (row) => row.node_id],
    ['track_count', 'int', (row) => row.track_count],
    ['tracks', 'text', (row) => row.track_list],
    ['quality_tier', 'text', (row) => row.quality_tier],
  ],
}

/** A piece of SQL for each column of a group beside those that all have. Names are those of this file. */
const forEach = <Row>(told: Told<Row>, piece: (column: string, type: string) => string) =>
  Prisma.raw(told.map(([column, type]) => `, ${piece(column, type)}`).join(''))
const orderOf = (columns: readonly string[], row: string) =>
  Prisma.raw(`(${columns.map((column) => `${row}.${column}`).join(', ')})`)

/**
 * The state of streams, which facts alone move. Of a batch the newest fact of each stream goes in, by one
 * statement: it makes the row or replaces what is older, so that the same fact is left in whatever order, however
 * late and however often facts come. Facts of no stream, or of a deleted one, move nothing. Each answers how many
 * states it moved.
 */
export const createStreamStateStore = ({ changes }: Pick<Core, 'changes'>) => {
  const follow =
    <Row extends AnyRow>({ newerBy, told }: Group<Row>) =>
    (permit: Writer, rows: readonly Row[]) =>
      changes(permit, async (tx) => {
        const newest = newestOf(rows, ({ internal_name }) => internal_name)
        const records = Array.from(newest.values(), (row) => ({
          internal_name: row.internal_name,
          last_seen_at: instant(row),
          ...Object.fromEntries(told.map(([column, , of]) => [column, of(row)])),
        }))
        const columns = forEach(told, (column) => column)
        const ofFact = forEach(told, (column) => `fact.${column}`)
        const shape = forEach(told, (column, type) => `${column} ${type}`)
        const set = forEach(told, (column) => `${column} = excluded.${column}`)
        // In one order of streams, so that two writers wait for each other and never in a circle.
        const result = await tx.$executeRaw`
          INSERT INTO stream_states AS kept (tenant_id, stream_id, last_seen_at${columns})
          SELECT streams.tenant_id, streams.id, fact.last_seen_at${ofFact}
            FROM jsonb_to_recordset(${recordsOf(records)}::jsonb)
                   AS fact(internal_name text, last_seen_at timestamptz${shape})
            JOIN streams ON streams.tenant_id = ${permit.tenant}::uuid AND streams.deleted_at IS NULL
                        AND streams.internal_name = fact.internal_name
           ORDER BY streams.id
          ON CONFLICT (tenant_id, stream_id) DO UPDATE
            SET last_seen_at = greatest(kept.last_seen_at, excluded.last_seen_at)${set}
          WHERE kept.${Prisma.raw(newerBy[0])} IS NULL
             OR ${orderOf(newerBy, 'kept')} < ${orderOf(newerBy, 'excluded')}`
        return { result, audit: null }
      })
  return { followEvents: follow(seen), followHealth: follow(health), followTracks: follow(tracks) }
}

export type StreamStateStore = ReturnType<typeof createStreamStateStore>
