/**
 * What row-level security costs: our one flight (scope and query before one Sync) against BEGIN, set_config,
 * query, COMMIT and against no row-level security at all (the owner, whom it doesn't hold, with the tenant in
 * the query). All three ask the same rows of the same tables in turns, on stores that this command starts
 * itself and removes.
 *
 *   node_modules/.bin/node bench/row-level-security.ts [rounds] [queries a round]
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { createMigrations } from '../src/cli/migrations.ts'
import { startStack } from '../src/embedded/stack.ts'
import { connectClickHouse } from '../src/platform/clickhouse/client.ts'
import { trustTenantId, uuidv7, type TenantId } from '../src/platform/ids.ts'
import { createLogger } from '../src/platform/logger.ts'
import { countsOf } from './arguments.ts'
import { prepareScope, runScoped, tenantScope } from '../src/platform/postgres/scope.ts'

const TENANTS = 20
const STREAMS = 500
const [rounds, queries] = countsOf(
  'node_modules/.bin/node bench/row-level-security.ts [rounds, by default 9] [queries a round, by default 1000]',
  9,
  1_000,
) as [number, number]

type Ask = (tenant: TenantId, id: string) => Promise<pg.QueryResult>
type Road = { readonly name: string; readonly ask: Ask; readonly timesUs: number[] }

/**
 * The same look-up for all: one row by its key, and a page of twenty. The tenant stands in the query as
 * stores write it.
 */
const shapes = [
  {
    name: 'one row by id',
    text: 'SELECT id, title, tenant_id FROM streams WHERE tenant_id = $1 AND id = $2',
    values: (tenant: string, id: string) => [tenant, id],
  },
  {
    name: 'a page of 20',
    text: 'SELECT id, title, tenant_id FROM streams WHERE tenant_id = $1 AND id >= $2 ORDER BY created_at DESC, id DESC LIMIT 20',
    values: (tenant: string) => [tenant, '00000000-0000-0000-0000-000000000000'],
  },
] as const

const fill = async (owner: pg.Client): Promise<Map<TenantId, string[]>> => {
  const all = new Map<TenantId, string[]>()
  for (let number = 0; number < TENANTS; number += 1) {
    const tenant = trustTenantId(uuidv7())
    const ids = Array.from({ length: STREAMS }, () => uuidv7())
    await owner.query(`INSERT INTO tenants (id, name, slug, updated_at) VALUES ($1, $2, $2, now())`, [
      tenant,
      `tenant-${number}`,
    ])
    await owner.query(
      `INSERT INTO streams (id, tenant_id, internal_name, playback_id, title, updated_at)
       SELECT id, $1, id::text, id::text, 'A stream', now() FROM unnest($2::uuid[]) AS id`,
      [tenant, ids],
    )
    all.set(tenant, ids)
  }
  await owner.query('VACUUM ANALYZE streams')
  return all
}

const middle = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)]!
const us = (value: number): string => value.toFixed(0).padStart(9)

const measure = async (owner: pg.Client, program: pg.Client, all: Map<TenantId, string[]>): Promise<void> => {
  const tenants = [...all.keys()]
  console.log(`${rounds} rounds of ${queries} queries each, in turns; one connection; microseconds a query\n`)
  console.log(
    `${'query'.padEnd(16)}${'road'.padEnd(44)}${'median'.padStart(9)}${'min'.padStart(9)}${'max'.padStart(9)}  to none`,
  )
  for (const { name: shape, text, values } of shapes) {
    const config = (tenant: TenantId, id: string) => ({ name: shape, text, values: [...values(tenant, id)] })
    const roads: Road[] = [
      {
        name: 'none (owner, no row-level security)',
        ask: (tenant, id) => owner.query(config(tenant, id)),
        timesUs: [],
      },
      {
        name: 'one flight (ours)',
        ask: (tenant, id) => runScoped(program, tenantScope(tenant), config(tenant, id), undefined),
        timesUs: [],
      },
      {
        name: 'BEGIN, set_config, query, COMMIT',
        ask: async (tenant, id) => {
          await program.query('BEGIN')
          await program.query({
            name: 'set',
            text: `SELECT set_config('app.tenant_id', $1, true)`,
            values: [tenant],
          })
          const result = await program.query(config(tenant, id))
          await program.query('COMMIT')
          return result
        },
        timesUs: [],
      },
    ]
    let checked = 0
    const once = async (road: Road, count: number): Promise<{ us: number; rows: unknown[] }> => {
      const rows: unknown[] = []
      const from = performance.now()
      for (let index = 0; index < count; index += 1) {
        const tenant = tenants[index % tenants.length]!
        const { rows: found } = await road.ask(tenant, all.get(tenant)![(index * 7) % STREAMS]!)
        rows.push(found)
      }
      return { us: ((performance.now() - from) * 1_000) / count, rows }
    }
    for (const road of roads) await once(road, Math.min(queries, 500)) // plans, caches, compiled code
    for (let round = 0; round < rounds; round += 1) {
      const answers: string[] = []
      // Each round begins with another road, so that none always has the warm or the cold place.
      for (let turn = 0; turn < roads.length; turn += 1) {
        const road = roads[(turn + round) % roads.length]!
        const { us: time, rows } = await once(road, queries)
        road.timesUs.push(time)
        answers.push(JSON.stringify(rows))
        checked += rows.flat().length
      }
      if (new Set(answers).size !== 1) throw new Error('The roads answered different rows')
    }
    const none = middle(roads[0]!.timesUs.toSorted((a, b) => a - b))
    for (const road of roads) {
      const sorted = road.timesUs.toSorted((a, b) => a - b)
      console.log(
        `${shape.padEnd(16)}${road.name.padEnd(44)}${us(middle(sorted))}${us(sorted[0]!)}${us(sorted.at(-1)!)}  ${(middle(sorted) / none).toFixed(2)}x`,
      )
    }
    console.log(`${''.padEnd(16)}same rows on every road: ${checked.toLocaleString('en')} compared\n`)
  }
}

const dataDir = mkdtempSync(join(tmpdir(), 'heliograph-bench-'))
chmodSync(dataDir, 0o711) // as root: the user that Postgres runs as must pass through
const log = createLogger({ level: 'warn', format: 'pretty' })
const stack = await startStack({
  dataDir,
  need: { postgres: true, clickhouse: true, redis: false },
  log,
  onProgress: () => undefined,
  throwaway: true,
})
try {
  const { postgresOwnerUrl: ownerUrl, postgresUrl, clickhouseUrl } = stack
  if (!ownerUrl || !postgresUrl || !clickhouseUrl)
    throw new Error('the stack lacks a store that was asked for')
  const clickHouse = connectClickHouse({ url: clickhouseUrl, log })
  const migrations = createMigrations({
    ownerUrl,
    postgresUrl,
    redisUrl: '',
    clickHouse,
    close: async () => {},
  })
  await migrations.apply()
  await migrations.assertSafe()
  await clickHouse.close()
  const [owner, program] = [ownerUrl, postgresUrl].map(
    (connectionString) => new pg.Client({ connectionString }),
  ) as [pg.Client, pg.Client]
  await Promise.all([owner.connect(), program.connect()])
  await prepareScope(program)
  await measure(owner, program, await fill(owner))
  await Promise.all([owner.end(), program.end()])
} finally {
  await stack.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
