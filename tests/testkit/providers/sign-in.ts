import { createTestClient, type Answer } from '../client.ts'
import { mutationDocument } from '../mutate.ts'

export const REDIRECT_URI = 'https://dash.example.test/signed-in'

/**
 * The payload of a mutation, with the fields that these tests look at; `failure` is the code of a top-level
 * error.
 */
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

/** The mutations of signing in, as a web client sends them to one program. */
export const createSignIn = (url: string) => {
  /** Answers the payload, and of an error beside it the code. */
  const run = async (name: string, input?: object, credential?: string): Promise<Payload> => {
    const client = createTestClient(url, credential)
    const variables = input ? { input } : {}
    const answer = (await client.request(mutationDocument(name), variables)) as Answer<
      Record<string, Payload>
    >
    const payload = answer.data?.[name]
    if (payload) return payload
    const [error] = answer.errors ?? []
    return { __typename: 'Error', failure: error?.extensions?.code ?? '', message: error?.message ?? '' }
  }
  const begin = (provider: string, redirectUri = REDIRECT_URI, credential?: string) =>
    run('beginOAuth', { provider, redirectUri }, credential)
  return {
    run,
    begin,
    /** As `begin`; throws unless it began. */
    begun: async (provider: string, credential?: string): Promise<Begun> => {
      const payload = await begin(provider, REDIRECT_URI, credential)
      if (payload.__typename !== 'BeginOAuthPayload') throw new Error(JSON.stringify(payload))
      return payload as Begun
    },
    complete: (ticket: string, callbackUrl: string, tenantSlug?: string, credential?: string) =>
      run('completeOAuth', { ticket, callbackUrl, tenantSlug }, credential),
    link: (credential: string, ticket: string, callbackUrl: string, password: string) =>
      run('linkOAuth', { ticket, callbackUrl, password }, credential),
    unlink: (credential: string) => run('unlinkOAuth', undefined, credential),
    signUp: (email: string, password: string) => run('signUp', { email, password, name: 'Ada' }),
    signIn: (email: string, password: string) => run('signIn', { email, password }),
    providers: async (): Promise<{ provider: string; name: string }[]> => {
      const { data } = (await createTestClient(url).request(
        '{ signInProviders { provider name } }',
      )) as Answer<{ signInProviders: { provider: string; name: string }[] }>
      return data!.signInProviders
    },
  }
}
