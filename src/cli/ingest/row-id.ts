import { createHash } from 'node:crypto'
import { formatUuid } from '../../platform/ids.ts'

/**
 * The id of a row that brings none: a UUIDv8 (RFC 9562, section 5.8) made from the file's SHA-256, the
 * dataset and the row's number in the file, so that sending a row twice, from any machine, counts it once.
 */
export const rowId = (fileSha256: string, dataset: string, rowNumber: number): string => {
  const hash = createHash('sha256').update(`heliograph row\0${fileSha256}\0${dataset}\0${rowNumber}`).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x80
  hash[8] = (hash[8]! & 0x3f) | 0x80
  return formatUuid(hash)
}
