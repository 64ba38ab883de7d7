import { afterAll, afterEach, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { openWalls } from './two-tenants.ts'

const CANARY = 'canary-51d0'

const walls = await openWalls(CANARY)
const { a, as, b, codeOf, owner, program, seen, seenApart } = walls

afterEach(() => program.query('RESET ALL'))
afterAll(walls.close)

test('who knows the hash of a key reads that key, its tenant and its project, and nothing else', async () => {
  await as('app.credential_hash', b.hash.toString('hex'))
  expect(await seen()).toEqual({ api_keys: 1, projects: 1, tenants: 1 })
  expect(await program.query('SELECT id FROM tenants')).toMatchObject({ rows: [{ id: b.tenant }] })
  expect(await program.query('UPDATE api_keys SET revoked_at = NULL')).toMatchObject({ rowCount: 0 })
  for (const text of [`UPDATE api_keys SET scopes = '{write}'`, 'DELETE FROM api_keys'])
    expect(await codeOf(text)).toBe('42501')
  expect(await program.query('UPDATE tenants SET name = name')).toMatchObject({ rowCount: 0 })
  for (const value of ['', b.hash.toString('hex').slice(0, 62), '%', 'zz']) {
    await as('app.credential_hash', value)
    expect(['22023', '22012']).toContain(await codeOf('SELECT 1 / count(*) FROM api_keys'))
  }
})

test('who knows a slug reads that tenant, and nothing else', async () => {
  await as('app.tenant_slug', b.slug)
  expect(await seen()).toEqual({ tenants: 1 })
  expect(await program.query('UPDATE tenants SET name = name')).toMatchObject({ rowCount: 0 })
  for (const value of ['', '%', CANARY.toUpperCase()]) {
    await as('app.tenant_slug', value)
    expect(await seen()).toEqual({})
  }
})

test('an operator lists the tenants and the accounts, and sees and changes nothing else', async () => {
  await as('app.operator', 'on')
  expect(await seen()).toEqual({ tenants: 3, users: 2 }) // one tenant is the platform's chain of the audit log
  for (const table of ['tenants', 'users'])
    expect(await program.query(`UPDATE ${table} SET is_active = is_active`)).toMatchObject({ rowCount: 0 })
  for (const value of ['off', 'ON', 'true', '1', '']) {
    await as('app.operator', value)
    expect(await seen()).toEqual({})
  }
})

test('who looks for silence sees the nodes and instances that are to be heard, and sees and changes nothing else', async () => {
  await as('app.silence', 'on')
  expect(await seen()).toEqual({})
  await owner.query(`UPDATE edge_nodes SET health = 'HEALTHY', last_heartbeat_at = now()`)
  await owner.query(`UPDATE service_instances SET health = 'HEALTHY', status = 'RUNNING'`)
  expect(await seen()).toEqual({ edge_nodes: 2, service_instances: 2 })
  expect(await program.query('UPDATE edge_nodes SET name = name')).toMatchObject({ rowCount: 0 })
  expect(await program.query('UPDATE service_instances SET host = host')).toMatchObject({ rowCount: 0 })
  await owner.query(`UPDATE service_instances SET status = 'STOPPED'`)
  expect(await seen()).toEqual({ edge_nodes: 2 })
  await owner.query(`UPDATE service_instances SET status = 'RUNNING', health = 'STALE'`)
  await owner.query(`UPDATE edge_nodes SET health = 'STALE'`)
  for (const value of ['off', 'ON', 'true', '1', '']) {
    await as('app.silence', value)
    expect(await seen()).toEqual({})
  }
})

const message = (topic: string) =>
  `INSERT INTO outbox_messages (tenant_id, topic, id, payload) VALUES ('${a.tenant}', '${topic}', '${uuidv7()}', '{}')`

test('who evaluates alert rules reads all of them and keeps their series and the lease, and sees and changes nothing else', async () => {
  await as('app.alerting', 'on')
  expect(await seen()).toEqual({ alert_rules: 2, alert_series: 2, tenants: 2 })
  expect(await program.query('UPDATE tenants SET name = name')).toMatchObject({ rowCount: 0 })
  expect(await program.query('UPDATE alert_rules SET name = name')).toMatchObject({ rowCount: 0 })
  expect(await program.query('DELETE FROM alert_rules')).toMatchObject({ rowCount: 0 })
  expect(await program.query('UPDATE alert_series SET value = 1')).toMatchObject({ rowCount: 2 })
  expect(await codeOf(message('incidents'))).toBe('42501')
  expect(await codeOf(message('alert-states'))).toBeUndefined()
  await owner.query(`DELETE FROM outbox_messages WHERE topic = 'alert-states'`)
  for (const value of ['off', 'ON', 'true', '1', '']) {
    await as('app.alerting', value)
    expect(await seen()).toEqual({})
    expect(await codeOf(message('alert-states'))).toBe('42501')
  }
})

const shownOfB = async () => (await program.query('SELECT FROM tenants WHERE id = $1', [b.tenant])).rowCount

test('who evaluates and who notifies sees of the tenants those that are active', async () => {
  for (const setting of ['app.alerting', 'app.notifying']) {
    for (const off of ['is_active = false', 'deleted_at = now()']) {
      await as(setting, 'on')
      expect(await shownOfB()).toBe(1)
      await owner.query(`UPDATE tenants SET ${off} WHERE id = $1`, [b.tenant])
      expect(await shownOfB()).toBe(0)
      await owner.query('UPDATE tenants SET is_active = true, deleted_at = NULL WHERE id = $1', [b.tenant])
      await as(setting, 'off')
      expect(await shownOfB()).toBe(0)
    }
    await program.query('RESET ALL')
  }
})

test('who looks for clips whose time is over sees those that have one, and sees and changes nothing else', async () => {
  await as('app.retention', 'on')
  expect(await seen()).toEqual({})
  await owner.query('UPDATE clips SET retention_until = now()')
  expect(await seen()).toEqual({ clips: 2 })
  expect(await program.query('UPDATE clips SET title = title')).toMatchObject({ rowCount: 0 })
  expect(await program.query('DELETE FROM clips')).toMatchObject({ rowCount: 0 })
  await owner.query('UPDATE clips SET deleted_at = now()')
  expect(await seen()).toEqual({})
  await owner.query('UPDATE clips SET deleted_at = NULL')
  for (const value of ['off', 'ON', 'true', '1', '']) {
    await as('app.retention', value)
    expect(await seen()).toEqual({})
  }
  await owner.query('UPDATE clips SET retention_until = NULL')
})

test('an account reads itself, its sessions, where it is a member and those tenants, and nothing that they own', async () => {
  await as('app.user_id', b.user)
  expect(await seen()).toEqual({ memberships: 1, tenants: 1, users: 1 })
  expect(await seenApart()).toEqual({ passwords: 1, refresh_tokens: 1, sessions: 1 })
  for (const table of ['memberships', 'tenants'])
    expect(
      await program.query(`UPDATE ${table} SET updated_at = now()`).catch((error: { code: string }) => error),
    ).toMatchObject({ rowCount: 0 })
  expect(await program.query('DELETE FROM memberships')).toMatchObject({ rowCount: 0 })
  const mine = `INSERT INTO memberships (id, tenant_id, user_id, role, updated_at) VALUES ($1, $2, $3, 'OWNER', now())`
  expect(await codeOf(mine, [uuidv7(), a.tenant, b.user])).toBe('42501')
})

test('a tenant makes nobody its member, and no membership another account', async () => {
  await as('app.tenant_id', a.tenant)
  const member = `INSERT INTO memberships (id, tenant_id, user_id, role, updated_at) VALUES ($1, $2, $3, 'OWNER', now())`
  for (const user of [a.user, b.user]) expect(await codeOf(member, [uuidv7(), a.tenant, user])).toBe('42501')
  expect(await codeOf('UPDATE memberships SET user_id = $1', [b.user])).toBe('42501')
})

test("no tenant sees a password, a session, a refresh token or a signing key, not even its own members'", async () => {
  await as('app.tenant_id', b.tenant)
  expect(await seenApart()).toEqual({})
})

test('as one account no session of another can be seen, changed, removed, made or given away', async () => {
  await as('app.user_id', a.user)
  for (const [table, column] of [
    ['passwords', 'updated_at'],
    ['sessions', 'expires_at'],
    ['refresh_tokens', 'expires_at'],
  ] as const) {
    expect((await program.query(`SELECT FROM ${table} WHERE user_id = $1`, [b.user])).rowCount).toBe(0)
    expect(
      (await program.query(`UPDATE ${table} SET ${column} = now() WHERE user_id = $1`, [b.user])).rowCount,
    ).toBe(0)
    expect((await program.query(`DELETE FROM ${table} WHERE user_id = $1`, [b.user])).rowCount).toBe(0)
    expect(await codeOf(`UPDATE ${table} SET user_id = $1`, [b.user])).toBe('42501')
  }
  const made = `INSERT INTO sessions (id, user_id, last_used_at, expires_at) VALUES ($1, $2, now(), now())`
  expect(await codeOf(made, [uuidv7(), b.user])).toBe('42501')
})

test('who knows an e-mail, the hash of a refresh token or of an invitation reads that one row, and nothing else', async () => {
  await as('app.email', `${CANARY}@example.test`)
  expect([await seen(), await seenApart()]).toEqual([{ users: 1 }, { passwords: 1 }])
  expect(await program.query('UPDATE users SET is_active = true')).toMatchObject({ rowCount: 0 })
  expect(await program.query(`UPDATE passwords SET hash = 'mine'`)).toMatchObject({ rowCount: 0 })
  await program.query('RESET ALL')
  await as('app.credential_hash', b.refresh.toString('hex'))
  expect([await seen(), await seenApart()]).toEqual([{}, { refresh_tokens: 1 }])
  expect(await program.query('UPDATE refresh_tokens SET used_at = NULL')).toMatchObject({ rowCount: 0 })
  await as('app.credential_hash', b.invitation.toString('hex'))
  expect([await seen(), await seenApart()]).toEqual([{ invitations: 1 }, {}])
  expect(await program.query(`UPDATE invitations SET role = 'OWNER'`)).toMatchObject({ rowCount: 0 })
})

test('who knows what a provider knows somebody as reads that account, and nothing else', async () => {
  const identity = [`https://${CANARY}.example.test`, 'a subject of 3']
  await owner.query('UPDATE users SET oauth_provider = $2, oauth_id = $3 WHERE id = $1', [
    b.user,
    ...identity,
  ])
  await as('app.oauth_identity', identity.join(' '))
  expect([await seen(), await seenApart()]).toEqual([{ users: 1 }, {}])
  expect(await program.query('UPDATE users SET is_active = true')).toMatchObject({ rowCount: 0 })
  expect(await codeOf('DELETE FROM users')).toBe('42501')
  // The accounts without an identity are nobody's either.
  for (const value of ['', ' ', '%', identity[0]!, identity[1]!, identity.join('  ')]) {
    await as('app.oauth_identity', value)
    expect(await seen()).toEqual({})
  }
})

test('signing keys are seen by what signs alone', async () => {
  await as('app.signing', 'on')
  expect([await seen(), await seenApart()]).toEqual([{}, { signing_keys: 2 }])
})

test('the relay reads, removes and sets aside messages, and can neither write nor change one nor see anything else', async () => {
  await as('app.relay', 'on')
  expect(await seen()).toEqual({ outbox_messages: 2 })
  expect(await codeOf('UPDATE outbox_messages SET topic = topic', [])).toBe('42501')
  expect(await codeOf('UPDATE outbox_messages SET tenant_id = $1', [b.tenant])).toBe('42501')
  const insert = 'INSERT INTO outbox_messages (id, tenant_id, topic, payload) VALUES ($1, $2, $3, $4)'
  expect(await codeOf(insert, [uuidv7(), b.tenant, 'x', {}])).toBe('42501')
  for (const value of ['off', 'ON', 'true', '1', '']) {
    await as('app.relay', value)
    expect(await seen()).toEqual({})
  }
  await as('app.relay', 'on')
  await program.query('BEGIN')
  expect(await program.query('DELETE FROM outbox_messages')).toMatchObject({ rowCount: 2 })
  await program.query('ROLLBACK')
})
