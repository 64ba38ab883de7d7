import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'
import { serve } from './serve.ts'

export type Person = { email?: string; email_verified?: boolean; name?: string; picture?: string }

/**
 * An OpenID Connect provider that wants PKCE, with forms for signing in and for consent. `people` may be
 * added to.
 */
export const startOpenIdProvider = async (redirectUris: string[]) => {
  const people = new Map<string, Person>()
  const client = { id: 'heliograph', secret: 'client-secret-of-tests-1f0c' }
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }
  let exchanges = 0
  const server = await serve((issuer) => {
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: client.id,
          client_secret: client.secret,
          redirect_uris: redirectUris,
          grant_types: ['authorization_code'],
          response_types: ['code'],
        },
      ],
      pkce: { required: () => true },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'picture'] },
      findAccount: (_context, sub) => {
        const person = people.get(sub)
        return person && { accountId: sub, claims: () => ({ sub, ...person }) }
      },
      cookies: { keys: ['a key of tests'] },
      jwks: { keys: [key] },
      ttl: { AccessToken: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
    })
    provider.on('grant.success', () => (exchanges += 1))
    provider.on('grant.error', () => (exchanges += 1))
    const answer = provider.callback()
    return (request, response) => void answer(request, response)
  })
  return {
    ...server,
    client,
    people,
    /** How often it was asked for tokens until now. */
    exchanges: () => exchanges,
  }
}

/**
 * What a browser does between two pages of ours: follows redirects, keeps cookies, fills in the forms.
 * Answers the URL that the provider sent it back to.
 */
export const walk = async (authorizationUrl: string, login: string, answer: 'allow' | 'deny' = 'allow') => {
  const home = new URL(authorizationUrl).searchParams.get('redirect_uri')!
  const cookies = new Map<string, string>()
  let url = authorizationUrl
  let body: URLSearchParams | undefined
  for (let steps = 0; steps < 20; steps += 1) {
    const response = await fetch(url, {
      redirect: 'manual',
      method: body ? 'POST' : 'GET',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body && { body }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const page = await response.text()
    const location = response.headers.get('location')
    body = undefined
    if (location !== null) url = new URL(location, url).href
    else if (answer === 'deny') url = /href="([^"]+\/abort)"/.exec(page)![1]!
    else {
      const [, action] = /<form[^>]* action="([^"]+)"/.exec(page) ?? []
      const [, prompt] = /name="prompt" value="(\w+)"/.exec(page) ?? []
      if (action === undefined || prompt === undefined) throw new Error(`no form: ${response.status} ${page}`)
      url = action
      body = new URLSearchParams({ prompt, login, password: 'any' })
    }
    if (url.startsWith(home)) return url
  }
  throw new Error(`the provider leads nowhere: ${url}`)
}
