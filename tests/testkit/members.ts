import type { Client } from 'pg'
import { encodeGlobalID } from '../../src/graphql/global-id.ts'
import type { TestApp } from './app.ts'
import { createTestClient, type Answer } from './client.ts'
import { mutate, type Payload } from './mutate.ts'
import { stranger } from './seed.ts'

export const PASSWORD = 'correct horse battery'
/** Somebody with an account; `id` is that of the User. */
export type Person = { email: string; id: string; token: string }
/** `memberId` is the global id of the membership in the tenant that the token acts in. */
export type Member = Person & { memberId: string }
type Told = Pick<Payload, '__typename' | 'code' | 'message' | 'path'>
/** What an invitation is answered with. */
export type Invited = { token: string; invitation: { id: string } }

/** Answers the global id of the membership of a user, in the tenant that the token acts in. */
export const memberIdOf = async (url: string, token: string, userId: string): Promise<string> => {
  const { data } = (await createTestClient(url, token).request(
    'query ($user: ID!) { members(filter: { user: { eq: $user } }) { nodes { id } } }',
    { user: userId },
  )) as Answer<{ members: { nodes: { id: string }[] } }>
  const [member] = data?.members.nodes ?? []
  if (!member) throw new Error(`${userId} is not a member`)
  return member.id
}

/** People with accounts, who make tenants and join them, all through the graph. */
export const createPeople = (program: TestApp, owner: Client) => {
  let count = 0

  const ask = async <R = Record<string, never>>(
    token: string | undefined,
    text: string,
    variables: object = {},
  ) => (await createTestClient(program.url, token).request(text, variables)) as Answer<R>
  /** Runs one mutation and answers its payload or its problem. */
  const run = async <R = object>(token: string | undefined, name: string, input?: object) =>
    (await mutate(createTestClient(program.url, token), name, input)) as never as R & Told
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
  /** Who acts in a tenant that they are a member of. */
  const acting = async (someone: Person, slug: string): Promise<Member> => {
    const token = await tokenOf(someone.email, slug)
    return { ...someone, token, memberId: await memberIdOf(program.url, token, someone.id) }
  }
  /** A tenant with its owner, whose token acts in it. */
  const tenant = async () => {
    const founder = await person()
    const slug = `tenant-${(count += 1)}`
    await run(founder.token, 'createTenant', { name: 'Some', slug })
    return { slug, founder: await acting(founder, slug) }
  }
  type Made = Awaited<ReturnType<typeof tenant>>
  const join = async ({ slug, founder }: Made, role: string): Promise<Member> => {
    const someone = await person()
    const { token } = await run<Invited>(founder.token, 'inviteMember', { email: someone.email, role })
    const accepted = await outcome(someone.token, 'acceptInvitation', { token })
    if (accepted !== 'ok') throw new Error(accepted)
    return acting(someone, slug)
  }
  return { ask, run, outcome, tokenOf, person, tenant, join }
}
