import { z } from 'zod'
import { scopes } from '../../auth/actions.ts'
import { hashSecret, makeApiKey, visiblePrefix } from '../../auth/api-key.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { validate } from '../../platform/validate.ts'
import type { ApiKeyStore } from './api-key.store.ts'

const newApiKey = z.object({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.enum(scopes, `expected one of ${scopes.join(', ')}`)).min(1),
  mode: z.enum(['live', 'test']),
  expiresAt: z.date().nullish(),
})
export type IssueApiKeyInput = z.input<typeof newApiKey>

export const createApiKeyService = ({ store }: { store: ApiKeyStore }) => ({
  /** Makes a key. The answer is the only place where it ever stands. Throws ValidationError. */
  issue: async (tenant: TenantId, input: IssueApiKeyInput): Promise<{ id: string; key: string }> => {
    const { name, mode, expiresAt, ...rest } = validate(newApiKey, input)
    const key = makeApiKey(mode)
    const id = uuidv7()
    await store.create(tenant, {
      id,
      name,
      prefix: visiblePrefix(key),
      hash: new Uint8Array(hashSecret(key)),
      scopes: [...new Set(rest.scopes)],
      expiresAt: expiresAt ?? null,
    })
    return { id, key }
  },
})

export type ApiKeyService = ReturnType<typeof createApiKeyService>
