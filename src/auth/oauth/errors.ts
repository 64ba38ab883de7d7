import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client'
import { AppError } from '../../platform/errors.ts'

/**
 * What somebody brought from a provider proves nothing. `reason` is for the log: names of errors, no word of
 * a request or an answer.
 */
export class OAuthRefused extends Error {
  override readonly name = 'OAuthRefused'
  readonly reason: string

  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}

/**
 * A provider that can't be reached, is too slow, or answers what no provider answers. `why` is for the log.
 */
export const providerUnavailable = (name: string, why: unknown): AppError =>
  new AppError(
    'PROVIDER_UNAVAILABLE',
    `${name} does not answer as it should. Try again in a minute, or sign in another way.`,
    { cause: typeof why === 'string' ? new Error(`${name}: ${why}`) : why, retryAfterSeconds: 60 },
  )

/**
 * What a provider says that has nothing to do with who signs in: the client is misconfigured, or the provider
 * is unwell.
 */
const faultsOfNobody = new Set([
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'server_error',
  'temporarily_unavailable',
  // GitHub's own words
  'incorrect_client_credentials',
  'redirect_uri_mismatch',
])
/**
 * What the client library threw, as what it is to us: an AppError, OAuthRefused, or the error itself when it
 * is neither. The library's errors hold the whole request and answer, with codes and tokens: they stay here
 * and out of every log.
 */
export const oauthFailure = (name: string, error: unknown): unknown => {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof AppError || cause instanceof OAuthRefused) return cause
  if (error instanceof ResponseBodyError && faultsOfNobody.has(error.error))
    return providerUnavailable(name, `it refuses this program with ${error.error}`)
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError)
    return new OAuthRefused(error.code)
  return error instanceof ClientError ? new OAuthRefused(error.code ?? error.message) : error
}
