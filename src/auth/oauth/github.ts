import { fetchProtectedResource, type Configuration, type ServerMetadata } from 'openid-client'
import { z } from 'zod'
import { providerUnavailable } from './errors.ts'
import type { Profile } from './identity.ts'
import type { Provider } from './providers.ts'

type GitHub = Extract<Provider, { kind: 'github' }>

export const githubScope = 'read:user user:email'

export const githubMetadata = ({ url, issuer }: GitHub): ServerMetadata => ({
  issuer,
  authorization_endpoint: `${url}/login/oauth/authorize`,
  token_endpoint: `${url}/login/oauth/access_token`,
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['client_secret_post'],
})

const userShape = z.object({
  id: z.int(),
  login: z.string(),
  name: z.string().nullish(),
  avatar_url: z.string().nullish(),
})
const emailsShape = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }))

/** Whose token it is. The number is the subject: a login can be given up and taken by somebody else. */
export const githubProfile = async (
  { name, api }: GitHub,
  config: Configuration,
  accessToken: string,
): Promise<Profile> => {
  const get = async <T>(path: string, shape: z.ZodType<T>): Promise<T> => {
    const headers = new Headers({ accept: 'application/vnd.github+json' })
    const url = new URL(`${api}${path}`)
    const response = await fetchProtectedResource(config, accessToken, url, 'GET', undefined, headers)
    const read = shape.safeParse(await response.json())
    if (response.status === 200 && read.success) return read.data
    throw providerUnavailable(name, `${path} answers ${response.status}, or what is no answer to it`)
  }
  const user = await get('/user', userShape)
  const emails = await get('/user/emails?per_page=100', emailsShape)
  const primary = emails.find((each) => each.primary)
  return {
    subject: String(user.id),
    email: primary?.email,
    emailVerified: primary?.verified,
    name: user.name ?? user.login,
    picture: user.avatar_url,
  }
}
