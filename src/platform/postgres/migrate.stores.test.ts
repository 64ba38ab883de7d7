import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { stores } from '../../../tests/testkit/stores.ts'
import { withDatabase } from '../../../tests/testkit/template.ts'
import { eventually } from '../../../tests/testkit/waiters.ts'
import { applyMigrations, migrationStatus } from './migrate.ts'

const prisma = join(import.meta.dirname, '../../../prisma')

const connect = async (url: string): Promise<Client> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}

/** An empty database, a folder of migrations that begins with a row, and the sequence `kills`. */
const oldDatabase = async () => {
  const name = `t_${randomBytes(6).toString('hex')}`
  const admin = await connect(stores().postgresOwnerUrl)
  await admin.query(`CREATE DATABASE ${name}`)
  await admin.end()
  const ownerUrl = withDatabase(stores().postgresOwnerUrl, name)
  const prismaDir = mkdtempSync(join(tmpdir(), 'heliograph-migrate-'))
  const owner = await connect(ownerUrl)
  onTestFinished(async () => {
    await owner.end()
    rmSync(prismaDir, { recursive: true })
  })
  cpSync(join(prisma, 'schema'), join(prismaDir, 'schema'), { recursive: true })
  mkdirSync(join(prismaDir, 'migrations'))
  cpSync(join(prisma, 'migrations/migration_lock.toml'), join(prismaDir, 'migrations/migration_lock.toml'))
  const write = (migration: string, text: string) => {
    mkdirSync(join(prismaDir, 'migrations', migration), { recursive: true })
    writeFileSync(join(prismaDir, 'migrations', migration, 'migration.sql'), text)
  }
  const options = { ownerUrl, prismaDir }
  write('1_first', 'CREATE TABLE kept AS SELECT 42 AS answer; CREATE SEQUENCE kills;')
  await applyMigrations(options)
  return { owner, write, options }
}

/** Kills the connection that runs it, once: what a sequence gave is not taken back. */
const KILL = `SELECT pg_terminate_backend(pg_backend_pid()) WHERE nextval('kills') = 1`
const SECOND = 'ALTER TABLE kept ADD COLUMN more INT NOT NULL DEFAULT 1;\n'
const KEPT = [{ answer: 42, more: 1 }]

const onHistory = (moment: string) => `
  CREATE FUNCTION kill_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM * FROM (${KILL}) k; RETURN NEW; END $$;
  CREATE TRIGGER kill_once BEFORE ${moment} ON _prisma_migrations FOR EACH ROW EXECUTE FUNCTION kill_once()`

test.each([
  ['before it', onHistory('INSERT'), SECOND],
  ['within it', 'SELECT', `${SECOND}${KILL};\nUPDATE kept SET more = more -- the last line may be a comment`],
  ['when it is marked', onHistory('UPDATE OF finished_at'), SECOND],
  ['after it', onHistory('UPDATE OF applied_steps_count'), SECOND],
])('a migration whose program dies %s is whole after the next start', async (_when, before, text) => {
  const { owner, write, options } = await oldDatabase()
  await owner.query(before)
  write('2_second', text)
  await expect(applyMigrations(options)).rejects.toThrow()
  await applyMigrations(options)
  expect((await owner.query('SELECT * FROM kept')).rows).toEqual(KEPT)
  expect((await migrationStatus(options)).map(({ state }) => state)).toEqual(['applied', 'applied'])
})

test('a script that goes on without its program is waited for', async () => {
  const { owner, write, options } = await oldDatabase()
  write('2_second', `${SECOND}SELECT pg_advisory_xact_lock(42);`)
  await owner.query('SELECT pg_advisory_lock(42)')
  const program = `
    const { applyMigrations } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'migrate.ts')).href)})
    await applyMigrations(${JSON.stringify(options)})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' })
  await eventually(async () =>
    expect((await owner.query('SELECT FROM pg_locks WHERE NOT granted AND objid = 42')).rowCount).toBe(1),
  )
  child.kill('SIGKILL')
  await once(child, 'exit')

  const waits = Promise.withResolvers<string>()
  const next = applyMigrations({ ...options, onProgress: waits.resolve })
  expect(await waits.promise).toMatch(/^Waiting until the databases are migrated by /)
  await owner.query('SELECT pg_advisory_unlock(42)')
  await next
  expect((await owner.query('SELECT * FROM kept')).rows).toEqual(KEPT)
  expect((await migrationStatus(options)).map(({ state }) => state)).toEqual(['applied', 'applied'])
})

test('a migration that Postgres refuses says why, leaves nothing, and is applied once its cause is mended', async () => {
  const { owner, write, options } = await oldDatabase()
  write('2_second', `${SECOND}ALTER TABLE kept ADD CHECK (answer < 42);`)
  for (const _ of [1, 2])
    await expect(applyMigrations(options)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(
        /^Postgres refuses migration 2_second: check constraint .*Mend the cause/,
      ),
    })
  expect((await owner.query('SELECT * FROM kept')).rows).toEqual([{ answer: 42 }])
  await owner.query('UPDATE kept SET answer = 41')
  expect(await applyMigrations(options)).toEqual(['2_second'])
  expect((await owner.query('SELECT * FROM kept')).rows).toEqual([{ answer: 41, more: 1 }])
})

test.each([
  ['column', 'ALTER TABLE kept ADD COLUMN answer INT;'],
  ['table', 'CREATE TABLE kept ();'],
  ['constraint', 'ALTER TABLE kept ADD CONSTRAINT there CHECK (true), ADD CONSTRAINT there CHECK (true);'],
])('a migration whose %s is there already may have been applied by an older version', async (_what, text) => {
  const { write, options } = await oldDatabase()
  write('2_second', text)
  await expect(applyMigrations(options)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringMatching(
      /^Postgres refuses migration 2_second: .*already exists.*prisma migrate resolve --applied 2_second"/,
    ),
  })
})

test('no migration of ours ends its own transaction', () => {
  const folders = readdirSync(join(prisma, 'migrations')).filter((name) => /^\d/.test(name))
  const wrong = folders.filter((name) =>
    /^\s*(begin(\s+transaction)?\s*;|commit\b|rollback\b)|\b(concurrently|vacuum)\b/im.test(
      readFileSync(join(prisma, 'migrations', name, 'migration.sql'), 'utf8').replaceAll(/--.*/g, ''),
    ),
  )
  expect(wrong).toEqual([])
})
