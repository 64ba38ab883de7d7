import { decodeGlobalID } from '../graphql/global-id.ts'
import type { ApiKeyRow } from '../modules/identity/api-key.store.ts'
import type { ApiKeyService } from '../modules/identity/api-key.service.ts'
import { AppError } from '../platform/errors.ts'
import { isUuid, type TenantId } from '../platform/ids.ts'

/** The row's id in a text that is one, in the row's own form or in the graph's. */
export const idOf = (typename: string, text: string): string | undefined => {
  const uuid = text.toLowerCase()
  if (isUuid(uuid)) return uuid
  try {
    const global = decodeGlobalID(text)
    return global.typename === typename ? global.id : undefined
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

/** `hg_live_Ab12` of lists, with or without the dots that stand for the rest. */
const prefixIn = (text: string): string | undefined => /^(hg_(?:live|test)_\w{4})…?$/.exec(text)?.[1]

/** The key that a person names, by id or prefix. Throws NotFoundError, ConflictError. */
export const keyNamed = async (
  apiKeys: Pick<ApiKeyService, 'named'>,
  tenant: TenantId,
  text: string,
): Promise<ApiKeyRow> => {
  const id = idOf('ApiKey', text)
  const prefix = prefixIn(text)
  const name = id ? { id } : prefix && { prefix }
  const found = name && (await apiKeys.named(tenant, name))
  if (found) return found
  throw new AppError(
    'NOT_FOUND',
    `There is no key "${text}": name it by its id or its prefix, as "heliograph api-key list" shows them.`,
  )
}
