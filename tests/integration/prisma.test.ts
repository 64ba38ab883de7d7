import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { createLogger } from '../../src/platform/logger.ts'
import { readSchema, withSchemaEngine } from '../../src/platform/postgres/schema-engine.ts'
import { freshDatabases } from '../testkit/databases.ts'

const schemaDir = fileURLToPath(new URL('../../prisma/schema', import.meta.url))

/**
 * What Prisma knows of a database: tables and columns, enums, indexes but partial ones, references between
 * tables.
 */
const CATALOG = `
  SELECT format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                CASE WHEN a.attnotnull THEN ' NOT NULL' END, ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)) AS fact
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT format('%s (%s)', t.typname, (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
    FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace AND t.typtype = 'e'
  UNION ALL
  SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
   WHERE c.relnamespace = 'public'::regnamespace AND i.indpred IS NULL
  UNION ALL
  SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
   WHERE contype = 'f' AND connamespace = 'public'::regnamespace
  ORDER BY 1`

const catalogOf = async (url: string, script?: string): Promise<string[]> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    if (script !== undefined) await client.query(script)
    const { rows } = await client.query<{ fact: string }>(CATALOG)
    return rows.map(({ fact }) => fact).filter((fact) => !fact.includes('_prisma_migrations'))
  } finally {
    await client.end()
  }
}

test('the migrations make the database that the Prisma schema describes', async () => {
  const { ownerUrl } = await freshDatabases(createLogger({ level: 'silent', format: 'json' }))
  const schema = await readSchema(schemaDir)
  const files = schema.map(([path, content]) => ({ path, content }))
  const { stdout: script } = await withSchemaEngine(ownerUrl, schema, (engine) =>
    engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    }),
  )
  const name = `described_${randomBytes(6).toString('hex')}`
  const admin = new Client({ connectionString: ownerUrl })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${name}`)
  await admin.end()
  const described = Object.assign(new URL(ownerUrl), { pathname: `/${name}` }).href
  expect(await catalogOf(ownerUrl)).toEqual(await catalogOf(described, script ?? ''))
})
