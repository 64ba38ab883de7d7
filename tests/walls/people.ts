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

/** Makes people of tenants. Their names, e-mails and the programs that they sign in with carry `word`. */
export const createPeople = async (program: Populated) => {
  const owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
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
      const { rows: tables } = await owner.query<{ name: string }>(
        `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
          WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1`,
      )
      const texts: unknown[] = []
      for (const { name } of tables)
        texts.push(
          (
            await owner.query(
              `SELECT CASE WHEN to_jsonb(t) ? 'last_used_at' THEN to_jsonb(t) - '{last_used_at,usage_count,updated_at}'::text[]
                      ELSE to_jsonb(t) END FROM ${name} t WHERE tenant_id = $1 ORDER BY t::text`,
              [tenant],
            )
          ).rows,
        )
      texts.push((await owner.query('SELECT to_jsonb(t) FROM tenants t WHERE id = $1', [tenant])).rows)
      for (const { email } of people)
        for (const [table, column] of [
          ['users', 'id'],
          ['sessions', 'user_id'],
          ['refresh_tokens', 'user_id'],
        ])
          texts.push(
            (
              await owner.query(
                `SELECT to_jsonb(t) FROM ${table} t WHERE ${column} = (SELECT id FROM users WHERE email = $1) ORDER BY t::text`,
                [email],
              )
            ).rows,
          )
      return JSON.stringify(texts)
    },
    close: () => owner.end(),
  }
}
