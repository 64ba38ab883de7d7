import { Client } from 'pg'
import { encodeGlobalID } from '../../src/graphql/global-id.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import type { Populated } from '../testkit/app.ts'
import { createTestClient, type Answer, type TestClient } from '../testkit/client.ts'
import type { Inhabitant } from './inhabitant.ts'

const PASSWORD = 'a password of tests'

export type Person = {
  readonly userId: string
  readonly email: string
  /** A client with the access token of a session that acts in that tenant, and the session's row. */
  actIn(home: Inhabitant): Promise<{ client: TestClient; token: string; sessionId: string }>
}

/** Tables that have rows of tenants. */
const tablesOf = async (owner: Client): Promise<readonly string[]> => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

/** Makes people of tenants. Their names, e-mails and the programs that they sign in with carry `word`. */
export const createPeople = async (program: Populated) => {
  const owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  let tables: readonly string[] | undefined
  const post = async <T>(word: string, query: string, variables: object): Promise<T> => {
    const response = await fetch(`${program.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': `${word}-browser` },
      body: JSON.stringify({ query, variables }),
    })
    const { data } = (await response.json()) as Answer<T>
    if (!data) throw new Error(`no answer to ${query}`)
    return data
  }

  const person = async (word: string, homes: readonly Inhabitant[]): Promise<Person> => {
    const email = `${word}-person@example.test`
    await post(word, 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }', {
      input: { email, password: PASSWORD, name: `${word} person` },
    })
    const { rows } = await owner.query<{ id: string }>('SELECT id FROM users WHERE email = $1', [email])
    const { id } = rows[0]!
    for (const { tenant } of homes)
      await owner.query(
        `INSERT INTO memberships (id, tenant_id, user_id, role, updated_at) VALUES ($1, $2, $3, 'OWNER', now())`,
        [uuidv7(), tenant, id],
      )
    return {
      userId: encodeGlobalID('User', id),
      email,
      actIn: async (home) => {
        const { rows: tenants } = await owner.query<{ slug: string }>(
          'SELECT slug FROM tenants WHERE id = $1',
          [home.tenant],
        )
        const { signIn } = await post<{ signIn: { accessToken: string } }>(
          word,
          'mutation ($input: SignInInput!) { signIn(input: $input) { ... on SignInPayload { accessToken } } }',
          { input: { email, password: PASSWORD, tenantSlug: tenants[0]!.slug } },
        )
        const { rows: sessions } = await owner.query<{ id: string }>(
          'SELECT id FROM sessions WHERE user_id = $1 ORDER BY id DESC LIMIT 1',
          [id],
        )
        const token = signIn.accessToken
        return {
          token,
          client: createTestClient(program.url, token),
          sessionId: encodeGlobalID('Session', sessions[0]!.id),
        }
      },
    }
  }

  return {
    person,
    /** All that there is of a tenant and of its people, as text: but for uses of keys, which are counted later. */
    allOf: async ({ tenant }: Inhabitant, people: readonly Person[]): Promise<string> => {
      tables ??= await tablesOf(owner)
      const ofPeople = [
        ['users', 'id'],
        ['sessions', 'user_id'],
        ['refresh_tokens', 'user_id'],
      ] as const
      // One statement: this is read before and after each of hundreds of attempts.
      const parts = [
        ...tables.map((name) => [`${name} t WHERE tenant_id = $1`, name]),
        ['tenants t WHERE id = $1', 'tenants'],
        ...ofPeople.map(([table, column]) => [
          `${table} t WHERE ${column} IN (SELECT id FROM users WHERE email = ANY($2))`,
          table,
        ]),
      ].map(
        ([rows, name]) =>
          `SELECT '${name}' AS name, jsonb_agg(CASE WHEN to_jsonb(t) ? 'last_used_at' THEN to_jsonb(t) - '{last_used_at,usage_count,updated_at}'::text[]
                  ELSE to_jsonb(t) END ORDER BY t::text) AS rows FROM ${rows}`,
      )
      const { rows } = await owner.query({
        name: 'all_of', // planned once
        text: `${parts.join(' UNION ALL ')} ORDER BY 1`,
        values: [tenant, people.map(({ email }) => email)],
      })
      return JSON.stringify(rows)
    },
    close: () => owner.end(),
  }
}
