import { Client } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { startApp } from '../../../tests/testkit/app.ts'
import { createTestClient } from '../../../tests/testkit/client.ts'
import { createPeople, type Invited, type Person } from '../../../tests/testkit/members.ts'
import { encodeGlobalID } from '../../graphql/global-id.ts'
import { uuidv7 } from '../../platform/ids.ts'

let skewMs = 0
const program = await startApp({ clock: { now: () => Date.now() + skewMs } })
const owner = new Client({ connectionString: program.databases.ownerUrl })
await owner.connect()
const { ask, run, outcome, tokenOf, person, tenant, join } = createPeople(program, owner)
afterAll(async () => {
  await owner.end()
  await program.stop()
})

const rolesIn = async (slug: string): Promise<string[]> =>
  (
    await owner.query<{ role: string }>(
      'SELECT m.role FROM memberships m JOIN tenants t ON t.id = m.tenant_id WHERE t.slug = $1 ORDER BY m.created_at',
      [slug],
    )
  ).rows.map(({ role }) => role)

test('who makes a tenant owns it, with a project and its three environments', async () => {
  const { slug, founder } = await tenant()
  const { data } = await ask(
    founder.token,
    `{ viewer { role scopes } tenant { slug projects { nodes { slug environments { nodes { slug retentionDays } } } } }
       members { nodes { role user { email } } } }`,
  )
  expect(data).toEqual({
    viewer: { role: 'OWNER', scopes: ['ADMIN', 'INGEST', 'READ', 'WRITE'] },
    tenant: {
      slug,
      projects: {
        nodes: [
          {
            slug: 'default',
            environments: {
              nodes: ['production', 'staging', 'development'].map((each) => ({
                slug: each,
                retentionDays: 90,
              })),
            },
          },
        ],
      },
    },
    members: { nodes: [{ role: 'OWNER', user: { email: founder.email } }] },
  })
  expect(await outcome(founder.token, 'createTenant', { name: 'Again', slug })).toBe('CONFLICT')
})

test('of two owners who leave at once one stays', async () => {
  for (let round = 0; round < 5; round += 1) {
    const made = await tenant()
    const second = await join(made, 'OWNER')
    const outcomes = await Promise.all(
      [made.founder, second].map(({ token }) => outcome(token, 'leaveTenant', { slug: made.slug })),
    )
    expect(outcomes.toSorted()).toEqual(['CONFLICT', 'ok'])
    expect(await rolesIn(made.slug)).toEqual(['OWNER'])
  }
})

test('of two owners who demote or remove each other at once one stays an owner', async () => {
  for (const change of [
    ['changeMemberRole', { role: 'VIEWER' }],
    ['removeMember', {}],
  ] as const) {
    const made = await tenant()
    const second = await join(made, 'OWNER')
    const outcomes = await Promise.all([
      outcome(made.founder.token, change[0], { id: second.memberId, ...change[1] }),
      outcome(second.token, change[0], { id: made.founder.memberId, ...change[1] }),
    ])
    expect(outcomes).toContain('ok')
    expect(outcomes).toContain('FORBIDDEN')
    expect(await rolesIn(made.slug)).toContain('OWNER')
  }
})

test('the last owner can not leave, be removed or made less; after handing the tenant over they can leave', async () => {
  const made = await tenant()
  const { founder, slug } = made
  const second = await join(made, 'MEMBER')
  expect(await outcome(founder.token, 'leaveTenant', { slug })).toBe('CONFLICT')
  expect(await outcome(founder.token, 'removeMember', { id: founder.memberId })).toBe('CONFLICT')
  expect(await outcome(founder.token, 'changeMemberRole', { id: founder.memberId, role: 'ADMIN' })).toBe(
    'CONFLICT',
  )
  expect(await outcome(founder.token, 'transferOwnership', { id: second.memberId })).toBe('ok')
  expect(await rolesIn(slug)).toEqual(['ADMIN', 'OWNER'])
  expect(await outcome(founder.token, 'leaveTenant', { slug })).toBe('ok')
})

