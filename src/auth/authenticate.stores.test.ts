import { Client, type QueryResultRow } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabases } from '../../tests/testkit/databases.ts'
import { keysOn } from '../../tests/testkit/keys.ts'
import { eventually } from '../../tests/testkit/waiters.ts'
import { tenantsOn } from '../../tests/testkit/tenants.ts'
import type { TenantId } from '../platform/ids.ts'
import { uuidv7 } from '../platform/ids.ts'
import { createLogger } from '../platform/logger.ts'
import { createPostgres, type Postgres } from '../platform/postgres/postgres.ts'
import { operator } from './actor.ts'
import { trustedPermit } from './permit.ts'
import { actions, scopes, type Action, type Permission } from './actions.ts'
import { makeApiKey, makeStreamKey } from './api-key.ts'
import { createAuthenticate, credentialOf } from './authenticate.ts'
import { anonymous, authorize, can } from './viewer.ts'

const log = createLogger({ level: 'silent', format: 'json' })
let postgres: Postgres
let owner: Client
let nowMs = Date.parse('2026-11-20T12:00:00Z')
const clock = { now: () => nowMs }

beforeAll(async () => {
  const { postgresUrl, ownerUrl } = await freshDatabases(log)
  postgres = createPostgres({ url: postgresUrl, log })
  owner = new Client({ connectionString: ownerUrl })
  await owner.connect()
})
afterAll(() => Promise.all([postgres.close(), owner.end()]))

const keys = () => keysOn(postgres, clock)
const permitFor = (tenant: TenantId) => trustedPermit<'apiKey:write'>(tenant, operator)
const tenantWithKey = async (more: { expiresAt?: Date; scopes?: (typeof scopes)[number][] } = {}) => {
  const slug = `t-${uuidv7()}`
  const tenant = await tenantsOn(postgres).create({ slug, name: slug })
  const issued = await keys().issue(permitFor(tenant), {
    name: 'Test',
    mode: 'test',
    scopes: ['read'],
    ...more,
  })
  return { tenant, ...issued }
}
type Made = Awaited<ReturnType<typeof tenantWithKey>>

/** What is wrong with a key, done to one that is good. Answers what to send. */
const bad: Record<string, (made: Made) => Promise<string>> = {
  'a word': async () => 'open sesame',
  'a whole header': async ({ key }) => `Basic ${key}`,
  'a wrong checksum': async ({ key }) => `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`,
  'an unknown key': async () => makeApiKey('live'),
  'a stream key': async () => makeStreamKey(),
  'a key that is revoked': async ({ tenant, id, key }) => {
    expect((await keys().revoke(permitFor(tenant), id)).revokedAt).toEqual(new Date(nowMs))
    return key
  },
  'a key whose time is over': async ({ tenant }) => {
    const expiresAt = new Date(nowMs + 1_000)
    const { id, key } = await keys().issue(permitFor(tenant), {
      name: 'Old',
      mode: 'test',
      scopes: ['read'],
      expiresAt,
    })
    await owner.query('UPDATE api_keys SET expires_at = $2 WHERE id = $1', [id, new Date(nowMs)])
    return key
  },
  'a key of a tenant that is not active': async ({ tenant, key }) => {
    await owner.query('UPDATE tenants SET is_active = false WHERE id = $1', [tenant])
    return key
  },
  'a key of a tenant that was deleted': async ({ tenant, key }) => {
    await owner.query('UPDATE tenants SET deleted_at = now() WHERE id = $1', [tenant])
    return key
  },
  'a key that is gone': async ({ id, key }) => {
    await owner.query('DELETE FROM api_keys WHERE id = $1', [id])
    return key
  },
}

test.each(Object.keys(bad))('%s gets the one answer that every bad key gets', async (kind) => {
  const authenticate = createAuthenticate({ postgres, clock })
  const credential = await bad[kind]!(await tenantWithKey())
  await expect(authenticate(credential)).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    status: 401,
    message: 'A valid API key is needed, or the access token of a sign-in: send "Authorization: Bearer …".',
  })
})

