import { createHash } from 'node:crypto'
import { placedId } from '../../ingest/event-ids.ts'

/**
 * The id of a row that brings none: made of the file's SHA-256, the dataset, the row's number in the file, and
 * of what is sent, so that sending a row twice, from any machine, counts it once, and sending it as something
 * else (with a `--map` that was forgotten) counts it anew. `content` has the time before it is shifted, and what
 * it is shifted to, or the same command would send other rows a second later.
 */
export const rowId = (fileSha256: string, dataset: string, rowNumber: number, content: string): string =>
  placedId(
    rowNumber,
    createHash('sha256').update(`heliograph row\0${fileSha256}\0${dataset}\0${rowNumber}\0${content}`),
  )
