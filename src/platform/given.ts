import { AppError } from './errors.ts'

export type StoreName = 'Postgres' | 'ClickHouse' | 'Redis'

/**
 * Host and port of a URL, or its path (a socket, a folder): never its user or password. Of several with commas
 * between them, those of each.
 */
export const placeOf = (url: string): string =>
  url
    .split(/,(?=[a-z]+:\/\/)/)
    .map((each) => {
      const { host, pathname } = new URL(each)
      return host || decodeURIComponent(pathname)
    })
    .join(', ')

/** A given store that no connection leads to: the setting, what was tried, what to do. */
export const unreachable = (store: StoreName, url: string, setting: string, cause: unknown): AppError =>
  new AppError(
    'STORE_UNAVAILABLE',
    `${store} does not answer at ${placeOf(url)}, where ${setting} says. Start it, or correct the URL.`,
    { cause },
  )

/** A given store that answers, and not as it should. */
export const unfit = (
  store: StoreName,
  url: string,
  setting: string,
  what: string,
  cause: unknown,
): AppError =>
  new AppError('CONFLICT', `${store} at ${placeOf(url)}, where ${setting} says, ${what}`, { cause })