test('nobody reaches above their own role', async () => {
  const made = await tenant()
  const [admin, member, viewer] = [
    await join(made, 'ADMIN'),
    await join(made, 'MEMBER'),
    await join(made, 'VIEWER'),
  ]
  const { founder } = made
  expect(await outcome(admin.token, 'removeMember', { id: founder.memberId })).toBe('FORBIDDEN')
  expect(await outcome(admin.token, 'changeMemberRole', { id: founder.memberId, role: 'VIEWER' })).toBe(
    'FORBIDDEN',
  )
  expect(await outcome(admin.token, 'changeMemberRole', { id: admin.memberId, role: 'OWNER' })).toBe(
    'FORBIDDEN',
  )
  expect(await outcome(admin.token, 'inviteMember', { email: 'x@example.test', role: 'OWNER' })).toBe(
    'FORBIDDEN',
  )
  expect(await outcome(admin.token, 'transferOwnership', { id: admin.memberId })).toBe('FORBIDDEN')
  expect(await outcome(admin.token, 'deleteTenant', { slug: made.slug })).toBe('FORBIDDEN')
  for (const { token } of [member, viewer])
    for (const [name, input] of [
      ['inviteMember', { email: 'x@example.test', role: 'VIEWER' }],
      ['removeMember', { id: viewer.memberId }],
      ['changeMemberRole', { id: member.memberId, role: 'ADMIN' }],
      ['updateTenant', { name: 'Mine' }],
      ['createProject', { name: 'P', slug: 'p' }],
    ] as const)
      expect([name, await outcome(token, name, input)]).toEqual([name, 'FORBIDDEN'])
  expect(await outcome(viewer.token, 'createStream', { title: 'T' })).toBe('FORBIDDEN')
  expect(await outcome(member.token, 'createStream', { title: 'T' })).toBe('ok')
  const statuses: number[] = []
  for (const { token } of [founder, admin, member, viewer])
    statuses.push(
      (await createTestClient(program.url, token).ingest('viewer_samples', [program.seed.sample('a', 1)]))
        .status,
    )
  expect(statuses).toEqual([202, 202, 403, 403])
})

test('an admin who was demoted a moment ago changes no member any more, whatever the kept answer says', async () => {
  const made = await tenant()
  const [admin, member] = [await join(made, 'ADMIN'), await join(made, 'MEMBER')]
  await ask(admin.token, '{ viewer { role } }')
  await outcome(made.founder.token, 'changeMemberRole', { id: admin.memberId, role: 'VIEWER' })
  expect(await outcome(admin.token, 'removeMember', { id: member.memberId })).toBe('FORBIDDEN')
  expect(await rolesIn(made.slug)).toEqual(['OWNER', 'VIEWER', 'MEMBER'])
})

test('who handed the tenant over has no invitation left that makes owners', async () => {
  const made = await tenant()
  const [heir, friend] = [await join(made, 'MEMBER'), await person()]
  const { token } = await run<Invited>(made.founder.token, 'inviteMember', {
    email: friend.email,
    role: 'OWNER',
  })
  expect(await outcome(made.founder.token, 'transferOwnership', { id: heir.memberId })).toBe('ok')
  expect(await outcome(friend.token, 'acceptInvitation', { token })).toBe('NOT_FOUND')
})

test('an owner who was switched off can be made less and removed by the one who is on, and invites nobody any more', async () => {
  const made = await tenant()
  const [off, guest] = [await join(made, 'OWNER'), await person()]
  const { token } = await run<Invited>(off.token, 'inviteMember', { email: guest.email, role: 'VIEWER' })
  await owner.query('UPDATE users SET is_active = false WHERE email = $1', [off.email])
  expect(await outcome(guest.token, 'acceptInvitation', { token })).toBe('NOT_FOUND')
  const { token: mine } = made.founder
  expect(await outcome(mine, 'changeMemberRole', { id: off.memberId, role: 'VIEWER' })).toBe('ok')
  expect(await outcome(mine, 'removeMember', { id: off.memberId })).toBe('ok')
  expect(await outcome(mine, 'leaveTenant', { slug: made.slug })).toBe('CONFLICT')
})

