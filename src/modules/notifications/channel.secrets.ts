import { ConflictError } from '../../platform/problems.ts'
import type { SealedBox } from '../../platform/sealed-box.ts'
import { destination, type Destination } from './destination.ts'

const WRONG_SECRET =
  'HELIOGRAPH_SECRET is not the one that this channel was encrypted with. Start the program with that one, or give the channel its target anew.'

/** What of a channel's row is encrypted. */
export type Sealed = { readonly id: string; readonly sealed: Uint8Array }

/** Closes and opens where channels lead. */
export const createChannelSecrets = (box: SealedBox) => ({
  seal: (id: string, value: Destination): Uint8Array<ArrayBuffer> =>
    new Uint8Array(box.close(id, JSON.stringify(value))),

  /** Throws ConflictError with advice when it was closed with another secret. */
  open: ({ id, sealed }: Sealed): Destination => {
    let text: string
    try {
      text = box.open(id, sealed)
    } catch (cause) {
      throw Object.assign(new ConflictError(WRONG_SECRET, ['id']), { cause })
    }
    return destination.parse(JSON.parse(text))
  },
})

export type ChannelSecrets = ReturnType<typeof createChannelSecrets>
