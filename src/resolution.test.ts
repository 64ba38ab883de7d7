import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { addressOf } from './resolution.ts'

const root = import.meta.dirname
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => join(root, name))

test('every module of ours is where Node finds it', () => {
  const told = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:from|import|import\() ?'(\.[^']+\.ts)'/g)].map(
      ([, specifier]) => ({ file, specifier: specifier! }),
    ),
  )
  expect(told.length).toBeGreaterThan(2_000)
  for (const { file, specifier } of told)
    expect(addressOf(specifier, pathToFileURL(file).href)).toBe(
      pathToFileURL(createRequire(file).resolve(specifier)).href,
    )
})

test('what others name, and what is no file of ours, Node looks for', () => {
  const ours = pathToFileURL(join(root, 'main.ts')).href
  for (const [specifier, parent] of [
    ['zod', ours],
    ['node:fs', ours],
    ['./config', ours],
    ['./data.json', ours],
    ['./config.ts', pathToFileURL('/elsewhere/main.ts').href],
    ['./config.ts', undefined],
  ] as const)
    expect(addressOf(specifier, parent)).toBeUndefined()
})
