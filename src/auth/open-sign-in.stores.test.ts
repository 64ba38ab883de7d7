import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../../tests/testkit/app.ts'
import { createTestClient } from '../../tests/testkit/client.ts'
import { memberIdOf } from '../../tests/testkit/members.ts'
import { mutate } from '../../tests/testkit/mutate.ts'
import { stranger } from '../../tests/testkit/seed.ts'
import { liveRoads, openLive, type Live } from '../../tests/testkit/live.ts'
import { encodeGlobalID } from '../graphql/global-id.ts'

/** The time within which somebody is out (design, section 8). */
const OUT_MS = 5_000
const PASSWORD = 'correct horse battery'
let program: TestApp
let owner: Pool
let skewMs = 0

beforeAll(async () => {
  program = await startApp({ clock: { now: () => Date.now() + skewMs } })
  owner = new Pool({ connectionString: program.databases.ownerUrl })
})
afterAll(async () => {
  await owner.end()
  await program.stop()
})

let count = 0
const tokenOf = async (email: string, tenantSlug?: string): Promise<string> =>
  (await program.app.modules.sessions.service.signIn({ email, password: PASSWORD, tenantSlug }, stranger()))
    .accessToken

const run = async (token: string, name: string, input?: object): Promise<Record<string, string>> => {
  const payload = await mutate(createTestClient(program.url, token), name, input)
  if (payload.code) throw new Error(`${name}: ${JSON.stringify(payload)}`)
  return payload
}

const person = async () => {
  const email = `live-${(count += 1)}@example.test`
  const from = stranger(`10.1.${count}.0/24`)
  await program.app.modules.accounts.service.signUp({ email, password: PASSWORD, name: 'Ada' }, from)
  const { rows } = await owner.query<{ id: string }>('SELECT id FROM users WHERE email = $1', [email])
  return { email, id: encodeGlobalID('User', rows[0]!.id) }
}

/** Somebody who is an admin of a tenant, and the token of its owner. */
const admin = async () => {
  const [founder, member] = [await person(), await person()]
  const slug = `live-${(count += 1)}`
  await run(await tokenOf(founder.email), 'createTenant', { name: 'Live', slug })
  const founderToken = await tokenOf(founder.email, slug)
  const { token } = await run(founderToken, 'inviteMember', { email: member.email, role: 'ADMIN' })
  await run(await tokenOf(member.email), 'acceptInvitation', { token })
  const memberId = await memberIdOf(program.url, founderToken, member.id)
  return { ...member, memberId, slug, founderToken, token: await tokenOf(member.email, slug) }
}
type Admin = Awaited<ReturnType<typeof admin>>

/** The ways in which rights end that a connection was opened with. */
const outs: Record<string, (who: Admin) => Promise<unknown>> = {
  'signing out': ({ token }) => run(token, 'signOut'),
  'ending all sessions from another one': async ({ email }) => run(await tokenOf(email), 'revokeAllSessions'),
  'changing the password from another session': async ({ email }) =>
    run(await tokenOf(email), 'changePassword', {
      oldPassword: PASSWORD,
      newPassword: `another ${PASSWORD}`,
    }),
  'removeMember by an owner': ({ founderToken, memberId }) =>
    run(founderToken, 'removeMember', { id: memberId }),
  'changeMemberRole by an owner': ({ founderToken, memberId }) =>
    run(founderToken, 'changeMemberRole', { id: memberId, role: 'VIEWER' }),
  'leaving the tenant': ({ token, slug }) => run(token, 'leaveTenant', { slug }),
  'deleting the tenant': ({ founderToken, slug }) => run(founderToken, 'deleteTenant', { slug }),
  'switching the account off': ({ email }) =>
    owner.query('UPDATE users SET is_active = false WHERE email = $1', [email]),
  'switching the tenant off': ({ slug }) =>
    owner.query('UPDATE tenants SET is_active = false WHERE slug = $1', [slug]),
}

const openAll = (token: string) => Promise.all(liveRoads.map((road) => openLive[road](program.url, token)))
const ends = async (connections: readonly Live[], what: string) => {
  const from = performance.now()
  const [webSocket, ...streams] = await Promise.all(connections.map(({ ended }) => ended(OUT_MS)))
  process.stderr.write(`${what}: all ended after ${Math.round(performance.now() - from)} ms\n`)
  return { webSocket, streams: new Set(streams) }
}
const OUT = { webSocket: '4403 Forbidden', streams: new Set(['cut']) }

test("whatever ends the rights of a sign-in ends its WebSockets, with 4403, and both kinds of SSE within 5 s, and nobody else's", async () => {
  const kinds = Object.entries(outs)
  const admins = await Promise.all(kinds.map(() => admin()))
  const connections = await Promise.all(admins.map(({ token }) => openAll(token)))
  const bystander = await admin()
  const staying = await openAll(bystander.token)
  const told = await Promise.all(
    kinds.map(async ([kind, out], index) => {
      await out(admins[index]!)
      return [kind, await ends(connections[index]!, kind)] as const
    }),
  )
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(kinds.map(([kind]) => [kind, OUT])))
  expect(staying.map(({ isOpen }) => isOpen())).toEqual([true, true, true])
  for (const { close } of staying) close()
})

test('an access token that is over after its 15 minutes ends them too', async () => {
  const connections = await openAll((await admin()).token)
  skewMs += 15 * 60_000
  expect(await ends(connections, 'expired token')).toEqual(OUT)
})
