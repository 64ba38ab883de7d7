import { Redis } from 'ioredis'
import { createBus } from '../../src/platform/bus/bus.ts'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { createRedis } from '../../src/platform/redis/client.ts'
import { incidentChangedTopic, type IncidentChange } from '../../src/modules/incidents/incident.topics.ts'
import { CHANNEL } from './serve.bare.ts'
import type { TestServer } from './server.ts'

/** The operation of all scenarios with events; `%AFTER%` is the client's place for its cursor. */
export const INCIDENTS = JSON.stringify({
  query: `subscription Live($after: String, $filter: IncidentChangeFilter) {
    incidentChanged(after: $after, withStart: true, filter: $filter) {
      ... on IncidentChanged { cursor kind actor at number title severity status version note }
      ... on Resync { reason cursor }
    }
  }`,
  variables: { after: '%AFTER%' },
}).replace('"%AFTER%"', '%AFTER%')

/** As stock has no filter. */
export const withoutFilter = (payload: string): string =>
  payload.replace(', $filter: IncidentChangeFilter', '').replace(', filter: $filter', '')

export type Event = { readonly number: number; readonly incident?: string; readonly operation?: number }

/** An event whose title begins with the time of the publisher's clock, in microseconds. */
const changeOf = ({ number, incident }: Event, note: string): IncidentChange => ({
  id: uuidv7(),
  incidentId: incident ?? '0190f000-0000-7000-8000-000000000001',
  number,
  kind: 'NOTE_ADDED',
  actor: 'operator',
  before: null,
  after: null,
  note,
  version: 1,
  title: `t${String(process.hrtime.bigint() / 1_000n).padStart(15, '0')}`,
  severity: 'CRITICAL',
  status: 'INVESTIGATING',
  at: new Date().toISOString(),
})

/** The bytes of a frame that ours makes of it. */
const textOf = (change: IncidentChange, operation: number): string => {
  const { kind, actor, at, number, title, severity, status, version, note } = change
  const cursor = '1700000000000-0'
  const incidentChanged = { cursor, kind, actor, at, number, title, severity, status, version, note }
  const id = `c00000.${String(operation).padStart(2, '0')}`
  return JSON.stringify({ id, type: 'next', payload: { data: { incidentChanged } } })
}
const sseOf = (frame: string): string =>
  `event: next\nid: 1700000000000-0\ndata: ${JSON.stringify((JSON.parse(frame) as { payload: unknown }).payload)}\n\n`

const log = createLogger({ level: 'error', format: 'pretty' })
/** Makes a frame about 398 bytes long. */
const NOTE = 'n'.repeat(119)

/** The bus as a process of ours has it. */
export const openBus = async (redisUrl: string) => {
  const redis = createRedis({ url: redisUrl, log })
  await redis.ready()
  const bus = createBus({ redis, log })
  const stop = async (): Promise<void> => {
    bus.close()
    await redis.close()
  }
  return { redis, bus, stop }
}

/** Publishes events to a server of any kind, several in one round trip to Redis. */
export const createPublisher = async (server: TestServer, redisUrl: string, note = NOTE) => {
  if (server.kind === 'ours') {
    const { redis, bus, stop } = await openBus(redisUrl)
    const publish = async (...events: Event[]): Promise<void> => {
      const pipeline = redis.commands.pipeline()
      for (const event of events) {
        const payload = changeOf(event, note)
        bus.publishIn(pipeline, server.tenant as TenantId, incidentChangedTopic, { id: payload.id, payload })
      }
      await redis.exec(pipeline)
    }
    return { publish, stop }
  }
  const redis = new Redis(redisUrl)
  const messageOf = (event: Event): string => {
    const change = changeOf(event, note)
    if (server.kind === 'stock') return JSON.stringify({ ...change, cursor: '1700000000000-0' })
    const frame = textOf(change, event.operation ?? 0)
    return server.kind === 'bare-ws' ? frame : sseOf(frame)
  }
  const publish = async (...events: Event[]): Promise<void> => {
    const pipeline = redis.pipeline()
    for (const event of events) pipeline.publish(CHANNEL, messageOf(event))
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
  }
  return { publish, stop: async () => void (await redis.quit()) }
}
