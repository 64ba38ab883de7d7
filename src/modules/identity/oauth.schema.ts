import { builder } from '../../graphql/builder.ts'
import { userOf } from '../../graphql/context.ts'
import { credentialProblems, problems } from '../../graphql/problems.ts'
import type { OAuthBegun as OAuthBegunShape } from './oauth.service.ts'
import { SignedIn } from './session.schema.ts'
import { User } from './user.schema.ts'

const SignInProvider = builder.objectRef<{ id: string; name: string }>('SignInProvider').implement({
  description: 'Somebody else who can tell who you are.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'For beginOAuth: github, google or oidc.' }),
    name: t.exposeString('name', { description: 'Name for people.' }),
  }),
})

const OAuthBegun = builder.objectRef<OAuthBegunShape>('OAuthBegun').implement({
  description: 'A sign-in that goes on at the provider.',
  fields: (t) => ({
    authorizationUrl: t.exposeString('authorizationUrl', { description: 'Send the browser there.' }),
    ticket: t.exposeString('ticket', {
      description: 'Keep it in this browser, for completeOAuth or linkOAuth. Good once; never in a URL.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'When the ticket is good no more: 10 minutes from now.',
    }),
  }),
})

const back = {
  ticket: 'What beginOAuth answered in this browser.',
  callbackUrl: 'The whole URL that the provider sent the browser back to.',
}

builder.queryField('signInProviders', (t) =>
  t.field({
    type: [SignInProvider],
    description: 'Providers that one can sign in with; empty when the operator set up none.',
    extensions: { open: 'A page for signing in shows them.', cost: { items: 3 } },
    resolve: (_root, _args, context) => context.modules.oauth.service.providers,
  }),
)

builder.mutationFields((t) => ({
  beginOAuth: t.field({
    type: OAuthBegun,
    errors: { types: credentialProblems },
    extensions: { open: 'Begins to prove who somebody is, who has no credential yet.' },
    description: 'Begins a sign-in with a provider; signed in, a link with it. Needs no credential.',
    args: {
      provider: t.arg.string({ required: true, description: 'Id of one of signInProviders.' }),
      redirectUri: t.arg.string({
        required: true,
        description:
          'Page of yours that the provider sends the browser back to; one that the operator listed.',
      }),
    },
    resolve: (_root, args, context) => {
      const userId = context.viewer.kind === 'user' ? context.viewer.id : undefined
      return context.modules.oauth.service.begin(args, userId, context.actor)
    },
  }),

  completeOAuth: t.field({
    type: SignedIn,
    errors: { types: credentialProblems },
    extensions: { open: 'The ticket and what the provider answered are the credential.' },
    description: 'Begins a session of who came back from a provider. Needs no credential.',
    args: {
      ticket: t.arg.string({ required: true, description: back.ticket }),
      callbackUrl: t.arg.string({ required: true, description: back.callbackUrl }),
      tenantSlug: t.arg.string({ description: 'The tenant to act in; your only one unless given.' }),
    },
    resolve: (_root, args, context) => context.modules.oauth.service.complete(args, context.actor),
  }),

  linkOAuth: t.field({
    type: User,
    errors: { types: credentialProblems },
    description:
      'Lets who came back from a provider sign in to your account from now on. Needs a sign-in, which beginOAuth had too.',
    authScopes: { action: 'account:write' },
    args: {
      ticket: t.arg.string({ required: true, description: back.ticket }),
      callbackUrl: t.arg.string({ required: true, description: back.callbackUrl }),
      password: t.arg.string({ required: true, description: 'Your password.' }),
    },
    resolve: async (_root, args, context) => {
      const user = userOf(context)
      await context.modules.oauth.service.link(user, args, context.actor)
      return user
    },
  }),

  unlinkOAuth: t.field({
    type: User,
    errors: { types: problems },
    description: 'From now on only your password signs in to your account. Needs a sign-in.',
    authScopes: { action: 'account:write' },
    resolve: async (_root, _args, context) => {
      const user = userOf(context)
      await context.modules.oauth.service.unlink(user, context.actor)
      return user
    },
  }),
}))
