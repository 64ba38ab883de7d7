import { field } from '../../ingest/fields.ts'

const MAX_LENGTH = 128
const words = /^[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)*$/

/**
 * What kind of event it is: `deployment`, `configuration.changed`. Taken in any case and kept in lower case, so that
 * a type is one line of a chart however it is written.
 */
export const platformEventType = field(
  `a type of lower-case words with dots between them, at most ${MAX_LENGTH} characters: deployment`,
  (value) => {
    if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined
    const type = value.toLowerCase()
    return words.test(type) ? type : undefined
  },
)
