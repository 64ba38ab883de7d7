import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabases } from '../../../tests/testkit/databases.ts'
import { operator, programActor } from '../../auth/actor.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { createLogger } from '../../platform/logger.ts'
import { createPostgres, type Postgres } from '../../platform/postgres/postgres.ts'
import { tenantsOn } from '../../../tests/testkit/tenants.ts'
import { appendAudit } from './audit.append.ts'
import { auditHash, canonicalJson, GENESIS } from './audit.chain.ts'
import { createAuditService } from './audit.service.ts'
import { createAuditStore, type ChainedRow } from './audit.store.ts'

const log = createLogger({ level: 'silent', format: 'json' })
let databases: Awaited<ReturnType<typeof freshDatabases>>
let postgres: Postgres
let owner: Client
beforeAll(async () => {
  databases = await freshDatabases(log)
  postgres = createPostgres({ url: databases.postgresUrl, log })
  owner = new Client({ connectionString: databases.ownerUrl })
  await owner.connect()
})
afterAll(() => Promise.all([postgres.close(), owner.end()]))

const store = () => createAuditStore({ postgres })
const verify = (tenant: TenantId) => createAuditService({ store: store() }).verify(tenant)
const newTenant = (): Promise<TenantId> => {
  const slug = `t-${uuidv7()}`
  return tenantsOn(postgres).create({ slug, name: slug })
}

/** A tenant whose chain has that many rows; the first tells of its making. */
const chainOf = async (rows: number): Promise<TenantId> => {
  const tenant = await newTenant()
  for (let number = 2; number <= rows; number += 1)
    await store().append(tenant, {
      actor: operator,
      action: 'test',
      after: { number, z: 1.5, a: ['ü', null] },
    })
  return tenant
}
const rowsOf = (tenant: TenantId): Promise<ChainedRow[]> =>
  store().readChain(tenant, ({ after }) => after(0, 10_000))

test('64 writers at once write one chain without a fork or a gap', async () => {
  const tenant = await newTenant()
  await Promise.all(
    Array.from({ length: 64 }, (_, index) =>
      store().append(tenant, { actor: programActor(`writer ${index}`), action: 'test', after: { index } }),
    ),
  )
  const rows = await rowsOf(tenant)
  expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 65 }, (_, index) => index + 1))
  expect(new Set(rows.map(({ prevHash }) => prevHash.toString('hex'))).size).toBe(65)
  expect(await verify(tenant)).toMatchObject({ rows: 65, damage: [] })
  const times = rows.map(({ createdAt }) => createdAt.getTime())
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('a change that fails leaves no row, and its number is given again', async () => {
  const tenant = await chainOf(2)
  const failing = store().append(tenant, { actor: operator, action: 'test', outcome: 'NEVER' as 'FAILED' })
  await expect(failing).rejects.toThrow()
  await store().append(tenant, { actor: operator, action: 'test' })
  expect(await verify(tenant)).toMatchObject({ rows: 3, damage: [] })
})

test('texts that Postgres would not keep, secrets and long texts are written in a form that still checks', async () => {
  const tenant = await newTenant()
  const lone = 'x\uD800y'
  await store().append(tenant, {
    actor: programActor(`nul\0 ${lone}`),
    action: 'test',
    before: {
      text: `a\0b${lone}`,
      long: 'l'.repeat(5_000),
      when: new Date(0),
      big: 12n,
      none: undefined,
      1.5: 1e21,
    },
    after: { key: 'hg_live_canary', nested: [{ password: 'canary', hash: Buffer.from('canary') }] },
  })
  const [, row] = await rowsOf(tenant)
  expect(JSON.stringify(row)).not.toContain('canary')
  expect(row!.before).toMatchObject({
    text: 'a\uFFFDbx\uFFFDy',
    when: '1970-01-01T00:00:00.000Z',
    big: '12',
  })
  expect(await verify(tenant)).toMatchObject({ damage: [] })
})

