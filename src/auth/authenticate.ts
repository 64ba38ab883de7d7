import { LRUCache } from 'lru-cache'
import type { Clock } from '../platform/clock.ts'
import { trustTenantId } from '../platform/ids.ts'
import type { Postgres } from '../platform/postgres/postgres.ts'
import { isAccessScope } from './actions.ts'
import { hashSecret, isApiKey } from './api-key.ts'
import { anonymous, unauthenticated, type ApiKeyViewer, type Viewer } from './viewer.ts'

/** The credential as a client sent it, if it sent one. */
export type Credential = string | undefined

export type Authenticate = (credential: Credential) => Promise<Viewer>

type KeyRow = { id: string; tenant_id: string; name: string; scopes: string[]; expires_at: Date | null }

// A revoked key must be out within 5 s, so an answer is trusted for 2; busy clients then cost no look-up a request.
const CACHE_MS = 2_000

/**
 * Who is behind a credential: nobody when there is none, a key's viewer when it is good.
 * Throws UNAUTHENTICATED for every bad one, STORE_UNAVAILABLE when it can't be checked.
 */
export const createAuthenticate = ({
  postgres,
  clock,
}: {
  postgres: Postgres
  clock: Clock
}): Authenticate => {
  const cache = new LRUCache<string, { row: KeyRow | undefined; checkedAt: number }>({ max: 10_000 })

  const find = async (key: string): Promise<KeyRow | undefined> => {
    const hash = hashSecret(key).toString('hex')
    const known = cache.get(hash)
    if (known && clock.now() - known.checkedAt < CACHE_MS) return known.row
    const [row] = await postgres.query<KeyRow>(
      { setting: 'app.credential_hash', value: hash },
      {
        name: 'authenticate',
        text: `SELECT k.id, k.tenant_id, k.name, k.scopes, k.expires_at
                 FROM api_keys k JOIN tenants t ON t.id = k.tenant_id
                WHERE k.hash = decode($1, 'hex') AND k.revoked_at IS NULL AND t.is_active AND t.deleted_at IS NULL`,
        values: [hash],
      },
    )
    cache.set(hash, { row, checkedAt: clock.now() })
    return row
  }

  return async (credential) => {
    if (credential === undefined || credential === '') return anonymous
    const row = isApiKey(credential) ? await find(credential) : undefined
    if (!row || (row.expires_at && row.expires_at.getTime() <= clock.now())) throw unauthenticated()
    return {
      kind: 'apiKey',
      id: row.id,
      name: row.name,
      tenant: trustTenantId(row.tenant_id),
      scopes: new Set(row.scopes.filter(isAccessScope)),
    } satisfies ApiKeyViewer
  }
}

/** Reads the credential from request headers: `Authorization: Bearer …` or `x-api-key`. */
export const credentialOf = (headers: Record<string, string | string[] | undefined>): Credential => {
  const { authorization } = headers
  if (typeof authorization === 'string') {
    const [scheme = '', value = ''] = authorization.trim().split(/\s+/, 2)
    return scheme.toLowerCase() === 'bearer' && value ? value : authorization // anything else fails the key's check
  }
  const key = headers['x-api-key']
  return typeof key === 'string' ? key : undefined
}
