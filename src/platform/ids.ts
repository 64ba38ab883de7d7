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

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const BYTES_PER_ID = 10

/** Makes UUIDv7, each greater than the one before. */
export const createUuidv7 = () => {
  const random = Buffer.alloc(BYTES_PER_ID * 512)
  let offset = random.length
  let lastMs = 0
  let sequence = 0
  /** How an id of `lastMs` begins. */
  let time = '00000000-0000-'

  const moveTo = (ms: number, from: number): void => {
    lastMs = ms
    sequence = from
    const hex = ms.toString(16).padStart(12, '0')
    time = `${hex.slice(0, 8)}-${hex.slice(8)}-`
  }

  return (nowMs: number = Date.now()): string => {
    if (offset === random.length) {
      randomFillSync(random)
      offset = 0
    }
    const at = offset
    offset += BYTES_PER_ID
    const hex = (place: number): string => HEX[random[at + place]!]!
    if (nowMs > lastMs) moveTo(nowMs, random.readUInt16BE(at) & 0x7ff) // the upper half is left free to count in
    else if (++sequence > 0xfff) moveTo(lastMs + 1, 0)
    const counted = `${HEX[0x70 | (sequence >> 8)]}${HEX[sequence & 0xff]}`
    const variant = HEX[(random[at + 2]! & 0x3f) | 0x80]
    return `${time}${counted}-${variant}${hex(3)}-${hex(4)}${hex(5)}${hex(6)}${hex(7)}${hex(8)}${hex(9)}`
  }
}

/**
 * A UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then a 12-bit counter within the
 * millisecond (section 6.2, method 1), then 62 random bits. Ids made by one process sort in the order they
 * were made. Each row has one, so it is made of texts: through bytes of its own it would cost twice as much.
 */
export const uuidv7 = createUuidv7()

/**
 * The tenant that stands for the platform itself. It is never active, so no credential leads to it (migration
 * 20261120000400).
 */
export const platformTenant: TenantId = trustTenantId('00000000-0000-7000-8000-000000000000')