test('the hash is the documented one: anybody can compute it', async () => {
  const tenant = await chainOf(2)
  const [first, second] = await rowsOf(tenant)
  expect(first!.prevHash.equals(GENESIS)).toBe(true)
  expect(second!.prevHash.equals(first!.hash)).toBe(true)
  expect(auditHash(first!.hash, second!)).toEqual(second!.hash)
  expect(canonicalJson({ b: 1, a: [true, null, 'ü"'], ä: {}, B: 1e21 })).toBe(
    '{"B":1e+21,"a":[true,null,"ü\\""],"b":1,"ä":{}}',
  )
})

/** Damage that a superuser does past the triggers, on a chain of 9 rows, and what has to be found. */
const damages: Record<string, { sql: string[]; sequence: number; kind: string }> = {
  'an edited text': {
    sql: [`UPDATE audit_logs SET actor = 'x' WHERE sequence = 5`],
    sequence: 5,
    kind: 'EDITED',
  },
  'an edited first row': {
    sql: [`UPDATE audit_logs SET action = 'x' WHERE sequence = 1`],
    sequence: 1,
    kind: 'EDITED',
  },
  'an edited last row': {
    sql: [`UPDATE audit_logs SET action = 'x' WHERE sequence = 9`],
    sequence: 9,
    kind: 'EDITED',
  },
  'one number within after': {
    sql: [`UPDATE audit_logs SET after = jsonb_set(after, '{z}', '1.6') WHERE sequence = 5`],
    sequence: 5,
    kind: 'EDITED',
  },
  'a time moved by a millisecond': {
    sql: [`UPDATE audit_logs SET created_at = created_at + interval '1 ms' WHERE sequence = 5`],
    sequence: 5,
    kind: 'EDITED',
  },
  'an outcome made good': {
    sql: [`UPDATE audit_logs SET outcome = 'FAILED' WHERE sequence = 5`],
    sequence: 5,
    kind: 'EDITED',
  },
  'an edited hash': {
    sql: [`UPDATE audit_logs SET hash = prev_hash WHERE sequence = 5`],
    sequence: 5,
    kind: 'EDITED',
  },
  'a removed row': { sql: ['DELETE FROM audit_logs WHERE sequence = 5'], sequence: 5, kind: 'REMOVED' },
  'a removed first row': { sql: ['DELETE FROM audit_logs WHERE sequence = 1'], sequence: 1, kind: 'REMOVED' },
  'a removed row and those after it moved up': {
    sql: [
      'DELETE FROM audit_logs WHERE sequence = 5',
      'UPDATE audit_logs SET sequence = sequence + 100 WHERE sequence > 5',
      'UPDATE audit_logs SET sequence = sequence - 101 WHERE sequence > 5',
    ],
    sequence: 5,
    kind: 'REORDERED',
  },
  'two rows that changed places': {
    sql: [
      'UPDATE audit_logs SET sequence = 100 WHERE sequence = 5',
      'UPDATE audit_logs SET sequence = 5 WHERE sequence = 7',
      'UPDATE audit_logs SET sequence = 7 WHERE sequence = 100',
    ],
    sequence: 5,
    kind: 'REORDERED',
  },
  'the newest rows cut off': {
    sql: ['DELETE FROM audit_logs WHERE sequence > 7'],
    sequence: 8,
    kind: 'CUT_OFF',
  },
  'all rows cut off': { sql: ['DELETE FROM audit_logs'], sequence: 1, kind: 'CUT_OFF' },
  'the oldest rows removed, and the beginning moved': {
    sql: [
      'DELETE FROM audit_logs WHERE sequence < 4',
      `UPDATE audit_heads h SET first_sequence = 4, first_prev_hash =
         (SELECT prev_hash FROM audit_logs l WHERE l.tenant_id = h.tenant_id AND sequence = 4) WHERE true`,
    ],
    sequence: 1,
    kind: 'REMOVED',
  },
  'a removed head': { sql: ['DELETE FROM audit_heads'], sequence: 1, kind: 'INSERTED' },
  'a head that was set back': { sql: ['UPDATE audit_heads SET sequence = 8'], sequence: 9, kind: 'INSERTED' },
  'a head with another hash': {
    sql: [`UPDATE audit_heads SET hash = first_prev_hash`],
    sequence: 9,
    kind: 'EDITED',
  },
}