test('an invitation is good once, for its e-mail, for a week, until it is withdrawn, replaced, or its sender is gone', async () => {
  const made = await tenant()
  const { founder } = made
  const admin = await join(made, 'ADMIN')
  const guest = await person()
  const invite = (by: Person, email = guest.email) =>
    run<Invited>(by.token, 'inviteMember', { email, role: 'MEMBER' })
  const accept = (token: string, who = guest) => outcome(who.token, 'acceptInvitation', { token })

  const replaced = (await invite(founder)).token
  const withdrawn = await invite(founder)
  expect(await accept(replaced)).toBe('NOT_FOUND')
  expect(await outcome(founder.token, 'withdrawInvitation', { id: withdrawn.invitation.id })).toBe('ok')
  expect(await accept(withdrawn.token)).toBe('NOT_FOUND')
  const bySomeoneGone = (await invite(admin)).token
  await outcome(founder.token, 'removeMember', { id: admin.memberId })
  expect(await accept(bySomeoneGone)).toBe('NOT_FOUND')
  const good = (await invite(founder)).token
  expect(await accept(good, await person())).toBe('NOT_FOUND')
  expect(await accept(`hi_${'A'.repeat(43)}`)).toBe('NOT_FOUND')
  const both = await Promise.all([accept(good), accept(good)])
  expect(both.toSorted()).toEqual(['NOT_FOUND', 'ok'])
  expect(await accept(good)).toBe('NOT_FOUND')
  expect(
    (await run<Invited>(founder.token, 'inviteMember', { email: guest.email, role: 'MEMBER' })).code,
  ).toBe('CONFLICT')

  const late = await person()
  const old = (await invite(founder, late.email)).token
  skewMs += 8 * 86_400_000
  expect(await accept(old, { ...late, token: await tokenOf(late.email) })).toBe('NOT_FOUND')
  const again = await tokenOf(founder.email, made.slug)
  expect((await ask(again, '{ invitations { totalCount } }')).data).toEqual({
    invitations: { totalCount: 0 },
  })
})

test('the token of an invitation stands in no list and not in the database', async () => {
  const { founder } = await tenant()
  const fresh = await tokenOf(founder.email)
  const { token } = await run<Invited>(fresh, 'inviteMember', {
    email: 'somebody@example.test',
    role: 'VIEWER',
  })
  const { rows } = await owner.query(`SELECT to_jsonb(i)::text AS text FROM invitations i`)
  expect(JSON.stringify(rows)).not.toContain(token)
  expect(JSON.stringify(await ask(fresh, '{ invitations { nodes { id email role } } }'))).toContain(
    'somebody@example.test',
  )
})

/** What `node` answers, or the code of its error. */
const found = async (token: string, nodeId: string) => {
  const query =
    'query ($id: ID!) { node(id: $id) { ... on Member { user { email } } ... on Invitation { email } } }'
  const { data, errors } = await ask<{ node: unknown }>(token, query, { id: nodeId })
  return errors?.[0]?.extensions?.code ?? data?.node
}

test('members are found by id by whoever acts in the tenant, open invitations by admins alone, and neither by a key', async () => {
  const made = await tenant()
  const [admin, viewer, guest] = [await join(made, 'ADMIN'), await join(made, 'VIEWER'), await person()]
  const invited = await run<Invited>(admin.token, 'inviteMember', { email: guest.email, role: 'MEMBER' })
  const { id } = invited.invitation
  const key = await program.seed.key(await program.app.modules.tenants.service.bySlug(made.slug))
  for (const { token } of [made.founder, admin, viewer])
    expect(await found(token, viewer.memberId)).toEqual({ user: { email: viewer.email } })
  expect(await found(key, viewer.memberId)).toBe('FORBIDDEN')
  expect(await found(admin.token, id)).toEqual({ email: guest.email })
  for (const token of [viewer.token, key]) expect(await found(token, id)).toBe('FORBIDDEN')

  const open = async () =>
    (await ask<{ invitations: object }>(admin.token, '{ invitations { totalCount nodes { id } } }')).data
  expect(await open()).toEqual({ invitations: { totalCount: 1, nodes: [{ id }] } })
  expect(await outcome(guest.token, 'acceptInvitation', { token: invited.token })).toBe('ok')
  expect([await found(admin.token, id), await open()]).toEqual([
    null,
    { invitations: { totalCount: 0, nodes: [] } },
  ])
})

