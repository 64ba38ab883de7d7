import { field } from '../../ingest/fields.ts'
import { nodeSlug } from './edge-node.rules.ts'

/** Nearly all names are plain, and tested a million times. */
const plain = /^[\w.+-]{1,128}$/

/** What facts of an edge node call it by: its slug. */
export const nameOfNode = field(
  'a name of 1 to 128 characters, without control and invisible ones',
  (value) => {
    if (typeof value !== 'string') return undefined
    return plain.test(value) ? value : nodeSlug.safeParse(value).data
  },
)
