import type { Actor } from '../../auth/actor.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { encodeGlobalID } from '../../graphql/global-id.ts'
import { nodeOf } from '../../graphql/node-of.ts'
import { ApiKey } from '../identity/api-key.types.schema.ts'
import { User } from '../identity/user.schema.ts'

type Kind = { readonly name: string; readonly description: string }
/** A record, so that the compiler tells when one is missing. */
const kinds: Readonly<Record<Actor['kind'], Kind>> = {
  user: { name: 'USER', description: 'A user who has signed in.' },
  apiKey: { name: 'API_KEY', description: 'An API key.' },
  operator: { name: 'OPERATOR', description: 'Somebody who runs commands on the machine.' },
  demo: { name: 'DEMO', description: 'The simulation behind the demo tenant.' },
  program: { name: 'PROGRAM', description: 'A part of the program itself.' },
  anonymous: { name: 'ANONYMOUS', description: 'Somebody without a valid credential.' },
}

const ActorKind = builder.enumType('ActorKind', {
  description: 'Kind of an actor.',
  values: Object.fromEntries(
    Object.entries(kinds).map(([value, { name, description }]) => [name, { value, description }]),
  ) as Record<string, { value: Actor['kind']; description: string }>,
})

/** The type of the object behind an actor of that kind. */
const typeOf = (kind: string): 'User' | 'ApiKey' | null =>
  kind === 'user' ? 'User' : kind === 'apiKey' ? 'ApiKey' : null

/** The types of the ids that an actor can have. */
export const actorTypes = ['User', 'ApiKey'] as const

export const AuditActor = builder.prismaNode('AuditLog', {
  variant: 'AuditActor',
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'The person, key or program behind an audit entry, as it was then.',
  authScopes: { action: 'audit:read' },
  findUnique: (id, context) => ({ id, tenantId: tenantOf(context) }),
  fields: (t) => ({
    kind: t.field({
      type: ActorKind,
      description: 'Kind of the actor.',
      resolve: ({ actorKind }) => actorKind as Actor['kind'],
    }),
    name: t.string({
      description:
        'Name of the user or key at that time; of others "operator", "demo" or "nobody", or the part of the program, such as "ingest" or "alerting".',
      resolve: ({ actor }) => actor,
    }),
    actorId: t.id({
      nullable: true,
      description: 'Global id of the user or key, also when it can no longer be read.',
      resolve: ({ actorKind, actorId }) => {
        const type = typeOf(actorKind)
        return type && actorId && encodeGlobalID(type, actorId)
      },
    }),
    user: t.field({
      type: User,
      nullable: true,
      description: 'The user; null for other kinds, and when it can no longer be read.',
      resolve: ({ actorKind, actorId }, _args, context, info) =>
        actorKind === 'user' ? nodeOf(context, info, 'User', actorId) : null,
    }),
    apiKey: t.field({
      type: ApiKey,
      nullable: true,
      description: 'The API key; null for other kinds, and when it may not be read.',
      resolve: ({ actorKind, actorId }, _args, context, info) =>
        actorKind === 'apiKey' ? nodeOf(context, info, 'ApiKey', actorId) : null,
    }),
  }),
})
