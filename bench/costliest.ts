import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { getIntrospectionQuery } from 'graphql'
import pg from 'pg'
import { operator } from '../src/auth/actor.ts'
import { trustedPermit } from '../src/auth/permit.ts'
import { wordsOf } from './arguments.ts'
import { openProgram } from './program.ts'

/**
 * What the costliest operations cost that are still allowed, and how those are refused that are not: bytes of
 * the answer, time until it is there (median of three) and how long the event loop stood still at the worst,
 * text of the answer included. `cpu` is what its thread worked on each, also where the machine has other
 * work. 100 log lines and product events are as long as they may be; 100 streams have no samples: their
 * series have all points, each null. 100 on-call schedules have turns of an hour and as many overrides as they
 * may. Whoever asks is another thread. Run:
 * `node_modules/.bin/node bench/costliest.ts`
 */
const RUNS = 3
const STREAMS = 100
const SCHEDULES = 100

/** The longest text that a log line has. */
const TEXT = 'x'.repeat(32_768)
/** Of nearly as many characters: the most values that they hold. */
const PAYLOAD = { values: Array.from({ length: 16_000 }, () => 1) }
const everything = {
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
}

const point = 'time average peak minutes viewerMinutes samples'
const named = (count: number, field: string, as = 'a'): string =>
  Array.from({ length: count }, (_, index) => `${as}${index}: ${field}`).join(' ')
/** A time, so many hours from now. */
const hours = (count: number): string => new Date(Date.now() + count * 3_600_000).toISOString()
const series = (streams: number, seconds: number, fields: string): string =>
  `{ streams(first: ${streams}) { nodes { viewers(range: { last: "PT${seconds}S" }, step: "PT1S") { points { ${fields} } } } } }`
const eachType = 'points { count } types { points { count } }'
const charts = (window: string, fields: string): string =>
  `{ analytics { ${named(49, `productEvents(${window}, timezone: "Europe/Amsterdam") { ${fields} }`)} } }`

const operations: Readonly<Record<string, string>> = {
  '100 streams with a day of points and who watches now': `{ streams(first: 100) { nodes { viewersNow viewers { points { ${point} } } } } }`,
  '16 streams with 2,999 points': series(16, 2_998, point),
  '100 streams with 380 points of one value': series(100, 379, 'peak'),
  '100 streams with 95 points of four times': series(100, 94, `time ${named(3, 'time')}`),
  'two charts of six log levels with 2,999 points': `{ analytics { ${Array.from({ length: 2 }, (_, index) => `l${index}: logLevels(range: { last: "PT2998S" }, step: "PT1S") { levels { level points { time count } } }`).join(' ')} } }`,
  '100 log lines of 32,768 characters': '{ logs(first: 100) { nodes { message } } }',
  '100 log lines, twice': `{ logs(first: 100) { nodes { ${named(2, 'message')} } } }`,
  '100 log lines, ten times': `{ logs(first: 100) { nodes { ${named(10, 'message')} } } }`,
  '100 log lines, 48 times': `{ logs(first: 100) { nodes { ${named(48, 'message')} } } }`,
  'ten payloads of 100 product events': `{ productEvents(first: 100) { nodes { ${named(10, 'properties')} } } }`,
  'one payload of 100 product events': '{ productEvents(first: 100) { nodes { properties } } }',
  '100 streams with 15 descriptions': `{ streams(first: 100) { nodes { ${named(15, 'description')} } } }`,
  '100 streams with 48 descriptions': `{ streams(first: 100) { nodes { ${named(48, 'description')} } } }`,
  '49 series in a zone, of 10 points': charts(`range: { last: "PT10S" }, step: "PT1S"`, eachType),
  '49 series in a zone, of 2,999 points that nobody asks for': charts(
    `range: { last: "PT2998S" }, step: "PT1S"`,
    'count',
  ),
  '49 series in a zone, of 90 days by the hour that nobody asks for': charts(
    `range: { last: "P90D" }, step: "PT1H"`,
    'count',
  ),
  '49 series in a zone, moved back, of too many points': charts(
    `range: { last: "PT2998S", shift: "P1D" }, step: "PT1S"`,
    eachType,
  ),
  '49 series of 49 zones': `{ analytics { ${Intl.supportedValuesOf('timeZone')
    .slice(0, 49)
    .map((zone, index) => `a${index}: productEvents(timezone: "${zone}") { count }`)
    .join(' ')} } }`,
  '97 schedules with 500 shifts': `{ onCallSchedules(first: 97) { nodes { shifts(to: "${hours(8_700)}") { name from to isOverride } } } }`,
  '100 schedules with who is on call, 48 times': `{ onCallSchedules(first: 100) { nodes { ${named(48, 'onCallNow { name from to }')} } } }`,
  'the introspection query of tools': getIntrospectionQuery(everything),
  'all names and descriptions of the schema, seven times': `{ __schema { types { fields { ${named(7, 'name', 'n')} ${named(7, 'description')} } } } }`,
  'the schema, 48 times in itself': `{ __schema { types { fields { type { ${Array.from({ length: 48 }, (_, index) => `a${index}: fields { name description }`).join(' ')} } } } } }`,
}

