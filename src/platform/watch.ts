/**
 * How long a store may say nothing while somebody waits for its answer, before we doubt that it hears us.
 * Longer than a healthy store pauses (a fork or an fsync of Redis, a checkpoint), and short enough that a dead
 * connection is found, left and replaced within 10 s.
 */
export const SILENCE_MS = 3_000

/** A connection, or a request that has one to itself. */
export type Watched = {
  /** Asks for a sign of life where nothing else would bring one. Called before each `sign`; must not throw. */
  readonly ask?: () => void
  /**
   * What changes with each sign of life (such as the bytes that came) while an answer is waited for; undefined
   * when none is. Called three times in `silenceMs`.
   */
  readonly sign: () => string | undefined
  /** Ends it. Whoever waits for its answer gets the error, whose code is ETIMEDOUT. */
  readonly drop: (error: Error) => void
}

export type Watch<T extends Watched> = {
  /** The result ends the watching; calling that twice is harmless. */
  add(watched: T): () => void
  /** From now on silence is enough to drop what is left. Ends when nothing is. */
  close(): void
}

const noSign = (silenceMs: number, cause?: unknown): Error =>
  Object.assign(new Error(`no sign of life for ${silenceMs} ms`, { cause }), { code: 'ETIMEDOUT' })

/**
 * Finds connections that are dead without having ended: packets are lost, and nobody is told. TCP itself
 * notices after many minutes. A slow answer is no reason to drop: where the store can say over a new
 * connection whose questions it works on (`atWork`), only those are dropped that it twice did not name, or
 * all when it does not answer there either.
 */
export const createWatch = <T extends Watched>(options: {
  readonly silenceMs: number
  /**
   * Those of the silent that the store works on, asked over a new connection. Rejects when it does not answer
   * within `silenceMs`. Without it silence is enough.
   */
  readonly atWork?: (silent: readonly T[]) => Promise<ReadonlySet<T>>
}): Watch<T> => {
  const { silenceMs, atWork } = options
  type Seen = { sign: string | undefined; since: number; doubted: boolean }
  const all = new Map<T, Seen>()
  let looking = false
  let closing = false

  /** Those that have said nothing for too long. */
  const silent = (): T[] => {
    const now = performance.now()
    return [...all].flatMap(([watched, seen]) => {
      watched.ask?.()
      const sign = watched.sign()
      if (sign === undefined || sign !== seen.sign) {
        Object.assign(seen, { sign, since: now, doubted: false })
        return []
      }
      return now - seen.since >= silenceMs ? [watched] : []
    })
  }

  const dead = async (doubtful: readonly T[]): Promise<[readonly T[], Error]> => {
    if (!atWork || closing) return [doubtful, noSign(silenceMs)]
    try {
      const working = await atWork(doubtful)
      // Its answer may be on its way here while another connection says that it is done: so it is asked twice.
      const idle = doubtful.filter((watched) => !working.has(watched))
      const again = idle.filter((watched) => all.get(watched)?.doubted)
      for (const watched of idle) Object.assign(all.get(watched) ?? {}, { doubted: true })
      return [again, noSign(silenceMs)]
    } catch (error) {
      return [doubtful, noSign(silenceMs, error)]
    }
  }

  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    try {
      const doubtful = silent()
      if (doubtful.length === 0) return
      const [found, error] = await dead(doubtful)
      const still = new Set(silent())
      for (const watched of found) if (still.has(watched)) watched.drop(error)
    } finally {
      looking = false
    }
  }

  // After a turn of the event loop: when this process stood still itself, what came meanwhile is read first.
  const timer = setInterval(() => {
    if (closing && all.size === 0) clearInterval(timer)
    setImmediate(() => void look())
  }, silenceMs / 3).unref()

  return {
    add: (watched) => {
      all.set(watched, { sign: undefined, since: performance.now(), doubted: false })
      return () => void all.delete(watched)
    },
    close: () => {
      closing = true
    },
  }
}
