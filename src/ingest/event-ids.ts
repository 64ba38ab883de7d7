import { createHash } from 'node:crypto'
import { formatUuid, type TenantId } from '../platform/ids.ts'

/**
 * Ids for the items of a request with an Idempotency-Key: the same tenant, dataset, key and place give the
 * same id, so a repeated request counts nothing twice. A UUIDv8 (RFC 9562, section 5.8) made of a SHA-256.
 */
export const createRequestIds = (
  tenant: TenantId,
  dataset: string,
  key: string,
): ((index: number) => string) => {
  const begun = createHash('sha256').update(`${tenant}\n${dataset}\n${key}\n`)
  return (index) => {
    const id = begun.copy().update(String(index)).digest().subarray(0, 16)
    id[6] = (id[6]! & 0x0f) | 0x80
    id[8] = (id[8]! & 0x3f) | 0x80
    return formatUuid(id)
  }
}
