import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { encodeGlobalID } from '../../src/graphql/global-id.ts'
import { platformTenant } from '../../src/platform/ids.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer } from '../testkit/client.ts'
import { eventually, settled } from '../testkit/waiters.ts'
import { createCommand } from './command.ts'

/**
 * The time within which whoever is switched off is refused, and has no connection left (design, section 8).
 */
const REFUSED_MS = 2_000
const OUT_MS = 5_000
const PASSWORD = 'correct horse battery'
let program: TestApp
let heliograph: ReturnType<typeof createCommand>
beforeAll(async () => {
  program = await startApp()
  heliograph = createCommand(program.databases)
})
afterAll(() => program.stop())

type Payload = { __typename: string; accessToken: string; refreshToken: string; code?: string }
const ask = async (mutation: string, credential?: string): Promise<Payload> => {
  const client = createTestClient(program.url, credential)
  const answer = (await client.request(`mutation { answer: ${mutation} }`)) as Answer<{ answer: Payload }>
  if (!answer.data) throw new Error(JSON.stringify(answer))
  return answer.data.answer
}
const tokensOf = (payload: string) =>
  `{ __typename ... on ${payload} { accessToken refreshToken } ... on Problem { code } }`
const signIn = (email: string) =>
  ask(`signIn(input: { email: "${email}", password: "${PASSWORD}" }) ${tokensOf('SignInPayload')}`)
const refresh = (token: string) =>
  ask(`refreshSession(input: { refreshToken: "${token}" }) ${tokensOf('RefreshSessionPayload')}`)
const codeOf = async (credential: string): Promise<string | undefined> =>
  ((await createTestClient(program.url, credential).request('{ tenant { slug } }')) as Answer<unknown>)
    .errors?.[0]?.extensions?.code

/** Somebody who owns a tenant with a key, and acts in it. */
const newOwner = async (slug: string) => {
  const email = `${slug}@example.test`
  await ask(`signUp(input: { email: "${email}", password: "${PASSWORD}", name: "Ada" }) { __typename }`)
  const { accessToken } = await signIn(email)
  await ask(`createTenant(input: { name: "Own", slug: "${slug}" }) { __typename }`, accessToken)
  const tenant = await program.app.modules.tenants.service.bySlug(slug)
  return { email, slug, tenant, key: await program.seed.key(tenant), ...(await signIn(email)) }
}

