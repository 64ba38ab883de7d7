import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from 'pg'
import { startApp, type TestApp } from '../../../tests/testkit/app.ts'
import { statementsDuring } from '../../../tests/testkit/statements.ts'
import { makeSamples, numbers, type HealthSample } from '../../../tests/testkit/stream-health.ts'
import { programActor } from '../../auth/actor.ts'
import { trustedPermit } from '../../auth/permit.ts'
import type { BaseItem, Dataset, Row } from '../../ingest/dataset.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { streamEvents } from './stream-events.dataset.ts'
import { streamHealthSamples } from './stream-health.dataset.ts'
import { trackListEvents } from './track-lists.dataset.ts'

let program: TestApp
let owner: Client
beforeAll(async () => {
  program = await startApp()
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await program.stop()
})

const permitFor = (tenant: TenantId) => trustedPermit<'stream:write'>(tenant, programActor('test'))
const states = () => program.app.modules.streamStates.service

/** Items as a projection is given them: as rows that were stored. */
const rowsOf = <Item extends BaseItem>(
  dataset: Dataset<Item>,
  tenant: TenantId,
  items: readonly object[],
): Row<Item>[] =>
  items.map((item) => {
    const checked = dataset.schema.parse(dataset.resolve(item))
    return dataset.toRow(JSON.parse(dataset.toLine(tenant, checked, checked.event_id ?? uuidv7())))
  })
const health = (tenant: TenantId, items: readonly object[]) =>
  states().followHealth(permitFor(tenant), rowsOf(streamHealthSamples, tenant, items))
const tracks = (tenant: TenantId, items: readonly object[]) =>
  states().followTracks(permitFor(tenant), rowsOf(trackListEvents, tenant, items))
const events = (tenant: TenantId, items: readonly object[]) =>
  states().followEvents(permitFor(tenant), rowsOf(streamEvents, tenant, items))

type Stored = Readonly<Record<string, unknown>>
/** The states of a tenant by the names of their streams, read past the program. */
const statesOf = async (tenant: TenantId): Promise<Map<string, Stored>> => {
  const { rows } = await owner.query<Stored & { internal_name: string }>(
    `SELECT s.internal_name, t.* FROM stream_states t JOIN streams s ON s.id = t.stream_id WHERE t.tenant_id = $1`,
    [tenant],
  )
  return new Map(rows.map((row) => [row.internal_name, row]))
}
const streamsOf = async (tenant: TenantId, names: readonly string[]): Promise<void> => {
  for (const internalName of names)
    await program.app.modules.streams.service.create(permitFor(tenant), { internalName, title: internalName })
}

const HOUR = 3_600_000
const from = Date.now() - 3 * HOUR
const fact = (internal_name: string, more: object = {}) => ({ internal_name, time: from, ...more })
const later = (a: { time: number; event_id: string }, b: { time: number; event_id: string }) =>
  a.time - b.time || (a.event_id < b.event_id ? -1 : 1)
const newest = <F extends { time: number; event_id: string }>(facts: readonly F[]): F | undefined =>
  facts.toSorted(later).at(-1)

type List = {
  event_id: string
  time: number
  internal_name: string
  track_count?: number
  quality_tier?: string
}
const makeLists = (random: (below: number) => number, many: number): List[] =>
  Array.from({ length: many }, (_, n) => ({
    event_id: uuidv7(),
    time: from + random(18) * 600_000,
    internal_name: random(3) === 0 ? 'second' : 'main',
    track_list: { n },
    ...(random(3) > 0 && { track_count: n }),
    ...(random(3) > 0 && { quality_tier: `tier ${n}` }),
  }))

/** What is left of facts: the newest sample and the newest list, each whole. */
const plainState = (samples: readonly HealthSample[], lists: readonly List[], name: string): Stored => {
  const own = <F extends { internal_name: string }>(facts: readonly F[]) =>
    facts.filter(({ internal_name }) => internal_name === name)
  const sample = newest(own(samples))
  const list = newest(own(lists))
  return {
    last_seen_at: new Date(Math.max(sample?.time ?? 0, list?.time ?? 0)),
    health_at: sample ? new Date(sample.time) : null,
    health_event_id: sample?.event_id ?? null,
    health_node: sample?.node_id ?? '',
    bitrate_kbps: sample?.bitrate_kbps ?? null,
    width: sample?.width ?? null,
    height: sample?.height ?? null,
    codec: sample?.codec ?? '',
    fps: sample?.fps ?? null,
    packets_sent: sample?.packets_sent === undefined ? null : String(sample.packets_sent),
    packets_lost: sample?.packets_lost === undefined ? null : String(sample.packets_lost),
    buffer_state: sample?.buffer_state ?? '',
    health_score: sample?.health_score ?? null,
    issues: sample?.issues ?? '',
    tracks_at: list ? new Date(list.time) : null,
    tracks_event_id: list?.event_id ?? null,
    track_count: list?.track_count ?? null,
    quality_tier: list?.quality_tier ?? '',
  }
}

