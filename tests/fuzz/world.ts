import { getNamedType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql'
import { documentLimits } from '../../src/graphql/limits/document.ts'
import { actingAs, programActor, type UserActor } from '../../src/auth/actor.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import { createTestClient, type Answer } from '../testkit/client.ts'
import { globalId, stranger } from '../testkit/seed.ts'
import { rootFields } from '../walls/everything.ts'
import type { Populated } from '../testkit/app.ts'
import { inhabit, type Inhabitant } from '../walls/inhabitant.ts'
import { literalsOf } from '../walls/literals.ts'
import type { ActorName } from './operations.ts'
import type { Pools } from './values.ts'

export type World = Awaited<ReturnType<typeof createWorld>>

/** Nobody else has that many. */
const FOREIGN_VIEWERS = 73_915_733
const PASSWORD = 'a password of tests'

type Node = { readonly __typename: string; readonly id?: string; readonly status?: string }
type Page = { readonly edges: { readonly cursor: string; readonly node: Node }[] }

/** The first items of every list that a person sees, by its name. */
const listsOf = async (
  schema: GraphQLSchema,
  url: string,
  token: string,
): Promise<Map<string, Page['edges']>> => {
  const nodes = schema.getType('Node')
  const isNode = (name: string): boolean =>
    isInterfaceType(nodes) && schema.getPossibleTypes(nodes).some((each) => each.name === name)
  const pages = rootFields(schema).flatMap(({ operation, field }) => {
    const type = getNamedType(field.type)
    const [, item] = /^(\w+)Connection$/.exec(type.name) ?? []
    if (operation !== 'query' || item === undefined || !isObjectType(type)) return []
    return `${field.name}(first: 3) { edges { cursor node { __typename ${isNode(item) ? 'id' : ''} ${item === 'Recording' ? 'status' : ''} } } }`
  })
  const found = new Map<string, Page['edges']>()
  const { rootFields: atOnce } = documentLimits
  for (let from = 0; from < pages.length; from += atOnce) {
    const part = pages.slice(from, from + atOnce)
    const answer = (await createTestClient(url, token).request(`{ ${part.join(' ')} }`)) as Answer<
      Record<string, Page>
    >
    if (!answer.data || answer.errors) throw new Error(JSON.stringify(answer))
    for (const [name, { edges }] of Object.entries(answer.data)) found.set(name, edges)
  }
  return found
}

const idsOf = (edges: Page['edges'] = []): string[] => edges.flatMap(({ node: { id } }) => id ?? [])

const about = (id: string, more = ''): string => `{ id: ${JSON.stringify(id)}${more} }`

const named = ({ word, streams }: Inhabitant): string[] => [
  ...streams,
  `${word} title`,
  `${word}-node-1`,
  `${word}-1`,
  `${word}-host`,
  `${word}-trace`,
  word,
]

let count = 0

/** Two tenants with something of everything, and who asks in the one of them. */
export const createWorld = async (schema: GraphQLSchema, program: Populated) => {
  count += 1
  const { accounts, sessions, invitations } = program.app.modules
  const nodes = schema.getType('Node')
  const nodeTypes = isInterfaceType(nodes) ? schema.getPossibleTypes(nodes).map(({ name }) => name) : []
  const mark = uuidv7().slice(-8)
  const a = await inhabit(program, `alpha-${mark}`, 11, nodeTypes)
  const b = await inhabit(program, `canary-${mark}`, FOREIGN_VIEWERS, nodeTypes)
  const emailOf = (name: string): string => `${a.word}-${name}@example.test`
  // Attempts are counted by address.
  const somebody = stranger(`10.${count % 250}.${Math.floor(count / 250) % 250}.0/24`)
  const signIn = (email: string, tenantSlug?: string) =>
    sessions.service.signIn({ email, password: PASSWORD, tenantSlug }, somebody)
  const invite = async (name: string): Promise<string> => {
    await accounts.service.signUp({ email: emailOf(name), password: PASSWORD, name }, somebody)
    const by = { ...a.world.permit<'member:write'>(), actor: a.world.owner }
    const { token } = await invitations.service.invite(by, { email: emailOf(name), role: 'ADMIN' })
    return token!
  }
  // One more has joined, and one is about to.
  const joining = await invite('member')
  const { user } = await signIn(emailOf('member'))
  await invitations.service.accept(
    actingAs(programActor(a.word), user) as UserActor,
    emailOf('member'),
    joining,
  )
  const invitation = await invite('guest')

  const ownerOf = ({ word }: Inhabitant) => signIn(`${word}-owner@example.test`, `${word}-tenant`)
  const [owner, ownerOfB] = [await ownerOf(a), await ownerOf(b)]
  const lists = await listsOf(schema, program.url, owner.accessToken)
  const foreign = await listsOf(schema, program.url, ownerOfB.accessToken)
  const credentials: Record<ActorName, string | undefined> = {
    key: a.key,
    owner: owner.accessToken,
    member: (await signIn(emailOf('member'), `${a.word}-tenant`)).accessToken,
    guest: (await signIn(emailOf('guest'))).accessToken,
    reader: await program.seed.key(a.tenant, ['read'], `${a.word} reader`),
    nobody: undefined,
  }

  const members = idsOf(lists.get('members'))
  const spare = await program.app.modules.apiKeys.service.issue(a.world.permit<'apiKey:write'>(), {
    name: `${a.word} spare`,
    scopes: ['read'],
    mode: 'test',
  })
  const running = lists.get('recordings')!.find(({ node }) => node.status === 'RECORDING')!.node.id!
  const newest = members.at(-1)!
  const cursors = Object.fromEntries(
    [...lists].map(([name, edges]) => [
      name,
      [...edges, ...(foreign.get(name) ?? [])].map(({ cursor }) => cursor),
    ]),
  )
  const pools: Pools = {
    literals: {
      ...literalsOf(a),
      'Mutation.acceptInvitation.input': `{ token: "${invitation}" }`,
      'Mutation.changeMemberRole.input': about(newest, ', role: VIEWER'),
      'Mutation.removeMember.input': about(newest),
      'Mutation.transferOwnership.input': about(newest),
      'Mutation.rotateApiKey.input': about(globalId('ApiKey', spare.id)),
      'Mutation.revokeApiKey.input': about(globalId('ApiKey', spare.id)),
      'Mutation.stopRecording.input': about(running),
      'Mutation.refreshSession.input': `{ refreshToken: "${owner.refreshToken}" }`,
      'Mutation.signIn.input': `{ email: "${emailOf('member')}", password: "${PASSWORD}" }`,
      'Mutation.switchTenant.input': `{ slug: "${a.word}-tenant" }`,
      'Mutation.leaveTenant.input': `{ slug: "${a.word}-tenant" }`,
      'Mutation.deleteTenant.input': `{ slug: "${a.word}-tenant" }`,
      'Mutation.beginOAuth.input': `{ provider: GITHUB, redirectUri: "${REDIRECT_URI}" }`,
    },
    ids: a.ids,
    foreignIds: b.globalIds,
    cursors,
    places: ['0-0', `${Date.now() - 60_000}-0`],
    texts: named(a),
    foreignTexts: named(b),
  }
  return {
    a,
    b,
    credentials,
    /** Credentials that no operation names: who sends to ingest, and who asks for it again. */
    sendersKey: await program.seed.key(a.tenant, ['ingest'], 'sender'),
    reader: createTestClient(program.url, await program.seed.key(a.tenant, ['read'], 'reader')),
    pools,
    secrets: [b.word, b.tenant, String(FOREIGN_VIEWERS), ...b.globalIds],
    /** Lets the other tenant make news for those who listen. */
    busy: () => b.busy(`${b.word} again`),
    /** Whether the credentials are still good: an operation may have ended them. */
    isAlive: async (): Promise<boolean> => {
      for (const name of ['key', 'owner'] as const) {
        const { data } = (await createTestClient(program.url, credentials[name]).request(
          '{ viewer { tenant { id } } }',
        )) as Answer<{ viewer: { tenant: unknown } | null }>
        if (!data?.viewer?.tenant) return false
      }
      return true
    },
  }
}

/** Where a sign-in with a provider may return to. Nothing listens there, nor at the provider's address. */
export const REDIRECT_URI = 'http://127.0.0.1:9/signed-in'