test('a member of two tenants has each only with the token for it', async () => {
  const [a, b] = [await tenant(), await tenant()]
  const both = await join(a, 'ADMIN')
  const { token: invitation } = await run<Invited>(b.founder.token, 'inviteMember', {
    email: both.email,
    role: 'VIEWER',
  })
  await outcome(both.token, 'acceptInvitation', { token: invitation })
  const inB = await tokenOf(both.email, b.slug)
  const see = async (token: string) => (await ask(token, '{ viewer { role } tenant { id slug } }')).data
  expect(await see(both.token)).toMatchObject({ viewer: { role: 'ADMIN' }, tenant: { slug: a.slug } })
  expect(await see(inB)).toMatchObject({ viewer: { role: 'VIEWER' }, tenant: { slug: b.slug } })
  // An admin of A is none of B, and A's things are not there for the token of B.
  expect(await outcome(inB, 'createProject', { name: 'P', slug: 'p' })).toBe('FORBIDDEN')
  const { id } = ((await see(both.token)) as never as { tenant: { id: string } }).tenant
  expect((await ask(inB, `{ node(id: "${id}") { id } }`)).data).toEqual({ node: null })
  expect(await outcome(both.token, 'removeMember', { id: b.founder.memberId })).toBe('NOT_FOUND')
  // Who names no tenant acts in none; a tenant of others is as none.
  const none = await tokenOf(both.email)
  expect((await ask(none, '{ viewer { role memberships { nodes { slug role } } } }')).data).toEqual({
    viewer: {
      role: null,
      memberships: {
        nodes: [
          { slug: a.slug, role: 'ADMIN' },
          { slug: b.slug, role: 'VIEWER' },
        ],
      },
    },
  })
  for (const query of [
    '{ tenant { id } }',
    `{ node(id: "${id}") { id } }`,
    `{ nodes(ids: ["${id}"]) { id } }`,
  ])
    expect((await ask(none, query)).errors?.[0]?.extensions?.code, query).toBe('FORBIDDEN')
  const other = await tenant()
  for (const slug of [other.slug, 'no-such-tenant'])
    expect(await outcome(both.token, 'switchTenant', { slug })).toBe('NOT_FOUND')
})

test('a deleted tenant is closed to its owner, its keys and its invitations, and its rows stay', async () => {
  const { slug, founder } = await tenant()
  const guest = await person()
  const { token } = await run<Invited>(founder.token, 'inviteMember', { email: guest.email, role: 'MEMBER' })
  expect(await outcome(founder.token, 'deleteTenant', { slug: 'another' })).toBe('VALIDATION_FAILED')
  expect(await outcome(founder.token, 'deleteTenant', { slug })).toBe('ok')
  skewMs += 2_000
  expect((await ask(founder.token, '{ viewer { role } }')).errors?.[0]?.extensions?.code).toBe(
    'UNAUTHENTICATED',
  )
  expect(await outcome(guest.token, 'acceptInvitation', { token })).toBe('NOT_FOUND')
  const again = await tokenOf(founder.email)
  expect((await ask(again, '{ viewer { memberships { nodes { slug } } } }')).data).toEqual({
    viewer: { memberships: { nodes: [] } },
  })
  expect(await rolesIn(slug)).toEqual(['OWNER'])
})

