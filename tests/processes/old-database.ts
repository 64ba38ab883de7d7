import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, expect } from 'vitest'
import { createMigrations } from '../../src/cli/migrations.ts'
import { applyMigrations } from '../../src/platform/postgres/migrate.ts'
import { withoutCase } from '../../src/platform/texts.ts'
import { openTestStore } from '../testkit/clickhouse.ts'
import { stores } from '../testkit/stores.ts'

const prisma = join(import.meta.dirname, '../../prisma')
/** The migrations of today, in their order. */
export const migrations = readdirSync(join(prisma, 'migrations'))
  .filter((name) => /^\d/.test(name))
  .toSorted()

export type Row = Record<string, unknown>

/** Every row of every table, as a superuser sees it. */
export const everything = async (client: Client): Promise<Map<string, Row[]>> => {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        AND c.relname <> '_prisma_migrations' ORDER BY 1`,
  )
  const found = new Map<string, Row[]>()
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: Row }>(`SELECT to_jsonb(t) AS row FROM ${name} t`)
    found.set(
      name,
      rows.map(({ row }) => row),
    )
  }
  return found
}

const renamed: Record<string, Record<string, string>> = {
  clusters: { cluster_id: 'slug' },
  edge_nodes: { node_id: 'slug', cluster_row_id: 'cluster_id' },
}
const upperCase = new Set(['tenants.plan', 'clusters.type'])
/** Columns that no version wrote by itself, and that are gone. */
const dropped = new Set(['streams.recording_config'])

/** Columns that came later, with what a row from before has in them. */
const added: Readonly<Record<string, (row: Row) => Row>> = {
  api_keys: () => ({ edge_node: null, successor_id: null }),
  clusters: () => ({ region: '', max_streams: null, max_viewers: null, max_bandwidth_mbps: null }),
  // Nobody has told of its silence, which is years old.
  edge_nodes: () => ({ health: 'STALE', health_since: expect.any(String) }),
  incidents: ({ severity }) => ({
    severity_rank: ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'].indexOf(String(severity)) + 1,
    assignee_id: null,
    merged_into_id: null,
    rule_id: null,
  }),
  streams: () => ({ recording_mode: 'OFF', status_at: expect.any(String) }),
  tenants: () => ({ active_since: null }),
}

/** A row of an older version as it stands in this one: columns that were renamed or dropped, texts that became enums. */
export const asNow = (table: string, row: Row): Row => {
  const columns = Object.entries(row)
    .filter(([column]) => !dropped.has(`${table}.${column}`))
    .map(([column, value]) => [
      renamed[table]?.[column] ?? column,
      upperCase.has(`${table}.${column}`) ? String(value).toUpperCase() : value,
    ])
  return { ...(Object.fromEntries(columns) as Row), ...added[table]?.(row) }
}

/** A text without its case; of labels the texts among their values. */
const folded = (value: unknown): unknown =>
  typeof value === 'string'
    ? withoutCase(value)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value).map(([name, text]) => [
            name,
            typeof text === 'string' ? withoutCase(text) : (text as unknown),
          ]),
        )
      : value

/** What stands beside the texts of a row of this version: each without its case. */
export const foldedOf = (row: Row): Row =>
  Object.fromEntries(
    Object.keys(row)
      .filter((name) => name.endsWith('_folded'))
      .map((name) => [name, row[name.replace(/_folded$/, '')]])
      .map(([name, text]) => [name, folded(text)]),
  )

/** Databases of an older version, which is told by its migrations. */
export const createOldDatabases = async (version: readonly string[]) => {
  const folder = mkdtempSync(join(tmpdir(), 'heliograph-upgrade-'))
  // The engine reads no more of the schema than that it is for Postgres.
  cpSync(join(prisma, 'schema'), join(folder, 'schema'), { recursive: true })
  for (const name of [...version, 'migration_lock.toml'])
    cpSync(join(prisma, 'migrations', name), join(folder, 'migrations', name), { recursive: true })
  const admin = new Client({ connectionString: stores().postgresOwnerUrl })
  await admin.connect()
  const facts = await openTestStore({ migrated: false })
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await admin.end()
    await facts.close()
  })

  return {
    /** A new one, a superuser's connection to it, and how it is brought to today's version. */
    open: async (owner: 'a superuser' | 'a plain owner') => {
      const name = `upgrade_${randomBytes(6).toString('hex')}`
      const asRole = (username: string, password: string): string =>
        Object.assign(new URL(stores().postgresOwnerUrl), { pathname: `/${name}`, username, password }).href
      const superuserUrl = Object.assign(new URL(stores().postgresOwnerUrl), { pathname: `/${name}` }).href
      if (owner === 'a plain owner')
        await admin.query(`CREATE ROLE ${name} LOGIN CREATEROLE PASSWORD 'owner'`)
      await admin.query(`CREATE DATABASE ${name} ${owner === 'a plain owner' ? `OWNER ${name}` : ''}`)
      const ownerUrl = owner === 'a plain owner' ? asRole(name, 'owner') : superuserUrl
      expect(await applyMigrations({ ownerUrl, prismaDir: folder })).toEqual(version)
      const postgresUrl = asRole(`${name}_app`, 'program')
      const client = new Client({ connectionString: superuserUrl })
      await client.connect()
      return {
        client,
        /** Answers the names of the Postgres migrations that it applied. */
        migrate: async (): Promise<string[]> => {
          const given = { ownerUrl, postgresUrl, redisUrl: '', clickHouse: facts.clickHouse }
          const applied = await createMigrations({ ...given, close: async () => {} }).apply()
          return applied.filter((each) => migrations.includes(each))
        },
        /** For a program that serves this database. */
        env: {
          DATABASE_URL: postgresUrl,
          DATABASE_OWNER_URL: ownerUrl,
          CLICKHOUSE_URL: facts.url,
          REDIS_URL: stores().redisUrl,
          HELIOGRAPH_ROLES: 'server',
          HELIOGRAPH_SECRET: 'a secret of this test, long enough',
        },
      }
    },
  }
}
