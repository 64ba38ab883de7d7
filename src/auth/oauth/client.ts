import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type ServerMetadata,
} from 'openid-client'
import { isFresh, type Clock } from '../../platform/clock.ts'
import { AppError } from '../../platform/errors.ts'
import { oauthFailure, OAuthRefused, providerUnavailable } from './errors.ts'
import { createFetch } from './fetch.ts'
import { githubMetadata, githubProfile, githubScope } from './github.ts'
import { identityOf, type Identity } from './identity.ts'
import { checkedMetadata, openidProfile, openidScope } from './openid.ts'
import type { Provider, ProviderId } from './providers.ts'

/** All requests of one step together: half of what an operation may take, and longer than a person waits. */
const TIMEOUT_MS = 10_000
// Endpoints hardly ever move; when they do nobody should have to start the program again.
const METADATA_MS = 60 * 60_000

/**
 * What is remembered of a sign-in until it comes back. The browser carries state, nonce and a hash of the
 * verifier to the provider; the verifier itself this program shows there, with the code.
 */
export type Checks = { readonly state: string; readonly nonce: string; readonly codeVerifier: string }

export type OAuthClient = {
  readonly id: ProviderId
  readonly name: string
  /** Where to send the browser. Throws PROVIDER_UNAVAILABLE. */
  begin(redirectUri: string): Promise<{ authorizationUrl: string; checks: Checks }>
  /**
   * Who came back with that URL. Its tokens are used for that and forgotten. Throws OAuthRefused,
   * PROVIDER_UNAVAILABLE.
   */
  complete(callbackUrl: URL, checks: Checks): Promise<Identity>
}

/** Speaks to one provider. Nothing is asked of it before somebody signs in with it. */
export const createOAuthClient = (deps: {
  provider: Provider
  clock: Clock
  timeoutMs?: number | undefined
}): OAuthClient => {
  const { provider, clock, timeoutMs = TIMEOUT_MS } = deps
  const { id, name, clientId, clientSecret } = provider
  const isLocal = provider.issuer.startsWith('http:') // which config.ts allows on this machine alone
  let known: { metadata: Promise<ServerMetadata>; at: number } | undefined

  const discover = async (signal: AbortSignal): Promise<ServerMetadata> => {
    const options = {
      [customFetch]: createFetch(name, signal),
      ...(isLocal && { execute: [allowInsecureRequests] }),
    }
    try {
      const found = await discovery(new URL(provider.issuer), clientId, undefined, undefined, options)
      return checkedMetadata(name, provider.issuer, found.serverMetadata())
    } catch (error) {
      const failure = oauthFailure(name, error)
      if (failure instanceof AppError) throw failure
      // Whatever is wrong with them is no fault of who signs in.
      const why = failure instanceof OAuthRefused ? failure.reason : 'they make no sense'
      throw providerUnavailable(name, `its metadata are wrong (${why})`)
    }
  }

  const metadata = (signal: AbortSignal): Promise<ServerMetadata> => {
    if (provider.kind === 'github') return Promise.resolve(githubMetadata(provider))
    if (!known || !isFresh(known.at, clock.now(), METADATA_MS)) {
      const asked = { metadata: discover(signal), at: clock.now() }
      known = asked
      asked.metadata.catch(() => {
        if (known === asked) known = undefined // whoever awaits it sees the failure; the next one asks again
      })
    }
    return known.metadata
  }

  /** Made for each step, because its requests share one deadline. */
  const configure = async (): Promise<Configuration> => {
    const signal = AbortSignal.timeout(timeoutMs)
    const server = await metadata(signal)
    // RFC 8414, 2: a server that names no methods takes this one.
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const auth = methods.includes('client_secret_basic') ? ClientSecretBasic : ClientSecretPost
    const config = new Configuration(server, clientId, undefined, auth(clientSecret))
    config[customFetch] = createFetch(name, signal)
    if (isLocal) allowInsecureRequests(config)
    // The library trusts TLS for ID tokens unless told to check signatures too.
    if (provider.kind === 'openid') enableNonRepudiationChecks(config)
    return config
  }

  const asked = async <T>(step: (config: Configuration) => Promise<T>): Promise<T> => {
    try {
      return await step(await configure())
    } catch (error) {
      throw oauthFailure(name, error)
    }
  }

  const identify = async (config: Configuration, callbackUrl: URL, checks: Checks) => {
    const expected = { expectedState: checks.state, pkceCodeVerifier: checks.codeVerifier }
    if (provider.kind === 'github') {
      const { access_token } = await authorizationCodeGrant(config, callbackUrl, expected)
      return identityOf(provider.issuer, await githubProfile(provider, config, access_token))
    }
    const tokens = await authorizationCodeGrant(config, callbackUrl, {
      ...expected,
      expectedNonce: checks.nonce,
      idTokenExpected: true,
    })
    const claims = tokens.claims()!
    return identityOf(claims.iss, await openidProfile(config, claims, tokens.access_token))
  }

  return {
    id,
    name,
    begin: (redirectUri) =>
      asked(async (config) => {
        const checks = {
          state: randomState(),
          nonce: randomNonce(),
          codeVerifier: randomPKCECodeVerifier(),
        }
        const url = buildAuthorizationUrl(config, {
          redirect_uri: redirectUri,
          scope: provider.kind === 'github' ? githubScope : openidScope,
          state: checks.state,
          ...(provider.kind === 'openid' && { nonce: checks.nonce }),
          code_challenge: await calculatePKCECodeChallenge(checks.codeVerifier),
          code_challenge_method: 'S256',
        })
        return { authorizationUrl: url.href, checks }
      }),
    complete: (callbackUrl, checks) =>
      asked(async (config) => {
        const identity = await identify(config, callbackUrl, checks)
        if (!identity) throw new OAuthRefused('no subject')
        return identity
      }),
  }
}
