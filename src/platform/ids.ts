import { randomFillSync } from 'node:crypto'

declare const tenantBrand: unique symbol

/**
 * A tenant's UUID that came from a checked credential (or from a record that such a credential made).
 * Every store, query, topic and cache takes one first; nothing a client sends can become one.
 */
export type TenantId = string & { readonly [tenantBrand]: true }

/**
 * Only `auth/authenticate.ts`, `tenant.store.ts`, the readers of the ingest log and the outbox, and the demo
 * may call this; lint keeps it out of the graph, the server and the other files of domains.
 */
export const trustTenantId = (uuid: string): TenantId => {
  if (!isUuid(uuid)) throw new TypeError('a tenant id is a UUID')
  return uuid as TenantId
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Lower-case hyphenated UUID of any version. */
export const isUuid = (text: string): boolean => UUID.test(text)

/** Stands for "none" in columns that hold no NULL. */
export const NIL_UUID = '00000000-0000-0000-0000-000000000000'

/** The hyphenated form of 16 bytes. */
export const formatUuid = (bytes: Uint8Array): string => {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const random = Buffer.alloc(10 * 512)
let offset = random.length
let lastMs = 0
let sequence = 0

/**
 * A UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then a 12-bit counter within the
 * millisecond (section 6.2, method 1), then 62 random bits. Ids made by one process sort in the order they
 * were made.
 */
export const uuidv7 = (nowMs: number = Date.now()): string => {
  if (offset === random.length) {
    randomFillSync(random)
    offset = 0
  }
  if (nowMs > lastMs) {
    lastMs = nowMs
    sequence = random.readUInt16BE(offset) & 0x7ff // the upper half is left free to count in
  } else if (++sequence > 0xfff) {
    lastMs += 1
    sequence = 0
  }
  const id = Buffer.allocUnsafe(16)
  id.writeUIntBE(lastMs, 0, 6)
  id.writeUInt16BE(0x7000 | sequence, 6)
  random.copy(id, 8, offset + 2, offset + 10)
  id[8] = (id[8]! & 0x3f) | 0x80
  offset += 10
  return formatUuid(id)
}

/**
 * The tenant that stands for the platform itself. It is never active, so no credential leads to it (migration
 * 20261120000400).
 */
export const platformTenant: TenantId = trustTenantId('00000000-0000-7000-8000-000000000000')
