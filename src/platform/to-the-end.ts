/** Waits for all, also where one fails: none is under way when its caller goes on. Throws what the first of them threw. */
export const toTheEnd = async <T>(works: readonly Promise<T>[]): Promise<T[]> => {
  await Promise.allSettled(works)
  return Promise.all(works)
}
