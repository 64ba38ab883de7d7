import { Client } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { startApp } from '../../../tests/testkit/app.ts'
import { createTestClient } from '../../../tests/testkit/client.ts'
import { createPeople, type Person } from '../../../tests/testkit/members.ts'
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
    '{ viewer { role scopes } tenant { slug projects { slug environments { slug retentionDays } } } members { role user { email } } }',
  )
  expect(data).toEqual({
    viewer: { role: 'OWNER', scopes: ['ADMIN', 'INGEST', 'READ', 'WRITE'] },
    tenant: {
      slug,
      projects: [
        {
          slug: 'default',
          environments: ['production', 'staging', 'development'].map((each) => ({
            slug: each,
            retentionDays: 90,
          })),
        },
      ],
    },
    members: [{ role: 'OWNER', user: { email: founder.email } }],
  })
  expect(await outcome(founder.token, `createTenant(name: "Again", slug: "${slug}")`)).toBe('CONFLICT')
})

test('of two owners who leave at once one stays', async () => {
  for (let round = 0; round < 5; round += 1) {
    const made = await tenant()
    const second = await join(made, 'OWNER')
    const outcomes = await Promise.all(
      [made.founder, second].map(({ token }) => outcome(token, `leaveTenant(slug: "${made.slug}")`)),
    )
    expect(outcomes.toSorted()).toEqual(['CONFLICT', 'ok'])
    expect(await rolesIn(made.slug)).toEqual(['OWNER'])
  }
})

