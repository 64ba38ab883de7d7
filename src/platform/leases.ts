/** Something that takes a while to be ready and has to be closed. */
export type Leasable = {
  /** Rejects when it could not be made ready. */
  readonly ready: Promise<void>
  close(): void
}

export type Lease<T> = {
  readonly value: T
  /** Gives it back; calling that twice is harmless. */
  release(): void
}

export type Leases<Key, T extends Leasable> = {
  /**
   * The one thing of that key, made by `create` when there is none, once it is ready. Rejects with what
   * `ready` rejected with; such a thing is dropped, so that the next caller tries again.
   */
  acquire(key: Key, create: () => T): Promise<Lease<T>>
  size(): number
  /** Closes all of them. */
  close(): void
}

/**
 * Things that their users share, one a key: each is closed `lingerMs` after its last user left, so that a
 * page reload or a reconnection finds it there.
 */
export const createLeases = <Key, T extends Leasable>(lingerMs: number): Leases<Key, T> => {
  type Held = { readonly value: T; users: number; dropped: boolean; timer?: NodeJS.Timeout | undefined }
  const all = new Map<Key, Held>()

  const drop = (key: Key, held: Held): void => {
    clearTimeout(held.timer)
    if (held.dropped) return
    held.dropped = true
    if (all.get(key) === held) all.delete(key)
    held.value.close()
  }

  return {
    acquire: async (key, create) => {
      let found = all.get(key)
      if (!found) all.set(key, (found = { value: create(), users: 0, dropped: false }))
      const held = found
      clearTimeout(held.timer)
      held.users += 1
      try {
        await held.value.ready
      } catch (error) {
        drop(key, held)
        throw error
      }
      let released = false
      return {
        value: held.value,
        release: () => {
          if (released) return
          released = true
          held.users -= 1
          if (held.users === 0 && !held.dropped)
            held.timer = setTimeout(() => drop(key, held), lingerMs).unref()
        },
      }
    },
    size: () => all.size,
    close: () => {
      for (const [key, held] of all) drop(key, held)
    },
  }
}
