import { z } from 'zod'
import { isAccessScope, scopes, type AccessScope } from '../../auth/actions.ts'
import type { Actor } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import { hashSecret, makeApiKey, visiblePrefix } from '../../auth/api-key.ts'
import { systemClock, type Clock } from '../../platform/clock.ts'
import { parseDuration } from '../../platform/duration.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import {
  ConflictError,
  ForbiddenError,
  LimitError,
  NotFoundError,
  ValidationError,
} from '../../platform/problems.ts'
import { asName, nameOf } from '../../platform/texts.ts'
import { validate } from '../../platform/validate.ts'
import type { ApiKeyRow, ApiKeyStore, NewApiKey } from './api-key.store.ts'

const newApiKey = z.object({
  name: nameOf(100),
  scopes: z.array(z.enum(scopes, `expected one of ${scopes.join(', ')}`)).min(1),
  mode: z.enum(['live', 'test']),
  expiresAt: z.date().nullish(),
  projectId: z.uuid().nullish(),
})
export type IssueApiKeyInput = z.input<typeof newApiKey>
/**
 * A key and its secret, which is told here once and kept nowhere: null for a key that an earlier request
 * made.
 */
export type IssuedApiKey = { readonly apiKey: ApiKeyRow; readonly key: string | null }

/** Keys of a tenant that have not ended; operators see no more in their list. */
const MAX_KEYS = 1_000
/** Edge nodes of a tenant that may have a key: what one answer about nodes can hold. */
const MAX_NODE_KEYS = 10_000
/** The longest time for which a rotated key may stay beside its successor. */
const MAX_OVERLAP_MS = 7 * 86_400_000

const full = () => new LimitError(`A tenant has at most ${MAX_KEYS} keys. Revoke those that nobody uses.`)

/** What somebody may give: nothing that goes beyond it can be made or rotated. */
type Ceiling = {
  readonly scopes: ReadonlySet<AccessScope>
  readonly projectId: string | null
  readonly expiresAt: Date | null
}

/** That of whoever asks for a change besides. */
type Transaction = Parameters<ApiKeyStore['endOfNode']>[0]

const secretOf = (mode: 'live' | 'test') => {
  const key = makeApiKey(mode)
  return { key, prefix: visiblePrefix(key), hash: new Uint8Array(hashSecret(key)) }
}

/**
 * Throws ForbiddenError when a key would do more than its maker. The mistake is named, since the maker knows
 * its own rights.
 */
const checkCeiling = (
  ceiling: Ceiling,
  wanted: {
    scopes: readonly AccessScope[]
    projectId?: string | null | undefined
    expiresAt?: Date | null | undefined
  },
): void => {
  const missing = wanted.scopes.filter((scope) => !ceiling.scopes.has(scope))
  if (missing.length > 0)
    throw new ForbiddenError(
      `You can't give what you don't have: the scope "${missing.join('", "')}". Ask for less.`,
      ['scopes'],
    )
  if (ceiling.projectId && wanted.projectId !== ceiling.projectId)
    throw new ForbiddenError('A key of one project can only give keys of that project.', ['projectId'])
  if (ceiling.expiresAt && (!wanted.expiresAt || wanted.expiresAt > ceiling.expiresAt))
    throw new ForbiddenError(
      `A key can't give one that outlives it. Let it end by ${ceiling.expiresAt.toISOString()}.`,
      ['expiresAt'],
    )
}

/** Keys of other projects are not there for a key of one. */
const noSuchProject = () => new NotFoundError('There is no project with this id.', ['projectId'])
const noSuchKey = () => new NotFoundError('There is no API key with this id.', ['id'])
const isWithin = (key: ApiKeyRow, { projectId }: Pick<Ceiling, 'projectId'>): boolean =>
  projectId === null || key.projectId === projectId

