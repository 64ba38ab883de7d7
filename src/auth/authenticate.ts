import { LRUCache } from 'lru-cache'
import { isFresh, type Clock } from '../platform/clock.ts'
import { trustTenantId } from '../platform/ids.ts'
import type { Postgres } from '../platform/postgres/postgres.ts'
import { looksLikeAccessToken, type AccessClaims, type AccessTokens } from './access-token.ts'
import { isAccessScope, type Role } from './actions.ts'
import { hexHashOf, isApiKey } from './api-key.ts'
import { GOOD_KEY, GOOD_SESSION } from './good-credential.ts'
import { anonymous, unauthenticated, type ApiKeyViewer, type UserViewer, type Viewer } from './viewer.ts'

/** The credential as a client sent it, if it sent one. */
export type Credential = string | undefined

/** `maxAgeMs`: how old an answer may be that was kept; 2 s unless given. */
export type Authenticate = (credential: Credential, maxAgeMs?: number) => Promise<Viewer>

type KeyRow = {
  id: string
  tenant_id: string
  project_id: string | null
  edge_node: string | null
  name: string
  scopes: string[]
  expires_at: Date | null
}
/** A key that is not revoked. `expiresAt`: Infinity where it does not. */
type KnownKey = { readonly viewer: ApiKeyViewer; readonly expiresAt: number }
type Known = Checked<{ claims: AccessClaims; row: UserRow | undefined }>
type UserRow = { name: string; email: string; role: Role | null }

const knownKeyOf = (row: KeyRow): KnownKey => ({
  expiresAt: row.expires_at?.getTime() ?? Infinity,
  viewer: {
    kind: 'apiKey',
    id: row.id,
    name: row.name,
    tenant: trustTenantId(row.tenant_id),
    scopes: new Set(row.scopes.filter(isAccessScope)),
    ...(row.project_id !== null && { projectId: row.project_id }),
    ...(row.edge_node !== null && { edgeNode: row.edge_node }),
  },
})

// A revoked key must be out within 5 s, so an answer is trusted for 2; busy clients then cost no look-up a
// request.
const CACHE_MS = 2_000

/**
 * An answer, and when it was asked for: how long the look-up took is no time for which it holds. `began` tells which of
 * two was asked later, whatever the clock says.
 */
type Checked<T> = T & { readonly checkedAt: number; readonly began: number }

let looks = 0
const nextLook = (checkedAt: number) => ({ checkedAt, began: (looks += 1) })

/** Keeps an answer unless one that was asked for later is there already, and answers which one is kept. */
const keepNewest = <T>(cache: LRUCache<string, Checked<T>>, hash: string, answer: Checked<T>): Checked<T> => {
  const known = cache.get(hash)
  if (known && known.began > answer.began) return known
  cache.set(hash, answer)
  return answer
}

/** How old a look-up that is under way may be for others to wait for it: one that hangs is not waited for. */
const JOIN_MS = 100

/**
 * A look-up that has just begun serves whoever asks meanwhile and would take an answer of that age: thousands
 * that come back at once cost a few.
 */
const createSharing = <T>() => {
  const underWay = new Map<string, Checked<{ readonly answer: Promise<T> }>>()
  return async (hash: string, now: number, maxAgeMs: number, look: () => Promise<T>): Promise<T> => {
    const known = underWay.get(hash)
    if (known && isFresh(known.checkedAt, now, Math.min(maxAgeMs, JOIN_MS))) return known.answer
    const mine = { ...nextLook(now), answer: look() }
    underWay.set(hash, mine)
    try {
      return await mine.answer
    } finally {
      if (underWay.get(hash) === mine) underWay.delete(hash)
    }
  }
}

/**
 * Who is behind a credential: nobody when there is none, a key's viewer when it is good, a user's for an
 * access token. Throws UNAUTHENTICATED for every bad one, STORE_UNAVAILABLE when it can't be checked.
 */
export const createAuthenticate = ({
  postgres,
  clock,
  accessTokens,
}: {
  postgres: Postgres
  clock: Clock
  /** Without it no access token is good. */
  accessTokens?: Pick<AccessTokens, 'verify'>
}): Authenticate => {
  const cache = new LRUCache<string, Checked<{ key: KnownKey | undefined }>>({ max: 10_000 })
  const users = new LRUCache<string, Known>({ max: 10_000 })

  const sharedKeys = createSharing<KnownKey | undefined>()
  const sharedUsers = createSharing<Known>()

  const find = async (key: string, maxAgeMs: number): Promise<KnownKey | undefined> => {
    const hash = hexHashOf(key)
    const checkedAt = clock.now()
    const known = cache.get(hash)
    if (known && isFresh(known.checkedAt, checkedAt, maxAgeMs)) return known.key
    return sharedKeys(hash, checkedAt, maxAgeMs, () => findKey(hash, checkedAt))
  }
  const findKey = async (hash: string, checkedAt: number): Promise<KnownKey | undefined> => {
    const look = nextLook(checkedAt)
    const [row] = await postgres.query<KeyRow>(
      { setting: 'app.credential_hash', value: hash },
      {
        name: 'authenticate',
        text: `SELECT k.id, k.tenant_id, k.project_id, k.edge_node, k.name, k.scopes, k.expires_at
                 FROM ${GOOD_KEY.from} WHERE k.hash = decode($1, 'hex') AND ${GOOD_KEY.where}`,
        values: [hash],
      },
    )
    return keepNewest(cache, hash, { key: row && knownKeyOf(row), ...look }).key
  }

  /**
   * A token names a tenant: when its account is no member there any more the token is no good, for anything.
   */
  const findUser = async ({ userId, sessionId, tenant }: AccessClaims): Promise<UserRow | undefined> => {
    const [row] = await postgres.query<UserRow>(
      { setting: 'app.user_id', value: userId },
      {
        name: 'authenticate_user',
        text: `SELECT u.name, u.email, m.role
                 FROM ${GOOD_SESSION.from}
                WHERE ${GOOD_SESSION.where} AND ($3::uuid IS NULL OR m.role IS NOT NULL)`,
        values: [userId, sessionId, tenant ?? null, new Date(clock.now())],
      },
    )
    return row
  }

  const user = async (token: string, maxAgeMs: number): Promise<UserViewer> => {
    const hash = hexHashOf(token)
    const checkedAt = clock.now()
    let known = users.get(hash)
    if (!known || !isFresh(known.checkedAt, checkedAt, maxAgeMs))
      known = await sharedUsers(hash, checkedAt, maxAgeMs, async () => {
        const look = nextLook(checkedAt)
        const claims = await accessTokens?.verify(token) // each time: its key may have been discarded
        if (!claims) throw unauthenticated()
        return keepNewest(users, hash, { claims, row: await findUser(claims), ...look })
      })
    const { claims, row } = known
    if (!row || claims.expiresAt <= clock.now()) throw unauthenticated()
    const { name, email, role } = row
    return {
      kind: 'user',
      id: claims.userId,
      name,
      email,
      sessionId: claims.sessionId,
      tenant: claims.tenant === undefined ? undefined : trustTenantId(claims.tenant),
      role: role ?? undefined,
    }
  }

  return async (credential, maxAgeMs = CACHE_MS) => {
    if (credential === undefined || credential === '') return anonymous
    if (looksLikeAccessToken(credential)) return user(credential, maxAgeMs)
    const key = isApiKey(credential) ? await find(credential, maxAgeMs) : undefined
    if (!key || key.expiresAt <= clock.now()) throw unauthenticated()
    return key.viewer
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