test('projects and environments are made, changed and deleted, and a wrong value is told by its name', async () => {
  const { founder } = await tenant()
  const { project } = await run<{ project: { id: string } }>(founder.token, 'createProject', {
    name: 'Site',
    slug: 'site',
    color: '#112233',
  })
  expect(project).toMatchObject({ name: 'Site', slug: 'site', color: '#112233' })
  const { id } = project
  const { data } = await ask<{ node: { environments: { nodes: { id: string; slug: string }[] } } }>(
    founder.token,
    `{ node(id: "${id}") { ... on Project { environments { nodes { id slug } } } } }`,
  )
  const environments = data!.node.environments.nodes
  expect(environments.map(({ slug }) => slug)).toEqual(['production', 'staging', 'development'])
  const [production, staging] = [environments[0]!, environments[1]!]
  const did = (name: string, input: object) => outcome(founder.token, name, input)
  expect(await did('createProject', { name: 'Site', slug: 'site' })).toBe('CONFLICT')
  expect(
    await run(founder.token, 'createProject', { name: 'Site', slug: 'Not a slug', color: 'red' }),
  ).toMatchObject({ code: 'VALIDATION_FAILED', path: ['slug'] })
  for (const [retentionDays, expected] of [
    [0, 'VALIDATION_FAILED'],
    [91, 'VALIDATION_FAILED'],
    [1, 'ok'],
    [90, 'ok'],
  ] as const)
    expect(await did('updateEnvironment', { id: production.id, retentionDays })).toBe(expected)
  const preview = { projectId: id, name: 'Preview', slug: 'preview', retentionDays: 7 }
  expect(await did('createEnvironment', preview)).toBe('ok')
  expect(await run(founder.token, 'deleteEnvironment', { id: production.id })).toMatchObject({
    deletedId: production.id,
  })
  expect(await did('deleteEnvironment', { id: production.id })).toBe('NOT_FOUND')
  expect(await did('updateProject', { id, name: 'New' })).toBe('ok')
  expect(await run(founder.token, 'deleteProject', { id })).toMatchObject({ deletedId: id })
  for (const [name, input] of [
    ['updateProject', { id, name: 'New' }],
    ['deleteProject', { id }],
    ['updateEnvironment', { id: staging.id, name: 'New' }],
    ['createEnvironment', { projectId: id, name: 'N', slug: 'n' }],
  ] as const)
    expect([name, await did(name, input)]).toEqual([name, 'NOT_FOUND'])
  const gone = await ask(
    founder.token,
    `{ nodes(ids: ["${id}", "${staging.id}"]) { id } projects { nodes { slug } } }`,
  )
  expect(gone.data).toEqual({ nodes: [null, null], projects: { nodes: [{ slug: 'default' }] } })
})

test("another tenant's members, projects and invitations are as if there were none", async () => {
  const [mine, theirs] = [await tenant(), await tenant()]
  const member = await join(theirs, 'MEMBER')
  const { data } = await ask<{
    projects: { nodes: { id: string; environments: { nodes: { id: string }[] } }[] }
  }>(theirs.founder.token, '{ projects { nodes { id environments { nodes { id } } } } }')
  const project = data!.projects.nodes[0]!
  const environment = project.environments.nodes[0]!
  const { invitation } = await run<Invited>(theirs.founder.token, 'inviteMember', {
    email: 'z@example.test',
    role: 'MEMBER',
  })
  const named: [name: string, input: (id: string) => object, id: string, type: string][] = [
    ['removeMember', (id) => ({ id }), member.memberId, 'Member'],
    ['changeMemberRole', (id) => ({ id, role: 'VIEWER' }), member.memberId, 'Member'],
    ['transferOwnership', (id) => ({ id }), member.memberId, 'Member'],
    ['withdrawInvitation', (id) => ({ id }), invitation.id, 'Invitation'],
    ['updateProject', (id) => ({ id, name: 'Mine' }), project.id, 'Project'],
    ['deleteProject', (id) => ({ id }), project.id, 'Project'],
    ['createEnvironment', (id) => ({ projectId: id, name: 'N', slug: 'n' }), project.id, 'Project'],
    ['updateEnvironment', (id) => ({ id, name: 'N' }), environment.id, 'Environment'],
    ['deleteEnvironment', (id) => ({ id }), environment.id, 'Environment'],
  ]
  for (const [name, input, id, type] of named) {
    const told = await run(mine.founder.token, name, input(id))
    expect([name, told.code]).toEqual([name, 'NOT_FOUND'])
    expect(told).toEqual(await run(mine.founder.token, name, input(encodeGlobalID(type, uuidv7()))))
    const { token } = mine.founder
    expect((await ask(token, `{ node(id: "${id}") { id } }`)).data).toEqual({ node: null })
  }
  const all = await ask(
    mine.founder.token,
    `{ members { nodes { user { email } } } invitations { nodes { email } }
       theirs: members(filter: { user: { eq: "${member.id}" } }) { nodes { id } } }`,
  )
  expect(all).toMatchObject({ data: { invitations: { nodes: [] }, theirs: { nodes: [] } } })
  expect(JSON.stringify(all)).not.toContain(member.email)
})

