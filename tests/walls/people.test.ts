import { isInterfaceType } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import type { Answer, TestClient } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'
import { eventually, settled } from '../testkit/waiters.ts'
import { everythingOf, rootFields, tooMuch } from './everything.ts'
import { idMutations, undeclaredIds, withoutIds } from './id-mutations.ts'
import { inhabit, type Inhabitant } from './inhabitant.ts'
import { literalsOf } from './literals.ts'
import { mostOf } from './most.ts'
import { openTo } from './open-to.ts'
import { createPeople, type Person } from './people.ts'

const CANARY = 'canary-c41d'
const CANARY_VIEWERS = 517_329

const nodeInterface = schema.getType('Node')
const nodeTypes = isInterfaceType(nodeInterface)
  ? schema.getPossibleTypes(nodeInterface).map(({ name }) => name)
  : []

let program: TestApp
let people: Awaited<ReturnType<typeof createPeople>>
let a: Inhabitant
let b: Inhabitant
let bea: Person
let asBea: TestClient
/** All that act in A: its key, its owner, and an owner of both tenants who acts in A. */
const actors = {} as Record<Actor, TestClient>
const actorNames = ["A's key", "A's owner", 'who owns both and acts in A'] as const
type Actor = (typeof actorNames)[number]
let invitationToken: string
/** Ids of things of B's, by type. */
const foreign: Record<string, string> = {}
const told: string[] = []

const ask = async <R>(who: Actor, query: string, variables?: object): Promise<Answer<R>> => {
  const answer = (await actors[who].request(query, variables)) as Answer<R>
  told.push(JSON.stringify(withoutMemberships(answer)))
  return answer
}

type Told =
  | { viewer?: { memberships?: unknown }; nodes?: ({ __typename?: string } | null)[] }
  | null
  | undefined
/** Who is a member of both is told so, there and by the ids of these memberships, and nowhere else. */
const withoutMemberships = (answer: Answer<unknown>): Answer<unknown> => {
  const data = answer.data as Told
  if (!data?.viewer && !data?.nodes) return answer
  const viewer = data.viewer && { ...data.viewer, memberships: [] }
  const nodes = data.nodes?.filter((node) => node?.__typename !== 'TenantMembership')
  return { ...answer, data: { ...data, viewer, nodes } }
}

beforeAll(async () => {
  program = await startApp()
  people = await createPeople(program)
  a = await inhabit(program, 'alpha', 11, nodeTypes)
  b = await inhabit(program, CANARY, CANARY_VIEWERS, nodeTypes)
  const ann = await people.person('ann', [a])
  bea = await people.person(CANARY, [b])
  const cyd = await people.person('cyd', [a, b])
  const inB = await bea.actIn(b)
  asBea = inB.client
  actors["A's key"] = a.client
  actors["A's owner"] = (await ann.actIn(a)).client
  actors['who owns both and acts in A'] = (await cyd.actIn(a)).client
  const invited = (await asBea.request(
    `mutation { inviteMember(input: { email: "${CANARY}-guest@example.test", role: VIEWER }) { ... on InviteMemberPayload { token invitation { id } } } }`,
  )) as Answer<{ inviteMember: { token: string; invitation: { id: string } } }>
  const { token, invitation } = invited.data!.inviteMember
  invitationToken = token
  for (const type of nodeTypes) foreign[type] = b.ids[type]![0]!
  Object.assign(foreign, { User: bea.userId, Session: inB.sessionId, Invitation: invitation.id })
})
afterAll(async () => {
  await people.close()
  await program.stop()
})

// Numbers of the tenant that asks: nothing that could be another's.
const nobodys = new Set(['rateLimit', 'signInProviders'])
// What the key is told is tried in roads.test.ts.
const queries = rootFields(schema)
  .filter(({ operation, field }) => operation === 'query' && !nobodys.has(field.name))
  .flatMap((root) => actorNames.slice(1).map((who) => ({ ...root, name: root.field.name, who })))

