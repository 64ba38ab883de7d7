import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../platform/errors.ts'
import { tallySchema } from './tally.ts'

const progressSchema = z.object({
  version: z.literal(1),
  dataset: z.string(),
  file: z.object({ name: z.string(), sha256: z.string(), sizeBytes: z.number() }),
  /** Milliseconds added to every time; kept, so that a resumed run shifts by the same. */
  shiftMs: z.number().int(),
  /** What the rows from the first to the last one acknowledged without a gap came to. */
  tally: tallySchema,
  finished: z.boolean(),
  updatedAt: z.string(),
})
export type Progress = z.infer<typeof progressSchema>

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

export type ProgressFile = {
  readonly path: string
  /** Throws BAD_REQUEST when the file can't be read as progress. */
  read(): Progress | undefined
  write(progress: Omit<Progress, 'version' | 'updatedAt'>): void
}

/**
 * `<dataDir>/ingest/<hash>.json`. The hash covers all that makes it the same import: the file's content, the
 * dataset, the mapping, and the key (that is, the tenant), whose own hash is all that gets into it.
 * The number before them changes with the rule by which rows get their ids.
 */
export const progressFile = (
  dataDir: string,
  identity: { sha256: string; dataset: string; apiKey: string; mapping: unknown },
): ProgressFile => {
  const folder = join(dataDir, 'ingest')
  const name = digest(JSON.stringify([2, { ...identity, apiKey: digest(identity.apiKey) }])).slice(0, 32)
  const path = join(folder, `${name}.json`)
  return {
    path,
    read: () => {
      let text: string
      try {
        text = readFileSync(path, 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
      try {
        return progressSchema.parse(JSON.parse(text))
      } catch (cause) {
        const message = `${path} can't be read as the progress of an ingest. Start over with --no-resume.`
        throw new AppError('BAD_REQUEST', message, { cause })
      }
    },
    // Renamed into place: a kill at any moment leaves either the old progress or the new.
    write: (progress) => {
      mkdirSync(folder, { recursive: true })
      const next: Progress = { ...progress, version: 1, updatedAt: new Date().toISOString() }
      writeFileSync(`${path}.${process.pid}.tmp`, JSON.stringify(next))
      renameSync(`${path}.${process.pid}.tmp`, path)
    },
  }
}