const inParts = <F>(facts: readonly F[], size: number): F[][] =>
  Array.from({ length: Math.ceil(facts.length / size) }, (_, part) =>
    facts.slice(part * size, (part + 1) * size),
  )

test.each([1, 2, 3])(
  'whatever order facts come in, however late, often and at once: the newest sample and the newest list are left, each whole (%i)',
  async (seed) => {
    const random = numbers(seed)
    const { tenant } = await program.seed.tenant()
    const { tenant: other } = await program.seed.tenant()
    for (const each of [tenant, other]) await streamsOf(each, ['main', 'second', 'silent'])
    // Several of each instant, the newest one too.
    const samples = makeSamples(random, 120, { from, ms: 3 * HOUR }).map((sample) => ({
      ...sample,
      time: from + Math.floor((sample.time - from) / 600_000) * 600_000,
    }))
    const lists = makeLists(random, 120)
    const foreign = makeSamples(numbers(seed + 7), 40, { from: from + HOUR, ms: 3 * HOUR - HOUR })
    // Every fact twice, in an order of its own, in batches of many sizes, four writers at once.
    const shuffled = <F>(facts: readonly F[]) =>
      [...facts, ...facts]
        .map((fact) => ({ fact, place: random(1_000_000) }))
        .toSorted((a, b) => a.place - b.place)
        .map(({ fact }) => fact)
    const work = [
      ...inParts(shuffled(samples), 1 + random(9)).map((part) => () => health(tenant, part)),
      ...inParts(shuffled(lists), 1 + random(9)).map((part) => () => tracks(tenant, part)),
      ...inParts(foreign, 10).map((part) => () => health(other, part)),
      () => health(tenant, [{ ...samples[0]!, internal_name: 'never made' }]),
    ]
      .map((run) => ({ run, place: random(1_000_000) }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ run }) => run)
    const writer = async () => {
      for (let run = work.pop(); run; run = work.pop()) await run()
    }
    await Promise.all([writer(), writer(), writer(), writer()])

    const found = await statesOf(tenant)
    expect([...found.keys()].toSorted()).toEqual(['main', 'second'])
    for (const name of found.keys()) expect(found.get(name)).toMatchObject(plainState(samples, lists, name))
    const ofOther = await statesOf(other)
    for (const name of ofOther.keys()) expect(ofOther.get(name)).toMatchObject(plainState(foreign, [], name))
    // The same again changes nothing, to the version of the rows.
    const versions = () =>
      owner.query('SELECT stream_id, xmin, ctid FROM stream_states WHERE tenant_id = $1 ORDER BY 1', [tenant])
    const before = (await versions()).rows
    expect(await health(tenant, samples)).toBe(0)
    expect(await tracks(tenant, lists)).toBe(0)
    expect((await versions()).rows).toEqual(before)
  },
)

test('a sample that leaves a number out leaves it null, a late one undoes nothing, and neither touches the tracks', async () => {
  const { tenant } = await program.seed.tenant()
  await streamsOf(tenant, ['cam'])
  const at = (seconds: number, more: object) => ({
    internal_name: 'cam',
    time: from + seconds * 1_000,
    event_id: uuidv7(),
    ...more,
  })
  await tracks(tenant, [at(10, { track_count: 2, track_list: { a: 1 }, node_id: 'n2' })])
  await health(tenant, [at(20, { fps: 25, codec: 'H264', packets_sent: 900, node_id: 'n1' })])
  await health(tenant, [at(30, { bitrate_kbps: 4_000 })])
  expect(await health(tenant, [at(25, { fps: 50 })])).toBe(0)
  expect((await statesOf(tenant)).get('cam')).toMatchObject({
    last_seen_at: new Date(from + 30_000),
    health_at: new Date(from + 30_000),
    bitrate_kbps: 4_000,
    fps: null,
    codec: '',
    packets_sent: null,
    health_node: '',
    tracks_at: new Date(from + 10_000),
    track_count: 2,
    tracks: '{"a":1}',
  })
})

