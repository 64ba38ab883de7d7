import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'tabs')

/**
 * What the tabs of GraphiQL hold at first: the files of `tabs`, in the order of their numbers. Each runs as it is; the
 * first line says what it shows.
 */
export const examples: readonly string[] = readdirSync(folder)
  .toSorted()
  .map((name) => readFileSync(join(folder, name), 'utf8'))
