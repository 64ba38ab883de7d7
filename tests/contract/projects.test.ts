import { globSync, readFileSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { projects } from '../testkit/projects.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const files = globSync('{src,tests,bench,scripts}/**/*.test.ts', { cwd: root }).toSorted()

const matches = (file: string, globs: readonly string[]): boolean =>
  globs.some((glob) => matchesGlob(file, glob))
const projectsOf = (file: string): string[] =>
  Object.entries(projects)
    .filter(([, { include, exclude }]) => matches(file, include) && !matches(file, exclude))
    .map(([name]) => name)

test('every test file is in one project', () => {
  expect(files.length).toBeGreaterThan(100)
  expect(files.map((file) => [file, projectsOf(file).length]).filter(([, count]) => count !== 1)).toEqual([])
})

/** What a file imports of ours, and what that imports, as paths from the root. */
const reached = (file: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(file)) return seen
  seen.add(file)
  const source = readFileSync(join(root, file), 'utf8')
  for (const [, imported] of source.matchAll(/^(?:import|export) (?!type )[^']*'(\.[^']*\.ts)'/gm))
    reached(join(file, '..', imported!), seen)
  return seen
}

test('no test of the project "unit" can reach the stores of the run', () => {
  const wrong = files
    .filter((file) => projectsOf(file).includes('unit'))
    .filter((file) => reached(file).has('tests/testkit/stores.ts'))
  expect(wrong, 'name them *.stores.test.ts').toEqual([])
})
