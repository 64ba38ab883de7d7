import { AppError } from '../platform/errors.ts'
import { isUuid } from '../platform/ids.ts'

/**
 * A Relay global id: Base64 of the type's name and the row's UUID. Opaque to clients, who only hand it back.
 */
export const encodeGlobalID = (typename: string, id: string | number | bigint): string =>
  Buffer.from(`${typename}:${id}`).toString('base64')

/** Throws BAD_REQUEST for whatever we did not make, so that no store is asked for it. */
export const decodeGlobalID = (globalID: string): { typename: string; id: string } => {
  const [typename, id, ...rest] = Buffer.from(globalID, 'base64').toString('utf8').split(':')
  if (
    !typename ||
    !/^[A-Z]\w{0,63}$/.test(typename) ||
    !id ||
    rest.length > 0 ||
    !isUuid(id) ||
    encodeGlobalID(typename, id) !== globalID
  )
    throw new AppError('BAD_REQUEST', 'That id is not one of ours: use an id that the graph gave you.')
  return { typename, id }
}
