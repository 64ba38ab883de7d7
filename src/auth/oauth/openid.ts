import { fetchUserInfo, type Configuration, type IDToken, type ServerMetadata } from 'openid-client'
import { providerUnavailable } from './errors.ts'
import type { Profile } from './identity.ts'

export const openidScope = 'openid email profile'

const endpoints = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const

/** Throws PROVIDER_UNAVAILABLE unless what was discovered leads on, and not from https to anything less. */
export const checkedMetadata = (name: string, issuer: string, metadata: ServerMetadata): ServerMetadata => {
  const { protocol } = new URL(issuer)
  const leads = (url: string | undefined) =>
    ['https:', protocol].includes(URL.parse(url ?? '')?.protocol ?? '')
  const lacking = endpoints.find((endpoint) => !leads(metadata[endpoint]))
  const methods: unknown = metadata.token_endpoint_auth_methods_supported ?? []
  if (!Array.isArray(methods)) throw providerUnavailable(name, 'its metadata have no list of methods')
  if (lacking) throw providerUnavailable(name, `its metadata have no good ${lacking}`)
  return metadata
}

/** Whom an ID token is about. Many providers tell the e-mail only where the access token is shown. */
export const openidProfile = async (
  config: Configuration,
  claims: IDToken,
  accessToken: string,
): Promise<Profile> => {
  const elsewhere = claims.email === undefined && config.serverMetadata().userinfo_endpoint !== undefined
  const told = elsewhere ? await fetchUserInfo(config, accessToken, claims.sub) : claims
  return {
    subject: claims.sub,
    email: told.email,
    emailVerified: told.email_verified,
    name: told.name,
    picture: told.picture,
  }
}