type Root = Pick<(typeof queries)[number], 'name' | 'operation' | 'field'>
/** The largest question of a field that B may ask, and whose answer to B is full of it. */
const largest = async ({ operation, field }: Root): Promise<string> => {
  for (let depth = 5; ; depth -= 1) {
    const query = everythingOf(schema, operation, field, literalsOf(b), depth)
    const answer = (await asBea.request(query)) as Answer<unknown>
    if (depth > 0 && tooMuch.has(answer.errors?.[0]?.extensions?.code ?? '')) continue
    expect(answer.errors).toBeUndefined()
    expect(JSON.stringify(answer)).toContain(CANARY)
    return query
  }
}
const found = new Map<string, Promise<string>>()
const largestOf = (root: Root): Promise<string> => {
  const query = found.get(root.name) ?? largest(root)
  found.set(root.name, query)
  return query
}

test.each(queries)(
  "$name, asked by $who for everything it has with what is B's, tells nothing of B",
  async ({ who, ...root }) => {
    const query = await largestOf(root)
    const answer = await ask(who, query)
    expect(answer.errors?.map(({ extensions }) => extensions?.code) ?? []).toEqual([])
    const body = JSON.stringify(withoutMemberships(answer))
    expect(body).not.toContain(CANARY)
    expect(body).not.toContain(String(CANARY_VIEWERS))
    for (const id of [...b.globalIds, ...Object.values(foreign)]) expect(body).not.toContain(id)
  },
)

test('every ID that a mutation takes is tried with foreign ones, and what takes none is tried by itself', () => {
  expect(undeclaredIds(schema)).toEqual([])
  // Looked at one by one: what they name is the caller's own, or tried below.
  expect(withoutIds(schema)).toEqual([
    'acceptInvitation',
    'applyAlertRules',
    'changePassword',
    'createAlertRule',
    'createCluster',
    'createInhibition',
    'createNotificationChannel',
    'createNotificationRoute',
    'createOnCallSchedule',
    'createProject',
    'createService',
    'createSilence',
    'createStream',
    'createTenant',
    'deleteTenant',
    'deregisterServiceInstance',
    'inviteMember',
    'leaveTenant',
    'linkOAuth',
    'openIncident',
    'registerServiceInstance',
    'reportServiceInstance',
    'revokeAllSessions',
    'signOut',
    'switchTenant',
    'unlinkOAuth',
    'updateTenant',
    'validateStreamKey',
  ])
})

type Outcome = Record<string, { __typename: string; code?: string }>
const plain = (answer: Answer<unknown>, ...ids: readonly string[]): string => {
  const text = JSON.stringify({ data: answer.data, errors: answer.errors })
  return ids.reduce((rest, id) => rest.replaceAll(id, ''), text).replaceAll(/"requestId":"[^"]*"/g, '')
}

/** As many as one operation may have root fields. */
const AT_ONCE = 20
const attempts = idMutations(schema).flatMap((mutation) =>
  actorNames
    .filter((who) => who !== "A's key" || openTo(mutation.field) === 'keys')
    .map((who) => ({ ...mutation, who })),
)
/** All of B, as it was after the attempt before: between two of them B does nothing. */
let allOfB: string | undefined
test.each(attempts)(
  "$name by $who with each id of B's in $place answers as for one that does not exist, and changes nothing",
  async ({ who, documentOf, variables }) => {
    allOfB ??= await people.allOf(b, [bea])
    const given = variables(literalsOf(a))
    const tried = (ids: readonly string[]) => {
      const inputs = ids.map((id, index) => [`of${index}`, given(id).input])
      return ask<Outcome>(who, documentOf(ids.length), Object.fromEntries(inputs))
    }
    const all = Object.entries(foreign)
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const some = all.slice(from, from + AT_ONCE)
      const ids = some.map(([, id]) => id)
      const unknown = some.map(([type]) => globalId(type, uuidv7()))
      const [ofB, ofNobody] = await Promise.all([tried(ids), tried(unknown)])
      const codes = some.map(([type], index) => {
        const name = `of${index}`
        const error = ofB.errors?.find(({ path }) => path?.[0] === name)
        return [type, ofB.data?.[name]?.code ?? error?.extensions?.code]
      })
      const refused = expect.stringMatching(/^(NOT_FOUND|VALIDATION_FAILED|BAD_REQUEST)$/) as string
      expect(codes).toEqual(some.map(([type]) => [type, refused]))
      expect(plain(ofB, ...ids)).toBe(plain(ofNobody, ...unknown))
    }
    expect(await people.allOf(b, [bea])).toBe(allOfB)
  },
)

