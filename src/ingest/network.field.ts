import { truncateAddress } from '../auth/address.ts'
import { field } from './fields.ts'

/** An address itself is never in the log, the store or a message: what is read of it is its network. */
export const network = field('an IPv4 or IPv6 address, or an empty text for unknown', (value) => {
  if (value === '') return ''
  return typeof value === 'string' ? (truncateAddress(value) ?? undefined) : undefined
})
