import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultOf, generatedPages } from '../../scripts/docs.ts'
import { settings } from '../../src/settings.ts'

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')

test.each(Object.entries(generatedPages))('%s is what `npm run docs` writes now', (path, page) => {
  expect(read(path)).toBe(page())
})

test('docs/settings.md has one row for each setting', () => {
  const names = [...read('docs/settings.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name!)
  expect(names.toSorted()).toEqual(Object.keys(settings).toSorted())
})

test('the example of each setting is a valid value of it', () => {
  for (const [name, { schema, example }] of Object.entries(settings)) {
    if (example.startsWith('$(')) continue // a command that makes one
    expect([name, schema.safeParse(example).success]).toEqual([name, true])
  }
})

test('the settings that the README names exist, with the defaults that it tells', () => {
  const section = /^## Settings\n(.*?)^## /ms.exec(read('README.md'))?.[1] ?? ''
  const rows = [...section.matchAll(/^- `([A-Z_]+)`(?: \(`([^`]+)`\))?:/gm)]
  expect(rows).toHaveLength(5)
  for (const [, name, value] of rows) {
    expect(Object.keys(settings)).toContain(name)
    expect([name, value ?? '']).toEqual([name, defaultOf(settings[name as keyof typeof settings])])
  }
})
