import { createHash, type Hash } from 'node:crypto'
import { formatUuid, type TenantId } from '../platform/ids.ts'

/**
 * An id made of what is sent: a UUIDv8 (RFC 9562, section 5.8) of 48 bits of the item's place among those that
 * are sent with it, then 74 bits of a hash. Lists put events of one instant in the order of their ids, so these
 * stay in the order in which they were sent.
 */
export const placedId = (place: number, hash: Hash): string => {
  const id = Buffer.alloc(16)
  hash.digest().copy(id, 6)
  id.writeUIntBE(place, 0, 6)
  id[6] = (id[6]! & 0x0f) | 0x80
  id[8] = (id[8]! & 0x3f) | 0x80
  return formatUuid(id)
}

/**
 * Ids for the items of a request with an Idempotency-Key: the same tenant, dataset, key and place give the same
 * id, so a repeated request counts nothing twice. The log holds the key to what was first sent under it.
 */
export const createRequestIds = (
  tenant: TenantId,
  dataset: string,
  key: string,
): ((index: number) => string) => {
  const begun = createHash('sha256').update(`${tenant}\n${dataset}\n${key}\n`)
  return (index) => placedId(index, begun.copy().update(String(index)))
}