const successor = (old: ApiKeyRow, ceiling: Ceiling, at: Date): { key: string; row: NewApiKey } => {
  if (!isWithin(old, ceiling)) throw noSuchKey()
  if (old.revokedAt || (old.expiresAt && old.expiresAt <= at))
    throw new ConflictError('That key does not work any more. Make a new one with createApiKey.', ['id'])
  if (old.successorId)
    throw new ConflictError('That key was rotated already. Rotate the one that came in its place.', ['id'])
  const kept = old.scopes.filter(isAccessScope)
  checkCeiling(ceiling, { scopes: kept, projectId: old.projectId, expiresAt: old.expiresAt })
  const { key, ...secret } = secretOf(old.prefix.startsWith('hg_test_') ? 'test' : 'live')
  const { name, expiresAt, projectId, edgeNode } = old
  return { key, row: { id: uuidv7(), name, ...secret, scopes: kept, expiresAt, projectId, edgeNode } }
}

export const createApiKeyService = ({
  store,
  clock = systemClock,
}: {
  store: ApiKeyStore
  clock?: Clock
}) => {
  const now = (): Date => new Date(clock.now())
  const assertToCome = (expiresAt: Date | null | undefined): void => {
    if (expiresAt && expiresAt <= now())
      throw new ValidationError('expiresAt: that is over already. Name a time to come.', ['expiresAt'])
  }

  const make = async (permit: Permit<'apiKey:write'>, input: IssueApiKeyInput): Promise<IssuedApiKey> => {
    const { tenant } = permit
    const { name, mode, expiresAt, projectId, ...rest } = validate(newApiKey, input)
    // One that is deleted after this look is no harm: its keys are refused.
    if (projectId != null && !(await store.findProject(tenant, { id: projectId }))) throw noSuchProject()
    const { key, ...secret } = secretOf(mode)
    const row = {
      id: uuidv7(),
      name,
      ...secret,
      scopes: [...new Set(rest.scopes)],
      expiresAt: expiresAt ?? null,
      projectId: projectId ?? null,
    }
    const apiKey = await store.create(permit, row, { most: MAX_KEYS, at: now() })
    if (!apiKey) throw full()
    return { apiKey, key: apiKey.id === row.id ? key : null }
  }

  /** A key is held by what is stored of it now, not by what was known when its request began. */
  const ceilingOf = async (
    { tenant, actor }: { tenant: TenantId; actor: Actor },
    given: ReadonlySet<AccessScope>,
  ): Promise<Ceiling> => {
    const row =
      actor.kind === 'apiKey' && actor.id ? await store.reads.find(tenant, { id: actor.id }) : undefined
    return { scopes: given, projectId: row?.projectId ?? null, expiresAt: row?.expiresAt ?? null }
  }

  return {
    /**
     * Makes a key for whoever runs the machine, who may give anything. Throws ValidationError, NotFoundError
     * (the project).
     */
    issue: async (
      permit: Permit<'apiKey:write'>,
      { projectSlug, ...input }: IssueApiKeyInput & { projectSlug?: string | undefined },
    ): Promise<{ id: string; key: string; expiresAt: Date | null }> => {
      const { tenant } = permit
      assertToCome(input.expiresAt)
      const named =
        projectSlug === undefined ? input.projectId : await store.findProject(tenant, { slug: projectSlug })
      if (projectSlug !== undefined && named === undefined)
        throw new NotFoundError(`The tenant has no project "${projectSlug}".`, ['projectSlug'])
      const { apiKey, key } = await make(permit, { ...input, projectId: named })
      return { id: apiKey.id, key: key!, expiresAt: apiKey.expiresAt } // nobody repeats it by an idempotency key
    },

    /**
     * Makes a key that may do no more than `given`. Throws ValidationError, ForbiddenError, NotFoundError
     * (the project).
     */
    create: async (
      permit: Permit<'apiKey:write'>,
      given: ReadonlySet<AccessScope>,
      input: IssueApiKeyInput,
    ): Promise<IssuedApiKey> => {
      const wanted = validate(newApiKey, input)
      assertToCome(wanted.expiresAt)
      checkCeiling(await ceilingOf(permit, given), wanted)
      return make(permit, input)
    },

    /**
     * A new key in the place of an old one, with the same rights and the same end. The old one works for
     * another `overlap` (ISO 8601, PT0S to P7D). Throws ValidationError, NotFoundError, ForbiddenError (it
     * has rights that `given` lacks), ConflictError (it has ended, or was rotated before), LimitError.
     */
    rotate: async (
      permit: Permit<'apiKey:write'>,
      given: ReadonlySet<AccessScope>,
      { id, overlap }: { id: string; overlap: string },
    ): Promise<{ apiKey: ApiKeyRow; key: string }> => {
      const overlapMs = parseDuration(overlap, { zero: true })
      if (overlapMs > MAX_OVERLAP_MS) throw new ValidationError('overlap: a week at most, P7D.', ['overlap'])
      const ceiling = await ceilingOf(permit, given)
      const at = now()
      let key = ''
      const apiKey = await store.rotate(
        permit,
        { id, now: at, endsAt: new Date(at.getTime() + overlapMs), most: MAX_KEYS },
        full,
        (old) => {
          const next = successor(old, ceiling, at)
          key = next.key
          return next.row
        },
      )
      if (!apiKey) throw noSuchKey()
      return { apiKey, key }
    },

    /** Ends a key at once; one that is ended already stays as it is. Throws NotFoundError. */
    revoke: async (permit: Permit<'apiKey:write'>, id: string): Promise<ApiKeyRow> => {
      const found = await store.reads.find(permit.tenant, { id })
      if (!found || !isWithin(found, await ceilingOf(permit, new Set()))) throw noSuchKey()
      const revoked = await store.revoke(permit, id, now())
      return revoked ?? (await store.reads.find(permit.tenant, { id })) ?? found
    },

    /**
     * For operators, who name a key by its id or by what lists show of it (`hg_live_Ab12`). Of several that
     * begin so it is the one that is not revoked. Throws ConflictError when several are not.
     */
    named: async (
      tenant: TenantId,
      name: { id: string } | { prefix: string },
    ): Promise<ApiKeyRow | undefined> => {
      const orderBy = [{ revokedAt: { sort: 'desc', nulls: 'first' } }, { id: 'desc' }] as const
      const [found, other] = await store.reads.page(tenant, { where: name, orderBy: [...orderBy], take: 2 })
      if (found && other && !other.revokedAt)
        throw new ConflictError(`Several keys begin with ${found.prefix}: name one by its id.`, ['id'])
      return found
    },

    /** For operators: the newest 1,000 keys of a tenant. */
    list: (tenant: TenantId): Promise<ApiKeyRow[]> =>
      store.reads.page(tenant, { orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: 1_000 }),

    /**
     * A key of an edge node, in the transaction that registers it: it sends facts of that node and nothing
     * else. What keys the node had end. Throws LimitError.
     */
    ofNode: async (tx: Transaction, tenant: TenantId, edgeNode: string): Promise<{ key: string }> => {
      const { key, ...secret } = secretOf('live')
      const row = { id: uuidv7(), name: asName(edgeNode, 100), ...secret, scopes: ['ingest'], edgeNode }
      if (!(await store.replaceOfNode(tx, tenant, row, { most: MAX_NODE_KEYS, at: now() })))
        throw new LimitError(
          `A tenant has keys for at most ${MAX_NODE_KEYS} edge nodes. Delete nodes that are no more.`,
        )
      return { key }
    },

    /** Ends the keys of an edge node, in the transaction that deletes it. */
    endOfNode: (tx: Transaction, tenant: TenantId, edgeNode: string): Promise<void> =>
      store.endOfNode(tx, tenant, edgeNode, now()),

    addUsage: store.addUsage,
  }
}

export type ApiKeyService = ReturnType<typeof createApiKeyService>
