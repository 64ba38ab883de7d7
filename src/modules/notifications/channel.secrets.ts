import { ConflictError } from '../../platform/problems.ts'
import { createSealedBox } from '../../platform/sealed-box.ts'
import { destination, type Destination } from './destination.ts'

const WRONG_SECRET =
  'HELIOGRAPH_SECRET is not the one that this channel was encrypted with. Start the program with that one, or give the channel its target anew.'

/** What of a channel's row is encrypted. */
export type Sealed = { readonly id: string; readonly sealed: Uint8Array }

/** Closes and opens where channels lead, by the operator's secret. */
export const createChannelSecrets = (secret: string) => {
  const box = createSealedBox(secret, 'heliograph notification channels')
  /** Throws ConflictError with advice when it was closed with another secret. */
  const textOf = ({ id, sealed }: Sealed): string => {
    try {
      return box.open(id, sealed)
    } catch (cause) {
      throw Object.assign(new ConflictError(WRONG_SECRET, ['id']), { cause })
    }
  }
  return {
    seal: (id: string, value: Destination): Uint8Array<ArrayBuffer> =>
      new Uint8Array(box.close(id, JSON.stringify(value))),

    /** Throws ConflictError with advice when it was closed with another secret. */
    open: (channel: Sealed): Destination => destination.parse(JSON.parse(textOf(channel))),

    /** Whether it was closed with this secret. */
    opens: (channel: Sealed): boolean => {
      try {
        textOf(channel)
        return true
      } catch (error) {
        if (error instanceof ConflictError) return false
        throw error
      }
    },
  }
}

export type ChannelSecrets = ReturnType<typeof createChannelSecrets>