/** By SQL: of overrides alone there are 10,000. */
const createSchedules = async (ownerUrl: string, tenant: string): Promise<void> => {
  const owner = new pg.Client(ownerUrl)
  await owner.connect()
  await owner.query(
    `INSERT INTO on_call_schedules (id, tenant_id, name, timezone, starts_at, shift_ms, participants, overrides)
     SELECT gen_random_uuid(), $1, 'Schedule ' || n, 'America/New_York', '2026-01-01T09:00', 3600000,
            (SELECT jsonb_agg(jsonb_build_object('name', 'Person ' || p, 'channelId', gen_random_uuid()))
               FROM generate_series(1, 50) p),
            (SELECT jsonb_agg(jsonb_build_object('name', 'Other ' || o, 'channelId', gen_random_uuid(),
                    'from', now() + o * interval '2 hours', 'to', now() + o * interval '2 hours' + interval '10 minutes'))
               FROM generate_series(1, 100) o)
       FROM generate_series(1, $2) n`,
    [tenant, SCHEDULES],
  )
  await owner.end()
}

type Asked = {
  readonly bytes: number
  readonly ms: number
  readonly told: string
  /** The type of what `createStream` answers. */
  readonly made?: string | undefined
}

const asker = (): void => {
  const { url, key } = workerData as { url: string; key: string }
  parentPort!.on('message', (query: string) => {
    const ask = async (): Promise<Asked> => {
      const from = performance.now()
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      })
      const text = await response.text()
      const { data, errors, extensions } = JSON.parse(text) as {
        data?: { createStream?: { __typename: string } | null } | null
        errors?: { message: string }[]
        extensions?: { cost: { requested: number } }
      }
      const told = errors?.[0]?.message ?? String(extensions?.cost.requested)
      return { bytes: text.length, ms: performance.now() - from, told, made: data?.createStream?.__typename }
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    void ask().then((asked) => parentPort!.postMessage(asked))
  })
}

type Program = Awaited<ReturnType<typeof openProgram>>

/** 100 log lines and product events, as long as they may be. */
const fill = async ({ app, tenant, url }: Program): Promise<void> => {
  const { key } = await app.modules.apiKeys.service.issue(trustedPermit(tenant, operator), {
    name: 'Fills',
    scopes: ['ingest'],
    mode: 'test',
  })
  const send = async (dataset: string, fields: object): Promise<void> => {
    for (let index = 0; index < 100; index += 1) {
      const response = await fetch(`${url}/ingest/${dataset}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify([{ time: Date.now(), ...fields }]),
      })
      if (!response.ok) throw new Error(await response.text())
    }
  }
  await send('log_events', { message: TEXT })
  await send('product_events', { event_type: 'x', properties: PAYLOAD })
  await app.ingest.flushed()
}

const main = async (): Promise<void> => {
  wordsOf('node_modules/.bin/node bench/costliest.ts', 0)
  const program = await openProgram()
  const worker = new Worker(new URL(import.meta.url), { workerData: { url: program.url, key: program.key } })
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const ask = async (query: string): Promise<Asked> => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(query)
    const [asked] = (await once(worker, 'message')) as [Asked]
    return asked
  }
  const rows: Record<string, string | number>[] = []
  try {
    await fill(program)
    for (let index = 0; index < STREAMS; index += 1) {
      const { told, made } = await ask(
        `mutation { createStream(input: { title: "Stream ${index}", description: "${'x'.repeat(5_000)}" }) { __typename } }`,
      )
      if (made !== 'CreateStreamPayload') throw new Error(`a stream was not created: ${made ?? told}`)
    }
    await createSchedules(program.databases.ownerUrl, program.tenant)
    for (const [name, query] of Object.entries(operations)) {
      await ask(query) // warms up
      delay.reset()
      delay.enable()
      const asked: Asked[] = []
      const before = process.threadCpuUsage()
      for (let run = 0; run < RUNS; run += 1) asked.push(await ask(query))
      delay.disable()
      const { user, system } = process.threadCpuUsage(before)
      const { bytes, ms, told } = asked.toSorted((a, b) => a.ms - b.ms)[Math.floor(RUNS / 2)]!
      const cpu = Math.round((user + system) / 1e3 / RUNS)
      rows.push({ name, told, bytes, ms: Math.round(ms), loop: Math.round(delay.max / 1e6), cpu })
    }
  } finally {
    await worker.terminate()
    await program.stop()
  }
  console.table(rows)
}

if (isMainThread) await main()
else asker()
