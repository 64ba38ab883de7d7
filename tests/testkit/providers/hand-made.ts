import { createHash, randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose'
import { json, route, serve, type Handler } from './serve.ts'

type Granted = { nonce: string; challenge: string; claims: JWTPayload }

/**
 * An OpenID Connect provider that can be told to misbehave: `handlers` by path, `idToken` for what it says of
 * a person. It asks nobody anything: `grant` is a person who signed in and consented.
 */
export const startHandMadeProvider = async () => {
  const client = { id: 'heliograph', secret: 'client-secret-of-tests-2a9d' }
  const handlers = new Map<string, Handler>()
  const granted = new Map<string, Granted>()
  const issued: string[] = []
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }]
  const { origin, stop } = await serve(() => route(handlers))

  /** An ID token; of now and good for a minute, with the key that `/keys` tells, unless told otherwise. */
  const sign = (claims: JWTPayload, other: { key?: CryptoKey; at?: number } = {}): Promise<string> => {
    const { key = privateKey, at = Math.floor(Date.now() / 1_000) } = other
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuedAt(at)
      .setExpirationTime(at + 60)
      .sign(key)
  }
  const provider = {
    origin,
    stop,
    client,
    handlers,
    /** Every code and token that it gave out. */
    issued,
    sign,
    idToken: (claims: JWTPayload) => sign(claims),
    /** The URL that the browser comes back with. */
    grant: (authorizationUrl: string, claims: JWTPayload): string => {
      const { searchParams: asked } = new URL(authorizationUrl)
      const code = randomBytes(16).toString('hex')
      issued.push(code)
      granted.set(code, {
        nonce: asked.get('nonce')!,
        challenge: asked.get('code_challenge')!,
        claims,
      })
      const back = new URL(asked.get('redirect_uri')!)
      back.search = new URLSearchParams({ code, state: asked.get('state')!, iss: origin }).toString()
      return back.href
    },
    /** Behaves again. */
    reset: (): void => {
      provider.idToken = (claims) => sign(claims)
      handlers.clear()
      for (const [path, handler] of Object.entries(good)) handlers.set(path, handler)
    },
  }
  const good: Record<string, Handler> = {
    '/.well-known/openid-configuration': ({ response }) =>
      json(response, 200, {
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        jwks_uri: `${origin}/keys`,
        token_endpoint_auth_methods_supported: ['client_secret_post'],
        id_token_signing_alg_values_supported: ['ES256'],
        authorization_response_iss_parameter_supported: true,
      }),
    '/keys': ({ response }) => json(response, 200, { keys }),
    '/token': async ({ response, form }) => {
      const found = granted.get(form.get('code') ?? '')
      granted.delete(form.get('code') ?? '')
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url')
      if (form.get('client_secret') !== client.secret) return json(response, 401, { error: 'invalid_client' })
      if (!found || found.challenge !== challenge) return json(response, 400, { error: 'invalid_grant' })
      const claims = { iss: origin, aud: client.id, nonce: found.nonce, ...found.claims }
      const tokens = {
        access_token: randomBytes(16).toString('hex'),
        id_token: await provider.idToken(claims),
      }
      issued.push(tokens.access_token, tokens.id_token)
      json(response, 200, { ...tokens, token_type: 'Bearer', expires_in: 60 })
    },
  }
  provider.reset()
  return provider
}
