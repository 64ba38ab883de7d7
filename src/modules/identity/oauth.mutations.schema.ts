import { userOf } from '../../graphql/context.ts'
import { accountMutation, only, type PayloadBuilder } from '../../graphql/mutation.ts'
import { SignInProviderKind } from './oauth.schema.ts'
import type { OAuthBegun } from './oauth.service.ts'
import { signedIn, tenantSlug } from './session.mutations.schema.ts'
import { User } from './user.schema.ts'

const ticket = 'Ticket that `beginOAuth` answered in this browser.'
const callbackUrl = 'Whole URL that the provider sent the browser back to.'

accountMutation('beginOAuth', {
  open: 'Begins to prove who somebody is, who has no credential yet.',
  proves: true,
  secret: true,
  description: 'Begins a sign-in with a provider or, for a caller who has signed in, a link with it.',
  input: (t) => ({
    provider: t.field({
      type: SignInProviderKind,
      required: true,
      description: 'Kind of one of `signInProviders`.',
    }),
    redirectUri: t.string({
      required: true,
      description:
        'Page that the provider sends the browser back to; one of those that the operator configured.',
    }),
  }),
  run: (input, { oauth }, { viewer, actor }) =>
    oauth.service.begin(input, viewer.kind === 'user' ? viewer.id : undefined, actor),
  payload: (t: PayloadBuilder<OAuthBegun>) => ({
    authorizationUrl: t.exposeString('authorizationUrl', { description: 'URL to send the browser to.' }),
    ticket: t.exposeString('ticket', {
      description:
        'Ticket for `completeOAuth` or `linkOAuth`, valid once. Keep it in this browser and out of every URL.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'Time of expiry of the ticket, 10 minutes from now.',
    }),
  }),
})

accountMutation('completeOAuth', {
  open: 'The ticket and what the provider answered are the credential.',
  proves: true,
  secret: true,
  description: 'Signs in with what a provider answered, with a new account for a new identity.',
  input: (t) => ({
    ticket: t.string({ required: true, description: ticket }),
    callbackUrl: t.string({ required: true, description: callbackUrl }),
    tenantSlug: t.string({ description: tenantSlug }),
  }),
  run: (input, { oauth }, { actor }) => oauth.service.complete(input, actor),
  payload: signedIn,
})

accountMutation('linkOAuth', {
  action: 'account:write',
  proves: true,
  description:
    'Links an identity at a provider with the account of the caller, who can sign in with it from then on. `beginOAuth` needs the same sign-in.',
  input: (t) => ({
    ticket: t.string({ required: true, description: ticket }),
    callbackUrl: t.string({ required: true, description: callbackUrl }),
    password: t.string({ required: true, description: 'Password of the caller.' }),
  }),
  run: (input, { oauth }, context) => oauth.service.link(userOf(context), input, context.actor),
  payload: only('user', User, 'Account of the caller.'),
})

accountMutation('unlinkOAuth', {
  action: 'account:write',
  description: 'Ends the link of the caller with a provider; only the password signs in from then on.',
  run: (_input, { oauth }, context) => oauth.service.unlink(userOf(context), context.actor),
  payload: only('user', User, 'Account of the caller.'),
})
