/**
 * Does the work for each, some at once; in the order in which they come. After an error it begins no more, and throws it
 * when all are done that were begun: what one still writes the next tick has to read.
 */
export const forEach = async <T>(
  atOnce: number,
  all: Iterable<T>,
  work: (each: T) => Promise<void>,
): Promise<void> => {
  const rest = all[Symbol.iterator]()
  const errors: unknown[] = []
  const next = async (): Promise<void> => {
    for (let each = rest.next(); !each.done && errors.length === 0; each = rest.next())
      await work(each.value).catch((error: unknown) => errors.push(error))
  }
  await Promise.all(Array.from({ length: atOnce }, next))
  if (errors.length > 0) throw errors[0]
}

/** Work that comes one by one, and of which some is done at once. It must not fail. */
export const createLane = (atOnce: number) => {
  const waiting: (() => Promise<void>)[] = []
  const workers: Promise<void>[] = []
  let active = 0
  const worker = async (): Promise<void> => {
    active += 1
    for (let work = waiting.shift(); work; work = waiting.shift()) await work()
    active -= 1 // with the look that found nothing: what is added now gets another worker
  }
  return {
    add: (work: () => Promise<void>): void => {
      waiting.push(work)
      if (active < atOnce) workers.push(worker())
    },
    /** Resolves when all that was added is done. */
    end: async (): Promise<void> => {
      while (workers.length > 0) await Promise.all(workers.splice(0))
    },
  }
}