const slugOf = async (client: TestClient) =>
  ((await client.request('{ tenant { slug } }')) as Answer<{ tenant: { slug: string } }>).data!.tenant.slug

test.each(['switchTenant', 'leaveTenant', 'deleteTenant'])(
  "%s with the slug of B by A's owner answers as for one that does not exist",
  async (field) => {
    const before = await people.allOf(b, [bea])
    const slug = await slugOf(asBea)
    const tried = (given: string) =>
      ask<Outcome>(
        "A's owner",
        `mutation ($slug: String!) { ${field}(input: { slug: $slug }) { __typename ... on Problem { code message path } } }`,
        { slug: given },
      )
    const ofB = await tried(slug)
    expect(ofB.data?.[field]?.code).toMatch(/^(NOT_FOUND|VALIDATION_FAILED)$/)
    expect(plain(ofB, slug)).toBe(plain(await tried('no-such-tenant'), 'no-such-tenant'))
    expect(await people.allOf(b, [bea])).toBe(before)
  },
)

const accept = (token: string) =>
  ask<Outcome>(
    "A's owner",
    'mutation ($token: String!) { acceptInvitation(input: { token: $token }) { __typename ... on Problem { code message path } } }',
    { token },
  )

test("an invitation of B's to somebody else opens nothing to A's owner, and inviting B's people tells nothing of them", async () => {
  const unknown = invitationToken.replace(/.{4}$/, '0000')
  const ofB = await accept(invitationToken)
  expect(ofB.data?.acceptInvitation?.code).toBe('NOT_FOUND')
  expect(plain(ofB, invitationToken)).toBe(plain(await accept(unknown), unknown))
  // What is invited stands in the answer, for it was sent: so it is not among what A was told.
  const invite = async (email: string) => {
    const answer = (await actors["A's owner"].request(
      'mutation ($email: String!) { inviteMember(input: { email: $email, role: VIEWER }) { __typename ... on InviteMemberPayload { invitation { email role } } } }',
      { email },
    )) as Answer<unknown>
    return plain(answer, email)
  }
  expect(await invite(bea.email)).toBe(await invite('nobody@example.test'))
})

const subscriptions = rootFields(schema).filter(({ operation }) => operation === 'subscription')
test.each(actorNames)('no subscription of %s tells anything while B is busy', async (who) => {
  const live = actors[who].webSocket()
  const other = live.subscribe(`subscription { streamViewers(id: "${foreign.Stream}") { viewers } }` as never)
  const { value } = await settled(other.next(), 10_000, 'an answer')
  expect(value).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] })

  const heard: string[] = []
  const streams = subscriptions.map(({ field }) => live.subscribe(mostOf(field, literalsOf(a)) as never))
  const ended = streams.map(async (values) => {
    for await (const next of values) heard.push(JSON.stringify(next))
  })
  await eventually(() => expect(heard.length).toBeGreaterThanOrEqual(subscriptions.length))
  await b.busy(`${CANARY} again`)
  // A's own news come by the same roads after B's: when they are here, B's would be too.
  const viewers = 2_000 + actorNames.indexOf(who)
  const mark = `alpha-${uuidv7()}`
  await a.busy(mark, viewers)
  await eventually(() => {
    for (const { field } of subscriptions)
      expect(heard.filter((text) => text.includes(`"${field.name}"`)).join('')).toMatch(
        new RegExp(`${mark}|"${viewers}"`),
      )
  })
  for (const values of streams) await values.return?.()
  await Promise.all(ended)
  await live.close()
  told.push(...heard)
  expect(heard.join('')).not.toContain('"errors"')
})

test('in all that they were told, errors included, there is nothing of B', () => {
  expect(told.length).toBeGreaterThan(500)
  for (const text of told) {
    expect(text).not.toContain(CANARY)
    expect(text).not.toContain(b.tenant)
    expect(text).not.toContain(String(CANARY_VIEWERS))
  }
})