/**
 * Runs statements on one tenant's rows as the superuser that owns the database, with triggers switched off.
 */
const damage = async (tenant: TenantId, statements: readonly string[]): Promise<void> => {
  await owner.query('BEGIN')
  await owner.query('SET LOCAL session_replication_role = replica')
  for (const sql of statements)
    await owner.query(`${sql} ${sql.includes('WHERE') ? 'AND' : 'WHERE'} tenant_id = '${tenant}'`)
  await owner.query('COMMIT')
}

test.each(Object.keys(damages))('%s is found, and in which row', async (what) => {
  const { sql, sequence, kind } = damages[what]!
  const [tenant, other] = [await chainOf(9), await chainOf(3)]
  expect(await verify(tenant)).toMatchObject({ rows: 9, damage: [] })
  await damage(tenant, sql)
  const { damage: found } = await verify(tenant)
  expect(found[0]).toMatchObject({ sequence, kind })
  expect(await verify(other)).toMatchObject({ damage: [] })
})

/** Writes a row with right hashes at a place, as somebody would who knows how hashes are made. */
const forge = async (tenant: TenantId, sequence: number, prevHash: Buffer): Promise<void> => {
  const [, template] = await rowsOf(tenant)
  const row = { ...template!, sequence, id: uuidv7(), actor: 'forged' }
  await owner.query(
    `INSERT INTO audit_logs (tenant_id, sequence, id, created_at, actor_kind, actor, action, before, after, outcome, prev_hash, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      tenant,
      sequence,
      row.id,
      row.createdAt,
      row.actorKind,
      row.actor,
      row.action,
      row.before,
      JSON.stringify(row.after),
      row.outcome,
      prevHash,
      auditHash(prevHash, row),
    ],
  )
}

test('a row put in between, with a right hash and room made for it, is found', async () => {
  const tenant = await chainOf(9)
  const rows = await rowsOf(tenant)
  await damage(tenant, [
    'UPDATE audit_logs SET sequence = sequence + 100 WHERE sequence > 5',
    'UPDATE audit_logs SET sequence = sequence - 99 WHERE sequence > 5',
    'UPDATE audit_heads SET sequence = 10',
  ])
  await forge(tenant, 6, rows[4]!.hash)
  expect((await verify(tenant)).damage[0]).toMatchObject({ sequence: 6, kind: 'INSERTED' })
})

test('a row below the first one is found, and told once', async () => {
  const tenant = await chainOf(9)
  await owner.query('ALTER TABLE audit_logs DROP CONSTRAINT audit_logs_sequence_check')
  await forge(tenant, -5, GENESIS)
  const { rows, damage: found } = await verify(tenant)
  expect([rows, found]).toMatchObject([10, [{ sequence: -5, kind: 'INSERTED' }]])
  await owner.query(
    'ALTER TABLE audit_logs ADD CONSTRAINT audit_logs_sequence_check CHECK (sequence >= 1) NOT VALID',
  )
})

test('a row put behind the newest one, with a right hash, is found', async () => {
  const tenant = await chainOf(9)
  const rows = await rowsOf(tenant)
  await forge(tenant, 10, rows[8]!.hash)
  expect((await verify(tenant)).damage).toMatchObject([{ sequence: 10, kind: 'INSERTED' }])
})

test('a row that was written anew with a right hash is found by the one after it', async () => {
  const tenant = await chainOf(9)
  const rows = await rowsOf(tenant)
  await damage(tenant, ['DELETE FROM audit_logs WHERE sequence = 5'])
  await forge(tenant, 5, rows[3]!.hash)
  expect((await verify(tenant)).damage).toMatchObject([{ sequence: 6, kind: 'EDITED' }])
})

test('a chain that is damaged all over is told of in the time that a whole one takes, and how much more there is', async () => {
  const tenant = await newTenant()
  for (let round = 0; round < 15; round += 1)
    await postgres.forTenant(tenant).$transaction(async (tx) => {
      for (let index = 0; index < 100; index += 1)
        await appendAudit(tx, tenant, { actor: operator, action: 'x', requires: 'nobody asks' })
    })
  const timed = async () => {
    const from = performance.now()
    const verdict = await verify(tenant)
    return { ...verdict, ms: performance.now() - from }
  }
  const whole = await timed()
  expect(whole).toMatchObject({ rows: 1_501, damage: [], more: 0 })
  await damage(tenant, [`UPDATE audit_logs SET actor = 'x'`])
  const damaged = await timed()
  expect(damaged).toMatchObject({ rows: 1_501, more: 1_481 })
  expect(damaged.damage.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  process.stderr.write(`verify: ${Math.round(whole.ms)} ms whole, ${Math.round(damaged.ms)} ms damaged\n`)
  // Each of the 20 that are explained takes 1,000 hashes; 1,501 of them took 5 s.
  expect(damaged.ms).toBeLessThan(whole.ms + 1_500)
})

test('chains longer than a page are walked to their end', async () => {
  const tenant = await newTenant()
  for (let round = 0; round < 21; round += 1)
    await postgres.forTenant(tenant).$transaction(async (tx) => {
      for (let index = 0; index < 50; index += 1)
        await appendAudit(tx, tenant, { actor: operator, action: 'x', requires: 'nobody asks' })
    })
  expect(await verify(tenant)).toMatchObject({ rows: 1_051, damage: [], head: { sequence: 1_051 } })
  await damage(tenant, [`UPDATE audit_logs SET actor = 'x' WHERE sequence = 1001`])
  expect((await verify(tenant)).damage).toMatchObject([{ sequence: 1_001, kind: 'EDITED' }])
})

test.each([
  `UPDATE audit_logs SET actor = 'x'`,
  'DELETE FROM audit_logs',
  'TRUNCATE audit_logs',
  'DELETE FROM audit_heads',
  'TRUNCATE audit_heads',
])('%s is refused to the owner too', async (text) => {
  await chainOf(1)
  await expect(owner.query(text)).rejects.toMatchObject({ code: '42501' })
})

test('retention is the one way to remove: the oldest rows, by the owner, with the new beginning written down', async () => {
  const tenant = await chainOf(9)
  const prune = async (alsoBeginning: boolean) => {
    await owner.query(`SET LOCAL app.audit_retention = 'on'`)
    await owner.query('DELETE FROM audit_logs WHERE tenant_id = $1 AND sequence < 4', [tenant])
    if (alsoBeginning)
      await owner.query(
        `UPDATE audit_heads h SET first_sequence = l.sequence, first_prev_hash = l.prev_hash
           FROM audit_logs l WHERE l.tenant_id = h.tenant_id AND l.sequence = 4 AND h.tenant_id = $1`,
        [tenant],
      )
  }
  await owner.query('BEGIN')
  await prune(true)
  await owner.query('COMMIT')
  // Done by hand it is found: no row of the chain tells of it, as `pruneChain` writes one.
  expect(await verify(tenant)).toMatchObject({ rows: 6, damage: [{ sequence: 1, kind: 'REMOVED' }] })
  await expect(owner.query('DELETE FROM audit_logs')).rejects.toMatchObject({ code: '42501' }) // it held for that transaction
  await expect(
    postgres.query(
      { setting: 'app.tenant_id', value: tenant },
      { text: 'DELETE FROM audit_logs', values: [] },
    ),
  ).rejects.toMatchObject({ code: '42501' })
})
