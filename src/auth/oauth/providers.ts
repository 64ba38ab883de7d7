import type { Config } from '../../config.ts'

/** How the graph calls providers: a closed list. */
export const providerIds = ['github', 'google', 'oidc'] as const
export type ProviderId = (typeof providerIds)[number]

/** Somebody else who can tell who a person is. */
export type Provider = {
  readonly id: ProviderId
  /** How people call it. */
  readonly name: string
  readonly clientId: string
  readonly clientSecret: string
  /** The name under which its accounts are kept: a subject is only unique at its issuer. */
  readonly issuer: string
} & (
  | { readonly kind: 'openid' }
  /** OAuth 2 without ID tokens: whose token it is the API tells. */
  | { readonly kind: 'github'; readonly url: string; readonly api: string }
)

type Settings = Pick<Config, Extract<keyof Config, `OAUTH_${string}`>>

/** The providers that are configured. A half-configured one never comes here: `loadConfig` refuses it. */
export const providersOf = (config: Settings): Provider[] => {
  const url = config.OAUTH_GITHUB_URL
  const rows = [
    {
      kind: 'github',
      id: 'github',
      name: 'GitHub',
      url,
      // https://docs.github.com/apps/github-authentication-discovery-endpoints names this issuer for
      // github.com.
      issuer: `${url}/login/oauth`,
      api: url === 'https://github.com' ? 'https://api.github.com' : `${url}/api/v3`,
      clientId: config.OAUTH_GITHUB_CLIENT_ID,
      clientSecret: config.OAUTH_GITHUB_CLIENT_SECRET,
    },
    {
      kind: 'openid',
      id: 'google',
      name: 'Google',
      issuer: 'https://accounts.google.com',
      clientId: config.OAUTH_GOOGLE_CLIENT_ID,
      clientSecret: config.OAUTH_GOOGLE_CLIENT_SECRET,
    },
    {
      kind: 'openid',
      id: 'oidc',
      name: config.OAUTH_OIDC_NAME,
      issuer: config.OAUTH_OIDC_ISSUER,
      clientId: config.OAUTH_OIDC_CLIENT_ID,
      clientSecret: config.OAUTH_OIDC_CLIENT_SECRET,
    },
  ] as const
  return rows.filter(({ clientId }) => clientId !== undefined) as Provider[]
}