test('what can be no key is refused without a question to the database; a key costs one, and none again for two seconds', async () => {
  let questions = 0
  const counting: Postgres = {
    ...postgres,
    query: (...question) => {
      questions += 1
      return postgres.query(...question)
    },
  }
  const authenticate = createAuthenticate({ postgres: counting, clock })
  const { key } = await tenantWithKey()
  const [body, sum] = [key.slice(0, -8), key.slice(-8)]
  for (const wrong of [
    `${body}${sum.startsWith('0') ? '1' : '0'}${sum.slice(1)}`,
    `${key[0]}x${key.slice(2)}`,
    key.slice(0, -1),
    key.toUpperCase(),
    key.replace('hg_test_', 'hg_live_'),
    makeStreamKey(),
    'open sesame',
  ])
    await expect(authenticate(wrong)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(questions).toBe(0)
  const unknown = makeApiKey('live') // its checksum is right
  for (let time = 0; time < 3; time += 1)
    await expect(authenticate(unknown)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(questions).toBe(1)
  for (let time = 0; time < 50; time += 1) await authenticate(key)
  expect(questions).toBe(2)
  nowMs += 2_000
  await authenticate(key)
  expect(questions).toBe(3)
})

test('a good key is its tenant with its scopes; no key is nobody', async () => {
  const authenticate = createAuthenticate({ postgres, clock })
  const { tenant, id, key } = await tenantWithKey({ scopes: ['read', 'ingest'] })
  expect(await authenticate(key)).toEqual({
    kind: 'apiKey',
    id,
    name: 'Test',
    tenant,
    scopes: new Set(['read', 'ingest']),
  })
  expect(await authenticate(undefined)).toBe(anonymous)
  expect(await authenticate('')).toBe(anonymous)
})

test('a key works until its last moment and not in it', async () => {
  const authenticate = createAuthenticate({ postgres, clock })
  const expiresAt = new Date(nowMs + 1_000)
  const { key } = await tenantWithKey({ expiresAt })
  nowMs = expiresAt.getTime() - 1
  expect(await authenticate(key)).toMatchObject({ kind: 'apiKey' })
  nowMs = expiresAt.getTime()
  await expect(authenticate(key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

const revocations: Record<string, (made: Made) => Promise<unknown>> = {
  'revoking the key': ({ tenant, id }) => keys().revoke(permitFor(tenant), id),
  'switching its tenant off': ({ tenant }: { tenant: TenantId }) =>
    owner.query('UPDATE tenants SET is_active = false WHERE id = $1', [tenant]),
}
test.each(Object.keys(revocations))('%s takes effect within two seconds', async (kind) => {
  const authenticate = createAuthenticate({ postgres, clock })
  const made = await tenantWithKey()
  await authenticate(made.key)
  await revocations[kind]!(made)
  nowMs += 1_999
  expect(await authenticate(made.key)).toMatchObject({ tenant: made.tenant }) // kept, so that a busy client costs no look-up
  nowMs += 1
  await expect(authenticate(made.key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('a clock that is set back keeps no answer for longer', async () => {
  const made = await tenantWithKey()
  const authenticate = createAuthenticate({ postgres, clock })
  await authenticate(made.key)
  await keys().revoke(permitFor(made.tenant), made.id)
  nowMs -= 3_600_000
  await expect(authenticate(made.key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  await expect(authenticate(made.key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  nowMs += 3_600_000
})

test('being asked all the time keeps no answer for longer than two seconds', async () => {
  const authenticate = createAuthenticate({ postgres, clock })
  const made = await tenantWithKey()
  await authenticate(made.key)
  await revocations['revoking the key']!(made)
  for (let step = 0; step < 19; step += 1) {
    nowMs += 100
    await authenticate(made.key)
  }
  nowMs += 100
  await expect(authenticate(made.key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

/** Looks keys up as ever, but the answers to some questions come only when they are let go. */
const slowLookUps = () => {
  const held: (() => void)[] = []
  let hold = false
  const slow: Postgres = {
    ...postgres,
    query: async <Row extends QueryResultRow>(...question: Parameters<Postgres['query']>) => {
      const rows = await postgres.query<Row>(...question)
      if (hold) await new Promise<void>((resolve) => held.push(resolve))
      return rows
    },
  }
  return {
    authenticate: createAuthenticate({ postgres: slow, clock }),
    held,
    set: (to: boolean) => (hold = to),
  }
}

test('an answer is as old as its question: a slow look-up keeps a revoked key for no longer', async () => {
  const { authenticate, held, set } = slowLookUps()
  const made = await tenantWithKey()
  set(true)
  const first = authenticate(made.key)
  await eventually(() => expect(held).toHaveLength(1))
  await revocations['revoking the key']!(made)
  nowMs += 1_999
  set(false)
  held[0]!()
  await first
  nowMs += 1
  await expect(authenticate(made.key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('an answer that comes late does not take the place of a newer one', async () => {
  const { authenticate, held, set } = slowLookUps()
  const made = await tenantWithKey()
  set(true)
  const first = authenticate(made.key)
  await eventually(() => expect(held).toHaveLength(1))
  set(false)
  await revocations['revoking the key']!(made)
  nowMs += 1_000
  const refused = { code: 'UNAUTHENTICATED' }
  await expect(authenticate(made.key)).rejects.toMatchObject(refused)
  held[0]!()
  await expect(first).rejects.toMatchObject(refused) // by now it is known
  await expect(authenticate(made.key)).rejects.toMatchObject(refused)
})

test('a thousand who come at once with one key cost one look-up, and are told the same', async () => {
  const { authenticate, held, set } = slowLookUps()
  const made = await tenantWithKey()
  set(true)
  const all = Array.from({ length: 1_000 }, () => authenticate(made.key))
  await eventually(() => expect(held).toHaveLength(1))
  for (const release of held) release()
  expect(new Set((await Promise.all(all)).map((viewer) => JSON.stringify(viewer))).size).toBe(1)
  expect(held).toHaveLength(1)
})

test('a database that is away is no verdict on the key', async () => {
  const nowhere = createPostgres({ url: 'postgres://nobody:x@127.0.0.1:9/none', log })
  const authenticate = createAuthenticate({ postgres: nowhere, clock })
  await expect(authenticate(makeApiKey('live'))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await nowhere.close()
})

const viewerWith = (...given: (typeof scopes)[number][]) => ({
  kind: 'apiKey' as const,
  id: uuidv7(),
  name: 'Test',
  tenant: uuidv7() as TenantId,
  scopes: new Set(given),
})

test.each(Object.keys(actions) as Action[])(
  '%s is allowed by each of its own scopes alone, and by none if it has none',
  (action) => {
    const { scopes: opening }: Permission = actions[action]
    for (const scope of scopes) {
      expect(can(viewerWith(scope), action)).toBe(opening.includes(scope))
      const others = viewerWith(...scopes.filter((other) => other !== scope))
      if (opening.length === 0) expect(() => authorize(others, action)).toThrow('No API key may do that')
      else if (opening.every((each) => each === scope))
        expect(() => authorize(others, action)).toThrow(`lacks the scope "${scope}"`)
      else expect(() => authorize(others, action)).not.toThrow()
    }
    expect(() => authorize(anonymous, action)).toThrow('A valid API key is needed')
  },
)

test('the credential is the bearer key, else x-api-key; another scheme is a bad key and not none', () => {
  expect(credentialOf({ authorization: 'Bearer k' })).toBe('k')
  expect(credentialOf({ authorization: '  bearer   k  ' })).toBe('k')
  expect(credentialOf({ authorization: 'Bearer k', 'x-api-key': 'other' })).toBe('k')
  expect(credentialOf({ 'x-api-key': 'k' })).toBe('k')
  expect(credentialOf({ authorization: 'Basic dTpw' })).toBe('Basic dTpw')
  expect(credentialOf({ authorization: 'Bearer' })).toBe('Bearer')
  expect(credentialOf({})).toBeUndefined()
})
