import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CriticalityLevel, diff } from '@graphql-inspector/core'
import { buildSchema } from 'graphql'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

export type Breaking = { readonly path: string; readonly message: string }

/** What in one schema breaks clients of another. Paths are coordinates: `Query.streams.first`. */
export const breakingChanges = async (released: string, current: string): Promise<Breaking[]> =>
  (await diff(buildSchema(released), buildSchema(current)))
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map(({ path = '', message }) => ({ path, message }))

/**
 * Coordinates that `docs/changes.md` lists in the first cell of a row; one of a type stands for all in it.
 */
export const listedIn = (page: string): string[] =>
  [...page.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, coordinate = '']) => coordinate),
  )

const covers = (coordinate: string, path: string): boolean =>
  path === coordinate || path.startsWith(`${coordinate}.`)

/** Breaking changes that nothing lists, and coordinates that list none. */
export const compare = (breaking: readonly Breaking[], listed: readonly string[]) => ({
  unlisted: breaking.filter(({ path }) => !listed.some((coordinate) => covers(coordinate, path))),
  stale: listed.filter((coordinate) => !breaking.some(({ path }) => covers(coordinate, path))),
})

/**
 * The schema of the last release, the one of this commit, and the page that lists what breaks between them.
 */
export const files = () => ({
  released: read('docs/schema.released.graphql'),
  current: read('schema.graphql'),
  page: read('docs/changes.md'),
})