/** A socket with a live operation, and the code that it was closed with. */
const liveSocket = async (credential: string) => {
  const socket = new WebSocket(`${program.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const messages: string[] = []
  const send = (message: object): void => socket.send(JSON.stringify(message))
  socket.on('message', (data: Buffer) => {
    messages.push(data.toString())
    if (messages.length > 1) return
    send({ id: '1', type: 'subscribe', payload: { query: 'subscription { tenantViewers { viewers } }' } })
  })
  socket.on('open', () =>
    send({ type: 'connection_init', payload: { authorization: `Bearer ${credential}` } }),
  )
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  await eventually(() => expect(messages.join('')).toContain('"next"'))
  return { closed, socket }
}

/**
 * Runs a command that switches something off, and says how long after it all sockets were closed with 4403.
 */
const switchOff = async (
  what: 'user' | 'tenant',
  name: string,
  sockets: readonly { closed: Promise<number> }[],
  refused: readonly string[],
): Promise<void> => {
  const { code, out } = await heliograph(what, 'deactivate', name, '--json')
  const from = performance.now()
  expect([code, JSON.parse(out)]).toMatchObject([0, { active: false, changed: true }])
  const codes = Promise.all(sockets.map(({ closed }) => settled(closed, OUT_MS, 'the close')))
  await eventually(async () => {
    for (const credential of refused) expect(await codeOf(credential)).toBe('UNAUTHENTICATED')
  }, REFUSED_MS)
  const refusedMs = Math.round(performance.now() - from)
  expect(await codes).toEqual(sockets.map(() => 4403))
  const closedMs = Math.round(performance.now() - from)
  process.stderr.write(`${what}: refused after ${refusedMs} ms, closed after ${closedMs} ms\n`)
}

/** The last two things that operators did to a tenant, the newest first. */
const auditOf = async (key: string) => {
  const text =
    '{ auditLog(first: 2, filter: { actor: { eq: "operator" } }) { nodes { action actor { kind } resourceType before after } } }'
  type Log = { auditLog: { nodes: { actor: { kind: string } }[] } }
  const { data } = (await createTestClient(program.url, key).request(text)) as Answer<Log>
  return data!.auditLog.nodes.map(({ actor, ...node }) => ({ ...node, actorKind: actor.kind.toLowerCase() }))
}
const row = (action: string, resourceType: string, was: boolean) => ({
  action,
  actorKind: 'operator',
  resourceType,
  before: { isActive: was },
  after: { isActive: !was },
})

test('an account that an operator switches off is out at once, and when it is on again it has no old sessions', async () => {
  const { email, key, tenant, accessToken, refreshToken } = await newOwner('by-account')
  const [theirs, keys] = [await liveSocket(accessToken), await liveSocket(key)]
  await switchOff('user', email, [theirs], [accessToken])
  for (const answer of [await signIn(email), await refresh(refreshToken)])
    expect(answer).toEqual({ __typename: 'CredentialsError', code: 'UNAUTHENTICATED' })
  expect(await codeOf(key)).toBeUndefined() // the key is the tenant's
  expect(keys.socket.readyState).toBe(WebSocket.OPEN)
  const again = await heliograph('user', 'deactivate', email)
  expect(again.out).toBe(`The account ${email} was inactive already.\n`)

  const on = await heliograph('user', 'activate', email.toUpperCase())
  expect([on.code, on.out]).toEqual([0, expect.stringContaining('is in again')])
  expect((await refresh(refreshToken)).__typename).toBe('CredentialsError')
  expect(await codeOf(accessToken)).toBe('UNAUTHENTICATED')
  expect((await signIn(email)).__typename).toBe('SignInPayload')
  expect((await auditOf(key))[0]).toEqual(row('activateUser', 'User', false))
  expect((await program.app.modules.audit.service.verify(tenant)).damage).toEqual([])
  keys.socket.close()
})

test('what an operator does to an account is in the chain of the platform, with the change or not at all, also without a tenant', async () => {
  const email = 'without-tenant@example.test'
  await ask(`signUp(input: { email: "${email}", password: "${PASSWORD}", name: "Bo" }) { __typename }`)
  const owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  await owner.query('ALTER TABLE audit_logs ADD CONSTRAINT nothing_more CHECK (false) NOT VALID')
  expect((await heliograph('user', 'deactivate', email)).code).toBe(1)
  await owner.query('ALTER TABLE audit_logs DROP CONSTRAINT nothing_more')
  expect((await signIn(email)).__typename).toBe('SignInPayload')

  expect((await heliograph('user', 'deactivate', email)).code).toBe(0)
  expect((await signIn(email)).code).toBe('UNAUTHENTICATED')
  const { rows } = await owner.query(
    `SELECT action, actor_kind AS "actorKind", resource_type AS "resourceType", before, after
       FROM audit_logs JOIN users u ON resource_id = u.id::text
      WHERE tenant_id = $1 AND u.email = $2 AND action LIKE '%activateUser'`,
    [platformTenant, email],
  )
  await owner.end()
  expect(rows).toEqual([row('deactivateUser', 'User', true)])
})

test('a tenant that an operator switches off is out with its keys and its members at once, and comes back whole', async () => {
  const { slug, email, key, tenant, accessToken, refreshToken } = await newOwner('by-tenant')
  const other = await newOwner('another')
  const sockets = [await liveSocket(accessToken), await liveSocket(key)]
  await switchOff('tenant', slug, sockets, [accessToken, key])
  expect((await createTestClient(program.url, key).ingest('viewer_samples', [])).status).toBe(401)
  // People may sign in all the same, and act nowhere.
  expect((await signIn(email)).__typename).toBe('SignInPayload')
  expect(await codeOf(other.key)).toBeUndefined()

  expect((await heliograph('tenant', 'activate', slug)).code).toBe(0)
  await eventually(async () => expect(await codeOf(key)).toBeUndefined(), REFUSED_MS)
  expect((await refresh(refreshToken)).__typename).toBe('RefreshSessionPayload')
  expect(await auditOf(key)).toEqual([
    row('activateTenant', 'Tenant', false),
    row('deactivateTenant', 'Tenant', true),
  ])
  expect((await program.app.modules.audit.service.verify(tenant)).damage).toEqual([])
})

test('what is not there is said in one line, and the commands say what they do', async () => {
  const [account, tenant, help] = await Promise.all([
    heliograph('user', 'deactivate', 'nobody@example.test'),
    heliograph('tenant', 'deactivate', 'nothing'),
    heliograph('user', '--help'),
  ])
  expect([account.code, account.err.trim()]).toEqual([
    1,
    'heliograph: There is no account "nobody@example.test".',
  ])
  expect([tenant.code, tenant.err.trim()]).toEqual([
    1,
    expect.stringContaining('There is no tenant "nothing".'),
  ])
  expect(help.out).toMatch(/deactivate .*<email>.*\n[^]*activate .*<email>/)
})

test('`doctor` asks Postgres as the program does, and as its owner', async () => {
  const wrong = new URL(program.databases.postgresUrl)
  wrong.password = 'not-this-one'
  const doctor = async (env: Record<string, string>) => {
    const { code, out } = await createCommand(program.databases, env)('doctor', '--json')
    const found = JSON.parse(out) as { name: string; status: string; advice: string }[]
    return { code, found: found.filter(({ name }) => name.startsWith('Postgres')) }
  }
  const [right, mistyped] = await Promise.all([doctor({}), doctor({ DATABASE_URL: wrong.href })])
  const owner = { name: 'Postgres owner', status: 'up' }
  expect(right.found).toMatchObject([{ name: 'Postgres', status: 'up' }, owner])
  expect(mistyped).toMatchObject({ code: 1, found: [{ name: 'Postgres', status: 'down' }, owner] })
})

const jsonOf = async <T>(...words: string[]): Promise<T> => {
  const { code, out, err } = await heliograph(...words, '--json')
  expect(code, err).toBe(0)
  return JSON.parse(out) as T
}
type ListedKey = { id: string; prefix: string; state: string; expiresAt: string | null }

test('a key is made with an end, listed, and ended by the names that people know of it', async () => {
  const { slug } = await newOwner('ends-keys')
  const create = ['api-key', 'create', '--tenant', slug, '--scopes', 'read', '--expires']
  const [dated, lasting, over] = await Promise.all([
    jsonOf<ListedKey>(...create, '2999-03-01T00:00:00+01:00'),
    jsonOf<ListedKey>(...create, 'P90D'),
    heliograph(...create, '2020-01-01T00:00:00Z'),
  ])
  expect(dated.expiresAt).toBe('2999-02-28T23:00:00.000Z')
  expect((Date.parse(lasting.expiresAt!) - Date.now()) / 86_400_000).toBeCloseTo(90, 1)
  expect([over.code, over.err.trim()]).toEqual([
    1,
    'heliograph: expiresAt: that is over already. Name a time to come.',
  ])

  const keys = await jsonOf<ListedKey[]>('api-key', 'list', '--tenant', slug)
  const prefixOf = ({ id }: ListedKey) => keys.find((key) => key.id === id)!.prefix
  const revoke = (name: string) => jsonOf<ListedKey>('api-key', 'revoke', name, '--tenant', slug)
  const [byId, byPrefix, none] = await Promise.all([
    revoke(encodeGlobalID('ApiKey', dated.id)),
    revoke(prefixOf(lasting)),
    heliograph('api-key', 'revoke', 'blah', '--tenant', slug),
  ])
  expect([byId.id, byPrefix.id]).toEqual([dated.id, lasting.id])
  expect([none.code, none.err.trim()]).toEqual([
    1,
    'heliograph: There is no key "blah": name it by its id or its prefix, as "heliograph api-key list" shows them.',
  ])
})

test('tenants and accounts are listed with their state', async () => {
  const { slug, email, tenant } = await newOwner('is-listed')
  await Promise.all([heliograph('tenant', 'deactivate', slug), heliograph('user', 'deactivate', email)])
  const [tenants, users, table] = await Promise.all([
    jsonOf<{ slug: string }[]>('tenant', 'list'),
    jsonOf<{ email: string }[]>('user', 'list', '--last', '2'),
    heliograph('tenant', 'list'),
  ])
  const createdAt = expect.stringMatching(/Z$/) as string
  expect(tenants.filter((row) => row.slug === slug)).toEqual([
    { id: tenant, slug, name: 'Own', state: 'inactive', createdAt },
  ])
  expect(tenants.map((row) => row.slug)).not.toContain('@platform')
  expect(users).toHaveLength(2)
  expect(users[0]).toEqual({
    id: expect.stringMatching(/^[-0-9a-f]{36}$/) as string,
    email,
    name: 'Ada',
    state: 'inactive',
    createdAt,
  })
  expect(table.out).toMatch(new RegExp(`^${tenant} +${slug} +Own +inactive `, 'm'))
})
