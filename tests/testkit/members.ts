import type { Client } from 'pg'
import { encodeGlobalID } from '../../src/graphql/global-id.ts'
import type { TestApp } from './app.ts'
import { createTestClient, type Answer } from './client.ts'
import { mutate, type Payload } from './mutate.ts'
import { stranger } from './seed.ts'

export const PASSWORD = 'correct horse battery'
export type Person = { email: string; id: string; token: string }

/** People with accounts, who make tenants and join them, all through the graph. */
export const createPeople = (program: TestApp, owner: Client) => {
  let count = 0

  const ask = async (token: string | undefined, text: string, variables: object = {}) =>
    (await createTestClient(program.url, token).request(text, variables)) as Answer<Record<string, never>>
  /** Runs one mutation and answers its payload or its problem. */
  const run = (token: string | undefined, name: string, input?: object): Promise<Payload> =>
    mutate(createTestClient(program.url, token), name, input)
  /** 'ok' or the code of the problem. */
  const outcome = async (token: string, name: string, input?: object): Promise<string> =>
    (await run(token, name, input)).code ?? 'ok'

  const tokenOf = async (email: string, slug?: string): Promise<string> => {
    const { modules } = program.app
    const input = { email, password: PASSWORD, tenantSlug: slug }
    return (await modules.sessions.service.signIn(input, stranger())).accessToken
  }
  const person = async (): Promise<Person> => {
    const email = `person-${(count += 1)}@example.test`
    const elsewhere = stranger(`10.0.${count}.0/24`)
    await program.app.modules.accounts.service.signUp({ email, password: PASSWORD, name: 'Ada' }, elsewhere)
    const { rows } = await owner.query<{ id: string }>('SELECT id FROM users WHERE email = $1', [email])
    return { email, id: encodeGlobalID('User', rows[0]!.id), token: await tokenOf(email) }
  }
  /** A tenant with its owner, whose token acts in it. */
  const tenant = async () => {
    const founder = await person()
    const slug = `tenant-${(count += 1)}`
    await run(founder.token, 'createTenant', { name: 'Some', slug })
    return { slug, founder: { ...founder, token: await tokenOf(founder.email, slug) } }
  }
  type Made = Awaited<ReturnType<typeof tenant>>
  const join = async ({ slug, founder }: Made, role: string): Promise<Person> => {
    const someone = await person()
    const { token } = await run(founder.token, 'inviteMember', { email: someone.email, role })
    const accepted = await outcome(someone.token, 'acceptInvitation', { token })
    if (accepted !== 'ok') throw new Error(accepted)
    return { ...someone, token: await tokenOf(someone.email, slug) }
  }
  return { ask, run, outcome, tokenOf, person, tenant, join }
}
