import { builder } from '../../graphql/builder.ts'
import { userOf } from '../../graphql/context.ts'
import { decodeGlobalID, encodeGlobalID } from '../../graphql/global-id.ts'
import { credentialProblems, problems } from '../../graphql/problems.ts'
import { NotFoundError } from '../../platform/problems.ts'
import { TenantMembership } from '../tenancy/membership.schema.ts'
import type { SignedIn as SignedInShape, Switched as SwitchedShape } from './session.service.ts'
import type { Session as SessionShape } from './session.store.ts'
import { User } from './user.schema.ts'

const Session = builder.objectRef<SessionShape>('Session').implement({
  description: 'One sign-in of yours that is not over.',
  fields: (t) => ({
    id: t.id({ description: 'Global id.', resolve: ({ id }) => encodeGlobalID('Session', id) }),
    userAgent: t.exposeString('userAgent', {
      description: 'The program that signed in, as it names itself.',
    }),
    address: t.exposeString('address', { description: 'The network that it signed in from: /24 or /48.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it began.' }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', description: 'When it was last refreshed.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When you have to sign in again.' }),
    current: t.boolean({
      description: 'Whether it is the one that asks.',
      resolve: ({ id }, _args, context) => userOf(context).sessionId === id,
    }),
  }),
})

const token = 'The access token: send it as "Authorization: Bearer …". Good for 15 minutes.'
const expiry = 'When the access token stops working. Open sockets that came with it close then.'
const membership =
  'The tenant that it acts in; null when you are a member of several and named none, or of none.'

export const SignedIn = builder.objectRef<SignedInShape>('SignedIn').implement({
  description: 'A session of yours goes on with these.',
  fields: (t) => ({
    accessToken: t.exposeString('accessToken', { description: token }),
    refreshToken: t.exposeString('refreshToken', {
      description:
        'For refreshSession, good once: keep the newest only. Bringing a used one ends the session.',
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: expiry }),
    user: t.expose('user', { type: User, description: 'Who signed in.' }),
    membership: t.expose('membership', { type: TenantMembership, nullable: true, description: membership }),
  }),
})

const SwitchedTenant = builder.objectRef<SwitchedShape>('SwitchedTenant').implement({
  description: 'The same session, acting in another tenant. Its refresh token stays as it is.',
  fields: (t) => ({
    accessToken: t.exposeString('accessToken', { description: token }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: expiry }),
    membership: t.expose('membership', { type: TenantMembership, nullable: true, description: membership }),
  }),
})

const EndedSessions = builder.objectRef<{ count: number }>('EndedSessions').implement({
  description: 'Sessions that ended, with all their tokens and open connections.',
  fields: (t) => ({ count: t.exposeInt('count', { description: 'How many.' }) }),
})

builder.queryField('sessions', (t) =>
  t.field({
    type: [Session],
    description: 'Your sessions that are not over, the one used last first; at most 100. Needs a sign-in.',
    extensions: { cost: { small: true, items: 100 } },
    authScopes: { action: 'account:read' },
    resolve: (_root, _args, context) => context.modules.sessions.service.list(userOf(context)),
  }),
)

builder.mutationFields((t) => ({
  signIn: t.field({
    type: SignedIn,
    errors: { types: credentialProblems },
    extensions: { open: 'Proves who somebody is, who has no credential yet.' },
    description: 'Begins a session. Needs no credential.',
    args: {
      email: t.arg.string({ required: true, description: 'E-mail of the account.' }),
      password: t.arg.string({ required: true, description: 'Its password.' }),
      tenantSlug: t.arg.string({ description: 'The tenant to act in; your only one unless given.' }),
    },
    resolve: (_root, args, context) => context.modules.sessions.service.signIn(args, context.actor),
  }),

  refreshSession: t.field({
    type: SignedIn,
    errors: { types: credentialProblems },
    extensions: { open: 'The refresh token is the credential; the access token may have expired.' },
    description: 'New tokens for a refresh token. Needs no credential: leave an expired one away.',
    args: { refreshToken: t.arg.string({ required: true, description: 'The newest one of the session.' }) },
    resolve: (_root, { refreshToken }, context) =>
      context.modules.sessions.service.refresh(refreshToken, context.actor),
  }),

  switchTenant: t.field({
    type: SwitchedTenant,
    errors: { types: problems },
    description: 'An access token for another tenant of yours. Needs a sign-in.',
    authScopes: { action: 'account:write' },
    args: { slug: t.arg.string({ required: true, description: 'Slug of the tenant.' }) },
    resolve: (_root, { slug }, context) =>
      context.modules.sessions.service.switchTenant(userOf(context), context.actor, slug),
  }),

  signOut: t.field({
    type: EndedSessions,
    errors: { types: problems },
    description: 'Ends the session that asks. Needs a sign-in.',
    authScopes: { action: 'account:write' },
    resolve: async (_root, _args, context) => {
      const user = userOf(context)
      await context.modules.sessions.service.revoke(user, context.actor, 'signOut', user.sessionId)
      return { count: 1 }
    },
  }),

  revokeSession: t.field({
    type: EndedSessions,
    errors: { types: problems },
    description: 'Ends one session of yours. Needs a sign-in.',
    authScopes: { action: 'account:write' },
    args: { id: t.arg.id({ required: true, description: 'Which session.' }) },
    resolve: async (_root, { id }, context) => {
      const session = decodeGlobalID(id)
      if (session.typename !== 'Session') throw new NotFoundError('You have no such session.', ['id'])
      await context.modules.sessions.service.revoke(
        userOf(context),
        context.actor,
        'revokeSession',
        session.id,
      )
      return { count: 1 }
    },
  }),

  revokeAllSessions: t.field({
    type: EndedSessions,
    errors: { types: problems },
    description: 'Ends all your sessions, the one that asks too. Needs a sign-in.',
    authScopes: { action: 'account:write' },
    resolve: async (_root, _args, context) => ({
      count: await context.modules.sessions.service.revokeAll(userOf(context), context.actor),
    }),
  }),
}))
