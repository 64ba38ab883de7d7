import { Client } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { startApp } from '../../../tests/testkit/app.ts'
import { createPeople } from '../../../tests/testkit/members.ts'

const program = await startApp()
const owner = new Client({ connectionString: program.databases.ownerUrl })
await owner.connect()
const { ask, outcome, person, tenant } = createPeople(program, owner)
afterAll(async () => {
  await owner.end()
  await program.stop()
})

/**
 * What a reader finds whose row goes between Prisma's two statements: the second one, of the account or the
 * tenant alone, does not see it any more.
 */
const hiddenFromSecondStatements = async (work: () => Promise<void>): Promise<void> => {
  const tables = ['users', 'tenants']
  for (const table of tables)
    await owner.query(`CREATE POLICY gone ON ${table} AS RESTRICTIVE FOR SELECT
      USING (current_query() NOT LIKE 'SELECT "public"."${table}"."id"%')`)
  try {
    await work()
  } finally {
    for (const table of tables) await owner.query(`DROP POLICY gone ON ${table}`)
  }
}

test('a membership that ends while it is read is left out by its account, and told to its tenant', async () => {
  const { founder } = await tenant()
  const { token, memberId } = founder
  await hiddenFromSecondStatements(async () => {
    const own = await ask(token, '{ viewer { memberships { nodes { slug } edges { node { name } } } } }')
    expect(own).toMatchObject({ data: { viewer: { memberships: { nodes: [], edges: [] } } } })
    expect(own.errors).toBeUndefined()
    for (const query of [
      '{ members { nodes { user { email } } } }',
      `{ node(id: "${memberId}") { ... on Member { user { email } } } }`,
    ]) {
      const { errors } = await ask(token, query)
      expect(
        errors?.map(({ extensions }) => extensions?.code),
        query,
      ).toEqual(['NOT_FOUND'])
    }
  })
  expect((await ask(token, '{ members { nodes { user { email } } } }')).errors).toBeUndefined()
})

test('of many tenants made at once an account owns twenty, those that it deleted included', async () => {
  const { token } = await person()
  const make = (n: number) => outcome(token, 'createTenant', { name: 'N', slug: `many-${n}` })
  const made = await Promise.all(Array.from({ length: 24 }, (_, n) => make(n)))
  expect(made.filter((each) => each === 'ok')).toHaveLength(20)
  expect(made.filter((each) => each === 'LIMIT_EXCEEDED')).toHaveLength(4)
})
