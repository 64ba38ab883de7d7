import { userOf } from '../../graphql/context.ts'
import { accountMutation, deleted, type PayloadBuilder } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { TenantMembership } from '../tenancy/membership.schema.ts'
import type { SignedIn, Switched } from './session.service.ts'
import { User } from './user.schema.ts'

const access = <Shape extends Switched>(t: PayloadBuilder<Shape>) => ({
  accessToken: t.string({
    description: 'Access token, for `Authorization: Bearer`; valid for 15 minutes.',
    resolve: ({ accessToken }) => accessToken,
  }),
  expiresAt: t.field({
    type: 'DateTime',
    description: 'Time of expiry of the access token. WebSockets opened with it are closed then.',
    resolve: ({ expiresAt }) => expiresAt,
  }),
  membership: t.field({
    type: TenantMembership,
    nullable: true,
    description:
      'Membership in the tenant that the access token acts in; null for an account with no tenant, or with several and none named.',
    resolve: ({ membership }) => membership ?? null,
  }),
})

/** The payload of each mutation that begins a session or goes on with one. */
export const signedIn = (t: PayloadBuilder<SignedIn>) => ({
  ...access(t),
  refreshToken: t.exposeString('refreshToken', {
    description:
      'Refresh token, for `refreshSession`; valid once. A session ends when a used one is sent again.',
  }),
  user: t.expose('user', { type: User, description: 'Account that has signed in.' }),
})

/** Slug of a tenant in the input of each mutation that signs in. */
export const tenantSlug = 'Slug of the tenant to act in (default: the only one of the account).'

accountMutation('signIn', {
  open: 'Proves who somebody is, who has no credential yet.',
  proves: true,
  secret: true,
  description: 'Signs in with a password.',
  input: (t) => ({
    email: t.string({ required: true, description: 'E-mail of the account.' }),
    password: t.string({ required: true, description: 'Password of the account.' }),
    tenantSlug: t.string({ description: tenantSlug }),
  }),
  run: (input, { sessions }, { actor }) => sessions.service.signIn(input, actor),
  payload: signedIn,
})

accountMutation('refreshSession', {
  open: 'The refresh token is the credential; the access token may have expired.',
  proves: true,
  secret: true,
  description: 'Exchanges a refresh token for new tokens. Omit an access token that has expired.',
  input: (t) => ({
    refreshToken: t.string({ required: true, description: 'Newest refresh token of the session.' }),
  }),
  run: ({ refreshToken }, { sessions }, { actor }) => sessions.service.refresh(refreshToken, actor),
  payload: signedIn,
})

accountMutation('switchTenant', {
  action: 'account:write',
  secret: true,
  description: 'Issues an access token for another tenant of the caller. The refresh token stays the same.',
  input: (t) => ({ slug: t.string({ required: true, description: 'Slug of the tenant.' }) }),
  run: ({ slug }, { sessions }, context) =>
    sessions.service.switchTenant(userOf(context), context.actor, slug),
  payload: (t: PayloadBuilder<Switched>) => access(t),
})

accountMutation('signOut', {
  action: 'account:write',
  description: 'Ends the session of the request, with its tokens and open connections.',
  run: (_input, { sessions }, context) => sessions.service.signOut(userOf(context), context.actor),
  payload: deleted('Session'),
})

accountMutation('revokeSession', {
  action: 'account:write',
  description: 'Ends a session of the caller, with its tokens and open connections.',
  input: (t) => ({ id: idOf(t, 'Session') }),
  run: ({ id }, { sessions }, context) => sessions.service.revoke(userOf(context), context.actor, id),
  payload: deleted('Session'),
})

accountMutation('revokeAllSessions', {
  action: 'account:write',
  description: 'Ends all sessions of the caller, including that of the request.',
  run: (_input, { sessions }, context) => sessions.service.revokeAll(userOf(context), context.actor),
  payload: (t: PayloadBuilder<{ readonly sessionsEnded: number }>) => ({
    sessionsEnded: t.exposeInt('sessionsEnded', { description: 'Number of sessions that ended.' }),
  }),
})
