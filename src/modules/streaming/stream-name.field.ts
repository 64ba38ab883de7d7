import { field } from '../../ingest/fields.ts'
import { internalName } from './stream.rules.ts'

/** Nearly all names are plain, and tested a million times. */
const plain = /^[\w.+-]{1,128}$/

/** What facts call a stream by. Names become a part of sort keys: 128 holds every name in use by far. */
export const nameOfStream = field(
  'a name of 1 to 128 characters, without control and invisible ones',
  (value) => {
    if (typeof value !== 'string') return undefined
    return plain.test(value) ? value : internalName.safeParse(value).data
  },
)
