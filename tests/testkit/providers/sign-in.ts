import { createTestClient, type Answer } from '../client.ts'

export const REDIRECT_URI = 'https://dash.example.test/signed-in'

/** The payload of a mutation, with the fields that these tests look at; `failure` is the code of a top-level error. */
export type Payload = {
  __typename: string
  code?: string
  message?: string
  path?: string[]
  failure?: string
  accessToken?: string
  user?: { id: string; email: string; name: string }
  membership?: { slug: string } | null
  authorizationUrl?: string
  ticket?: string
  expiresAt?: string
}
type Begun = Required<Pick<Payload, 'authorizationUrl' | 'ticket' | 'expiresAt'>>

const PROBLEM = '... on Problem { code message path }'
const SIGNED_IN = `__typename ... on SignedIn { accessToken user { id email name } membership { slug } } ${PROBLEM}`

/** The mutations of signing in, as a web client sends them to one program. */
export const createSignIn = (url: string) => {
  const run = async (text: string, variables: object = {}, credential?: string): Promise<Payload> => {
    const client = createTestClient(url, credential)
    const answer = (await client.request(text, variables)) as Answer<Record<string, Payload>>
    const [payload] = Object.values(answer.data ?? {})
    if (payload) return payload
    const [error] = answer.errors ?? []
    return { __typename: 'Error', failure: error?.extensions?.code ?? '', message: error?.message ?? '' }
  }
  const begin = (provider: string, redirectUri = REDIRECT_URI, credential?: string) =>
    run(
      `mutation ($provider: String!, $redirectUri: String!) { beginOAuth(provider: $provider, redirectUri: $redirectUri)
        { __typename ... on OAuthBegun { authorizationUrl ticket expiresAt } ${PROBLEM} } }`,
      { provider, redirectUri },
      credential,
    )
  return {
    run,
    begin,
    /** As `begin`; throws unless it began. */
    begun: async (provider: string, credential?: string): Promise<Begun> => {
      const payload = await begin(provider, REDIRECT_URI, credential)
      if (payload.__typename !== 'OAuthBegun') throw new Error(JSON.stringify(payload))
      return payload as Begun
    },
    complete: (ticket: string, callbackUrl: string, tenantSlug?: string, credential?: string) =>
      run(
        `mutation ($ticket: String!, $callbackUrl: String!, $tenantSlug: String)
          { completeOAuth(ticket: $ticket, callbackUrl: $callbackUrl, tenantSlug: $tenantSlug) { ${SIGNED_IN} } }`,
        { ticket, callbackUrl, tenantSlug },
        credential,
      ),
    link: (credential: string, ticket: string, callbackUrl: string, password: string) =>
      run(
        `mutation ($ticket: String!, $callbackUrl: String!, $password: String!)
          { linkOAuth(ticket: $ticket, callbackUrl: $callbackUrl, password: $password) { __typename ${PROBLEM} } }`,
        { ticket, callbackUrl, password },
        credential,
      ),
    unlink: (credential: string) => run(`mutation { unlinkOAuth { __typename ${PROBLEM} } }`, {}, credential),
    signUp: (email: string, password: string) =>
      run(
        `mutation ($email: String!, $password: String!) { signUp(email: $email, password: $password, name: "Ada") { __typename } }`,
        { email, password },
      ),
    signIn: (email: string, password: string) =>
      run(
        `mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { ${SIGNED_IN} } }`,
        { email, password },
      ),
  }
}
