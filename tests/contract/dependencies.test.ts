import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { expect, test } from 'vitest'

const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  'dependencies' | 'optionalDependencies',
  Record<string, string>
>

const IMPORT =
  /^(?:import|export) (?!type )(?:[\w*{},$\s]+ from )?'([^'.][^']*)'|\bimport\('([^'.][^']*)'\)/gm
/** `@scope/name` or `name` of what a file imports from a package; types are gone when it runs. */
const packagesOf = (source: string): string[] =>
  [...source.matchAll(IMPORT)]
    .map(([, fixed, later]) => (fixed ?? later)!)
    .filter((name) => !isBuiltin(name))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))

// The image is built without the others (`npm prune --omit=dev`).
test('what the program imports is installed where nothing is developed', () => {
  const files = globSync('src/**/*.ts').filter((file) => !/\.test[.-]/.test(file))
  const imported = new Set(files.flatMap((file) => packagesOf(readFileSync(file, 'utf8'))))
  expect(imported).toContain('graphql-ws')
  expect(imported).toContain('@pothos/core')
  const installed = Object.keys({ ...dependencies, ...optionalDependencies })
  expect([...imported].filter((name) => !installed.includes(name))).toEqual([])
})
