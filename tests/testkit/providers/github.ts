import { createHash, randomBytes } from 'node:crypto'
import { json, route, serve, type Call, type Handler } from './serve.ts'

export type GitHubUser = {
  id: number
  login: string
  name: string | null
  avatar_url: string
  emails: { email: string; primary: boolean; verified: boolean }[]
}

/**
 * What GitHub does when an OAuth app signs somebody in, as its documents tell: no ID token, and 200 for a
 * code that is none.
 */
export const startGitHub = async () => {
  const client = { id: 'Ov23liTests', secret: 'client-secret-of-tests-77e1' }
  const handlers = new Map<string, Handler>()
  const codes = new Map<string, { challenge: string; redirectUri: string; user: GitHubUser }>()
  const tokens = new Map<string, GitHubUser>()
  let user: GitHubUser | undefined
  const { origin, stop } = await serve(() => route(handlers))
  const asUser = (tell: (user: GitHubUser) => unknown): Handler => {
    return ({ request, response }: Call) => {
      const found = tokens.get(request.headers.authorization?.replace(/^Bearer /i, '') ?? '')
      json(response, found ? 200 : 401, found ? tell(found) : { message: 'Bad credentials' })
    }
  }
  handlers.set('/login/oauth/authorize', ({ url: { searchParams: asked }, response }) => {
    if (asked.get('client_id') !== client.id || asked.get('code_challenge_method') !== 'S256')
      return void response.writeHead(400).end()
    const code = randomBytes(10).toString('hex')
    const redirectUri = asked.get('redirect_uri')!
    codes.set(code, { challenge: asked.get('code_challenge')!, redirectUri, user: user! })
    const location = new URL(redirectUri)
    location.search = new URLSearchParams({
      code,
      state: asked.get('state')!,
      iss: `${origin}/login/oauth`,
    }).toString()
    response.writeHead(302, { location: location.href }).end()
  })
  handlers.set('/login/oauth/access_token', ({ request, form, response }) => {
    if (request.headers.accept !== 'application/json') return void response.end('access_token=form')
    if (form.get('client_id') !== client.id || form.get('client_secret') !== client.secret)
      return json(response, 200, { error: 'incorrect_client_credentials' })
    const found = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (!found || found.challenge !== challenge || found.redirectUri !== form.get('redirect_uri'))
      return json(response, 200, { error: 'bad_verification_code', error_description: 'The code is wrong.' })
    const token = `gho_${randomBytes(18).toString('hex')}`
    tokens.set(token, found.user)
    json(response, 200, { access_token: token, token_type: 'bearer', scope: 'read:user,user:email' })
  })
  handlers.set(
    '/api/v3/user',
    asUser(({ id, login, name, avatar_url }) => ({ id, login, name, avatar_url })),
  )
  handlers.set(
    '/api/v3/user/emails',
    asUser(({ emails }) => emails),
  )
  return {
    origin,
    stop,
    client,
    handlers,
    /** Follows the URL as the browser of that person; answers where it is sent back to. */
    visit: async (authorizationUrl: string, as: GitHubUser): Promise<string> => {
      user = as
      const response = await fetch(authorizationUrl, { redirect: 'manual' })
      const location = response.headers.get('location')
      if (location === null) throw new Error(`GitHub answers ${response.status}`)
      return location
    },
  }
}