test('of two owners who demote or remove each other at once one stays an owner', async () => {
  for (const change of [
    (id: string) => `changeMemberRole(userId: "${id}", role: VIEWER)`,
    (id: string) => `removeMember(userId: "${id}")`,
  ]) {
    const made = await tenant()
    const second = await join(made, 'OWNER')
    const outcomes = await Promise.all([
      outcome(made.founder.token, change(second.id)),
      outcome(second.token, change(made.founder.id)),
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
  expect(await outcome(founder.token, `leaveTenant(slug: "${slug}")`)).toBe('CONFLICT')
  expect(await outcome(founder.token, `removeMember(userId: "${founder.id}")`)).toBe('CONFLICT')
  expect(await outcome(founder.token, `changeMemberRole(userId: "${founder.id}", role: ADMIN)`)).toBe(
    'CONFLICT',
  )
  expect(await outcome(founder.token, `transferOwnership(userId: "${second.id}")`)).toBe('ok')
  expect(await rolesIn(slug)).toEqual(['ADMIN', 'OWNER'])
  expect(await outcome(founder.token, `leaveTenant(slug: "${slug}")`)).toBe('ok')
})

test('nobody reaches above their own role', async () => {
  const made = await tenant()
  const [admin, member, viewer] = [
    await join(made, 'ADMIN'),
    await join(made, 'MEMBER'),
    await join(made, 'VIEWER'),
  ]
  const { founder } = made
  expect(await outcome(admin.token, `removeMember(userId: "${founder.id}")`)).toBe('FORBIDDEN')
  expect(await outcome(admin.token, `changeMemberRole(userId: "${founder.id}", role: VIEWER)`)).toBe(
    'FORBIDDEN',
  )
  expect(await outcome(admin.token, `changeMemberRole(userId: "${admin.id}", role: OWNER)`)).toBe('FORBIDDEN')
  expect(await outcome(admin.token, `inviteMember(email: "x@example.test", role: OWNER)`)).toBe('FORBIDDEN')
  expect(await outcome(admin.token, `transferOwnership(userId: "${admin.id}")`)).toBe('FORBIDDEN')
  expect(await outcome(admin.token, `deleteTenant(slug: "${made.slug}")`)).toBe('FORBIDDEN')
  for (const { token } of [member, viewer])
    for (const field of [
      `inviteMember(email: "x@example.test", role: VIEWER)`,
      `removeMember(userId: "${viewer.id}")`,
      `changeMemberRole(userId: "${member.id}", role: ADMIN)`,
      `updateTenant(name: "Mine")`,
      `createProject(name: "P", slug: "p")`,
    ])
      expect([field, await outcome(token, field)]).toEqual([field, 'FORBIDDEN'])
  const stream = `createStream(input: { title: "T" })`
  expect(await outcome(viewer.token, stream)).toBe('FORBIDDEN')
  expect(await outcome(member.token, stream)).toBe('ok')
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
  await outcome(made.founder.token, `changeMemberRole(userId: "${admin.id}", role: VIEWER)`)
  expect(await outcome(admin.token, `removeMember(userId: "${member.id}")`)).toBe('FORBIDDEN')
  expect(await rolesIn(made.slug)).toEqual(['OWNER', 'VIEWER', 'MEMBER'])
})

test('who handed the tenant over has no invitation left that makes owners', async () => {
  const made = await tenant()
  const [heir, friend] = [await join(made, 'MEMBER'), await person()]
  const invite = `inviteMember(email: "${friend.email}", role: OWNER)`
  const { token } = await run(made.founder.token, invite, '... on InvitationWithToken { token }')
  expect(await outcome(made.founder.token, `transferOwnership(userId: "${heir.id}")`)).toBe('ok')
  expect(await outcome(friend.token, `acceptInvitation(token: "${token}")`)).toBe('NOT_FOUND')
})

test('an owner who was switched off can be made less and removed by the one who is on, and invites nobody any more', async () => {
  const made = await tenant()
  const [off, guest] = [await join(made, 'OWNER'), await person()]
  const invite = `inviteMember(email: "${guest.email}", role: VIEWER)`
  const { token } = await run(off.token, invite, '... on InvitationWithToken { token }')
  await owner.query('UPDATE users SET is_active = false WHERE email = $1', [off.email])
  expect(await outcome(guest.token, `acceptInvitation(token: "${token}")`)).toBe('NOT_FOUND')
  const { token: mine } = made.founder
  expect(await outcome(mine, `changeMemberRole(userId: "${off.id}", role: VIEWER)`)).toBe('ok')
  expect(await outcome(mine, `removeMember(userId: "${off.id}")`)).toBe('ok')
  expect(await outcome(mine, `leaveTenant(slug: "${made.slug}")`)).toBe('CONFLICT')
})

test('of many tenants made at once an account owns twenty, those that it deleted included', async () => {
  const { token } = await person()
  const make = (n: number) => outcome(token, `createTenant(name: "N", slug: "many-${n}")`)
  const made = await Promise.all(Array.from({ length: 30 }, (_, n) => make(n)))
  expect(made.filter((each) => each === 'ok')).toHaveLength(20)
  expect(made.filter((each) => each === 'LIMIT_EXCEEDED')).toHaveLength(10)
})

test('an invitation is good once, for its e-mail, for a week, until it is withdrawn, replaced, or its sender is gone', async () => {
  const made = await tenant()
  const { founder } = made
  const admin = await join(made, 'ADMIN')
  const guest = await person()
  const invite = (by: Person, email = guest.email) =>
    run(
      by.token,
      `inviteMember(email: "${email}", role: MEMBER)`,
      '... on InvitationWithToken { token invitation { id } }',
    )
  const accept = (token: string, who = guest) => outcome(who.token, `acceptInvitation(token: "${token}")`)

  const replaced = (await invite(founder)).token
  const withdrawn = (await invite(founder)) as unknown as { token: string; invitation: { id: string } }
  expect(await accept(replaced)).toBe('NOT_FOUND')
  expect(await outcome(founder.token, `withdrawInvitation(id: "${withdrawn.invitation.id}")`)).toBe('ok')
  expect(await accept(withdrawn.token)).toBe('NOT_FOUND')
  const bySomeoneGone = (await invite(admin)).token
  await outcome(founder.token, `removeMember(userId: "${admin.id}")`)
  expect(await accept(bySomeoneGone)).toBe('NOT_FOUND')
  const good = (await invite(founder)).token
  expect(await accept(good, await person())).toBe('NOT_FOUND')
  expect(await accept(`hi_${'A'.repeat(43)}`)).toBe('NOT_FOUND')
  const both = await Promise.all([accept(good), accept(good)])
  expect(both.toSorted()).toEqual(['NOT_FOUND', 'ok'])
  expect(await accept(good)).toBe('NOT_FOUND')
  expect((await run(founder.token, `inviteMember(email: "${guest.email}", role: MEMBER)`)).code).toBe(
    'CONFLICT',
  )

  const late = await person()
  const old = (await invite(founder, late.email)).token
  skewMs += 8 * 86_400_000
  expect(await accept(old, { ...late, token: await tokenOf(late.email) })).toBe('NOT_FOUND')
})

test('the token of an invitation stands in no list and not in the database', async () => {
  const { founder } = await tenant()
  const fresh = await tokenOf(founder.email)
  const { token } = await run(
    fresh,
    `inviteMember(email: "somebody@example.test", role: VIEWER)`,
    '... on InvitationWithToken { token }',
  )
  const { rows } = await owner.query(`SELECT to_jsonb(i)::text AS text FROM invitations i`)
  expect(JSON.stringify(rows)).not.toContain(token)
  expect(JSON.stringify(await ask(fresh, '{ invitations { id email role } }'))).toContain(
    'somebody@example.test',
  )
})

test('a member of two tenants has each only with the token for it', async () => {
  const [a, b] = [await tenant(), await tenant()]
  const both = await join(a, 'ADMIN')
  const { token: invitation } = await run(
    b.founder.token,
    `inviteMember(email: "${both.email}", role: VIEWER)`,
    '... on InvitationWithToken { token }',
  )
  await outcome(both.token, `acceptInvitation(token: "${invitation}")`)
  const inB = (
    (await run(
      both.token,
      `switchTenant(slug: "${b.slug}")`,
      '... on SwitchedTenant { accessToken membership { slug role } }',
    )) as unknown as { accessToken: string }
  ).accessToken
  const see = async (token: string) => (await ask(token, '{ viewer { role } tenant { id slug } }')).data
  expect(await see(both.token)).toMatchObject({ viewer: { role: 'ADMIN' }, tenant: { slug: a.slug } })
  expect(await see(inB)).toMatchObject({ viewer: { role: 'VIEWER' }, tenant: { slug: b.slug } })
  // An admin of A is none of B, and A's things are not there for the token of B.
  expect(await outcome(inB, `createProject(name: "P", slug: "p")`)).toBe('FORBIDDEN')
  const { id } = ((await see(both.token)) as unknown as { tenant: { id: string } }).tenant
  expect((await ask(inB, `{ node(id: "${id}") { id } }`)).data).toEqual({ node: null })
  expect(await outcome(both.token, `removeMember(userId: "${b.founder.id}")`)).toBe('NOT_FOUND')
  // Who names no tenant acts in none; a tenant of others is as none.
  const none = await tokenOf(both.email)
  expect((await ask(none, '{ viewer { role memberships { slug role } } }')).data).toEqual({
    viewer: {
      role: null,
      memberships: [
        { slug: a.slug, role: 'ADMIN' },
        { slug: b.slug, role: 'VIEWER' },
      ],
    },
  })
  expect((await ask(none, '{ tenant { id } }')).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  const other = await tenant()
  for (const slug of [other.slug, 'no-such-tenant'])
    expect(await outcome(both.token, `switchTenant(slug: "${slug}")`)).toBe('NOT_FOUND')
})

test('a deleted tenant is closed to its owner, its keys and its invitations, and its rows stay', async () => {
  const { slug, founder } = await tenant()
  const guest = await person()
  const { token } = await run(
    founder.token,
    `inviteMember(email: "${guest.email}", role: MEMBER)`,
    '... on InvitationWithToken { token }',
  )
  expect(await outcome(founder.token, `deleteTenant(slug: "another")`)).toBe('VALIDATION_FAILED')
  expect(await outcome(founder.token, `deleteTenant(slug: "${slug}")`)).toBe('ok')
  skewMs += 2_000
  expect((await ask(founder.token, '{ viewer { role } }')).errors?.[0]?.extensions?.code).toBe(
    'UNAUTHENTICATED',
  )
  expect(await outcome(guest.token, `acceptInvitation(token: "${token}")`)).toBe('NOT_FOUND')
  const again = await tokenOf(founder.email)
  expect((await ask(again, '{ viewer { memberships { slug } } }')).data).toEqual({
    viewer: { memberships: [] },
  })
  expect(await rolesIn(slug)).toEqual(['OWNER'])
})

test('projects and environments are made, changed and deleted, and a wrong value is told by its name', async () => {
  const { founder } = await tenant()
  const made = (await run(
    founder.token,
    `createProject(name: "Site", slug: "site", color: "#112233")`,
    '... on Project { id slug color environments { id slug } }',
  )) as unknown as { id: string; environments: { id: string; slug: string }[] }
  expect(made).toMatchObject({ slug: 'site', color: '#112233' })
  expect(made.environments).toHaveLength(3)
  expect(await outcome(founder.token, `createProject(name: "Site", slug: "site")`)).toBe('CONFLICT')
  expect(await outcome(founder.token, `createProject(name: "Site", slug: "Not a slug")`)).toBe(
    'VALIDATION_FAILED',
  )
  const environment = made.environments[0]!.id
  for (const [days, expected] of [
    [0, 'VALIDATION_FAILED'],
    [91, 'VALIDATION_FAILED'],
    [1, 'ok'],
    [90, 'ok'],
  ] as const)
    expect(
      await outcome(founder.token, `updateEnvironment(id: "${environment}", retentionDays: ${days})`),
    ).toBe(expected)
  expect(
    await outcome(
      founder.token,
      `createEnvironment(projectId: "${made.id}", name: "Preview", slug: "preview", retentionDays: 7)`,
    ),
  ).toBe('ok')
  expect(await outcome(founder.token, `deleteEnvironment(id: "${environment}")`)).toBe('ok')
  expect(await outcome(founder.token, `deleteEnvironment(id: "${environment}")`)).toBe('NOT_FOUND')
  expect(await outcome(founder.token, `updateProject(id: "${made.id}", name: "New")`)).toBe('ok')
  expect(await outcome(founder.token, `deleteProject(id: "${made.id}")`)).toBe('ok')
  const left = made.environments[1]!.id
  for (const field of [
    `updateProject(id: "${made.id}", name: "New")`,
    `deleteProject(id: "${made.id}")`,
    `updateEnvironment(id: "${left}", name: "New")`,
    `createEnvironment(projectId: "${made.id}", name: "N", slug: "n")`,
  ])
    expect([field, await outcome(founder.token, field)]).toEqual([field, 'NOT_FOUND'])
  for (const id of [made.id, left])
    expect((await ask(founder.token, `{ node(id: "${id}") { id } }`)).data).toEqual({ node: null })
})

test("another tenant's members, projects and invitations are as if there were none", async () => {
  const [mine, theirs] = [await tenant(), await tenant()]
  const member = await join(theirs, 'MEMBER')
  const { data } = await ask(theirs.founder.token, '{ tenant { projects { id environments { id } } } }')
  const project = (
    data as unknown as { tenant: { projects: { id: string; environments: { id: string }[] }[] } }
  ).tenant.projects[0]!
  const invited = (await run(
    theirs.founder.token,
    `inviteMember(email: "z@example.test", role: MEMBER)`,
    '... on InvitationWithToken { invitation { id } }',
  )) as unknown as { invitation: { id: string } }
  const pairs: [(id: string) => string, string, string][] = [
    [(id) => `removeMember(userId: "${id}")`, member.id, 'User'],
    [(id) => `changeMemberRole(userId: "${id}", role: VIEWER)`, member.id, 'User'],
    [(id) => `transferOwnership(userId: "${id}")`, member.id, 'User'],
    [(id) => `withdrawInvitation(id: "${id}")`, invited.invitation.id, 'Invitation'],
    [(id) => `updateProject(id: "${id}", name: "Mine")`, project.id, 'Project'],
    [(id) => `deleteProject(id: "${id}")`, project.id, 'Project'],
    [(id) => `createEnvironment(projectId: "${id}", name: "N", slug: "n")`, project.id, 'Project'],
    [(id) => `updateEnvironment(id: "${id}", name: "N")`, project.environments[0]!.id, 'Environment'],
    [(id) => `deleteEnvironment(id: "${id}")`, project.environments[0]!.id, 'Environment'],
  ]
  for (const [field, id, type] of pairs) {
    const told = await run(mine.founder.token, field(id), '... on Problem { message path }')
    expect(told.code).toBe('NOT_FOUND')
    expect(told).toEqual(
      await run(mine.founder.token, field(encodeGlobalID(type, uuidv7())), '... on Problem { message path }'),
    )
  }
  const text = JSON.stringify(
    await ask(mine.founder.token, '{ members { user { email } } invitations { email } }'),
  )
  expect(text).not.toContain(member.email)
  expect(text).not.toContain('z@example.test')
})