test('an admin undoes no invitation to become an owner, neither by withdrawing nor by another', async () => {
  const made = await tenant()
  const admin = await join(made, 'ADMIN')
  const input = { email: 'heir@example.test', role: 'OWNER' }
  const { invitation } = await run<Invited>(made.founder.token, 'inviteMember', input)
  expect(await outcome(admin.token, 'withdrawInvitation', { id: invitation.id })).toBe('FORBIDDEN')
  expect(await outcome(admin.token, 'inviteMember', { ...input, role: 'VIEWER' })).toBe('FORBIDDEN')
  expect(await outcome(made.founder.token, 'inviteMember', { ...input, role: 'VIEWER' })).toBe('ok')
  expect(await outcome(admin.token, 'inviteMember', { ...input, role: 'MEMBER' })).toBe('ok')
})

test('with a hundred open invitations one of them is renewed, and no other is added', async () => {
  const { slug, founder } = await tenant()
  await owner.query(
    `INSERT INTO invitations (id, tenant_id, email, role, hash, created_at, expires_at)
     SELECT gen_random_uuid(), t.id, 'open-' || n || '@example.test', 'VIEWER', sha256(gen_random_uuid()::text::bytea),
            now(), now() + interval '90 days' FROM tenants t, generate_series(1, 100) n WHERE t.slug = $1`,
    [slug],
  )
  const invite = (email: string) => outcome(founder.token, 'inviteMember', { email, role: 'VIEWER' })
  expect(await invite('another@example.test')).toBe('LIMIT_EXCEEDED')
  expect(await invite('open-7@example.test')).toBe('ok')
})

test('who owns twenty tenants is made the owner of no other, however it is done', async () => {
  const made = await tenant()
  const rich = await join(made, 'ADMIN')
  await owner.query(
    `WITH made AS (INSERT INTO tenants (id, slug, name) SELECT gen_random_uuid(), 'rich-' || n, 'R' FROM generate_series(1, 20) n
                   RETURNING id)
     INSERT INTO memberships (id, tenant_id, user_id, role, joined_at)
     SELECT gen_random_uuid(), made.id, u.id, 'OWNER', now() FROM made, users u WHERE u.email = $1`,
    [rich.email],
  )
  const { token } = made.founder
  expect(await outcome(token, 'changeMemberRole', { id: rich.memberId, role: 'OWNER' })).toBe(
    'LIMIT_EXCEEDED',
  )
  expect(await outcome(token, 'transferOwnership', { id: rich.memberId })).toBe('LIMIT_EXCEEDED')
  const other = await tenant()
  const input = { email: rich.email, role: 'OWNER' }
  const invited = await run<Invited>(other.founder.token, 'inviteMember', input)
  expect(await outcome(rich.token, 'acceptInvitation', { token: invited.token })).toBe('LIMIT_EXCEEDED')
})