test('an event of any kind says that the stream was seen, a late one not', async () => {
  const { tenant } = await program.seed.tenant()
  await streamsOf(tenant, ['cam'])
  const at = (seconds: number) => ({
    internal_name: 'cam',
    time: from + seconds * 1_000,
    event_type: 'tally_light',
  })
  expect(await events(tenant, [at(5), at(20), at(10)])).toBe(1)
  expect(await events(tenant, [at(20), at(7)])).toBe(0)
  expect((await statesOf(tenant)).get('cam')).toMatchObject({
    last_seen_at: new Date(from + 20_000),
    health_at: null,
    tracks_at: null,
    tracks: '{}',
  })
})

test('facts of a stream that was never made, or is deleted, move nothing, and what Postgres keeps in no text stops no other', async () => {
  const { tenant } = await program.seed.tenant()
  await streamsOf(tenant, ['gone', 'here'])
  const { streams } = program.app.modules
  const [gone] = await streams.reads.page(tenant, { where: { internalName: 'gone' }, take: 1 })
  await streams.service.remove(permitFor(tenant), gone!.id)
  for (const follow of [health, tracks]) expect(await follow(tenant, [fact('gone'), fact('nobody')])).toBe(0)
  expect(await events(tenant, [{ ...fact('gone'), event_type: 'x' }])).toBe(0)
  expect(await health(tenant, [fact('gone'), fact('here', { issues: 'a\0b', node_id: '\ud800' })])).toBe(1)
  expect(await tracks(tenant, [fact('here', { track_list: { 'a\0': '\0' } })])).toBe(1)
  const found = await statesOf(tenant)
  expect([...found.keys()]).toEqual(['here'])
  expect(found.get('here')).toMatchObject({
    issues: 'a\uFFFDb',
    health_node: '\uFFFD',
    tracks: String.raw`{"a\u0000":"\u0000"}`,
  })
})

test('a batch of 200 streams is one statement, and an update stays on its page', async () => {
  const { tenant } = await program.seed.tenant()
  const names = Array.from({ length: 200 }, (_, n) => `s${n}`)
  await program.app.modules.streams.service.ensure(
    tenant,
    names.map((internalName) => ({
      internalName,
      title: internalName,
      playbackId: uuidv7(),
      description: '',
      isPublic: false,
      status: 'OFFLINE' as const,
    })),
  )
  const batch = (round: number) =>
    names.flatMap((internal_name) =>
      [1, 2].map((n) => ({ internal_name, time: from + round * 10_000 + n, fps: n, issues: 'x'.repeat(n) })),
    )
  const statements = await statementsDuring(async () => expect(await health(tenant, batch(0))).toBe(200))
  expect(statements.map(({ text }) => text.trim().split(/\s+/).slice(0, 3).join(' '))).toEqual([
    'INSERT INTO stream_states',
  ])
  // What the next batch does, seen from inside its transaction.
  const { text, values } = statements[0]!
  const next = values.map((value) =>
    typeof value === 'string' && value.startsWith('[')
      ? value.replaceAll(
          /("(?:last_seen|health)_at":)"[^"]+"/g,
          `$1"${new Date(from + 60_000).toISOString()}"`,
        )
      : value,
  )
  await owner.query('BEGIN')
  expect((await owner.query(text, next)).rowCount).toBe(200)
  const done = await owner.query(
    `SELECT n_tup_upd::int AS updated, n_tup_hot_upd::int AS hot FROM pg_stat_xact_user_tables WHERE relname = 'stream_states'`,
  )
  await owner.query('COMMIT')
  expect(done.rows).toEqual([{ updated: 200, hot: 200 }])
  const columns = await owner.query<{ indexed: string }>(
    `SELECT DISTINCT a.attname AS indexed FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
      WHERE i.indrelid = 'stream_states'::regclass ORDER BY 1`,
  )
  expect(columns.rows.map(({ indexed }) => indexed)).toEqual(['stream_id', 'tenant_id'])
  const options = await owner.query<{ reloptions: string[] }>(
    `SELECT reloptions FROM pg_class WHERE oid = 'stream_states'::regclass`,
  )
  expect(options.rows[0]!.reloptions).toEqual(['fillfactor=50'])
})
