import { providerIds, type ProviderId } from '../../auth/oauth/providers.ts'
import { builder } from '../../graphql/builder.ts'

const names: Record<ProviderId, string> = {
  github: 'GitHub, or a GitHub Enterprise Server.',
  google: 'Google.',
  oidc: 'The OpenID Connect provider that the operator configured.',
}

export const SignInProviderKind = builder.enumType('SignInProviderKind', {
  description: 'Kind of a provider of sign-ins.',
  values: Object.fromEntries(
    providerIds.map((id) => [id.toUpperCase(), { value: id, description: names[id] }]),
  ) as Record<string, { value: ProviderId; description: string }>,
})

const SignInProvider = builder
  .objectRef<{ readonly id: ProviderId; readonly name: string }>('SignInProvider')
  .implement({
    description: 'A provider of sign-ins, such as GitHub.',
    fields: (t) => ({
      provider: t.expose('id', { type: SignInProviderKind, description: 'Kind, for `beginOAuth`.' }),
      name: t.exposeString('name', { description: 'Name for people.' }),
    }),
  })

builder.queryField('signInProviders', (t) =>
  t.field({
    type: [SignInProvider],
    description:
      'Providers that people can sign in with; empty when none is configured. Needs no credential.',
    extensions: { open: 'A page for signing in shows them.', cost: { items: providerIds.length } },
    resolve: (_root, _args, { modules }) => modules.oauth.service.providers,
  }),
)
