import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createClickHouseMigrations } from './migrate.ts'
import { dumpSchema } from '../../../tests/testkit/clickhouse-schema.ts'
import { splitStatements } from './statements.ts'
import { migrationsFolder, openTestStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'

let store: TestStore
let folder: string
beforeEach(async () => {
  store = await openTestStore({ migrated: false })
  folder = mkdtempSync(join(tmpdir(), 'heliograph-migrations-'))
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
const table = (name: string) =>
  `-- serves nothing\nCREATE TABLE IF NOT EXISTS ${name} (a String) ENGINE = MergeTree ORDER BY a;`
const migrations = (from = folder) =>
  createClickHouseMigrations({ clickHouse: store.clickHouse, folder: from })
const states = async () =>
  (await migrations().status()).map(({ name, state }) => `${name.slice(0, 4)} ${state}`)

describe('migrations', () => {
  test('run from empty, and again without effect, and make what clickhouse/schema.sql shows', async () => {
    expect((await migrations(migrationsFolder).status()).every(({ state }) => state === 'pending')).toBe(true)
    const applied = await migrations(migrationsFolder).apply()
    expect(applied).toContain('0001_viewer_samples.sql')
    const dump = await dumpSchema(store.clickHouse)
    expect(await migrations(migrationsFolder).apply()).toEqual([])
    expect(await dumpSchema(store.clickHouse)).toBe(dump)
    expect((await migrations(migrationsFolder).status()).every(({ state }) => state === 'applied')).toBe(true)
    await expect(dump).toMatchFileSnapshot(join(migrationsFolder, '../schema.sql'))
  })

  test('run in order of their numbers, only what is new', async () => {
    write('0002_second.sql', 'ALTER TABLE one ADD COLUMN IF NOT EXISTS b String')
    write('0001_first.sql', table('one'))
    expect(await migrations().apply()).toEqual(['0001_first.sql', '0002_second.sql'])
    write('0003_third.sql', table('three'))
    expect(await states()).toEqual(['0001 applied', '0002 applied', '0003 pending'])
    expect(await migrations().apply()).toEqual(['0003_third.sql'])
  })

  test('stop before anything runs when an applied file was edited, and say what to do', async () => {
    write('0001_first.sql', table('one'))
    await migrations().apply()
    write('0001_first.sql', table('uno'))
    write('0002_second.sql', table('two'))
    expect(await states()).toEqual(['0001 edited', '0002 pending'])
    await expect(migrations().apply()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/0001_first\.sql was changed .* as a new migration/) as unknown,
    })
    expect(await states()).toEqual(['0001 edited', '0002 pending'])
  })

  test('stop at one that the server refuses, keep saying so, and go on once it is corrected', async () => {
    write('0001_first.sql', table('one'))
    write('0002_second.sql', `${table('two')}\nSELECT nonsense FROM nowhere;`)
    write('0003_third.sql', table('three'))
    const refused = {
      code: 'CONFLICT',
      message: expect.stringContaining('0002_second.sql was refused') as unknown,
    }
    await expect(migrations().apply()).rejects.toMatchObject(refused)
    expect(await states()).toEqual(['0001 applied', '0002 failed', '0003 pending'])
    await expect(migrations().apply()).rejects.toMatchObject(refused)
    await expect(migrations().apply({ retryFailed: true })).rejects.toMatchObject(refused)
    write('0002_second.sql', table('two'))
    expect(await states()).toEqual(['0001 applied', '0002 pending', '0003 pending'])
    expect(await migrations().apply()).toEqual(['0002_second.sql', '0003_third.sql'])
  })

  test('repeat one that was interrupted', async () => {
    write('0001_first.sql', table('one'))
    await migrations().apply()
    const line = Buffer.from(`${JSON.stringify(['0001_first.sql', 'any', 'started'])}\n`)
    await store.clickHouse.insertRows('schema_migrations', ['name', 'checksum', 'state'], line, 'interrupted')
    expect(await states()).toEqual(['0001 pending'])
    expect(await migrations().apply()).toEqual(['0001_first.sql'])
    expect(await states()).toEqual(['0001 applied'])
  })

  test('begin nothing more once the lock is lost', async () => {
    write('0001_first.sql', `${table('one')}\n${table('another')}`)
    write('0002_second.sql', table('two'))
    const lost = new AbortController()
    const clickHouse = {
      ...store.clickHouse,
      command: async (statement: string) => {
        await store.clickHouse.command(statement)
        if (statement.includes('one')) lost.abort(new Error('lost'))
      },
    }
    const losing = createClickHouseMigrations({ clickHouse, folder })
    await expect(losing.apply({ lost: lost.signal })).rejects.toThrow('lost')
    expect(await states()).toEqual(['0001 pending', '0002 pending'])
    expect(await dumpSchema(store.clickHouse)).not.toMatch(/another|two/)
    await expect(losing.apply({ lost: lost.signal })).rejects.toThrow('lost')
    expect(await migrations().apply()).toEqual(['0001_first.sql', '0002_second.sql'])
  })

  test('refuse a file without a number and two files with one', async () => {
    write('first.sql', table('one'))
    await expect(migrations().apply()).rejects.toMatchObject({ code: 'CONFLICT' })
    rmSync(join(folder, 'first.sql'))
    write('0001_a.sql', table('a'))
    write('0001_b.sql', table('b'))
    await expect(migrations().apply()).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

test('a file is cut at its semicolons, not at those in strings, names and comments', () => {
  const text = `
    -- one; two
    CREATE TABLE a (b String DEFAULT 'x;''y\\';' COMMENT "it's; ok") /* ; */ ENGINE = Memory;
    ;
    SELECT \`a;b\` -- end; of line
    FROM c`
  expect(splitStatements(text).map((statement) => statement.replaceAll(/\s+/g, ' '))).toEqual([
    `CREATE TABLE a (b String DEFAULT 'x;''y\\';' COMMENT "it's; ok") ENGINE = Memory`,
    'SELECT `a;b` FROM c',
  ])
})
